"""A run that a volume rule holds, and the named person who alone can let it go (DOMAIN: checks before the gate). Pure.

Nothing else lets it go: no setting, no argument, and no answer to other figures or to another run.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from pipeline.errors import TerminalError
from pipeline.model import CheckedSnapshot, HeldRule, HeldSnapshot


class Decision(StrEnum):
    """How a question to let a run go ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Reply:
    """What came back on the question; of no answer there is no approver, no reason and no instant."""

    decision: Decision
    approver_id: str | None = None
    approver: str | None = None
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """One line of the ledger. `approver` is the name that Airflow's login gives, `reason` what that person wrote."""

    run: str
    night: date
    at: datetime
    decision: Decision
    approver_id: str | None
    approver: str | None
    reason: str
    held: tuple[HeldRule, ...]


def figures(held: Sequence[HeldRule]) -> str:
    """What held the run, as canonical JSON: an answer counts for exactly this."""
    return json.dumps(sorted((asdict(rule) for rule in held), key=str), sort_keys=True, ensure_ascii=False)


def digest(held: Sequence[HeldRule]) -> str:
    """SHA-256 (hex) of `figures`."""
    return sha256(figures(held).encode()).hexdigest()


def let_go(snapshot: HeldSnapshot, run: str, answers: Sequence[Answer], approvers: Collection[str]) -> CheckedSnapshot:
    """The snapshot, if the last of `answers` to these very figures in this run is an approval by one of `approvers`.

    `answers` stand in the order in which they were recorded. Raises TerminalError when it is not.
    """
    asked = [answer for answer in answers if answer.run == run and digest(answer.held) == digest(snapshot.held)]
    if why := _why_not(asked[-1] if asked else None, approvers):
        raise TerminalError(
            f"held: {snapshot.says}; {why}, so nothing is released: ask the agency whether this is right, then clear "
            "this run from `extract` on, which asks again unless the feeds are mended"
        )
    return snapshot.but_held


def _why_not(last: Answer | None, approvers: Collection[str]) -> str | None:
    if last is None:
        return "nobody let it go"
    if last.decision is not Decision.APPROVED:
        return {Decision.REJECTED: "the approver did not let it go"}.get(last.decision, "nobody answered in time")
    if last.approver_id not in approvers:
        return "who let it go is not among GEGEVENSDELING_APPROVERS"
    return None if last.reason.strip() else "it was let go without a reason"

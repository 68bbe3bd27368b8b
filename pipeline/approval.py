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
    """The snapshot, if the latest answer to these very figures in this run is an approval by one of `approvers`.

    Raises TerminalError otherwise.
    """
    asked = [answer for answer in answers if answer.run == run and digest(answer.held) == digest(snapshot.held)]
    latest = max(asked, key=lambda answer: answer.at, default=None)
    if latest is None or latest.decision is not Decision.APPROVED:
        said = "nobody let it go" if latest is None else latest.decision.value
        raise TerminalError(f"held: {snapshot.says}; {said}, so nothing is released: clear this run from `check` on")
    if latest.approver_id not in approvers or not latest.reason.strip():
        raise TerminalError(
            f"held: {snapshot.says}; let go by someone who is not among GEGEVENSDELING_APPROVERS, or without a reason, "
            "so nothing is released: clear this run from `check` on"
        )
    return snapshot.but_held

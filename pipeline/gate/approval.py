"""A run that a volume rule holds, and the named person who alone can let it go (DOMAIN: checks before the gate). Pure.

Nothing else lets it go: no setting, no argument, and no answer to other figures or to another run.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot
from pipeline.ledger.approvals import Answer, Decision, digest


@dataclass(frozen=True)
class Reply:
    """What came back on the question; of no answer there is no approver, no reason and no instant."""

    decision: Decision
    approver_id: str | None = None
    approver: str | None = None
    reason: str = ""
    at: datetime | None = None


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

"""A run that a volume rule holds, and the named approver who alone can release it (DOMAIN: checks before the gate).

No setting and no argument releases a held run, and no answer to other figures or to another run does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot
from pipeline.ledger.approvals import Answer, ApprovalDecision, digest


@dataclass(frozen=True)
class Reply:
    """An approver's reply; an unanswered request has no approver, no reason and no instant."""

    decision: ApprovalDecision
    approver_id: str | None = None
    approver: str | None = None
    reason: str = ""
    at: datetime | None = None


def approve(snapshot: HeldSnapshot, run: str, answers: Sequence[Answer], approvers: Collection[str]) -> CheckedSnapshot:
    """The snapshot, if the last answer to exactly these figures in this run is an approval by one of `approvers`.

    `answers` stand in the order in which they were recorded. An approval of before the snapshot was read is of another
    snapshot, whose figures happened to be the same. Raises TerminalError otherwise.
    """
    own = [answer for answer in answers if answer.run == run and digest(answer.held) == digest(snapshot.held)]
    if objection := _objection(own[-1] if own else None, approvers, snapshot.snapshot.read_at):
        raise TerminalError(
            f"held: {snapshot.message}; {objection}, so nothing is released: ask the agency whether this is right, "
            "then clear this run from `extract` on, which asks again unless the feeds are mended"
        )
    return snapshot.but_held


def _objection(last: Answer | None, approvers: Collection[str], read_at: datetime) -> str | None:
    if last is None:
        return "nobody let it go"
    if last.decision is not ApprovalDecision.APPROVED:
        return {ApprovalDecision.REJECTED: "the approver did not let it go"}.get(
            last.decision, "nobody answered in time"
        )
    if last.approver_id not in approvers:
        return "who let it go is not among GEGEVENSDELING_APPROVERS"
    if last.at < read_at:
        return "it was let go before these feeds were read"
    return None if last.reason.strip() else "it was let go without a reason"

"""A night that volume rules hold: what a person is asked, and the answer, which goes into the ledger before all else.

What comes by way of Airflow is never taken for an answer: the ledger's own lines are.
"""

import json
import logging

from pipeline.core.errors import SettingsError, TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot
from pipeline.core.run import RunContext
from pipeline.core.serialize import serialize, to_json
from pipeline.core.staging import local, writing
from pipeline.gate.approval import Reply, let_go
from pipeline.gate.approval_form import Question, asked
from pipeline.ledger.approvals import Answer
from pipeline.ledger.db.ledger import open_ledger

log = logging.getLogger(__name__)

CHECKED = "checked.json"
"""What check found, in the run's own folder."""


def keep(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> None:
    """Put what check found where nobody reaches it by way of Airflow."""
    with writing(context.folder / CHECKED) as part:
        part.write_bytes(to_json(checked))


def unaltered(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> None:
    """Raises TerminalError unless this is what check found: what travels through Airflow can be edited there."""
    kept = context.folder / CHECKED
    if not kept.is_file() or json.loads(kept.read_bytes()) != serialize(checked):
        raise TerminalError("what check found is gone, or was altered on its way: clear this run from `extract` on")


def question(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> Question | None:
    """What to ask; None when nothing holds the night.

    Raises SettingsError when nobody may answer, and TerminalError when nothing is left to let go (`close` purges it)
    or it is not what check found.
    """
    unaltered(context, checked)
    if isinstance(checked, CheckedSnapshot):
        return None
    local(checked.snapshot.feeds["parent"])
    if not context.settings.may_let_go:
        raise SettingsError(
            f"held: {checked.says}; nobody may let it go, so nothing is released: ask the agency whether this is "
            "right, name approvers in GEGEVENSDELING_APPROVERS, then clear this run from `extract` on"
        )
    return asked(context.night, checked.held, context.settings.answer_hours, context.settings.may_let_go)


def answer_night(context: RunContext, checked: HeldSnapshot, reply: Reply) -> None:
    """Record the answer, whatever it is, to what check found. Raises TerminalError unless it lets the run go."""
    unaltered(context, checked)
    given = Answer(
        run=context.run,
        night=context.night,
        at=reply.at or context.clock(),
        decision=reply.decision,
        approver_id=reply.approver_id,
        approver=reply.approver,
        reason=reply.reason.strip(),
        held=checked.held,
    )
    open_ledger(context.ledger).record_answer(given)
    passed(context, checked)
    log.info("let go, on the record: %s", checked.says)


def passed(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> CheckedSnapshot:
    """What the gate may take: a held snapshot only by the ledger's answers. Raises TerminalError when it may not."""
    if isinstance(checked, CheckedSnapshot):
        return checked
    return let_go(checked, context.run, open_ledger(context.ledger).answers(context.run), context.settings.may_let_go)

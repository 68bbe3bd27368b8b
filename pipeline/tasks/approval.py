"""A run that volume rules hold: the request for approval, and the answer, which goes into the ledger before all else.

An answer that comes by way of Airflow counts for nothing by itself: the ledger's own lines do.
"""

import json
import logging

from pipeline.core.errors import SettingsError, TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot
from pipeline.core.run import RunContext
from pipeline.core.serialize import serialize
from pipeline.core.staging import local
from pipeline.gate.approval import Reply, approve
from pipeline.gate.approval_form import ApprovalForm, approval_form
from pipeline.ledger.approvals import Answer
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks.at_work import task_of_a_night

log = logging.getLogger(__name__)

CHECKED = "checked.json"
"""The result of check, in the run's own folder, out of Airflow's reach."""


def require_unmodified(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> None:
    """Raises TerminalError unless `checked` is the staged result of check: Airflow's users can edit its values."""
    staged = context.staging.read(CHECKED)
    if staged is None or json.loads(staged) != serialize(checked):
        raise TerminalError("what check found is gone, or was altered on its way: clear this run from `extract` on")


@task_of_a_night
def request_approval(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> ApprovalForm | None:
    """The form to show to the approvers; None when no rule holds the run.

    Raises SettingsError without approvers, and TerminalError for a modified result or a snapshot that `close` purged.
    """
    require_unmodified(context, checked)
    if isinstance(checked, CheckedSnapshot):
        return None
    local(context.staging.fetch(checked.snapshot.feeds["parent"]))
    if not context.settings.approver_ids:
        raise SettingsError(
            f"held: {checked.message}; nobody may let it go, so nothing is released: ask the agency whether this is "
            "right, name approvers in GEGEVENSDELING_APPROVERS, then clear this run from `extract` on"
        )
    return approval_form(context.night, checked.held, context.settings.answer_hours, context.settings.approver_ids)


@task_of_a_night
def answer_night(context: RunContext, checked: HeldSnapshot, reply: Reply) -> None:
    """Record any answer. Raises TerminalError unless the answer is an approval of this very result of check."""
    require_unmodified(context, checked)
    answer = Answer(
        run=context.run,
        night=context.night,
        at=reply.at or context.clock(),
        decision=reply.decision,
        approver_id=reply.approver_id,
        approver=reply.approver,
        reason=reply.reason.strip(),
        held=checked.held,
    )
    open_ledger(context.ledger).record_answer(answer)
    require_approved(context, checked)
    log.info("let go, on the record: %s", checked.message)


def require_approved(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> CheckedSnapshot:
    """The snapshot that the gate may take.

    Raises TerminalError for a modified result, and for a held one without an approval in the ledger.
    """
    require_unmodified(context, checked)
    if isinstance(checked, CheckedSnapshot):
        return checked
    return approve(
        checked, context.run, open_ledger(context.ledger).answers(context.run), context.settings.approver_ids
    )

"""Airflow's approval operator, for runs that a volume rule holds. Imported by the DAG's file, so it stays light."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

from pipeline.airflow.alerting import TellThatItIsHeld
from pipeline.core.errors import TerminalError

MOST_CHARACTERS = 500
"""Of a reason: room for what the agency said and who said it, not for a file on a family."""


class ApproveHeldRun(ApprovalOperator):
    """Ends at once when nothing holds the night; else asks, waits, and records the answer before anything else.

    `checked`: what `check` gave. `run` calls a step of pipeline/tasks/approval.py by its name. Fails when nobody who
    may lets the run go before the deadline."""

    APPROVE = "Loslaten"
    REJECT = "Niet loslaten"
    template_fields: Sequence[str] = ("checked",)
    _TESTED: ClassVar = "dag_test"
    """Who triggers a run of `airflow dags test`, in Airflow's own words."""

    def __init__(self, *, checked: Any, run: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(subject="", response_timeout=timedelta(hours=1), **kwargs)
        self.checked = checked
        self._step = run

    def execute(self, context: Any) -> None:
        question = self._step("request_approval", checked=self.checked)
        if question is None:
            self.log.info("Nothing holds this night: nobody is asked.")
            return
        if context["dag_run"].triggering_user_name == self._TESTED:
            raise TerminalError("held, and `airflow dags test` has nobody to ask: run it under the scheduler")
        self.subject, self.body = question["subject"], question["body"]
        self.assigned_users = [{"id": one, "name": one} for one in question["approvers"]]
        self.response_timeout = timedelta(hours=question["hours"])  # in the place of what __init__ had to say
        self.params = _form()
        self._refuse_an_earlier_question(context)
        self.log.warning("%s Waiting %g hours for an answer, under Required Actions.", self.subject, question["hours"])
        self.notifiers = [TellThatItIsHeld(question["subject"], question["hours"])]
        super().execute(context)

    def _refuse_an_earlier_question(self, context: Any) -> None:
        """Airflow keeps a cleared task's question and ignores the new one: nobody may answer to figures of before."""
        from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
        from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

        shown: Any = SUPERVISOR_COMMS.send(
            CreateHITLDetailPayload(
                ti_id=context["ti"].id,
                options=self.options,
                subject=self.subject,
                body=self.body,
                params=self.serialized_params,
                assigned_users=self.assigned_users,
            )
        )
        if (shown.subject, shown.body) != (self.subject, self.body):
            raise TerminalError(
                "held, with other figures than this task asked about before, and Airflow shows only the first "
                "question of a run: trigger a new run, which asks anew"
            )

    def execute_complete(self, context: Any, event: dict[str, Any]) -> None:
        """After an answer or the deadline. Anything but one whole approval is none."""
        user = event.get("responded_by_user") or {}
        decision = "approved" if event.get("chosen_options") == [self.APPROVE] else "rejected"
        reply = {
            "decision": "unanswered" if "error" in event else decision,
            "approver_id": user.get("id"),
            "approver": user.get("name"),
            "reason": str((event.get("params_input") or {}).get("reason") or ""),
            "at": event.get("responded_at"),
        }
        self._step("answer_night", checked=self.checked, reply=reply)


def _form() -> ParamsDict:
    """Only for the question: an operator's own params must have a valid value before anybody gave one."""
    from pipeline.gate.approval_form import REASON  # here: it brings all words of the domain into each parse

    reason = Param("", type="string", title="Reden", description=REASON, minLength=1, maxLength=MOST_CHARACTERS)
    return ParamsDict({"reason": reason})

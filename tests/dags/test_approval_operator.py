"""The operator that asks: what it makes of what Airflow hands it, and whom it does not ask."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.serialize import deserialize
from pipeline.gate.approval import Reply
from pipeline.ledger.approvals import ApprovalDecision

YES, NO = "Loslaten", "Niet loslaten"
AT = datetime(2026, 6, 15, 6, tzinfo=UTC)
ANSWERED = {
    "chosen_options": [YES],
    "params_input": {"reason": "right"},
    "responded_at": AT,
    "responded_by_user": {"id": "ann", "name": "Ann"},
    "timedout": False,
}
DEADLINE = {"error": "too late", "error_type": "timeout"}


def reply(
    decision: ApprovalDecision, reason: str = "right", who: tuple[str | None, str | None] = ("ann", "Ann")
) -> Reply:
    return Reply(decision, *who, reason, AT)


EVENTS: dict[str, tuple[dict[str, Any], Reply]] = {
    "approved": (ANSWERED, reply(ApprovalDecision.APPROVED)),
    "rejected": (ANSWERED | {"chosen_options": [NO]}, reply(ApprovalDecision.REJECTED)),
    "both": (ANSWERED | {"chosen_options": [YES, NO]}, reply(ApprovalDecision.REJECTED)),
    "neither": (ANSWERED | {"chosen_options": []}, reply(ApprovalDecision.REJECTED)),
    "another word": (ANSWERED | {"chosen_options": ["Approve"]}, reply(ApprovalDecision.REJECTED)),
    "no form": (ANSWERED | {"params_input": None}, reply(ApprovalDecision.APPROVED, "")),
    "no reason": (ANSWERED | {"params_input": {}}, reply(ApprovalDecision.APPROVED, "")),
    "null as a reason": (ANSWERED | {"params_input": {"reason": None}}, reply(ApprovalDecision.APPROVED, "")),
    "by nobody": (ANSWERED | {"responded_by_user": None}, reply(ApprovalDecision.APPROVED, who=(None, None))),
    "the deadline": (DEADLINE, Reply(ApprovalDecision.UNANSWERED)),
    "an unknown error": (ANSWERED | {"error": "x", "error_type": "y"}, reply(ApprovalDecision.UNANSWERED)),
}


@pytest.fixture(scope="module")
def operator(airflow_home: Path) -> Callable[..., Any]:
    """Makes one."""
    from pipeline.airflow.approval import ApproveHeldRun

    assert (ApproveHeldRun.APPROVE, ApproveHeldRun.REJECT) == (YES, NO)
    return lambda run: ApproveHeldRun(task_id="approve", checked={"x": 1}, run=run)


@pytest.mark.parametrize("case", EVENTS)
def test_what_airflow_hands_on_is_recorded_and_never_as_more_than_it_is(operator: Any, case: str) -> None:
    event, expected = EVENTS[case]
    calls: list[tuple[str, dict[str, Any]]] = []
    operator(lambda step, **wire: calls.append((step, wire))).execute_complete({}, event)
    ((step, wire),) = calls
    assert step == "answer_night" and wire["checked"] == {"x": 1}
    assert deserialize(Reply, wire["reply"]) == expected


def test_on_an_ordinary_night_it_ends_at_once(operator: Any) -> None:
    steps: list[str] = []
    operator(lambda step, **wire: steps.append(step)).execute({})
    assert steps == ["request_approval"]


def test_where_nobody_can_be_asked_it_ends_at_once_and_red(operator: Any) -> None:
    tested = {"dag_run": SimpleNamespace(triggering_user_name="dag_test")}
    with pytest.raises(PipelineError, match="nobody to ask"):
        operator(lambda step, **wire: {"subject": "?"}).execute(tested)


def test_a_reason_is_asked_for_with_a_warning(operator: Any) -> None:
    from pipeline.airflow import approval as airflow_approval

    assert not operator(None).params, "Airflow refuses to begin a task with a param that has no value yet"
    form = airflow_approval._form()
    ((name, form),) = ((name, form.get_param(name).serialize()) for name in form)
    assert name == "reason" and (form["schema"]["minLength"], form["schema"]["maxLength"]) == (1, 500)
    assert "geen persoonsgegevens" in form["description"]

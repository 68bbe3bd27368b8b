"""The DAG as Airflow reads it: what is there, when it runs, and what is tried again."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core import errors
from pipeline.core.local_time import BRUSSELS, local_day
from tests.dags.dag_files import TERMINAL, TRANSIENT, decided

EXPECTED = {"authorities_overview", "housekeeping", "nightly_delivery"}


@pytest.fixture
def dag(bag: Any) -> Any:
    return bag.dags["nightly_delivery"]


def test_every_dag_is_there_and_none_fails_to_import(bag: Any) -> None:
    assert bag.dags.keys() == EXPECTED, "an empty folder is no pass"


def test_the_steps_stand_in_the_order_of_the_chain(dag: Any) -> None:
    follows = {task.task_id: task.downstream_task_ids for task in dag.tasks}
    assert follows == {
        "extract": {"check"},
        "check": {"approve", "release", "sheets"},
        "approve": {"release"},
        "release": {"deliver", "sheets"},
        "sheets": {"close"},
        "deliver": {"close"},
        "close": set(),
    }


def test_it_runs_once_at_a_time_and_never_makes_up_for_lost_nights(dag: Any) -> None:
    assert dag.catchup is False
    assert dag.max_active_runs == 1


def runs(dag: Any, first: date, nights: int) -> list[datetime]:
    """When the scheduler would start it, from the midnight before `first`."""
    import pendulum
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    begin = pendulum.instance(datetime.combine(first, datetime.min.time(), BRUSSELS))
    within = TimeRestriction(begin, begin.add(days=nights), catchup=True)
    timetable, interval, found = coerce_to_core_timetable(dag.timetable), None, []
    while info := timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=within):
        interval = info.data_interval
        found.append(info.run_after)
    return found


@pytest.mark.parametrize(
    ("night", "in_utc"),
    [
        (date(2026, 3, 28), "02:30"),
        (date(2026, 3, 29), "01:30"),  # 02:00 became 03:00
        (date(2026, 10, 24), "01:30"),
        (date(2026, 10, 25), "02:30"),  # 03:00 became 02:00
    ],
)
def test_half_past_three_exists_once_every_night(dag: Any, night: date, in_utc: str) -> None:
    (only,) = [run for run in runs(dag, night - timedelta(2), 4) if local_day(run) == night]
    assert f"{only.astimezone(BRUSSELS):%H:%M}" == "03:30"
    assert f"{only.astimezone(UTC):%H:%M}" == in_utc


def test_a_year_has_as_many_runs_as_nights(dag: Any) -> None:
    nights = [local_day(run) for run in runs(dag, date(2026, 1, 1), 365)]
    assert nights == [date(2026, 1, 1) + timedelta(day) for day in range(365)]


def test_the_two_tables_name_every_error() -> None:
    tree = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, (errors.TransientError, errors.TerminalError))
    }
    assert tree == {*TRANSIENT, *TERMINAL}


@pytest.mark.parametrize("name", TRANSIENT)
def test_what_may_pass_is_tried_again(dag: Any, name: str) -> None:
    assert {decided(task, name) for task in dag.tasks} == {"retry"}


@pytest.mark.parametrize("name", TERMINAL)
def test_what_a_person_must_mend_fails_at_once(dag: Any, name: str) -> None:
    assert {decided(task, name) for task in dag.tasks} == {"fail"}


def test_what_no_rule_foresees_follows_the_plain_count(dag: Any) -> None:
    """A task that was killed or took too long has no error of ours."""
    policy = dag.get_task("deliver").retry_policy
    assert policy.evaluate(TimeoutError(), try_number=1, max_tries=4).action.value == "default"


def test_the_policy_survives_the_way_to_the_scheduler(dag: Any) -> None:
    policy = dag.get_task("deliver").retry_policy
    again = type(policy).deserialize(json.loads(json.dumps(policy.serialize())))
    assert again.evaluate(errors.DeliveryRefused("x"), 1, 4).action.value == "fail"
    assert again.evaluate(errors.DeliveryTransient("x"), 1, 4).action.value == "retry"


@pytest.mark.parametrize("step", ["extract", "check", "release", "deliver"])
def test_the_pauses_between_tries_grow_up_to_a_bound(dag: Any, step: str) -> None:
    from airflow.models.taskinstance import TaskInstance

    task, end = dag.get_task(step), datetime(2026, 6, 15, 2, tzinfo=UTC)
    assert task.retries >= 3
    pauses = []
    for number in range(1, 10):
        tried = SimpleNamespace(
            task=task, try_number=number, end_date=end, retry_delay_override=None,
            dag_id="nightly_delivery", task_id=step, logical_date=None,
        )  # fmt: skip
        pauses.append(TaskInstance.next_retry_datetime(tried) - end)
    early = [pause for pause in pauses[: task.retries] if pause < timedelta(minutes=15)]
    assert early == sorted(set(early)) and early[-1] >= 4 * early[0]
    assert max(pauses) <= timedelta(minutes=15)


@pytest.mark.parametrize("minutes", [None, "8"])
def test_a_load_under_way_is_tried_again_for_its_patience_and_no_longer(
    dag: Any, minutes: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow counts tries: so many pauses of the policy's length come to the patience."""
    if minutes:
        monkeypatch.setenv("GEGEVENSDELING_LOAD_PATIENCE_MINUTES", minutes)
    for step in ("extract", "deliver"):
        task = dag.get_task(step)
        asked = task.retry_policy.evaluate(errors.LoadUnderWay("x"), try_number=1, max_tries=task.retries)
        assert task.retries * asked.retry_delay == timedelta(minutes=float(minutes or 30))
        cleared = {"ti": SimpleNamespace(task=task)}
        again = task.retry_policy.evaluate(errors.LoadUnderWay("x"), 6, max_tries=5 + task.retries, context=cleared)
        assert again.retry_delay == asked.retry_delay, "a task that was cleared has the whole patience again"
        other = task.retry_policy.evaluate(errors.AgencyUnreachable("x"), try_number=1, max_tries=task.retries)
        assert other.retry_delay is None, "which pauses as Airflow grows them"
        assert task.execution_timeout >= timedelta(minutes=15), "a try ends at once: the pause is between two tries"


def test_deliveries_are_named_bounded_and_in_a_pool(dag: Any) -> None:
    deliver = dag.get_task("deliver")
    assert deliver.is_mapped
    assert deliver.pool == "deliveries"
    assert "recipient" in deliver.map_index_template
    assert timedelta(minutes=5) < deliver.execution_timeout <= timedelta(minutes=30)
    assert {dag.get_task(step).pool for step in ("extract", "check", "approve", "release", "close")} == {"default_pool"}


def test_the_end_is_reached_whatever_failed(dag: Any) -> None:
    assert dag.get_task("close").trigger_rule == "all_done"
    assert [task.task_id for task in dag.tasks if not task.downstream_task_ids] == ["close"]


def test_no_drop_waits_for_the_sheets_and_without_a_release_there_are_neither(dag: Any) -> None:
    rules = {task.task_id: task.trigger_rule for task in dag.tasks}
    assert rules.pop("close") == "all_done" and set(rules.values()) == {"all_success"}
    sheets, deliver = dag.get_task("sheets"), dag.get_task("deliver")
    assert deliver.upstream_task_ids == {"release"} and "release" in sheets.upstream_task_ids
    assert (sheets.priority_weight, sheets.weight_rule) == (0, "absolute"), "a free slot is a drop's"
    assert deliver.priority_weight > 0


def test_it_takes_nothing_from_who_starts_it(dag: Any) -> None:
    assert dict(dag.params) == {} and [task.task_id for task in dag.tasks if task.params] == []


def test_the_dag_tells_what_to_do_when_it_is_red(dag: Any) -> None:
    for word in ("03:30", "extract", "deliver", "clear", "downstream"):
        assert word in dag.doc_md
    assert dag.description and dag.dag_display_name == "Nachtelijke gegevensdeling"

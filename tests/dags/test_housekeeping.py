"""The DAG `housekeeping` as Airflow reads it: what is there, when it runs, and what is tried again."""

import json
from datetime import timedelta
from typing import Any

import pytest

from pipeline.core import errors
from tests.dags.dag_files import TERMINAL, TRANSIENT, decided


@pytest.fixture
def dag(bag: Any) -> Any:
    return bag.dags["housekeeping"]


def test_its_steps_and_their_order(dag: Any) -> None:
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == {
        "look": {"tend"},
        "tend": {"close"},
        "close": set(),
    }


def test_it_runs_hourly_after_the_minute_of_the_night_and_right_after_each_night(bag: Any, dag: Any) -> None:
    assert dag.timetable.timetable.expression == "10 * * * *"
    (asset,) = dag.timetable.asset_condition.objects
    (after_the_night,) = bag.dags["nightly_delivery"].get_task("close").outlets
    assert asset.name == after_the_night.name == "nightly_delivery"
    assert dag.catchup is False and dag.max_active_runs == 1


@pytest.mark.parametrize("name", [*TRANSIENT, *TERMINAL])
def test_what_may_pass_is_tried_again_and_nothing_else(dag: Any, name: str) -> None:
    assert {decided(task, name) for task in dag.tasks} == {"retry" if name in TRANSIENT else "fail"}
    policy = dag.get_task("tend").retry_policy
    again = type(policy).deserialize(json.loads(json.dumps(policy.serialize())))
    assert again.evaluate(getattr(errors, name)("x"), 1, 2).action.value == ("retry" if name in TRANSIENT else "fail")


def test_turns_are_named_bounded_and_in_the_deliveries_pool(dag: Any) -> None:
    tend = dag.get_task("tend")
    assert tend.is_mapped and tend.pool == "deliveries" and "recipient" in tend.map_index_template
    assert tend.execution_timeout == timedelta(minutes=15) and tend.retries == 2


def test_the_end_is_reached_whatever_failed(dag: Any) -> None:
    assert dag.get_task("close").trigger_rule == "all_done"


def test_it_takes_nothing_from_who_starts_it_and_tells_what_to_do_when_it_is_red(dag: Any) -> None:
    assert dict(dag.params) == {}
    assert dag.dag_display_name == "Nazorg" and dag.description
    for word in ("red", "tend", "close", "notice", "replaced"):
        assert word in dag.doc_md

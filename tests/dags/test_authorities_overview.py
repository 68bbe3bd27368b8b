"""The DAG `authorities_overview` as Airflow reads it: when it runs, and what is tried again."""

from typing import Any

import pytest

from tests.dags.dag_files import TERMINAL, TRANSIENT, decided


@pytest.fixture
def dag(bag: Any) -> Any:
    return bag.dags["authorities_overview"]


def test_it_is_one_task(dag: Any) -> None:
    assert [task.task_id for task in dag.tasks] == ["renew"]


def test_it_runs_as_soon_as_a_night_is_whole_and_every_morning(bag: Any, dag: Any) -> None:
    (asset,) = dag.timetable.asset_condition.objects
    (of_the_night,) = bag.dags["nightly_delivery"].get_task("close").outlets
    assert asset.name == of_the_night.name == "nightly_delivery"
    assert dag.timetable.timetable.expression == "0 7 * * *", "a night that ended red leaves the asset as it was"
    assert dag.catchup is False and dag.max_active_runs == 1


@pytest.mark.parametrize("name", [*TRANSIENT, *TERMINAL])
def test_what_may_pass_is_tried_again_and_nothing_else(dag: Any, name: str) -> None:
    assert {decided(task, name) for task in dag.tasks} == {"retry" if name in TRANSIENT else "fail"}


def test_it_takes_nothing_from_who_starts_it_and_tells_what_to_do_when_it_is_red(dag: Any) -> None:
    assert dict(dag.params) == {}
    assert dag.dag_display_name == "Overzicht van de besturen" and dag.description
    for word in ("red", "renew", "Gegevensdeling", "last overview"):
        assert word in dag.doc_md

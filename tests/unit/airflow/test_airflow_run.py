"""The newest night read over Airflow's REST API: page by page, with the caller's own credentials, by KBO.

That Airflow really answers so is shown by tests/e2e/test_under_a_scheduler.py.
"""

import asyncio
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request

from pipeline.airflow.api import NotReadable, newest_run
from pipeline.airflow.last_night import NightRun
from pipeline.core.model import Kbo

RUN_ID = "scheduled__2026-10-24T23:30:00+00:00"
KBOS = [Kbo(f"02{number:08}") for number in range(285)]


def task(task_id: str, state: str | None = "success", place: int = -1, label: str | None = None) -> dict[str, Any]:
    ended = "2026-10-25T01:31:00Z" if state else None
    return {"task_id": task_id, "map_index": place, "state": state, "end_date": ended, "rendered_map_index": label}


def airflow(tasks: list[dict[str, Any]], runs: int = 1, refused: str = "", listed: Any = KBOS) -> FastAPI:
    """Answers as Airflow does; `refused`: to whoever asks for a path that ends so."""
    made, seen = FastAPI(), []
    root = "/api/v2/dags/nightly_delivery/dagRuns"
    made.state.seen = seen

    def may(request: Request) -> None:
        seen.append(request.headers.get("authorization"))
        if refused and request.url.path.endswith(refused):
            raise HTTPException(403)

    @made.get(root)
    def dag_runs(request: Request, order_by: str, limit: int) -> Any:
        may(request)
        assert (order_by, limit) == ("-run_after", 1)
        run = {"dag_run_id": RUN_ID, "run_after": "2026-10-24T23:30:00Z", "state": "failed"}
        return {"dag_runs": [run] * runs, "total_entries": runs}

    @made.get(root + "/{run}/taskInstances")
    def instances(request: Request, run: str, limit: int, offset: int) -> Any:
        may(request)
        assert run == RUN_ID and limit <= 100
        return {"task_instances": tasks[offset : offset + limit], "total_entries": len(tasks)}

    @made.get(root + "/{run}/taskInstances/release/xcomEntries/return_value")
    def returned(request: Request, run: str) -> Any:
        may(request)
        if listed is None:
            raise HTTPException(404)
        return {"key": "return_value", "value": listed}

    return made


def read(application: FastAPI) -> NightRun | None:
    return asyncio.run(newest_run(application, {"authorization": "Bearer ann's"}))


def test_all_of_a_long_night_is_read_with_the_callers_own_credentials() -> None:
    delivered = [task("deliver", "success", place, f"OCMW {place} ({kbo})") for place, kbo in enumerate(KBOS)]
    application = airflow([task("extract"), *delivered, task("close")])
    run = read(application)
    assert run is not None and [task.kbo for task in run.tasks] == KBOS and run.tasks[7].name == "OCMW 7"
    assert (run.run, run.state, run.stopped) == (RUN_ID, "failed", ())
    assert set(application.state.seen) == {"Bearer ann's"}


def test_the_night_is_the_local_day_on_which_it_was_due() -> None:
    """23:30 in UTC, still summer time in Brussels."""
    run = read(airflow([]))
    assert run is not None and run.night == date(2026, 10, 25)


@pytest.mark.parametrize(
    ("state", "is_held"), [("awaiting_input", True), ("deferred", True), ("success", False), ("failed", False)]
)
def test_a_night_is_held_while_its_question_waits(state: str, is_held: bool) -> None:
    run = read(airflow([task("extract"), task("check"), task("approve", state), task("release", None)]))
    assert run is not None and run.is_held is is_held


def test_a_delivery_that_did_not_name_itself_is_known_by_its_place() -> None:
    run = read(airflow([task("deliver", None, 1), task("deliver", "failed", 0, f"OCMW x ({KBOS[1]})")]))
    assert run is not None and [(task.kbo, task.state) for task in run.tasks] == [(KBOS[1], None), (None, "failed")]


@pytest.mark.parametrize("listed", [None, "0212214125", {"0": KBOS[0]}])
def test_without_a_list_only_names_count(listed: Any) -> None:
    run = read(airflow([task("deliver", "failed", 0), task("deliver", "failed", 1, f"a ({KBOS[1]})")], listed=listed))
    assert run is not None and [task.kbo for task in run.tasks] == [None, KBOS[1]]


def test_what_failed_before_the_deliveries_is_named_and_what_only_repeats_it_is_not() -> None:
    tasks = [task("extract"), task("check", "failed"), task("deliver", "upstream_failed"), task("close", "failed")]
    run = read(airflow(tasks, listed=None))
    assert run is not None and run.stopped == ("check",) and run.tasks == ()


def test_where_no_night_was_there_is_none() -> None:
    assert read(airflow([], runs=0)) is None
    assert read(FastAPI()) is None, "Airflow does not know the DAG"


@pytest.mark.parametrize("refused", ["/dagRuns", "/taskInstances"])
def test_what_the_caller_may_not_see_is_not_shown(refused: str) -> None:
    with pytest.raises(NotReadable):
        read(airflow([task("deliver", "failed", 0)], refused=refused))


def test_who_may_not_see_what_tasks_hand_on_sees_whoever_named_itself() -> None:
    tasks = [task("deliver", "failed", 0), task("deliver", "failed", 1, f"a ({KBOS[1]})")]
    run = read(airflow(tasks, refused="/return_value"))
    assert run is not None and [task.kbo for task in run.tasks] == [None, KBOS[1]]


def test_an_airflow_that_breaks_is_no_answer() -> None:
    broken = FastAPI()

    @broken.get("/api/v2/dags/nightly_delivery/dagRuns")
    def dag_runs() -> None:
        raise RuntimeError("down")

    with pytest.raises(NotReadable):
        read(broken)


def test_a_place_that_was_removed_by_a_clearing_hides_no_failure() -> None:
    """`release`, run again, listed fewer: Airflow keeps the last places, with the names that they had."""
    kbo = KBOS[1]
    tasks = [task("deliver", state, place, f"OCMW 1 ({kbo})") for place, state in ((1, "failed"), (2, "removed"))]
    run = read(airflow(tasks))
    assert run is not None and [(task.kbo, task.state) for task in run.tasks] == [(kbo, "failed")]

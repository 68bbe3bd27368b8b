"""What the demo reads of a night while it runs: what ended, what failed, and what is tried again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.demo.progress import progress

AT, LATER = "2026-11-30 03:30:00+00:00", "2026-11-30 03:30:05+00:00"


@pytest.mark.parametrize(
    ("instances", "shown"),
    [
        ([("success", 1), ("success", 1)], (2, 0, 2, "")),
        ([("success", 2), ("running", 1)], (1, 0, 2, "1 tried again, 0 waiting")),
        ([("up_for_retry", 1), ("failed", 5), ("success", 1)], (1, 1, 3, "2 tried again, 1 waiting")),
        ([(None, 0), ("scheduled", None)], (0, 0, 2, "")),
    ],
)
def test_a_step_tells_what_is_tried_again(
    tmp_path: Path, instances: list[tuple[str | None, int | None]], shown: tuple[int, int, int, str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as connection, connection:
        connection.execute(
            "create table task_instance (dag_id, run_id, task_id, state, start_date, end_date, try_number, map_index)"
        )
        rows = [(state, AT, LATER, tries, number) for number, (state, tries) in enumerate(instances)]
        connection.executemany(
            "insert into task_instance values ('nightly_delivery', 'run', 'deliver', ?, ?, ?, ?, ?)", rows
        )
    deliver = next(step for step in progress(tmp_path / "airflow.db", "run") if step.step == "deliver")
    assert (deliver.done, deliver.failed, deliver.total, deliver.retries) == shown
    assert deliver.seconds == 5

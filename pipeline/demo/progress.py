"""How far a night is, read from Airflow's own (SQLite) metadata while it runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

STEPS = ("extract", "check", "release", "sheets", "deliver", "close")


@dataclass(frozen=True)
class StepProgress:
    """One task of the DAG: how many of its instances ended well, failed, and there are; seconds from first to last.

    `retried`: that were tried more than once, `waiting`: that wait for another try at this moment.
    """

    step: str
    done: int
    failed: int
    total: int
    seconds: float
    begun: bool
    retried: int = 0
    waiting: int = 0

    @property
    def retries(self) -> str:
        """In words; nothing where none was tried again."""
        return f"{self.retried} tried again, {self.waiting} waiting" if self.retried else ""


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        yield connection


def runs(database: Path) -> set[str]:
    """Ids of the DAG's runs so far; none before Airflow made its tables."""
    if not database.exists():
        return set()
    with _reading(database) as connection:
        if not connection.execute("select 1 from sqlite_master where name = 'dag_run'").fetchone():
            return set()
        return {run for (run,) in connection.execute("select run_id from dag_run where dag_id = 'nightly_delivery'")}


def progress(database: Path, run: str) -> list[StepProgress]:
    """Of each step of the run, in order."""
    query = (
        "select task_id, state, start_date, end_date, try_number from task_instance "
        "where dag_id = 'nightly_delivery' and run_id = ?"
    )
    with _reading(database) as connection:
        rows = connection.execute(query, (run,)).fetchall()
    return [_of_step(step, [row[1:] for row in rows if row[0] == step]) for step in STEPS]


def failures(database: Path, run: str) -> list[str]:
    """The tasks that failed, each by its step and, for a delivery, the recipient's name."""
    query = (
        "select task_id, rendered_map_index from task_instance where dag_id = 'nightly_delivery' and run_id = ? "
        "and state in ('failed', 'upstream_failed') order by task_id, rendered_map_index"
    )
    with _reading(database) as connection:
        return [f"{step}: {name}" if name else step for step, name in connection.execute(query, (run,))]


def _of_step(step: str, rows: list[tuple[str | None, str | None, str | None, int | None]]) -> StepProgress:
    starts = [datetime.fromisoformat(start) for _, start, _, _ in rows if start]
    ends = [datetime.fromisoformat(end) for _, _, end, _ in rows if end]
    return StepProgress(
        step,
        done=sum(state == "success" for state, *_ in rows),
        failed=sum(state in ("failed", "upstream_failed") for state, *_ in rows),
        total=len(rows),
        seconds=(max(ends) - min(starts)).total_seconds() if starts and ends else 0.0,
        begun=bool(starts),
        retried=sum((tries or 0) > 1 or state == "up_for_retry" for state, *_, tries in rows),
        waiting=sum(state == "up_for_retry" for state, *_ in rows),
    )

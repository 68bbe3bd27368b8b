"""`make demo`: a night from nothing to delivered drops, shown while it works, with a table at the end."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.core.errors import TerminalError
from pipeline.core.local_time import local_day
from pipeline.core.serialize import from_json
from pipeline.core.terminal import console
from pipeline.demo import progress as airflow_db
from pipeline.demo.home import Home
from pipeline.demo.processes import running
from pipeline.demo.scene import Environment, set_scene
from pipeline.demo.show import show_night
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks.at_work import end_silent_runs
from pipeline.tasks.summary import NightSummary

_BARS = (
    TextColumn("{task.description:<9}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TextColumn("{task.fields[retries]}"),
)


def run_demo(path: Path, scale: float, fail: str | None) -> int:
    """Run tonight's delivery, or say that all is delivered; 0 when every recipient has its drop."""
    home, today = Home(path), local_day(datetime.now(UTC))
    home.make(afresh=fail is not None)
    with set_scene(home, scale, today, fail) as environment:
        done = night_summary(home, today)
        if done and not done.failed:
            console.print(f"[green]All {done.recipients} drops of {today} are delivered already:[/] nothing was sent.")
            return show_night(done, home, [], [])
        night, code = _run_in_airflow(home, environment)
    summary = night_summary(home, today)
    database = home.airflow_db
    failed = show_night(summary, home, airflow_db.progress(database, night), airflow_db.failures(database, night))
    return failed or code


def night_summary(home: Home, night: date) -> NightSummary | None:
    """What the ledger says of the night, if it was ever closed."""
    if not home.ledger.exists():
        return None
    text = open_ledger(f"sqlite:///{home.ledger}").last_summary(night)
    return from_json(NightSummary, text.encode()) if text else None


def _run_in_airflow(home: Home, environment: Environment) -> tuple[str, int]:
    """`airflow dags test`: the run's id and the exit code. Its log is a file, its progress is Airflow's database."""
    with home.log.open("w", encoding="utf-8") as log:
        if not home.airflow_ready.exists():
            with console.status("Airflow makes its database"), _airflow(environment, log, "db", "migrate") as process:
                if process.wait():
                    raise TerminalError(f"Airflow could not make its database: see {home.log}")
            home.airflow_ready.touch()
        before = airflow_db.runs(home.airflow_db)
        try:
            with _airflow(environment, log, "dags", "test", "nightly_delivery") as process:
                night = _watch(process, home.airflow_db, before)
        finally:
            end_silent_runs(home.staging)
    return night, process.returncode


@contextmanager
def _airflow(environment: Environment, log: IO[str], *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run Airflow's command line; it ends with us."""
    with running([str(Path(sys.executable).with_name("airflow")), *arguments], log, environment) as process:
        yield process


def _watch(process: "subprocess.Popen[bytes]", database: Path, before: set[str]) -> str:
    """Follow the new run until the process ends; its id ("" when it never began)."""
    night = ""
    with Progress(*_BARS, console=console) as bars:
        lines = {step: bars.add_task(step, total=None, start=False, retries="") for step in airflow_db.STEPS}
        while True:
            ended = process.poll() is not None
            night = night or next(iter(airflow_db.runs(database) - before), "")
            for step in airflow_db.progress(database, night):
                if step.begun:
                    bars.start_task(lines[step.step])
                ended_so_far, retries = step.done + step.failed, f"[yellow]{step.retries}[/]"
                bars.update(lines[step.step], completed=ended_so_far, total=step.total or None, retries=retries)
            if ended:
                return night
            time.sleep(0.5)  # the bars move twice a second

"""A night's deliveries beside as many mapped tasks that do nothing, under a real Airflow, in turn, with each executor:
`python -m bench.night --deliveries 95 --rounds 3`.

Each round is a night of its own in a small world. Airflow is `airflow standalone` with the demo's settings, and the
recipients' hosts are the demo's. Exits with 1 when the target is missed.
"""

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from functools import partial
from pathlib import Path
from socket import socket
from statistics import median
from typing import Any

from bench.night_context import context_of
from bench.process_tree import processor, workers_mb
from bench.small_night import SCRATCH, released, small_world
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.demo.home import Home
from pipeline.demo.scene import Environment
from pipeline.demo.standalone import EXECUTOR, airflow_up
from pipeline.tasks.at_work import end_run

EXECUTORS: dict[str, dict[str, str]] = {"LocalExecutor": {}, "PreloadingExecutor": EXECUTOR}
SETTINGS = {
    "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).with_name("dags")),
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # seconds: on a machine that others use as well
    "GEGEVENSDELING_MAX_LAST_LOOK_SECONDS": "5",  # likewise: no look is made again for having been slow
}
PAUSE = 10
"""Seconds between two questions, each of which costs the API server a tenth of one."""
MOST = 2.0
"""Times the no-ops."""


@dataclass(frozen=True)
class Ran:
    """One DAG run: seconds by the clock, and CPU-seconds of the workers with their tasks, and of the API server."""

    clock: float
    tasks: float
    server: float

    @property
    def whole(self) -> float:
        return self.tasks + self.server


@dataclass(frozen=True)
class Airflow:
    """A running Airflow."""

    url: str
    token: str
    spent: Callable[[], dict[str, float]]
    """CPU-seconds until now, of `scheduler` (what it started) and `api-server`."""

    def ran(self, dag: str, run: str, run_after: datetime, conf: dict[str, Any]) -> Ran:
        """Trigger a run and wait for its end."""
        before = self.spent()
        asked = {"dag_run_id": run, "logical_date": None, "run_after": run_after.isoformat(), "conf": conf}
        called(f"{self.url}/api/v2/dags/{dag}/dagRuns", self.token, asked)
        while True:
            time.sleep(PAUSE)  # the API tells of an end only when asked
            found = called(f"{self.url}/api/v2/dags/{dag}/dagRuns/{run}", self.token)
            if found["state"] in ("success", "failed"):
                break
        assert found["state"] == "success", f"{dag} failed: see the logs in the benchmark's folder"
        spent = {name: seconds - before[name] for name, seconds in self.spent().items()}
        clock = datetime.fromisoformat(found["end_date"]) - datetime.fromisoformat(found["start_date"])
        return Ran(clock.total_seconds(), spent["scheduler"], spent["api-server"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.02, help="1 is Flanders")
    parser.add_argument("--deliveries", type=int, default=95, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--executor", choices=EXECUTORS, nargs="*", default=list(EXECUTORS))
    parser.add_argument("--folder", type=Path, default=SCRATCH / "bench-night")
    asked = parser.parse_args()
    met = True
    for one in asked.executor:
        rounds, memory = _measured(asked, EXECUTORS[one])
        met = shown(one, rounds)
        print(f"The scheduler and its workers: {memory:.0f} MB.", flush=True)
    sys.exit(0 if met else 1)


def _measured(asked: argparse.Namespace, executor: dict[str, str]) -> tuple[list[tuple[Ran, Ran]], float]:
    """A round each: the deliveries and the no-ops; and the memory of the scheduler with its workers afterwards."""
    with (
        small_world(asked.folder, asked.scale) as (home, environment),
        _airflow(home, environment | SETTINGS | executor) as (airflow, top),
    ):
        rounds = measured(airflow, environment, asked.rounds, asked.deliveries)
        return rounds, workers_mb(top)


def measured(airflow: Airflow, environment: Environment, rounds: int, deliveries: int) -> list[tuple[Ran, Ran]]:
    """Each round a night of its own: the deliveries, and as many no-ops."""
    today, found = local_day(datetime.now(UTC)), []
    for number in range(rounds):
        night = today - timedelta(days=rounds - 1 - number)
        due, run = datetime.combine(night, hour(), BRUSSELS), f"night-{number}"
        context = context_of(environment, run, night)
        staged, recipients = released(context)
        conf = {"staged": staged, "recipients": recipients[:deliveries]}
        found.append((airflow.ran("deliveries", run, due, conf), airflow.ran("no_ops", run, due, conf)))
        end_run(context)
    return found


@contextmanager
def _airflow(home: Home, environment: Environment) -> Iterator[tuple[Airflow, int]]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with airflow_up(home, environment, port, within=900) as process:
        url = f"http://127.0.0.1:{port}"
        token = logged_in(home, url)
        yield Airflow(url, token, partial(processor, process.pid)), process.pid


def logged_in(home: Home, url: str) -> str:
    """A token of the API, once both DAGs are known."""
    passwords = (home.airflow / "simple_auth_manager_passwords.json.generated").read_text("utf-8")
    login = {"username": "admin", "password": json.loads(passwords)["admin"]}
    token: str = called(f"{url}/auth/token", "", login)["access_token"]
    while called(f"{url}/api/v2/dags", token)["total_entries"] < 2:
        time.sleep(2)  # until the DAG files are parsed, of which nothing else tells
    return token


def called(url: str, token: str, body: dict[str, Any] | None = None) -> Any:
    """The answer of Airflow's API."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=120) as answer:
        return json.load(answer)


def shown(executor: str, rounds: list[tuple[Ran, Ran]]) -> bool:
    """Medians of the rounds, and of the ratios within a round; True when the target is met."""
    print(f"\n| {executor} | clock | CPU-s: tasks | API server | both |\n|---|---:|---:|---:|---:|")
    for name, ran in zip(("deliveries", "no-ops"), zip(*rounds, strict=True), strict=True):
        figures = ((one.clock, one.tasks, one.server, one.whole) for one in ran)
        print(f"| {name} | {' | '.join(f'{median(each):.1f}' for each in zip(*figures, strict=True))} |")
    clock = median(one.clock / other.clock for one, other in rounds)
    ratio = median(one.whole / other.whole for one, other in rounds)
    verdict = "met" if ratio <= MOST else "**missed**"
    print(
        f"\nDeliveries beside no-ops: {ratio:.2f} times in CPU-s, at most {MOST}: {verdict}; {clock:.2f} by the clock."
    )
    return ratio <= MOST


if __name__ == "__main__":
    main()

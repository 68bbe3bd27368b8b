"""As `bench.night`, on Celery: a broker, two workers of two processes each, PostgreSQL for agency, ledger and Airflow:
`python -m bench.night_celery --deliveries 285`, after `make test-machines`.

Counted are the workers with their tasks, and the API server. Exits with 1 when the target is missed.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.night import SETTINGS, Airflow, called, logged_in, measured, shown
from bench.process_tree import spent_below
from bench.small_night import SCRATCH, small_world
from pipeline.core.local_time import local_day
from pipeline.demo.home import Home
from pipeline.demo.processes import running
from pipeline.demo.scene import Environment
from pipeline.demo.world import synthesize
from tests.machines.on_celery import AIRFLOW, COMPONENTS, on_celery, worker
from tests.machines.servers import run_redis
from tests.support.servers.postgres import run_postgres
from tests.support.servers.services import free_port, wait_for

WORKERS = ("worker-1", "worker-2")
COUNTED = {"scheduler": WORKERS, "api-server": ("api-server",)}
"""By the names of bench.night, which counts what the scheduler starts: here it is the workers that start tasks."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.02, help="1 is Flanders")
    parser.add_argument("--deliveries", type=int, default=24, help="a round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=SCRATCH / "bench-night-celery")
    asked = parser.parse_args()
    with (
        small_world(asked.folder, asked.scale) as (home, environment),
        run_postgres() as database,
        TemporaryDirectory(dir=home.path) as scratch,
        run_redis(Path(scratch) / "redis") as broker,
    ):
        agency, ledger, metadata = (database() for _ in range(3))
        synthesize(agency, 1, asked.scale, local_day(datetime.now(UTC)))
        environment |= SETTINGS | {"AIRFLOW_CONN_AGENCY_DB": agency, "AIRFLOW_CONN_LEDGER_DB": ledger}
        environment |= {"GEGEVENSDELING_STAGING_IS_SHARED": "yes"}  # both workers are on this machine
        with _airflow(home, environment | on_celery(metadata, broker.address, free_port())) as airflow:
            rounds = measured(airflow, environment, asked.rounds, asked.deliveries)
    sys.exit(0 if shown("CeleryExecutor", rounds) else 1)


@contextmanager
def _airflow(home: Home, environment: Environment) -> Iterator[Airflow]:
    """Airflow's components, each a program of its own, once the API answers and both workers wait for tasks."""
    url, found = environment["AIRFLOW__API__BASE_URL"], {}
    with ExitStack() as stack:
        log = stack.enter_context((home.path / "celery.log").open("w", encoding="utf-8"))
        for once in (("db", "migrate"), ("pools", "set", "deliveries", "8", "Deliveries at once")):
            with running([AIRFLOW, *once], log, environment) as process:
                assert process.wait() == 0, f"`airflow {' '.join(once)}` failed: see {log.name}"
        for command in (*COMPONENTS, *((*worker(name), "--pid", str(home.path / f"{name}.pid")) for name in WORKERS)):
            name = next((one for one in WORKERS if f"celery@{one}" in command), command[0])
            found[name] = stack.enter_context(running([AIRFLOW, *command], log, environment)).pid
        written = Path(log.name)
        wait_for("the workers", lambda: written.read_text("utf-8", "replace").count(" ready.") >= len(WORKERS))
        wait_for("the API", lambda: _healthy(url), 300, 2)
        token = logged_in(home, url)
        yield Airflow(
            url, token, lambda: {name: sum(spent_below(found[one]) for one in ones) for name, ones in COUNTED.items()}
        )


def _healthy(url: str) -> bool:
    try:
        health = called(f"{url}/api/v2/monitor/health", "")
    except OSError:
        return False
    return bool(health["scheduler"]["status"] == "healthy")


if __name__ == "__main__":
    main()

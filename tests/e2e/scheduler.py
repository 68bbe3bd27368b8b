"""A running Airflow for tests: started without a screen, spoken to over its API, every wait bounded."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.support.airflow_components import start_components
from tests.support.checking import THOROUGHLY
from tests.support.forked_airflow import kill
from tests.support.night import House
from tests.support.servers.services import free_port, wait_for

DAG = "/api/v2/dags/nightly_delivery"
HOUSEKEEPING = "/api/v2/dags/housekeeping"
OVERVIEW = "/api/v2/dags/authorities_overview"
LOG = "airflow.log"
"""Of all components, in the house."""
PASSWORDS = "simple_auth_manager_passwords.json.generated"
PAUSE = 1
"""Seconds between two questions: whoever asks faster keeps Airflow's API server from its tasks."""
THRIFTY = {
    "AIRFLOW__CORE__EXECUTOR": "pipeline.airflow.preloading.PreloadingExecutor",
    "AIRFLOW__CORE__MP_START_METHOD": "fork",  # Airflow's own choice on Linux, but where it was itself forked
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
}
"""Settings of Airflow that cost less processor time: no DAG file changes while a test runs."""
UNDECIDED = {None, "none", "queued", "running", "scheduled", "restarting", "up_for_retry"}


@dataclass
class Scheduler:
    """A running Airflow of one house."""

    house: House
    url: str
    token: str = ""

    def call(self, method: str, path: str, **body: Any) -> Any:
        """The API's answer as JSON; an HTTP error is raised with its text."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def ready(self) -> bool:
        """Healthy, and the DAG is known."""
        try:
            health = self.call("GET", "/api/v2/monitor/health")
        except (OSError, ValueError):
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def credentials(self, user: str = "admin") -> tuple[str, str]:
        """A user of Airflow's simple login, and the password it made."""
        return user, json.loads((self.house.home.airflow / PASSWORDS).read_text())[user]

    def log_in(self, who: str = "admin") -> None:
        user, password = self.credentials(who)
        self.token = self.call("POST", "/auth/token", username=user, password=password)["access_token"]

    def trigger(self, run_after: str) -> str:
        """Start a run that was due then; its id."""
        run = self.call("POST", f"{DAG}/dagRuns", logical_date=None, run_after=run_after)
        return str(run["dag_run_id"])

    @contextmanager
    def judging_thoroughly(self) -> Iterator[None]:
        """Great Expectations judges what is checked meanwhile, and leaves its pages; that takes seconds for a night."""
        mark = self.house.path / THOROUGHLY
        mark.touch()
        try:
            yield
        finally:
            mark.unlink()

    def ended(self, run: str, seconds: float = 400) -> str:
        """The run's state once it has one that lasts."""

        def state() -> str | None:
            found = str(self.call("GET", f"{DAG}/dagRuns/{run}")["state"])
            return None if found in UNDECIDED else found

        return wait_for(f"run {run} to end", state, seconds, PAUSE)

    def instances(self, run: str) -> dict[str, dict[str, Any]]:
        """The run's task instances: by task, or for a delivery by what the UI calls it."""
        found = self.call("GET", f"{DAG}/dagRuns/{run}/taskInstances?limit=100")["task_instances"]
        return {one["rendered_map_index"] or one["task_id"]: one for one in found}

    def waits_for(self, run: str, task: str, state: str, seconds: float = 300) -> dict[str, Any]:
        """The task's instance, once it is in that state."""

        def look() -> dict[str, Any] | None:
            found = self.instances(run)[task]
            return found if found["state"] == state else None

        return wait_for(f"{task} of {run} to be {state}", look, seconds, PAUSE)

    def clear(self, run: str, name: str, downstream: bool) -> None:
        """Clear one delivery, by its name in the UI, as a person does there."""
        one = self.instances(run)[name]
        self.call(
            "POST",
            f"{DAG}/clearTaskInstances",
            dry_run=False,
            dag_run_id=run,
            task_ids=[[one["task_id"], one["map_index"]] if one["map_index"] >= 0 else one["task_id"]],
            include_downstream=downstream,
            only_failed=False,
            reset_dag_runs=True,
        )

    def log(self, run: str, name: str) -> str:
        """The last try's log of a task, or of a delivery by its name in the UI."""
        return max(self.logs(run, name), key=lambda path: path.stat().st_mtime).read_text()

    def logs(self, run: str, name: str) -> list[Path]:
        """A file a try."""
        one = self.instances(run)[name]
        folder = self.house.home.airflow / "logs" / "dag_id=nightly_delivery" / f"run_id={run}"
        of_it = f"task_id={one['task_id']}" + (f"/map_index={one['map_index']}" if one["map_index"] >= 0 else "")
        return list((folder / of_it).glob("attempt=*.log"))


@contextmanager
def scheduler(house: House, **more: str) -> Iterator[Scheduler]:
    """Airflow up, the DAG unpaused and the pool made; stopped at the end with all its children."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    addresses = {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    }
    log = house.path / LOG
    settings = addresses | THRIFTY | begun_by_the_tests_alone(house) | more
    process = start_components(house.environment | settings, house.path, log)
    try:
        airflow = Scheduler(house, url)
        wait_for(f"Airflow, see its log: {log}", lambda: _alive(process) and airflow.ready(), 400, PAUSE)
        airflow.log_in()
        wait_for("all DAGs", lambda: airflow.call("GET", "/api/v2/dags")["total_entries"] == 3, pause=PAUSE)
        for other in (HOUSEKEEPING, OVERVIEW):
            airflow.call("PATCH", other, is_paused=True)  # else they would begin whenever a night ends
        airflow.call("POST", "/api/v2/pools", name="deliveries", slots=8)
        airflow.call("PATCH", DAG, is_paused=False)
        yield airflow
    finally:
        kill(process)


def begun_by_the_tests_alone(house: House) -> dict[str, str]:
    """Airflow's policy where it looks for one, and the environment it asks for.

    Copied without an import here: the policy imports Airflow, which then writes in the HOME of whoever runs the tests.
    """
    policy = house.home.airflow / "config" / "airflow_local_settings.py"
    policy.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name(policy.name), policy)
    half_a_day_away = datetime.now(UTC) + timedelta(hours=12)
    return {"TESTS_SCHEDULE": f"{half_a_day_away:%M %H} * * *"}


def _alive(process: ForkServerProcess) -> bool:
    assert process.exitcode is None, "Airflow ended"
    return True

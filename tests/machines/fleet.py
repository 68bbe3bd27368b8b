"""Airflow on three machines: `office` with scheduler, DAG processor and API server, and two workers of Celery.

They share what a deployment shares (databases, broker, the host, a store, and a folder for anchors) and no disk.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core.model import Kbo
from pipeline.delivery.hosts import sealed
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.recipients_file import save_recipients
from pipeline.demo.home import Home
from tests.e2e.scheduler import DAG, HOUSEKEEPING, OVERVIEW, PAUSE, THRIFTY, Scheduler, begun_by_the_tests_alone
from tests.machines.machine import Machine
from tests.machines.moods import Door
from tests.machines.on_celery import AIRFLOW, COMPONENTS, on_celery, worker
from tests.machines.servers import Broker, Bucket
from tests.support.night import UNHURRIED, House
from tests.support.servers.object_stores import house_in_store
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.services import free_port, wait_for
from tests.support.worlds.small_world import NAMES

AT = "machine"
"""The folder that is each machine's own disk, as the machine sees it."""
SCRATCH = "scratch"
"""In which a task works, of each machine."""
ACCOUNTS = dict(zip(sorted(NAMES), (f"gdtest{number}" for number in range(1, 9)), strict=False))
SECONDS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
}
"""How soon a dead worker is noticed: by default after five to ten minutes."""


@dataclass
class Parts:
    """What all machines reach over the network, and the one folder that they share. A door is before a server."""

    agency: str
    ledger: str
    metadata: str
    broker: Broker
    host: OpenSsh
    door: Door
    store: Bucket
    store_door: Door
    anchors: Path


@dataclass
class Fleet:
    """`airflow` is spoken to over its API, as a person does."""

    parts: Parts
    airflow: Scheduler
    office: Machine
    workers: dict[str, Machine]
    environment: dict[str, str]

    def out(self, kbo: Kbo) -> Path:
        return self.parts.host.out(ACCOUNTS[kbo])

    def begin(self, name: str) -> None:
        """The worker of that name, and until it has what a night needs in memory."""
        machine = self.workers[name]
        before = _ready(machine)
        machine.start(AIRFLOW, *worker(name), environment=self.environment)
        wait_for(f"{name}, see {machine.log}", lambda: _alive(machine) and _ready(machine) > before, 180, PAUSE)

    def ran_on(self, run: str, task: str) -> str:
        """The name of the machine on which the task's last try ran."""
        return str(self.airflow.instances(run)[task]["hostname"])

    def deliveries(self, run: str) -> dict[int, dict[str, Any]]:
        """The instances of `deliver` by their place: only one that has ended is named by its recipient."""
        found = self.airflow.call("GET", f"{DAG}/dagRuns/{run}/taskInstances?task_id=deliver")["task_instances"]
        return {one["map_index"]: one for one in found if one["task_id"] == "deliver"}

    def the_other(self, name: str) -> str:
        (other,) = set(self.workers) - {name}
        return other


def _ready(machine: Machine) -> int:
    return machine.log.read_text("utf-8", "replace").count("ready.") if machine.log.exists() else 0


@contextmanager
def run_fleet(folder: Path, parts: Parts) -> Iterator[Fleet]:
    """All machines up; switched off at the end."""
    home, port = Home(folder / AT), free_port()
    environment = _environment(home, parts, port)
    disks = {name: _disk(folder / name, home) for name in ("office", "worker-1", "worker-2")}
    machines = {name: Machine(name, disk, home.path) for name, disk in disks.items()}
    office = machines.pop("office")
    house = House(Home(office.disk), parts.agency, parts.ledger, environment)
    environment |= begun_by_the_tests_alone(house)
    for machine in machines.values():
        shutil.copytree(office.disk / "airflow", machine.disk / "airflow", dirs_exist_ok=True)
    fleet = Fleet(parts, Scheduler(house, f"http://127.0.0.1:{port}"), office, machines, environment)
    with ExitStack() as stack:
        for machine in (office, *machines.values()):
            stack.callback(machine.switch_off)
        _start(fleet)
        yield fleet


def _environment(home: Home, parts: Parts, port: int) -> dict[str, str]:
    """Of every component on every machine."""
    home.make()
    environment = home.environment(parts.door.port, parts.host.host_key, parts.host.private_key)
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    environment |= THRIFTY | SECONDS | on_celery(parts.metadata, parts.broker.address, port)
    environment |= {
        "HOME": str(home.path / "home"),
        "TMPDIR": str(home.path / "tmp"),
        "PATH": f"{Path(AIRFLOW).parent}:{environment['PATH']}",
        "AIRFLOW_CONN_AGENCY_DB": parts.agency,
        "AIRFLOW_CONN_LEDGER_DB": parts.ledger,
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "GEGEVENSDELING_MAX_LAST_LOOK_SECONDS": UNHURRIED,
    }  # fmt: skip
    return environment | _in_store(home, parts)


def _in_store(home: Home, parts: Parts) -> dict[str, str]:
    """What the next task needs wherever it runs; of anchors alone there is a folder."""
    before_store = replace(parts.store.server, port=parts.store_door.port)
    return {
        **house_in_store(before_store, parts.store.name, home.path / SCRATCH),
        "GEGEVENSDELING_ANCHORS": str(parts.anchors),
        "GEGEVENSDELING_STORE_TIMEOUT_SECONDS": "10",
    }


def _disk(disk: Path, home: Home) -> Path:
    """With the folders that an image would have, and nothing in them."""
    for own in ("airflow", "home", "tmp", home.state.name):
        (disk / own).mkdir(parents=True, mode=0o700)
    return disk


def _start(fleet: Fleet) -> None:
    airflow, environment = fleet.airflow, fleet.environment
    _write_recipients(fleet)
    fleet.office.start(AIRFLOW, "db", "migrate", environment=environment)
    (migrating,) = fleet.office.processes
    assert migrating.wait(300) == 0, f"see {fleet.office.log}"
    fleet.office.processes.clear()
    for component in COMPONENTS:
        fleet.office.start(AIRFLOW, *component, environment=environment)
    for name in fleet.workers:
        fleet.begin(name)
    wait_for(f"Airflow, see {fleet.office.log}", lambda: _alive(fleet.office) and airflow.ready(), 300, PAUSE)
    airflow.log_in()
    wait_for("all DAGs", lambda: airflow.call("GET", "/api/v2/dags")["total_entries"] == 3, pause=PAUSE)
    for other in (HOUSEKEEPING, OVERVIEW):
        airflow.call("PATCH", other, is_paused=True)
    airflow.call("POST", "/api/v2/pools", name="deliveries", slots=8)
    airflow.call("PATCH", DAG, is_paused=False)


def _write_recipients(fleet: Fleet) -> None:
    """The same file on each worker's disk, as an administrator would lay it there."""
    known = (RecipientSettings(kbo, account, "/out", NO_ENCRYPTION) for kbo, account in ACCOUNTS.items())
    agreed = sealed(known, fleet.airflow.house.connections)
    for machine in fleet.workers.values():
        save_recipients(Home(machine.disk).recipients, agreed)


def _alive(machine: Machine) -> bool:
    assert machine.runs, f"{machine.name} ended: see {machine.log}"
    return True

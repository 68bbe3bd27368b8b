"""A small night, whole: an agency, a ledger, recipients with a host of their own, and a home for Airflow.

Everything lies under one folder. A test runs the night under Airflow (`dags_test`) or, quicker, as the tasks that it is
made of (`run_night`).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.connections import Connection, from_environment
from pipeline.core.errors import PipelineError
from pipeline.core.local_time import local_day
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Publication
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.delivery.hosts import sealed
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.demo.home import Home
from pipeline.demo.host import OUT, account_of, prepare
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.summary import NightSummary
from tests.support.airflow_commands import Command, First, as_it_is, start_airflow
from tests.support.servers.demo_hosts import demo_host
from tests.support.worlds.small_world import NAMES, execute, produce, small_world, to_postgresql
from tests.support.worlds.tables import World, to_sqlite

UNHURRIED = "5"
"""Seconds that a final check may take: how quick a machine is that runs several tests at once, no test of a night asks.
What comes of a slow look is in tests/unit/gate/test_now_not_then.py, by a clock of its own."""


@dataclass
class House:
    """One folder with everything of a night in it. `agency` and `ledger` are addresses."""

    home: Home
    agency: str
    ledger: str
    environment: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.home.path

    def out(self, kbo: Kbo) -> Path:
        """The recipient's folder."""
        return self.home.hosts / kbo / OUT.strip("/")

    def refuse(self, kbo: Kbo) -> None:
        """The host knows the recipient's account no more."""
        (self.home.hosts / kbo).rename(self.home.hosts / f"refused-{kbo}")

    def accept(self, kbo: Kbo) -> None:
        (self.home.hosts / f"refused-{kbo}").rename(self.home.hosts / kbo)

    def connections(self, conn_id: str) -> Connection | None:
        """As the environment has them now."""
        return from_environment(conn_id, self.environment)

    def seal(self) -> None:
        """As `gegevensdeling seal --all`: for who changed a connection or the recipients' settings."""
        known = load_recipients(self.home.recipients).values()
        save_recipients(self.home.recipients, sealed(known, self.connections))

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on the command knows the house's connections and settings."""
        for name, value in self.environment.items():
            if name.startswith(("AIRFLOW_CONN_", "GEGEVENSDELING_")):
                monkeypatch.setenv(name, value)

    def footprint(self, kbo: Kbo) -> dict[str, tuple[int, int, str]]:
        """Inode, time and hash of every file before a recipient, by name."""
        return {
            path.name: (path.stat().st_ino, path.stat().st_mtime_ns, sha256(path.read_bytes()).hexdigest())
            for path in sorted(self.out(kbo).iterdir())
        }

    def change(self, statement: str, *values: object) -> None:
        """Change the agency's database, and let it produce its feeds anew."""
        execute(self.agency, statement, *values)
        produce(self.agency, datetime.now(UTC))

    def ledger_lines(self) -> list[tuple[str, str]]:
        """KBO and kind of every event, a recipient at a time."""
        ledger = open_ledger(self.ledger)
        return [(kbo, event.kind.value) for kbo in ledger.recipients() for event in ledger.recipient(kbo).events()]

    def dags_test(self, log: Path, dag: str = "nightly_delivery", first: First = as_it_is, **more: str) -> int:
        """`airflow dags test`: its exit code. The log is appended to."""
        return self.start_dags_test(log, dag, first, **more).ended()

    def start_dags_test(
        self, log: Path, dag: str = "nightly_delivery", first: First = as_it_is, **more: str
    ) -> Command:
        return start_airflow(("dags", "test", dag), self.environment | more, self.path, log, first)

    def night(self, run: str = "night", at: datetime | None = None, **settings: Any) -> RunContext:
        """The night as pipeline.tasks.nightly_delivery takes it, without Airflow."""
        at = at or datetime.now(UTC)
        mine = Settings.load({k: v for k, v in self.environment.items() if k.startswith("GEGEVENSDELING_")})
        values = {**mine.__dict__, **self.settings, **settings}
        return RunContext(
            run,
            local_day(at),
            Settings(**values),
            self.connections,
            lambda: datetime.now(UTC),
        )


@contextmanager
def lay(
    path: Path,
    made: World | None = None,
    agency: str | None = None,
    ledger: str | None = None,
    formats: Mapping[Kbo, tuple[str, ...]] | None = None,
    without_settings: Sequence[Kbo] = (),
) -> Iterator[House]:
    """A house in `path`, its host listening. `agency` and `ledger` are empty databases' addresses (default: SQLite)."""
    home = Home(path)
    home.make()
    made = small_world() if made is None else made
    if agency is None:
        agency = f"sqlite:///{to_sqlite(made, home.world, produced_at=datetime.now(UTC))}"
    else:
        to_postgresql(made, agency, path)
    participants = sorted({Kbo(row["kbo"]) for row in made["agreement"] if row["kbo"] in NAMES})
    known = [_settings(kbo, (formats or {}).get(kbo, ("csv",))) for kbo in participants if kbo not in without_settings]
    save_recipients(home.recipients, known)  # sealed once the host has a port
    keys = prepare(home.hosts, participants)
    for own in ("home", "tmp"):  # what is left behind there is found by whoever looks through the house
        (path / own).mkdir(exist_ok=True)
    with demo_host(home.hosts, home.path / "host.port", home.path / "host.log") as port:
        environment = home.environment(port, keys.host_public, keys.agency_private) | {
            "HOME": str(path / "home"),
            "TMPDIR": str(path / "tmp"),
            "GEGEVENSDELING_MAX_LAST_LOOK_SECONDS": UNHURRIED,
        }
        environment = {key: value for key, value in environment.items() if not key.startswith("PYTEST_")}
        environment |= {"AIRFLOW_CONN_AGENCY_DB": agency}
        environment |= {"AIRFLOW_CONN_LEDGER_DB": ledger or f"sqlite:///{home.ledger}"}
        house = House(home, agency, ledger or f"sqlite:///{home.ledger}", environment)
        house.seal()
        yield house


def _settings(kbo: Kbo, formats: tuple[str, ...]) -> RecipientSettings:
    return RecipientSettings(kbo, account_of(kbo), OUT, NO_ENCRYPTION, formats=formats)


@dataclass
class Run:
    """What came of one night run in this process, task by task: as Airflow would, every deliver gets its turn."""

    publications: list[Publication] = field(default_factory=list)
    errors: dict[str, PipelineError] = field(default_factory=dict)
    """By step, or by KBO for a delivery."""
    summary: NightSummary | None = None


def run_night(night: RunContext) -> Run:
    """Each step is tried as the DAG wires it; `close` always is."""
    run, staged = Run(), None
    try:
        checked = tasks.check_night(night, tasks.extract_night(night))
        released = tasks.release_night(night, checked)
        staged = released.staged_release
    except PipelineError as error:
        run.errors["before"] = error
    for kbo in released.recipients if staged else ():
        try:
            run.publications.append(tasks.deliver_night(night, staged, kbo))
        except PipelineError as error:
            run.errors[kbo] = error
    if staged:
        _sheets(night, checked, run)
    try:
        run.summary = tasks.close_night(night, staged, run.publications, "sheets" in run.errors)
    except PipelineError as error:
        run.errors["close"] = error
    return run


def _sheets(night: RunContext, checked: CheckedSnapshot | HeldSnapshot, run: Run) -> None:
    """When the drops went: the slowest way, since the next night's drops bring them."""
    try:
        tasks.freeze_sheets(night, checked)
    except PipelineError as error:
        run.errors["sheets"] = error


def bare_environment() -> dict[str, str]:
    """The environment without anything of Airflow's or ours."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "GEGEVENSDELING", "PYTEST_"))}

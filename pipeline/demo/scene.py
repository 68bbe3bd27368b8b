"""What a demo night needs around it: a world of today, the recipients' settings, and a host to deliver to."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path

from pipeline.core.connections import from_environment
from pipeline.core.errors import TerminalError
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.staging import private_folder
from pipeline.core.terminal import console, counting
from pipeline.delivery.hosts import sealed
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.recipients_file import save_recipients
from pipeline.demo.home import Home
from pipeline.demo.host import OUT, account_of, prepare
from pipeline.demo.processes import running
from pipeline.demo.world import synthesize

Environment = dict[str, str]
_SEED = 1
_HOST_STARTS_WITHIN_SECONDS = 30
_EXCEL = Kbo("0212214125")
"""OCMW Gent asks for XLSX beside CSV, so that the demo shows both, and has a way back: the folder `in` beside `out`."""


@contextmanager
def set_scene(home: Home, scale: float, today: date, refuse: str | None) -> Iterator[Environment]:
    """Bring the world up to today, start the host, and yield the environment for Airflow and the command line."""
    _bring_world_to(home, scale, today)
    recipients = _participants(home.world)
    if refuse and refuse not in recipients:
        raise TerminalError(f"recipient {refuse} takes no part in the demo: choose another, such as {_EXCEL}")
    keys = prepare(home.hosts, recipients)
    private_folder(home.hosts / _EXCEL / "in")
    with _host(home, refuse) as port:
        environment = home.environment(port, keys.host_public, keys.agency_private)
        connections = partial(from_environment, environment=environment)
        save_recipients(home.recipients, sealed(map(_settings, recipients), connections))
        home.write_environment(environment)
        yield environment


def _settings(kbo: Kbo) -> RecipientSettings:
    formats = ("csv", "xlsx") if kbo == _EXCEL else ("csv",)
    way_back = "artikel 5 van het protocol (demo)" if kbo == _EXCEL else ""
    account = account_of(kbo)
    return RecipientSettings(kbo, account, folder=OUT, encryption=NO_ENCRYPTION, formats=formats, way_back=way_back)


def _bring_world_to(home: Home, scale: float, today: date) -> None:
    """Make the world once; on a later day let it live on until then."""
    produced = _produced_on(home.world)
    if produced == today:
        return
    title = "Synthetic Flanders" if produced is None else f"The world lives on from {produced} to {today}"
    with counting(title) as progress:
        synthesize(f"sqlite:///{home.world}", _SEED, scale, today, produced is not None, progress)
    console.print(f"{title}: {home.world}")


def _produced_on(world: Path) -> date | None:
    """The local day on which the agency's feeds were last produced."""
    if not world.exists():
        return None
    with closing(sqlite3.connect(world)) as connection:
        (instant,) = connection.execute("select max(produced_at) from feed_control").fetchone()
    return local_day(datetime.fromisoformat(instant))


def _participants(world: Path) -> list[Kbo]:
    """Every recipient that ever had an agreement: each has an account, whether it gets a drop tonight or not."""
    with closing(sqlite3.connect(world)) as connection:
        return [Kbo(kbo) for (kbo,) in connection.execute("select distinct kbo from agreement order by kbo")]


@contextmanager
def _host(home: Home, refuse: str | None) -> Iterator[int]:
    """The SFTP host in a process of its own; its port."""
    ready = home.path / "host.port"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pipeline.demo.host", "--root", str(home.hosts), "--ready", str(ready)]
    if refuse:
        command += ["--refuse", refuse]
    with (
        (home.path / "host.log").open("w", encoding="utf-8") as log,
        running(command, log, folder=home.path) as process,
    ):
        yield _wait_for(ready, process)


def _wait_for(ready: Path, process: "subprocess.Popen[bytes]") -> int:
    deadline = time.monotonic() + _HOST_STARTS_WITHIN_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TerminalError("the demo's SFTP host did not start: see host.log in the demo's folder")
        time.sleep(0.05)  # nothing tells us when the file is there
    return int(ready.read_text(encoding="utf-8"))

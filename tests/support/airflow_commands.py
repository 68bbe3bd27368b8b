"""`airflow` commands, each in a process of its own that has Airflow already, and the API that `dags test` asks.

Both take seconds to make, and more than a small night. Airflow reads its home as it is imported: for all commands that
is one link, which leads to the home of the command that runs. So they run one after another.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from tests.support.forked_airflow import as_airflow, forking, kill_group, run_airflow

HOME = "AIRFLOW_HOME"

First = Callable[[], None]
"""What a process does before the command: a function of a module, so that it can be named to the process."""


def as_it_is() -> None:
    """Nothing."""


class Order(NamedTuple):
    """A command as it is to be run."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    log: Path
    first: First


@dataclass
class Command:
    """One that was started, the leader of a process group of its own."""

    pid: int
    parent: Connection
    exitcode: int | None = None

    def ended(self, seconds: float = 600) -> int:
        """Its exit code, as `subprocess` gives it. What takes longer is killed."""
        if self.exitcode is None:
            if not self.parent.poll(seconds):
                kill_group(self.pid)
            self.exitcode = self.parent.recv()
        return self.exitcode

    def kill(self) -> None:
        """With all that it started."""
        kill_group(self.pid)
        self.ended()


def start_airflow(
    arguments: tuple[str, ...], environment: dict[str, str], folder: Path, log: Path, first: First = as_it_is
) -> Command:
    """Once the one before has ended. The log is appended to."""
    home, link = Path(environment[HOME]), _link()
    (home / "logs").mkdir(parents=True, exist_ok=True)  # as Airflow does when it is imported
    link.unlink(missing_ok=True)
    link.symlink_to(home)
    order = Order(arguments, environment | {HOME: str(link)}, folder, log, first)
    if not _parents:
        _parents.append(_parent(order.environment, link.parent))
    _parents[0].send(order)
    return Command(_parents[0].recv(), _parents[0])


@cache
def _link() -> Path:
    return Path(mkdtemp(prefix="airflow-")) / "home"


_parents: list[Connection] = []
"""The one of all commands, once there is one: it begins with the environment of the first."""


def _parent(environment: dict[str, str], folder: Path) -> Connection:
    here, there = Pipe()
    own = {"HOME": str(folder), "TMPDIR": str(folder)}
    forking().Process(target=_obey, args=(there, environment | own, folder), daemon=True).start()
    there.close()
    return here


def _obey(orders: Connection, environment: dict[str, str], folder: Path) -> None:
    as_airflow(environment, folder, folder / "parent.log")
    _import_airflow()
    with suppress(EOFError):  # the tests are over
        while True:
            order = orders.recv()
            pid = os.fork()
            if pid == 0:
                orders.close()
                as_airflow(order.environment, order.folder, order.log)
                order.first()
                run_airflow(order.arguments)
            orders.send(pid)
            orders.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _import_airflow() -> None:
    """With the routes of the API of `dags test`, which are made when it is first asked something."""
    import airflow.cli.commands.dag_command
    from airflow.sdk.execution_time.supervisor import in_process_api_server
    from httpx import ASGITransport, AsyncClient

    async def ask() -> None:
        async with AsyncClient(
            transport=ASGITransport(app=in_process_api_server().app), base_url="http://localhost"
        ) as client:
            (await client.get("/health")).raise_for_status()

    asyncio.run(ask())
    airflow.settings.engine.dispose()

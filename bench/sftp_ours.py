"""The whole publication of each drop, as a task does it: the real host and a real ledger."""

import multiprocessing
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.ledger import line
from bench.sftp_drops import remote
from pipeline.core.model import Drop, Kbo, Outcome
from pipeline.core.settings import Settings
from pipeline.delivery.ports import Ledger, PublicationLog
from pipeline.delivery.publish import Plan, publish
from pipeline.delivery.sftp.client import CheckedClient
from pipeline.delivery.sftp.folder import Endpoint, SftpFolder, SftpHost
from pipeline.ledger.db.ledger import open_ledger
from tests.support.publishing import MemoryLedger, delivery
from tests.support.servers.openssh import OpenSsh
from tests.support.signing import SIGNING_KEY

SETTINGS = Settings()
RUN = "bench"


@dataclass(frozen=True)
class Phases:
    """Seconds, which add up to the whole; of lanes side by side those of the slowest."""

    sending: float
    reading_back: float
    ledger: float

    @property
    def whole(self) -> float:
        return self.sending + self.reading_back + self.ledger


@dataclass
class Spent:
    """Seconds in one kind of act."""

    seconds: float = 0.0

    @contextmanager
    def here(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began


def ours(server: OpenSsh, folder: Path, lanes: list[list[Drop]], a_connection: int, *, is_on_record: bool) -> Phases:
    """A process an account, begun before the clock; one ledger for all, as in a night, or none to wait for."""
    path = folder / "ledger.sqlite"
    for old in folder.glob(f"{path.name}*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    ledger = str(path) if is_on_record else None
    _ledger(ledger)
    fork = multiprocessing.get_context("fork")
    ready, begun = fork.Barrier(len(lanes)), []
    for account, drops in zip(server.accounts, lanes, strict=False):
        here, there = fork.Pipe(duplex=False)
        what = (server, account, drops, a_connection, ledger, ready, there)
        fork.Process(target=_lane, args=what, daemon=True).start()
        there.close()  # so that who dies is noticed
        begun.append(here)
    phases: list[Phases] = [here.recv() for here in begun]
    return max(phases, key=lambda each: each.whole)


def _lane(
    server: OpenSsh, account: str, drops: list[Drop], a_connection: int, path: str | None, ready: Any, ended: Any
) -> None:
    ledger, read_back = TimedLedger(_ledger(path)), Spent()
    _time_reading_back(read_back)
    ready.wait()
    began = time.perf_counter()
    for first in range(0, len(drops), a_connection):
        with _connected(server, account) as client:
            for drop in drops[first : first + a_connection]:
                _publish(drop, OneConnection(client, remote(drop)), ledger)
    whole = time.perf_counter() - began
    ended.send(Phases(whole - read_back.seconds - ledger.spent.seconds, read_back.seconds, ledger.spent.seconds))


def _ledger(path: str | None) -> Ledger:
    return open_ledger(f"sqlite:///{path}") if path else InMemory()


def _publish(drop: Drop, host: "OneConnection", ledger: "TimedLedger") -> None:
    """Signs too: the drop was rendered before the clock, and its signature is the same again."""
    manifest = Path(drop.manifest.path)
    assert drop.signature and SIGNING_KEY.sign(manifest.read_bytes()) == Path(drop.signature.path).read_bytes()
    planned = Plan(drop.kbo, drop.night, drop.sequence, None)
    lines = [line(number) for number in range(drop.rows)]
    job = delivery(host, ledger, drop.night, RUN, lambda: datetime.now(UTC))
    done = publish(replace(job, kbo=drop.kbo), drop, planned, Unchanged(), lines)
    assert done.outcome is Outcome.PUBLISHED


@contextmanager
def _connected(server: OpenSsh, account: str) -> Iterator[SftpFolder]:
    endpoint = Endpoint("127.0.0.1", server.port, account, "/out", server.host_key, server.private_key)
    with SftpHost(endpoint, SETTINGS).open() as folder:
        yield folder


def _time_reading_back(spent: Spent) -> None:
    """For a process that ends soon."""
    plainly = CheckedClient.sha256

    def timed(client: CheckedClient, path: str, size: int | None = None) -> str:
        with spent.here():
            return plainly(client, path, size)

    CheckedClient.sha256 = timed


@dataclass(frozen=True)
class OneConnection:
    """Answers `pipeline.delivery.ports.Host`: each recipient's folder over the connection that is open."""

    opened: SftpFolder
    folder: str

    @contextmanager
    def open(self) -> Iterator[SftpFolder]:
        yield SftpFolder(self.opened._client, self.folder, self.opened._connection)


@dataclass
class TimedLedger:
    """Answers `pipeline.delivery.ports.Ledger`."""

    inner: Ledger
    spent: Spent = field(default_factory=Spent)

    @contextmanager
    def delivering(self, kbo: Kbo) -> Iterator["TimedLog"]:
        with ExitStack() as stack:
            with self.spent.here():
                log = stack.enter_context(self.inner.delivering(kbo))
            yield TimedLog(log, self.spent)


@dataclass
class TimedLog:
    """Answers `pipeline.delivery.ports.PublicationLog` as far as a publication asks."""

    inner: PublicationLog
    spent: Spent

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.inner, name)

        def timed(*what: Any) -> Any:
            with self.spent.here():
                return asked(*what)

        return timed


class InMemory:
    """Answers `pipeline.delivery.ports.Ledger` for recipients who have nothing yet."""

    def delivering(self, kbo: Kbo) -> AbstractContextManager[PublicationLog]:
        return MemoryLedger().delivering(kbo)


class Unchanged:
    """Implements `FinalCheck` of delivery/session.py: the agency's database is no part of this bench."""

    milliseconds = 0

    def __call__(self) -> None:
        return

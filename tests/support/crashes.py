"""A recipient on a real SFTP host, to whom deliveries are cut off in every way there is, and what must be so after.

Each time: a first night's drop lies there unfetched, the second night's delivery breaks, and its task is cleared.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pipeline.core.model import Outcome, Publication
from pipeline.core.settings import Settings
from pipeline.delivery.ports import Host
from pipeline.delivery.sftp.client import CheckedClient
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.ledger.anchors import put_anchor
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.verify import verify_ledger
from tests.support.forks import is_killed
from tests.support.publishing import LocalHost, Step, View, World, clock
from tests.support.servers.sftp_sites import Site
from tests.support.worlds.ledgers import new_ledger

SEVERAL_WRITES = 9_000
"""Lines of a data file of 72,000 bytes: three writes, and three reads."""
SHORT = Settings(connect_timeout_seconds=2, channel_timeout_seconds=2, delivery_deadline_seconds=6)
"""For hosts and lines that fall silent; the others answer or break at once."""


@dataclass
class Gallows:
    """A step that ends this process at its n-th call: nothing of ours runs any more, not even a `finally`."""

    at: int
    seen: int = 0

    def __call__(self, _step: str) -> None:
        self.seen += 1
        if self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class FarWorld(World):
    """Delivers to `site`, over SFTP once `reached` is set; a ledger of its own, anchored after the first night."""

    ledger: LedgerDb
    site: Site = field(kw_only=True)
    reached: SftpHost | None = None

    def __post_init__(self) -> None:
        for path in self.site.out.iterdir():
            path.unlink()
        (self.root / "anchors").mkdir(parents=True)
        self.view, self.lines = View(self.site.out), SEVERAL_WRITES
        self.deliver(0, parts=2)
        put_anchor(self.root / "anchors", self.ledger.head(), None, "run", clock())
        self.reached = self.site.host()

    def host(self, step: Step) -> Host:
        return self.reached or LocalHost(self.view.path, self._watched(step))

    def killed_at(self, at: int) -> bool:
        """Whether a process that delivers the second night died at that step, or got through."""

        def act() -> None:
            stepping(step := Gallows(at), self.view.look)
            self.deliver(1, step, parts=2)

        return is_killed(act)

    def cleared(self, rows: int = 3) -> Publication:
        """The task again, over the plain line; then all is as after a night on which nothing broke."""
        self.view.look()
        self.reached = self.site.host()
        done = self.finish(1, rows=rows)
        self.view.agrees(standing := self.delivery_state(1))
        assert done.outcome in (Outcome.PUBLISHED, Outcome.ALREADY_PUBLISHED)
        assert self.view.go_files() == [done.stem] and len(self.view.counted) == 2
        assert [drop.contents.sequence for drop in standing.drops] == [1, 2]
        self.is_chained()
        return done

    def is_chained(self) -> None:
        assert verify_ledger(self.ledger, self.root / "anchors", [], date(2026, 6, 15) + timedelta(1)).problems == ()


def far_world(folder: Path, name: object, site: Site) -> FarWorld:
    """A fresh one."""
    return FarWorld(folder / str(name), new_ledger(f"sqlite:///{folder / f'{name}.sqlite'}"), site=site)


def stepping(step: Step, look: Callable[[], None]) -> None:
    """A step before and after each request goes to the host, and a look before it; for a process that ends soon.

    While a request is not answered nobody looks: the host may act on it in the middle of the look.
    """
    send = CheckedClient._async_request

    def stepped(client: CheckedClient, *what: object) -> int:
        if not client._expecting:
            look()
        step("asks")
        number: int = send(client, *what)
        step("has asked")
        return number

    CheckedClient._async_request = stepped


@contextmanager
def bounded(settings: Settings) -> Iterator[None]:
    """A try makes two visits at most; the rest is for a loaded machine."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 2 * settings.delivery_deadline_seconds + 10

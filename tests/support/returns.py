"""A recipient with a way back, and what it puts there: on local disk."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipeline.delivery.ports import Host
from pipeline.followup.way_back import TakenIn, WayBack, take_in_returned
from pipeline.ledger.persons import LedgerKey
from tests.support.followup import FollowupWorld
from tests.support.publishing import GENT, Fuse, LocalHost, MemoryLedger, SteppedLedger, delivery
from tests.support.publishing import Step as Act

HEAD = "referentie;soort\r\n"


def returned_stem(number: int = 1, kbo: str = GENT) -> str:
    return f"TERUG_OPGROEIEN_{kbo}_20260615_{number:06}"


def put_returned(folder: Path, rows: Sequence[str] | bytes, number: int = 1, kbo: str = GENT) -> str:
    """Its stem: the file, then its GO file. A row is `reference;kind`."""
    stem = returned_stem(number, kbo)
    content = rows if isinstance(rows, bytes) else (HEAD + "".join(f"{row}\r\n" for row in rows)).encode()
    (folder / f"{stem}.csv").write_bytes(content)
    (folder / f"{stem}.GO").touch()
    return stem


@dataclass
class ReturnsWorld(FollowupWorld):
    """The drop of the first night has R0, R1, ...; its way back is the folder `in`."""

    share: float = 0.5
    seconds: float = 0
    site: Host | None = None
    """Where the way back lies; by default on local disk."""

    @property
    def way_back(self) -> Path:
        return self.root / "in"

    def way(self, step: Act | None = None) -> WayBack:
        self.way_back.mkdir(exist_ok=True)
        key = LedgerKey("key", bytes(32))

        @contextmanager
        def scratch() -> Iterator[Path]:
            made = self.root / "scratch"
            made.mkdir(exist_ok=True)
            yield made

        def ticks() -> float:
            self.seconds += 1
            return self.seconds

        host = self.site or LocalHost(self.way_back, step or Fuse())
        minutes = timedelta(minutes=5)
        return WayBack(GENT, lambda _: host, {"key": key}.__getitem__, minutes, self.share, scratch, ticks)

    def take_in(self, step: Act | None = None) -> TakenIn:
        step = step or Fuse()
        job = delivery(self.host(step), SteppedLedger(self.ledger, step), clock=lambda: self.now)
        with job.task() as task:
            return take_in_returned(task, self.way(step))

    def put(self, *rows: str, number: int = 1) -> str:
        self.way()
        return put_returned(self.way_back, rows, number)

    def names(self, ending: str = "") -> list[str]:
        return sorted(path.name for path in self.way_back.iterdir() if path.name.endswith(ending))

    @property
    def said(self) -> list[tuple[str, str | None]]:
        """What is on record, in order: kind and reference."""
        assert isinstance(self.ledger, MemoryLedger)
        return [(row.kind.value, row.reference) for _, rows in self.ledger.returned for row in rows]

    def agrees(self) -> None:
        """No receipt but of what is on record, and by its SHA-256 of the very file."""
        assert isinstance(self.ledger, MemoryLedger)
        known = {(one.name, one.sha256) for one in self.ledger.returned_files()}
        for name in self.names(".OK") + self.names(".FOUT"):
            file = self.way_back / f"{name.rpartition('.')[0]}.csv"
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            assert (file.name, sha256) in known, f"{name} is of nothing on record"
            assert f"SHA-256: {sha256}" in (self.way_back / name).read_text()


def returns_world(folder: Path, rows: int = 3) -> ReturnsWorld:
    made = ReturnsWorld(folder, MemoryLedger())
    made.deliver(0, rows=rows)
    return made

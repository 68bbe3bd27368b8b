"""A recipient with several places, local or on a real host, of which one is today's: for moves and restored hosts."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.core.errors import DeliveryTransient, SettingsError
from pipeline.core.model import Publication
from pipeline.delivery.former_places import former_places_emptied
from pipeline.delivery.job import Delivery
from pipeline.delivery.ports import Host, Ledger
from pipeline.delivery.publish import Plan, cancel_coverage, plan, publish
from pipeline.followup.notify import notify
from pipeline.followup.pickup import FollowupResult, process_pickups, record_acknowledgements
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import DeliveryState, Kind
from pipeline.ledger.notices import Notice
from tests.support.deliveries import SteppedHost
from tests.support.publishing import (
    FIRST_NIGHT,
    GENT,
    RECIPIENT,
    Checked,
    Fuse,
    Killed,
    LocalHost,
    Step,
    SteppedLedger,
    clock,
    delivery,
    lines_of,
    rendered,
    withdraw,
)

OUT = DropPlace("first", "drop_host", "SHA256:one", "ocmw-gent", "/out")


@dataclass(frozen=True)
class Folder:
    """One place, the folder on disk, and how it is reached."""

    place: DropPlace
    path: Path
    host: Callable[[Step], Host]

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir())

    @property
    def counting(self) -> list[str]:
        return [name for name in self.names if name.endswith(".GO")]

    def fetch(self) -> None:
        """The recipient takes all, GO files last."""
        for path in sorted(self.path.iterdir(), key=lambda path: path.suffix == ".GO"):
            path.unlink()


def local_folder(root: Path, place: DropPlace, name: str) -> Folder:
    (root / name).mkdir(parents=True)
    return Folder(place, root / name, lambda step: LocalHost(root / name, step))


def stepped_folder(place: DropPlace, path: Path, host: Host) -> Folder:
    """On a real host."""
    return Folder(place, path, lambda step: SteppedHost(host, step))


@dataclass
class Mover:
    """`here`: today's place; those in `known` can be reached; `now` moves on by itself."""

    root: Path
    ledger: Ledger
    here: Folder
    known: list[Folder]
    now: datetime = field(default_factory=clock)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def job(self, step: Step, nights_later: int = 0, *, replacing: bool = False, run: str = "run") -> Delivery:
        def host_at(place: DropPlace) -> Host:
            for folder in self.known:
                if folder.place == place:
                    return folder.host(step)
            raise SettingsError("no connection leads there")

        night = FIRST_NIGHT + timedelta(nights_later)
        ledger = SteppedLedger(self.ledger, step)
        made = delivery(self.here.host(step), ledger, night, run, self.clock, replacing=replacing)
        return replace(made, place=self.here.place, host_at=host_at, take_in=record_acknowledgements)

    def deliver(
        self, nights_later: int = 0, step: Step | None = None, *, replacing: bool = False, rows: int = 3
    ) -> Publication:
        job = self.job(step or Fuse(), nights_later, replacing=replacing)
        found = plan(job)
        if not isinstance(found, Plan):
            return found
        drop = rendered(self.root / "staging", found, rows)
        return publish(job, drop, found, Checked(), lines_of(drop))

    def stand_down(self, nights_later: int = 0) -> Publication:
        """As a night does for a recipient that no agreement covers."""
        return cancel_coverage(self.job(Fuse(), nights_later))

    def finish(self, nights_later: int = 0) -> Publication:
        """Cleared until it ends."""
        for _ in range(3):
            try:
                return self.deliver(nights_later)
            except DeliveryTransient:
                continue
        raise AssertionError("it never ended")

    def hour(self, nights_later: int = 0, step: Step | None = None) -> FollowupResult:
        """As housekeeping does: the former places first, whatever comes of that."""
        job = self.job(step or Fuse(), nights_later, run="hour")
        with former_places_emptied(job) as moved, job.task() as task:
            result = process_pickups(task, job.host, RECIPIENT, lambda: {})
        return replace(result, moved=sum(moved))

    def withdraw(self, *references: str) -> None:
        withdraw(self.ledger, self.now, *references)

    def notify(self, step: Step | None = None) -> tuple[Notice, ...]:
        """As housekeeping does."""
        job = self.job(step or Fuse(), run="hour")
        with former_places_emptied(job), job.task() as task:
            return notify(task, job.host, RECIPIENT, self.root / "notices", job.signing_key)

    def state(self, nights_later: int = 0) -> DeliveryState:
        with self.ledger.delivering(GENT) as log:
            return log.delivery_state(FIRST_NIGHT + timedelta(nights_later))

    @property
    def kinds(self) -> list[Kind]:
        """Of the drops, in the order of their numbers."""
        return [drop.kind for drop in self.state().drops]

    @property
    def places(self) -> list[DropPlace | None]:
        return [drop.contents.place for drop in self.state().drops]


def backup(folder: Folder, into: Path) -> Path:
    """Of the folder, as it is now."""
    shutil.copytree(folder.path, into)
    return into


def restore(folder: Folder, copy: Path) -> None:
    """As the host's owner does: what came after the backup is gone, what went since is back."""
    owner = folder.path.stat()
    for path in folder.path.iterdir():
        path.unlink()
    for path in copy.iterdir():
        made = Path(shutil.copy2(path, folder.path))
        shutil.chown(made, owner.st_uid, owner.st_gid)


def dying_at(step: str) -> Step:
    """Killed when this step is reached: `remove *.GO`, or how it begins."""
    begin, _, end = step.partition("*")

    def at(name: str) -> None:
        if name.startswith(begin) and name.endswith(end):
            raise Killed(name)

    return at

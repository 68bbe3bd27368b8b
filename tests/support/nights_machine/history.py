"""One history: an agency, the places of its recipients, the runs of the pipeline, and what may happen at any step."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.core.model import Kbo
from tests.support.nights_machine.agency import RECIPIENTS, ToldAgency, first_world
from tests.support.nights_machine.bookkeeping import Bookkeeping
from tests.support.nights_machine.nights import HourRun, Killed, NightRun, Nights
from tests.support.nights_machine.opened_once import OpenedOnce, put_aside
from tests.support.nights_machine.places import Files, Place, Places
from tests.support.nights_machine.watcher import Watcher
from tests.support.worlds.ledgers import new_ledger

AT_WORK = "at-work"
"""In the folder of a run: when it was written, a run was at work (pipeline/tasks)."""
AT = time(3, 30)
"""When a night begins, in Brussels."""


@dataclass
class Trouble:
    """Something that happens at the n-th step of a task; `at_clock`: at the next one at which a clock is read.

    `at_go`: at the first step with a GO file that these words name, whatever the number.
    """

    at: int
    act: Callable[[], None]
    at_clock: bool = False
    at_go: str = ""
    taken: int = 0

    def is_due(self, step: str) -> bool:
        self.taken += 1
        if self.at_go:
            return step.startswith(f"{self.at_go} ") and step.endswith(".GO")
        return self.taken >= self.at and (step == "clock" or not self.at_clock)


@dataclass
class History:
    """`touched` is set by whatever happened within a step, so that less can be said of its end."""

    folder: Path
    ledger_uri: str
    first_day: date
    opened: OpenedOnce
    ahead: timedelta = timedelta(0)
    now: datetime = field(init=False)
    agency: ToldAgency = field(init=False)
    book: Bookkeeping = field(init=False)
    places: Places = field(init=False)
    watcher: Watcher = field(init=False)
    nights: Nights = field(init=False)
    trouble: Trouble | None = None
    touched: bool = False
    kills: int = 0
    backups: dict[Place, Files] = field(default_factory=dict)
    """Of the recipients' folders, as they were when the last night began."""
    ledger_before: Path | None = None
    """Likewise, of the ledger; None on PostgreSQL."""
    unsettled: set[Kbo] = field(default_factory=set)
    """Recipients of which a task was cut off, or failed, since one of theirs ended well."""

    def __post_init__(self) -> None:
        self.now = datetime.combine(self.first_day, AT, BRUSSELS).astimezone(UTC)
        self.agency = ToldAgency(self.folder / "agency.db", first_world(self.first_day), self.ahead)
        self.book = Bookkeeping(self.agency)
        self.places = Places(self.step)
        new_ledger(self.ledger_uri)
        self.nights = Nights(self.folder, self.clock, (self.agency.uri, self.ledger_uri), self.book)
        self.watcher = Watcher(self.places, self.book, lambda: self.now, self.nights.at_home, self.nights.may_release)
        self.changed()

    def clock(self) -> datetime:
        """Everybody's clock: a second later each time that it is read."""
        self.now += timedelta(seconds=1)
        self.step("clock")
        return self.now

    def step(self, name: str) -> None:
        self.watcher.look()
        if self.trouble and not self.places.is_undisturbed and self.trouble.is_due(name):
            trouble, self.trouble, self.touched = self.trouble, None, True
            trouble.act()

    @property
    def today(self) -> date:
        return local_day(self.now)

    def changed(self) -> None:
        """The agency loads, and the bookkeeping is told."""
        self.agency.load(self.now)
        self.book.enter(self.watcher.step, self.now)
        self.book.reads_noes(self.watcher.step)

    def wait(self, **time: float) -> None:
        """Within the day."""
        last = datetime.combine(self.today, time_of_last(), BRUSSELS).astimezone(UTC)
        self.now = max(self.now, min(self.now + timedelta(**time), last))

    def next_night(self, days: int = 1) -> None:
        at = datetime.combine(self.today + timedelta(days), AT, BRUSSELS).astimezone(UTC)
        self.now = at
        self.backups = {place: dict(files) for place, files in self.places.folders.items()}
        self.agency.back_up()
        self.ledger_before = put_aside(self.opened, self.ledger_uri, self.folder / "ledger.before")
        self.changed()

    @contextmanager
    def troubled(self, trouble: Trouble | None) -> Iterator[None]:
        """What is done within is killed, or something happens meanwhile."""
        self.trouble, self.touched = trouble, False
        try:
            yield
        except Killed:
            self.kills += 1
            self.unsettled |= RECIPIENTS.keys()
        finally:
            self.trouble = None
        self.watcher.look()
        self.book.enter(self.watcher.step, self.now)
        for path in (self.folder / "staging").glob(f"*/{AT_WORK}"):  # by the clock of the history
            if path.stat().st_mtime > self.now.timestamp():
                os.utime(path, (self.now.timestamp(), self.now.timestamp()))

    def night(self, night: date | None = None, name: str = "scheduled", **settings: float) -> NightRun:
        run = self.nights.begin(night or self.today, name, **settings)
        self.nights.clear(run, "extract")
        return run

    def hour(self) -> HourRun:
        return self.nights.hour(self.today)

    def killed(self) -> None:
        raise Killed

    # What a recipient does

    @contextmanager
    def acting(self, who: str) -> Iterator[None]:
        self.watcher.look()
        self.watcher.who = who
        yield
        self.watcher.look()
        self.watcher.who = "we"

    def host_is_put_back(self, kbo: Kbo) -> None:
        """The folder is as it was when the last night began, but for what the recipient had said there."""
        place = self.nights.at_home(kbo)
        with self.acting("host"):
            before = self.backups.get(place, {})
            self.places.folders[place] = {name: file for name, file in before.items() if not name.endswith(".ACK")}

    def takes(self, kbo: Kbo, names: int = 99) -> None:
        """It removes what counts, each drop's GO file last; of each so many of its files."""
        files = self.places.files(self.nights.at_home(kbo))
        stems = sorted(name[:-3] for name in files if name.endswith(".GO"))
        with self.acting("recipient"):
            for stem in stems:
                own = sorted(
                    name for name in files if name.startswith(f"{stem}.") and not name.endswith((".GO", ".ACK"))
                )
                self.watcher.opened.add(stem)
                for name in [*own, f"{stem}.GO"][:names]:
                    del files[name]

    def clears_its_folder(self, kbo: Kbo) -> None:
        """It removes every file that it sees, whether it counts or not."""
        files = self.places.files(self.nights.at_home(kbo))
        self.takes_early(kbo)
        with self.acting("recipient"):
            self.watcher.opened |= {name[:-3] for name in files if name.endswith(".GO")}
            for name in [name for name in files if not name.startswith(".")]:
                del files[name]

    def takes_early(self, *recipients: Kbo) -> None:
        """Each takes what has its own name and does not count: an eager one, or its clean-up job."""
        with self.acting("recipient"):
            for kbo in recipients:
                files = self.places.files(self.nights.at_home(kbo))
                for name in self.watcher.early(files):
                    self.watcher.taken_early(name, files.pop(name))

    def takes_the_go_file(self, kbo: Kbo) -> None:
        """It removes the GO files of drops, and leaves the rest: what is left looks like a try that never counted."""
        files = self.places.files(self.nights.at_home(kbo))
        with self.acting("recipient"):
            for name in [name for name in files if name.startswith("AANMELDING") and name.endswith(".GO")]:
                self.watcher.opened.add(name[:-3])
                del files[name]

    def puts_an_early_ack(self, kbo: Kbo) -> None:
        """It puts an ACK file for a drop that is to come: that of the next night, under the next number."""
        number = 1 + max((one.number for one in self.watcher.drops(kbo)), default=0)
        stem = f"AANMELDING_OPGROEIEN_{kbo}_{self.today + timedelta(days=1):%Y%m%d}_{number:06}"
        self.places.files(self.nights.at_home(kbo))[f"{stem}.ACK"] = b""

    def acknowledges(self, kbo: Kbo, drops: bool) -> None:
        """It puts an ACK file for everything of that kind that counts there."""
        files = self.places.files(self.nights.at_home(kbo))
        prefix = "AANMELDING" if drops else "INTREKKING"
        for name in [name for name in files if name.startswith(prefix) and name.endswith(".GO")]:
            files[f"{name[:-3]}.ACK"] = b""
            self.watcher.acknowledged.add(name[:-3])


def time_of_last() -> time:
    """The last hour of a day at which anything begins here."""
    return time(22, 30)

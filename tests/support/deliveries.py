"""Deliveries to one recipient, for real but for Airflow: an agency that changes at any step, a ledger, a host.

A `step` is called by name before and after everything that happens to the host or the ledger
(tests/support/publishing.py)."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.core.connections import Connection
from pipeline.core.errors import DeliveryTransient
from pipeline.core.feeds import FEEDS
from pipeline.core.local_time import local_day
from pipeline.core.model import CheckedSnapshot, Moment, Publication, Release
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.delivery.deliver import deliver
from pipeline.delivery.job import Delivery
from pipeline.delivery.ports import Host, RemoteFolder
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.references import ReferenceKey, reference
from pipeline.gate.release import release, release_within
from pipeline.gate.suppression import AppliedList
from pipeline.indicators.edition_file import sheets_to_send
from pipeline.indicators.ledger import read_sheets
from pipeline.indicators.sheet_file import sheet_enclosure
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.suppression import SuppressionRecords
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.events import Kind
from pipeline.ledger.persons import LedgerKey
from pipeline.source.extract import extract
from tests.support.drops import Whole, whole_drops
from tests.support.publishing import Fuse, LocalHost, SteppedLedger, sha256
from tests.support.rechecked import recheck
from tests.support.signing import SIGNING_KEY
from tests.support.worlds.ledgers import copy_database, new_ledger
from tests.support.worlds.small_world import BRUGGE, GENT, execute, person, produce, small_world, to_postgresql
from tests.support.worlds.tables import to_sqlite

TODAY = date(2026, 6, 15)
START = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
GENT_PARENTS = (201, 202, 203)
IDS_OF_GENT = range(201, 210)
"""Of its parents, where an agency has more of them."""
REFERENCES = ReferenceKey("test", bytes(32))
KEY = LedgerKey("ledger", bytes(32))

Step = Callable[[str], None]


@dataclass
class Agency:
    """A small world and a clock of its own: each look at it is a second later. `elapsed`: its monotonic clock."""

    folder: Path
    now: datetime = START
    uri: str = ""
    ledger_uri: str = ""
    ledger: LedgerDb = field(init=False)
    seen: Fuse = field(default_factory=Fuse)
    elapsed: float = 0.0
    ticks: Callable[[], float] | None = None
    key: LedgerKey = KEY
    parents_of_gent: int = len(GENT_PARENTS)

    def copy(self, folder: Path) -> "Agency":
        """The same, as it is now, on SQLite."""
        folder.mkdir(exist_ok=True)
        for name in ("agency.db", "ledger.db"):
            shutil.copy(self.folder / name, folder / name)
        shutil.copytree(self.folder / "out", folder / "out")
        address = f"sqlite:///{folder / 'agency.db'}"
        return Agency(folder, self.now, address, parents_of_gent=self.parents_of_gent)

    def copy_on_postgresql(self, folder: Path, fresh: Callable[[], str]) -> "Agency":
        """Likewise, for one that is there; `fresh` gives the address of an empty database."""
        folder.mkdir(exist_ok=True)
        shutil.copytree(self.folder / "out", folder / "out")
        self.ledger.engine.dispose()
        uri, ledger_uri = fresh(), fresh()
        copy_database(self.uri, uri)
        copy_database(self.ledger_uri, ledger_uri)
        return Agency(folder, self.now, uri, ledger_uri, parents_of_gent=self.parents_of_gent)

    def __post_init__(self) -> None:
        if not self.uri:
            made = small_world({BRUGGE: 1, GENT: self.parents_of_gent}, TODAY)
            self.uri = f"sqlite:///{to_sqlite(made, self.folder / 'agency.db', produced_at=self.now)}"
        self.ledger_uri = self.ledger_uri or f"sqlite:///{self.folder / 'ledger.db'}"
        self.ledger = new_ledger(self.ledger_uri)
        (self.folder / "out").mkdir(exist_ok=True)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def says(self, kind: str, parent: int, fields: str | None = None) -> None:
        """A consent event of now, for Gent."""
        at, number = self.clock().isoformat(sep=" "), execute(self.uri, "select max(event_id) from consent_event")[0][0]
        values = (number + 1, parent, GENT, kind, "v1" if kind == "grant" else None, fields, at, at)
        execute(
            self.uri,
            "insert into consent_event (event_id, parent_id, kbo, kind, text_version, fields, occurred_at, recorded_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
        )
        produce(self.uri, self.now)

    def change(self, statement: str, *values: object) -> None:
        execute(self.uri, statement, *values)
        produce(self.uri, self.clock())

    def decide(self, between: Step = lambda _: None) -> Release:
        """The run's own decision; `between` is told of each step that was done."""
        at, settings = self.clock(), Settings()
        snapshot = extract(self.uri, at, settings, self.folder / "snapshot")
        between("extract")
        self.checked = recheck(snapshot, Moment.of(at), at, settings)
        between("check")
        decided = self._release(at)
        between("release")
        return decided

    def decide_unchecked(self) -> Release:
        """As `decide`, quicker, where what the checks of the rows find is not asked."""
        at = self.clock()
        snapshot = extract(self.uri, at, Settings(), self.folder / "snapshot")
        self.checked = CheckedSnapshot(snapshot, findings=())
        return self._release(at)

    def _release(self, at: datetime) -> Release:
        settings, listed = Settings(), self.suppression
        moment = Moment.now(at, at, settings.max_clock_skew_minutes)
        decided, self.bound = release_within(listed.read(), self.checked, moment, settings, self.folder / "release")
        listed.keep(self.bound.new, local_day(at), at)
        return decided

    checked: CheckedSnapshot = field(init=False)
    bound: AppliedList = field(init=False)
    """What the suppression list came to at the last decision."""

    def decide_by_the_gate_alone(self) -> Release:
        """On what was checked last, without what the ledger knows."""
        moment = Moment.of(self.clock())
        return release(self.checked, moment, Settings(), self.folder / "release")

    def deliver(
        self, decided: Release, step: Step | None = None, nights: int = 0, host: Host | None = None
    ) -> Publication:
        """One try of the task; a step of the host is one of the ledger's too."""
        return deliver(self.job(step or self.seen, nights, host), decided, private_folder(self.folder / "deliver"))

    def key_of(self, key_id: str) -> LedgerKey:
        return {KEY.id: KEY, self.key.id: self.key}[key_id]

    @property
    def suppression(self) -> SuppressionRecords:
        """The ledger's list of noes."""
        return SuppressionRecords(self.ledger.engine, self.key, self.key_of)

    def job(self, step: Step, nights: int = 0, host: Host | None = None) -> Delivery:
        return Delivery(
            kbo=GENT,
            night=TODAY + timedelta(nights),
            run=f"run {nights}",
            agency=self.uri,
            ledger=SteppedLedger(self.ledger, step),
            host=SteppedHost(host, step) if host else LocalHost(self.folder / "out", step),
            recipient=RecipientSettings(GENT, "ocmw-gent", "/out", NO_ENCRYPTION),
            key=REFERENCES,
            persons=self.key,
            keys=self.key_of,
            signing_key=lambda: SIGNING_KEY,
            suppression=self.suppression,
            settings=Settings(staging=str(self.folder / "staging")),
            clock=self.clock,
            ticks=self.ticks or (lambda: self.elapsed),
            enclosures=lambda standing: [
                sheet_enclosure(one, ("csv",))
                for one in sheets_to_send(read_sheets(self.ledger.engine, GENT), standing)
            ],
        )

    def finish(
        self, decided: Release, step: Step | None = None, nights: int = 0, host: Host | None = None
    ) -> Publication:
        """As Airflow does: what may pass by itself is tried again."""
        for _ in range(3):
            try:
                return self.deliver(decided, step, nights, host)
            except DeliveryTransient:
                continue
        raise AssertionError("it never ended")

    def night(self, nights: int = 0) -> RunContext:
        """For what a run does centrally."""
        known = {
            "agency_db": Connection("agency_db", "sqlite", schema=self.folder.joinpath("agency.db").as_posix()),
            "ledger_db": Connection("ledger_db", "sqlite", schema=self.folder.joinpath("ledger.db").as_posix()),
            "ledger_key": Connection("ledger_key", "generic", login=KEY.id, password="A" * 43 + "="),
        }
        settings = Settings(staging=str(self.folder / "staging"), data_docs=str(self.folder / "docs"))
        return RunContext(f"run {nights}", TODAY + timedelta(nights), settings, known.get, self.clock)

    @property
    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.ledger.recipient(GENT).events()]

    @property
    def withdrawn(self) -> dict[int, str]:
        """Parent and cause of everything that Gent is to be told of; AssertionError when something is there twice."""
        found: list[Withdrawal] = list(self.ledger.recipient(GENT).withdrawals())
        parents = {reference(REFERENCES, GENT, parent): parent for parent in IDS_OF_GENT}
        assert len({(one.reference, one.after_sequence) for one in found}) == len(found)
        return {parents[one.reference]: one.cause for one in found}

    @property
    def drop(self) -> Whole:
        (only,) = whole_drops(self.folder / "out")
        return only

    @property
    def parents(self) -> list[int]:
        return parents_in(self.drop)


def agency_on_postgresql(folder: Path, fresh: Callable[[], str], parents_of_gent: int = len(GENT_PARENTS)) -> Agency:
    """A small world, and the ledger, each in a database of its own."""
    uri = fresh()
    to_postgresql(small_world({BRUGGE: 1, GENT: parents_of_gent}, TODAY), uri, folder)
    made = Agency(folder, uri=uri, ledger_uri=fresh(), parents_of_gent=parents_of_gent)
    made.change("update feed_control set row_count = row_count")
    return made


def parents_in(drop: Whole) -> list[int]:
    """Whose row is in it."""
    return [id_ for id_ in (101, *IDS_OF_GENT) if person(id_)["last_name"] in drop.text]


@dataclass
class Once:
    """Does something when a step is reached for the first time: `put *.csv`, or how it begins."""

    step: str
    act: Callable[[], None]
    done: bool = False

    def __call__(self, step: str) -> None:
        begin, _, end = self.step.partition("*")
        if step.startswith(begin) and step.endswith(end) and not self.done:
            self.done = True
            self.act()


@dataclass
class Deaths:
    """A step that keeps what a process killed there would leave behind: a copy of everything in the agency's folder.

    Killed at two steps between which nothing was written, it would leave the same: that is kept once.
    """

    agency: Agency
    folder: Path
    steps: list[str] = field(default_factory=list)
    left: dict[str, Agency] = field(default_factory=dict)
    """By the steps that leave it."""
    _last: dict[str, str] = field(default_factory=dict)

    def __call__(self, step: str) -> None:
        self.steps.append(step)
        name, found = f"{len(self.steps)}: {step}", _hashes(self.agency.folder)
        if found == self._last:
            before, same = self.left.popitem()
            self.left[f"{before}, {name}"] = same
            return
        self._last = found
        folder = shutil.copytree(self.agency.folder, self.folder / str(len(self.steps)))
        address = f"sqlite:///{folder / 'agency.db'}"
        self.left[name] = Agency(folder, self.agency.now, address, parents_of_gent=self.agency.parents_of_gent)


def _hashes(folder: Path) -> dict[str, str]:
    """Of every file, by its path; a folder has none."""
    found = folder.rglob("*")
    return {path.relative_to(folder).as_posix(): sha256(path) if path.is_file() else "" for path in found}


@dataclass
class SteppedHost:
    """Any host, with the steps of tests/support/publishing.py."""

    inner: Host
    step: Step

    @contextmanager
    def open(self) -> Iterator["SteppedFolder"]:
        self.step("connect")
        with self.inner.open() as folder:
            yield SteppedFolder(folder, self.step)


@dataclass
class SteppedFolder:
    inner: RemoteFolder
    step: Step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        def look() -> None:
            self.step(f"not renamed {name}")
            if before_rename:
                before_rename()
                self.step(f"looked {name}")

        self.inner.put(source, name, run, look)
        self.step(f"has put {name}")

    def remove(self, name: str) -> bool:
        self.step(f"remove {name}")
        return self.inner.remove(name)


YESTERDAY = TODAY - timedelta(days=1)

Change = Callable[[Agency], None]


def _new_version(table: str, **values: str) -> Change:
    """Another version of Gent's paper, recorded now: these tables only grow."""

    def act(agency: Agency) -> None:
        columns = FEEDS[table].columns
        (held,) = execute(agency.uri, f"select {', '.join(columns)} from {table} where kbo = ?", GENT)
        row = dict(zip(columns, held, strict=True)) | {"recorded_at": agency.clock().isoformat(sep=" ")} | values
        agency.change(f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", *row.values())

    return act


def _lives(parent: int, nis_code: str, confidential: str = "false") -> Change:
    """Another home of a parent, from today on."""

    def act(agency: Agency) -> None:
        columns = "parent_id, valid_from, recorded_at, street, house_number, postal_code, nis_code, confidential"
        values = f"{parent}, '{TODAY}', ?, 'Elders', '1', '8000', '{nis_code}', {confidential}"
        agency.change(f"insert into residence ({columns}) values ({values})", agency.clock().isoformat(sep=" "))

    return act


def _updated(statement: str) -> Change:
    return lambda agency: agency.change(statement)


DIED = f"update parent set deceased_on = '{TODAY}'"
NO_LONGER = f"update recipient_municipality set valid_until = '{YESTERDAY}' where kbo = '{GENT}'"

OF_PAPERS: dict[str, tuple[Change, str]] = {
    "agreement ended": (_new_version("agreement", ended_on=str(YESTERDAY)), "no_agreement"),
    "protocol ended": (_new_version("protocol", ended_on=str(YESTERDAY)), "no_protocol"),
    "protocol narrowed": (_new_version("protocol", fields="name"), "fields"),
    "no longer serves": (_updated(NO_LONGER), "not_served"),
}
"""What may happen at the agency to all parents of Gent, and the cause of the withdrawals that follow."""

OF_A_PARENT: dict[str, tuple[Callable[[int], Change], str]] = {
    "consent withdrawn": (lambda parent: lambda agency: agency.says("withdrawal", parent), "withdrawn"),
    "moved house": (lambda parent: _lives(parent, "31005"), "elsewhere"),
    "died": (
        lambda parent: _updated(f"update parent set deceased_on = '{TODAY}' where parent_id = {parent}"),
        "deceased",
    ),
    "address protected": (lambda parent: _lives(parent, "44021", "true"), "confidential_address"),
}
"""And to one parent."""

CHANGES: dict[str, tuple[Change, dict[int, str]]] = {
    name: (act, dict.fromkeys(GENT_PARENTS, cause)) for name, (act, cause) in OF_PAPERS.items()
} | {name: (make(202), {202: cause}) for name, (make, cause) in OF_A_PARENT.items()}
"""Each of them: the change, and the cause of the withdrawal by parent. The personal ones happen to 202."""


def to_a_parent_each(first: int) -> tuple[Change, dict[int, str]]:
    """All that may happen to a parent, at once, to as many parents from `first` on."""
    parents = range(first, first + len(OF_A_PARENT))
    changes = [make(parent) for parent, (make, _) in zip(parents, OF_A_PARENT.values(), strict=True)]

    def act(agency: Agency) -> None:
        for change in changes:
            change(agency)

    return act, dict(zip(parents, (cause for _, cause in OF_A_PARENT.values()), strict=True))

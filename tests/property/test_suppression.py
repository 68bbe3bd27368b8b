"""The suppression list against a naive bookkeeping: random worlds, night after night, in which the agency changes.

Each night both decide on every parent, count what is lost, and keep what counts; between the nights the agency
registers a recipient, corrects an INSZ, replaces a row, ends a paper, records a yes or a no, or loses an event.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from pipeline.core import engine
from pipeline.core.engine import Engine
from pipeline.core.feeds import FEEDS
from pipeline.core.local_time import local_day
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import run_gate_for_now
from pipeline.gate.suppression import AppliedList, apply_list, register_list
from pipeline.ledger.db.suppression import SuppressionRecords
from pipeline.ledger.persons import LedgerKey
from tests.support.reference.gate import Decision, Night, is_placed
from tests.support.reference.gate.known_noes import KnownNoes
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.tables import Row, World, typed_feed, typed_feeds

HISTORIES, NIGHTS = 16, 4
ROTATED = 3
"""The night from which on the ledger's key is another one."""
SKEW = timedelta(minutes=Settings().max_clock_skew_minutes)
HOUR = timedelta(hours=1)
KEYS = {name: LedgerKey(name, bytes([number]) * 32) for number, name in enumerate(("old", "new"), 1)}


@dataclass
class Nights:
    """One world as the nights go by, with both bookkeepings of it. `tables`: an engine for its rows."""

    tables: Engine
    rng: Random
    world: World
    at: datetime
    folder: Path
    known: KnownNoes = field(default_factory=KnownNoes)
    decided: int = 0
    bound: int = 0

    def __post_init__(self) -> None:
        self.ledger = new_ledger(f"sqlite:///{self.folder / 'ledger.sqlite'}")

    @property
    def records(self) -> SuppressionRecords:
        key = KEYS["old" if self.decided < ROTATED else "new"]
        return SuppressionRecords(self.ledger.engine, key, KEYS.__getitem__)

    def pass_night(self) -> None:
        """Both decide, and agree; what is lost is only counted, and put back."""
        self.decided += 1
        night = Night(self.world, self.at, self.at)
        found, applied = self._apply()
        assert found == self.known.decide(night, SKEW), f"night {self.decided}"
        assert applied.lost == 0 == len(self.known.lost(night))
        self.bound += applied.parents.num_rows
        self.records.keep(applied.new, local_day(self.at), self.at)
        self.known.keep(night, SKEW)
        assert self.records.read().noes.num_rows == len(self.known.noes)
        self._lose_events()

    def _lose_events(self) -> None:
        """As after a restore: some events are gone, and one that is there is another one under an old number."""
        events, rng = self.world["consent_event"], self.rng
        fewer = [dict(event) for event in events if rng.random() > 0.05]
        if fewer:
            rng.choice(fewer)["occurred_at"] = self.at - HOUR
        lost = len(self.known.lost(Night(self.world | {"consent_event": fewer}, self.at, self.at)))
        found = self._lost(fewer)
        keys = 2 if self.decided >= ROTATED else 1
        assert lost <= found <= keys * lost, "an event under each key"

    def _lost(self, events: list[Row]) -> int:
        """What of the list is gone from these events; whom the gate releases does not matter for that."""
        self._fill({"consent_event": typed_feed(FEEDS["consent_event"], events)})
        with self.tables.beside() as run:
            run.set_up()
            register_list(run, self.records.read())
            run.define("gate/suppression/2_event_text.sql")
            run.define("gate/suppression/6_lost_no.sql", is_whole=True)
            (row,) = run.rows("gate/suppression/lost.sql")
        return int(row["events"])

    def _fill(self, feeds: Mapping[str, pa.Table]) -> None:
        for name, rows in feeds.items():
            self.tables.connection.register("rows", rows)
            self.tables.connection.execute(f"create or replace table {name} as from rows")

    def _apply(self) -> tuple[dict[int, Decision], AppliedList]:
        self._fill(typed_feeds(self.world, self.at))
        moment = Moment.now(self.at, self.at, Settings().max_clock_skew_minutes)
        with self.tables.beside() as run:
            run.set_up()
            run.set_moment(moment, Settings())
            run_gate_for_now(run, moment, Settings())
            applied = apply_list(run, self.records.read(), moment, is_whole=True)
            rows = run.run("gate/release/decisions.sql").to_pylist()
        return {row.pop("parent_id"): Decision(**row) for row in rows}, applied

    def change(self) -> None:
        """What the agency does in a day, each to some rows."""
        night = Night(self.world, self.at, self.at)
        for act in (registers, corrects_insz, replaces_row, records_grant, records_no, ends_paper):
            act(self, night)
        self.at += timedelta(days=1)

    def some(self, feed: str, share: float) -> list[Row]:
        return [row for row in self.world[feed] if self.rng.random() < share]

    def says(self, parent_id: int, kbo: str, kind: str) -> None:
        at = self.at + self.rng.choice((HOUR, 25 * HOUR, -30 * 24 * HOUR))
        number = 1 + max(event["event_id"] for event in self.world["consent_event"])
        text, fields = ("v1", "address,email,name,phone") if kind == "grant" else (None, None)
        row = {"event_id": number, "parent_id": parent_id, "kbo": kbo, "kind": kind, "valid_until": None}
        row |= {"text_version": text, "fields": fields, "occurred_at": at, "recorded_at": self.at + HOUR}
        self.world["consent_event"].append(row)


def registers(nights: Nights, night: Night) -> None:
    """A KBO that a no was made out to is registered, and serves far away."""
    said = {row["kbo"] for row in nights.world["consent_event"] if re.fullmatch("[0-9]{10}", row["kbo"] or "")}
    unplaced = sorted(kbo for kbo in said if not is_placed(night, kbo))
    for kbo in unplaced:
        if kbo not in {row["kbo"] for row in nights.world["recipient"]}:
            nights.world["recipient"].append(nights.world["recipient"][0] | {"kbo": kbo})
        far = {"nis_code": "21001", "kbo": kbo, "valid_from": date(2019, 1, 1), "valid_until": None}
        nights.world["recipient_municipality"].append(nights.world["recipient_municipality"][0] | far)


def corrects_insz(nights: Nights, _: Night) -> None:
    for parent in nights.some("parent", 0.25):
        parent["insz"] = nights.rng.choice(nights.world["parent"])["insz"]


def replaces_row(nights: Nights, _: Night) -> None:
    """The same person under another number, with the family's address and a grant of its own."""
    for parent in nights.some("parent", 0.05):
        number, old = 1 + max(row["parent_id"] for row in nights.world["parent"]), parent["parent_id"]
        homes = [row | {"parent_id": number} for row in nights.world["residence"] if row["parent_id"] == old]
        nights.world["residence"] += homes
        kbos = [row["kbo"] for row in nights.world["consent_event"] if row["parent_id"] == old]
        parent["parent_id"] = number
        for kbo in {kbo for kbo in kbos if kbo}:
            nights.says(number, kbo, "grant")


def records_grant(nights: Nights, _: Night) -> None:
    for event in nights.some("consent_event", 0.05):
        nights.says(event["parent_id"], event["kbo"], "grant")


def records_no(nights: Nights, _: Night) -> None:
    """Half of them to nobody that is registered yet."""
    for event in nights.some("consent_event", 0.06):
        unregistered = f"0{event['event_id']:09}"
        nights.says(event["parent_id"], nights.rng.choice((event["kbo"], unregistered)), "withdrawal")


def ends_paper(nights: Nights, _: Night) -> None:
    for paper in nights.some("agreement", 0.05):
        nights.world["agreement"].append(paper | {"recorded_at": nights.at + HOUR, "ended_on": local_day(nights.at)})


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """For one world after another: only the rows are put in anew."""
    with engine.engine(Settings(), tmp_path_factory.mktemp("tables")) as run:
        yield run


def lived(tables: Engine, seed: int, folder: Path, nights: int = NIGHTS) -> Nights:
    rng = Random(f"suppression/{seed}")
    at = a_night(rng)
    made = Nights(tables, rng, random_world(rng, at, HISTORIES), at.at, folder)
    for number in range(nights):
        if number:
            made.change()
        made.pass_night()
    return made


@pytest.mark.parametrize("seed", range(3))
def test_the_list_says_night_after_night_what_a_naive_bookkeeping_says(
    tables: Engine, seed: int, tmp_path: Path
) -> None:
    assert lived(tables, seed, tmp_path).bound > 2


PLANTED: dict[str, tuple[str, str, str]] = {
    "the recipient is not asked": ("7_withheld_by_list", "(kept_kbo is null or kept_kbo = stands.kbo)", "true"),
    "a no to everyone binds nobody": ("7_withheld_by_list", "(kept_kbo is null or ", "("),
    "the INSZ is not compared": ("7_withheld_by_list", "kept.insz = hashed.insz", "false"),
    "a grant later in one way is enough": (
        "7_withheld_by_list",
        "and consent.recorded_at > stands.recorded_at",
        "or consent.recorded_at > stands.recorded_at",
    ),
    "only the released are bound": ("7_withheld_by_list", "or reason in ('no_consent', ", "or reason in ('none', "),
    "an event is known by its number alone": (
        "2_event_text",
        "event_id, parent_id, kbo, kind, text_version, fields, valid_until - date '1970-01-01', "
        "epoch_us(occurred_at),\n        epoch_us(recorded_at)",
        "event_id",
    ),
    "a no of another row is not kept": (
        "4_tonights_no",
        "where is_to_all or",
        "where (said.parent_id = parent.parent_id and is_to_all) or said.parent_id = parent.parent_id and",
    ),
    "a line under the old key is not seen": ("5_new_no", "fresh.key_id = tonight.key_id", "tonight.is_current"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(
    tables: Engine, fault: str, tmp_path: Path, with_broken_sql: Callable[[str, str, str], None]
) -> None:
    file, old, new = PLANTED[fault]
    with_broken_sql(f"gate/suppression/{file}.sql", old, new)
    with pytest.raises(AssertionError):
        for seed in range(3):
            (tmp_path / str(seed)).mkdir()
            lived(tables, seed, tmp_path / str(seed))


@pytest.fixture
def with_broken_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Puts a copy of the SQL with one thing changed in its place."""

    def break_it(file: str, old: str, new: str) -> None:
        copy = shutil.copytree(engine.SQL, tmp_path / "sql")
        text = (copy / file).read_text()
        assert old in text
        (copy / file).write_text(text.replace(old, new))
        monkeypatch.setattr(engine, "SQL", copy)

    return break_it

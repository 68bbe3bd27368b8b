"""Noes that are there, whatever else the feeds hold or lack: what counts as one, and what never does."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.engine import snapshot_engine
from pipeline.core.errors import FeedError
from pipeline.core.loads import AgencySource, FeedLoad, KnownFeeds
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import run_gate_for_now
from pipeline.gate.seen_noes import SeenNoes, seen_noes
from pipeline.gate.suppression import apply_list
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, SuppressionList
from pipeline.source.check import check
from pipeline.source.extract import extract
from tests.support.cases import case
from tests.support.checking import judge_plainly
from tests.support.worlds.small_world import BRUGGE, GENT, execute, person, produce, small_world, to_postgresql
from tests.support.worlds.tables import World, to_sqlite

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(minutes=10)
NOTHING_LISTED = SuppressionList(
    KEPT_NO.empty_table(), LIFTED_NO.empty_table(), (LedgerKey("now", bytes(32)), LedgerKey("old", bytes([1]) * 32))
)
MERGED = "0207473986"
"""Of an OCMW that serves nobody."""


@dataclass(frozen=True)
class Memory:
    """What a night left on record."""

    watermark: bytes

    def known_feeds(self) -> KnownFeeds:
        return KnownFeeds(watermark=lambda: self.watermark)

    def believe_loads(self, loads: Mapping[str, FeedLoad]) -> None:
        raise AssertionError("noes that are seen make no load believed")


@dataclass(frozen=True)
class SeenAgency:
    uri: str
    memory: Memory
    folder: Path

    def noes(self, kbo: Kbo = GENT) -> list[int]:
        return self.seen(kbo).parents

    def seen(self, kbo: Kbo = GENT) -> SeenNoes:
        source = AgencySource(self.uri, self.memory)
        return seen_noes(kbo, source, NOTHING_LISTED, Settings(), lambda: LATER, self.folder / "noes")

    def says(self, parent: int, kind: str = "withdrawal", kbo: str = GENT, at: datetime = NOW, **more: str) -> None:
        number = execute(self.uri, "select max(event_id) from consent_event")[0][0] + 1
        row = {"event_id": number, "parent_id": parent, "kbo": kbo, "kind": kind} | more
        row |= {"occurred_at": at.isoformat(sep=" "), "recorded_at": at.isoformat(sep=" ")}
        marks = ", ".join("?" * len(row))
        execute(self.uri, f"insert into consent_event ({', '.join(row)}) values ({marks})", *row.values())

    def grants(self, parent: int, at: datetime) -> None:
        self.says(parent, "grant", at=at, text_version="v1", fields="name,phone")


@dataclass(frozen=True)
class AcceptedWorld:
    """What a night accepted, and as it is in SQLite."""

    world: World
    database: Path
    memory: Memory

    def in_sqlite(self, folder: Path) -> SeenAgency:
        shutil.copy(self.database, folder / "agency.db")
        return SeenAgency(f"sqlite:///{folder / 'agency.db'}", self.memory, folder)

    def in_postgresql(self, folder: Path, uri: str) -> SeenAgency:
        to_postgresql(self.world, uri, folder)
        produce(uri, NOW)
        return SeenAgency(uri, self.memory, folder)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> AcceptedWorld:
    """Brugge has 101 and 102, Gent 201 to 203; 203 withdrew long ago, and consented again since."""
    folder, world = tmp_path_factory.mktemp("accepted"), small_world({BRUGGE: 2, GENT: 3})
    grant = next(row for row in world["consent_event"] if row["parent_id"] == 203)
    long_ago = grant["recorded_at"] - timedelta(days=9)
    world["consent_event"].append(
        grant | {"event_id": 300, "kind": "withdrawal", "occurred_at": long_ago, "recorded_at": long_ago}
    )
    database = to_sqlite(world, folder / "agency.db", produced_at=NOW)
    with pytest.MonkeyPatch.context() as patch:
        judge_plainly(patch)
        snapshot = extract(f"sqlite:///{database}", NOW, Settings(), folder / "snapshot")
        watermark = check(snapshot, Moment.of(NOW), NOW, Settings(), None, None).watermark
    return AcceptedWorld(world, database, Memory(watermark))


@pytest.fixture(params=["sqlite", "postgresql"])
def agency(request: pytest.FixtureRequest, accepted: AcceptedWorld, tmp_path: Path) -> SeenAgency:
    if request.param == "sqlite":
        return accepted.in_sqlite(tmp_path)
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return accepted.in_postgresql(tmp_path, fresh())


def test_a_withdrawal_that_came_since_is_seen_by_its_recipient_alone(agency: SeenAgency) -> None:
    assert agency.noes() == []
    agency.says(202)
    assert (agency.noes(), agency.noes(BRUGGE)) == ([202], [])


def test_one_that_cannot_be_placed_is_seen_by_everyone(agency: SeenAgency) -> None:
    for kbo in ("", "0212.214.125", MERGED):
        agency.says(201, kbo=kbo)
        with case(kbo):
            assert agency.noes() == agency.noes(BRUGGE) == [201]
        execute(agency.uri, "delete from consent_event where kbo = ?", kbo)


def test_one_for_somebody_else_is_not_for_everyone_while_who_serves_where_is_loaded(agency: SeenAgency) -> None:
    agency.says(201, kbo=BRUGGE)
    execute(agency.uri, "delete from recipient_municipality where kbo = ?", BRUGGE)
    assert agency.noes() == [], "the half that is missing says nothing"
    produce(agency.uri, NOW)
    assert agency.noes() == [201], "loaded whole, it is an OCMW that serves nobody"
    execute(agency.uri, "delete from feed_control")
    assert agency.noes() == []


def test_it_counts_for_every_row_of_that_person(agency: SeenAgency) -> None:
    """Whatever the spelling; and for the row itself while parents are being loaded."""
    number = person(202)["insz"]
    execute(agency.uri, "update parent set insz = ? where parent_id = 201", f"{number[:6]}-{number[6:]}")
    agency.says(202)
    assert agency.noes() == [201, 202]
    execute(agency.uri, "delete from parent")
    assert agency.noes() == [202]


def test_it_is_kept_as_a_night_would_keep_it(agency: SeenAgency) -> None:
    """Of the parents asked for, a line for each row of the person, and one for a row that is not loaded."""
    execute(agency.uri, "update parent set insz = ? where parent_id = 201", person(202)["insz"])
    agency.says(202)
    agency.says(203, kbo="")
    snapshot = extract(agency.uri, LATER, Settings(), agency.folder / "snapshot")
    moment = Moment.now(LATER, LATER, Settings().max_clock_skew_minutes)
    with snapshot_engine(snapshot, moment, Settings(), agency.folder / "gate") as run:
        run_gate_for_now(run, moment, Settings())
        by_night = apply_list(run, NOTHING_LISTED, moment, is_whole=True).new.to_pylist()
    seen = agency.seen()
    new = [line for line in by_night if line["recorded_at"] == NOW]
    assert len(new) == 3 and len(by_night) == 4, "the old no of 203 is the night's alone"
    assert sorted(seen.of([201, 202, 203]).to_pylist(), key=str) == sorted(new, key=str)
    assert [line["is_own"] for line in seen.of([201, 202]).to_pylist()] == [False, True]
    execute(agency.uri, "delete from parent")
    (line,) = agency.seen().of([202]).to_pylist()
    assert line["insz"] is None and line["kbo"] == GENT
    assert agency.seen().of([]).num_rows == 0


def test_a_grant_that_is_later_in_both_ways_holds_against_it(agency: SeenAgency) -> None:
    agency.says(202)
    agency.grants(202, NOW - timedelta(minutes=1))
    assert agency.noes() == [202]
    agency.grants(202, NOW + timedelta(minutes=1))
    assert agency.noes() == []


def test_what_was_there_is_not_new_however_it_was_altered_and_whatever_is_missing(agency: SeenAgency) -> None:
    """A reload recalls nobody: the old no stands without the grant that came after it."""
    execute(agency.uri, "delete from consent_event where parent_id = 203 and kind = 'grant'")
    assert agency.noes() == []
    execute(agency.uri, "update consent_event set kind = 'withdrawal', recorded_at = ?", NOW.isoformat(sep=" "))
    assert agency.noes() == []
    execute(agency.uri, "delete from consent_event")
    assert agency.noes() == []


def test_malformed_events_are_no_seen_noes(agency: SeenAgency) -> None:
    agency.says(201, kind="Withdrawal")
    agency.says(201, kind="intrekking")
    agency.says(202, kind="grant")
    agency.says(203, at=LATER + timedelta(days=1))
    assert agency.noes() == []


def test_in_sqlite_neither_is_one_with_a_value_of_another_type(agency: SeenAgency) -> None:
    if agency.uri.startswith("sqlite"):
        agency.says(202)
        execute(agency.uri, "update consent_event set valid_until = 'x' where event_id > 300")
        agency.says(201)
        execute(agency.uri, "update consent_event set occurred_at = 'x' where event_id > 301")
        assert agency.noes() == [201], "but for when it occurred: a no counts from when it was recorded"


def test_what_else_is_missing_hides_no_no_and_events_that_cannot_be_read_are_none(agency: SeenAgency) -> None:
    agency.says(202)
    for feed in ("parent", "recipient", "recipient_municipality", "feed_control"):
        execute(agency.uri, f"alter table {feed} rename to {feed}_away")
        with case(feed):
            assert agency.noes() == [202]
    execute(agency.uri, "alter table consent_event rename to away")
    with pytest.raises(FeedError, match="feed consent_event"):
        agency.noes()

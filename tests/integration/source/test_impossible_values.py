"""Dates and instants that cannot be, on both databases: never another value that looks right, and never silent.

In a row about one person they are named in that row, and nobody else is stopped; in any other row they stop the run.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import ABOUT_ONE_PERSON, FEEDS, UNPARSABLE
from pipeline.core.model import Moment, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.source.agency import open_agency
from pipeline.source.check import check
from pipeline.source.extract import extract, read_for
from tests.support.worlds.shaped_agency import do
from tests.support.worlds.small_world import GENT, execute, produce, small_world, to_postgresql
from tests.support.worlds.tables import to_sqlite

NOW = datetime.now(UTC)
ALWAYS_IMPOSSIBLE = {
    "date": ["1899-12-31", "10000-01-01", "infinity", "-infinity", "0001-01-01", "4713-01-01 BC", "5874897-12-31"],
    "timestamptz": [
        "1899-12-31 23:59:59+00",
        "10000-01-01 00:00:00+00",
        "9999-12-31 23:59:59-01",
        "infinity",
        "-infinity",
        "4713-01-01 00:00:00+00 BC",
        "294276-12-31 23:59:59+00",
    ],
}
POSSIBLE = {
    "date": ["1900-01-01", "9999-12-31", "2024-02-29"],
    "timestamptz": ["1900-01-01 00:00:00+00", "9999-12-31 23:59:59+00", "2025-01-01 12:00:00.123456+00"],
}
COLUMNS = [(f, c, k) for f, feed in FEEDS.items() for c, k in feed.columns.items() if k in ALWAYS_IMPOSSIBLE]
ONE_OF_EACH_FEED = list({feed: (feed, column, kind) for feed, column, kind in COLUMNS}.values())
"""Of each column the checks' own tests ask the same (tests/unit/source/test_check_refusals.py)."""

FILLED = list(
    {
        name: (name, column)
        for name, feed in FEEDS.items()
        for column in feed.columns
        if column not in (*feed.nullable, *feed.key)
    }.values()
)
DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(scope="module")
def address(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Of each kind of database the address of one, with one world in both."""
    folder, made = tmp_path_factory.mktemp("world"), small_world({GENT: 2})
    made["child_on_31_december"] = [{"child_id": 101, "year": 2025, "nis_code": "44021"}]
    made["feed_control"] = [{"feed": feed, "produced_at": NOW, "row_count": len(rows)} for feed, rows in made.items()]
    uri = postgres()
    to_postgresql(made, uri, folder)
    do(uri, *(f"alter table {feed} drop constraint {feed}_pkey" for feed in FEEDS))
    do(uri, *(f"alter table {f} alter {c} drop not null" for f, feed in FEEDS.items() for c in feed.columns))
    addresses = {"postgresql": uri, "sqlite": f"sqlite:///{to_sqlite(made, folder / 'agency.db', NOW)}"}
    return lambda database: addresses[database]


class Planted:
    """One value in the first row of a feed, as long as the block takes."""

    def __init__(self, uri: str, feed: str, values: dict[str, Any]) -> None:
        self.uri, self.feed, self.values = uri, feed, values
        key = FEEDS[feed].key[0]
        ((self.first,),) = execute(uri, f"select min({key}) from {feed}")
        self.where = f"where {key} = ?"
        if feed == "feed_control":
            self.where += " and feed = 'agreement'"

    def __enter__(self) -> None:
        columns = ", ".join(self.values)
        [self.before] = execute(self.uri, f"select {columns} from {self.feed} {self.where}", self.first)
        self._put(self.values.values())

    def __exit__(self, *_: object) -> None:
        self._put(self.before)

    def _put(self, values: Any) -> None:
        assigned = ", ".join(f"{column} = ?" for column in self.values)
        execute(self.uri, f"update {self.feed} set {assigned} {self.where}", *values, self.first)


def read(uri: str, feed: str, folder: Path) -> list[dict[str, Any]]:
    snapshot = extract(uri, NOW, Settings(), folder)
    key = FEEDS[feed].key[0]
    rows = pq.ParquetFile(local(snapshot.feeds[feed])).read().to_pylist()
    return sorted(rows, key=lambda row: str(row[key]))


def judged(snapshot: Snapshot) -> object:
    return check(snapshot, Moment.of(NOW), NOW, Settings(), None, None)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("place", range(7))
def test_an_impossible_value_is_null_and_named_in_every_column(
    address: Callable[[str], str], tmp_path: Path, database: str, place: int
) -> None:
    """All columns of all feeds at once: each of its kind's impossible values in turn."""
    uri = address(database)
    for feed in FEEDS:
        kinds = {c: k for f, c, k in COLUMNS if f == feed}
        planted = {column: ALWAYS_IMPOSSIBLE[kind][place] for column, kind in kinds.items()}
        if not planted:
            continue
        with Planted(uri, feed, planted):
            row = read(uri, feed, tmp_path / feed)[0]
        assert row[UNPARSABLE] == ",".join(planted), feed
        assert {row[column] for column in planted} == {None}, feed


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("place", range(3))
def test_a_possible_value_is_itself(address: Callable[[str], str], tmp_path: Path, database: str, place: int) -> None:
    uri = address(database)
    for feed in ("parent", "residence", "consent_event", "agreement", "protocol"):
        kinds = {c: k for f, c, k in COLUMNS if f == feed}
        planted = {column: POSSIBLE[kind][place] for column, kind in kinds.items()}
        with Planted(uri, feed, planted):
            row = read(uri, feed, tmp_path / feed)[0]
        assert row[UNPARSABLE] is None, feed
        for column, value in planted.items():
            right = date if kinds[column] == "date" else datetime
            assert row[column] == right.fromisoformat(value), (feed, column)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(("feed", "column", "kind"), ONE_OF_EACH_FEED)
def test_it_stops_the_run_unless_the_row_is_about_one_person(
    address: Callable[[str], str], tmp_path: Path, database: str, feed: str, column: str, kind: str
) -> None:
    uri = address(database)
    produce(uri, NOW)
    with Planted(uri, feed, {column: "infinity"}):
        snapshot = extract(uri, NOW, Settings(), tmp_path)
    if feed in ABOUT_ONE_PERSON:
        assert judged(snapshot)
        return
    with pytest.raises(FeedError) as caught:
        judged(snapshot)
    sentence = str(caught.value)
    assert f"feed {feed}: {column} cannot be read as {kind} in 1 of" in sentence
    assert "or is outside the years 1900 to 9999" in sentence and "ask the agency to mend it" in sentence


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(("feed", "column"), [*FILLED, ("child", "family_id")])
def test_null_against_the_contract_is_impossible_too(
    address: Callable[[str], str], tmp_path: Path, database: str, feed: str, column: str
) -> None:
    uri = address(database)
    produce(uri, NOW)
    with Planted(uri, feed, {column: None}):
        snapshot = extract(uri, NOW, Settings(), tmp_path)
    rows = pq.ParquetFile(local(snapshot.feeds[feed])).read().to_pylist()
    assert [row[UNPARSABLE] for row in rows if row[UNPARSABLE]] == [column]
    if feed in ABOUT_ONE_PERSON and FEEDS[feed].columns[column] != "bigint":
        assert judged(snapshot)
    else:
        with pytest.raises(FeedError, match=f"feed {feed}: "):
            judged(snapshot)


@pytest.mark.parametrize("database", DATABASES)
def test_the_look_before_a_delivery_finds_the_same(
    address: Callable[[str], str], tmp_path: Path, database: str
) -> None:
    uri = address(database)
    with (
        Planted(uri, "parent", {"deceased_on": "infinity"}),
        Planted(uri, "consent_event", {"occurred_at": "-infinity"}),
        open_agency(uri) as agency,
        engine(Settings(), tmp_path) as run,
    ):
        read_for(agency, GENT, run)
        for feed, column in (("parent", "deceased_on"), ("consent_event", "occurred_at")):
            found = run.connection.sql(f"select {UNPARSABLE} from {feed} order by 1 nulls last").fetchall()
            assert found == [(column,), (None,)]

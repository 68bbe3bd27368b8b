"""Dates and instants that cannot be, on both databases: never another value that looks right, and never silent.

In a row about one person they are named in that row, and nobody else is stopped; in any other row they stop the run.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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
from pipeline.source.extract import extract, load_for, read_for
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


@contextmanager
def planted(uri: str, values: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Of several feeds at once: in the first row of each, these values of columns."""
    with ExitStack() as stack:
        for feed, of_columns in values.items():
            stack.enter_context(Planted(uri, feed, of_columns))
        yield


def extracted(uri: str, values: dict[str, dict[str, Any]], folder: Path) -> Snapshot:
    """What is read while they are planted."""
    produce(uri, NOW)
    with planted(uri, values):
        return extract(uri, NOW, Settings(), folder)


def rows(snapshot: Snapshot, feed: str) -> list[dict[str, Any]]:
    """The planted one first."""
    key = FEEDS[feed].key[0]
    found = pq.ParquetFile(local(snapshot.feeds[feed])).read().to_pylist()
    return sorted(found, key=lambda row: str(row[key]))


def judged(snapshot: Snapshot) -> object:
    return check(snapshot, Moment.of(NOW), NOW, Settings(), None, None)


def refused(snapshot: Snapshot) -> set[tuple[str, str]]:
    """The sentence by which the run is stopped, taken apart: each feed with each thing that is said of it."""
    with pytest.raises(FeedError) as caught:
        judged(snapshot)
    assert "ask the agency to mend it" in str(caught.value)
    parts = (part.partition(": ") for part in str(caught.value).split("; "))
    return {
        (feed.strip(), says)
        for feeds, _, says in parts
        for feed in feeds.removeprefix("feed").removeprefix("s").split(",")
    }


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("place", range(7))
def test_an_impossible_value_is_null_and_named_in_every_column(
    address: Callable[[str], str], tmp_path: Path, database: str, place: int
) -> None:
    """All columns of all feeds at once: each of its kind's impossible values in turn."""
    values: dict[str, dict[str, Any]] = {feed: {} for feed, _, _ in COLUMNS}
    for feed, column, kind in COLUMNS:
        values[feed][column] = ALWAYS_IMPOSSIBLE[kind][place]
    snapshot = extracted(address(database), values, tmp_path)
    for feed, of_columns in values.items():
        row = rows(snapshot, feed)[0]
        assert row[UNPARSABLE] == ",".join(of_columns), feed
        assert {row[column] for column in of_columns} == {None}, feed


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("place", range(3))
def test_a_possible_value_is_itself(address: Callable[[str], str], tmp_path: Path, database: str, place: int) -> None:
    feeds = ("parent", "residence", "consent_event", "agreement", "protocol")
    kinds = {feed: {c: k for f, c, k in COLUMNS if f == feed} for feed in feeds}
    values = {feed: {c: POSSIBLE[kind][place] for c, kind in of_feed.items()} for feed, of_feed in kinds.items()}
    snapshot = extracted(address(database), values, tmp_path)
    for feed, of_columns in values.items():
        row = rows(snapshot, feed)[0]
        assert row[UNPARSABLE] is None, feed
        for column, value in of_columns.items():
            right = date if kinds[feed][column] == "date" else datetime
            assert row[column] == right.fromisoformat(value), (feed, column)


@pytest.mark.parametrize("database", DATABASES)
def test_rows_about_one_person_stop_no_run(address: Callable[[str], str], tmp_path: Path, database: str) -> None:
    """One column of each feed: a feed that stopped the run would be named."""
    values = {feed: {column: "infinity"} for feed, column, _ in ONE_OF_EACH_FEED if feed in ABOUT_ONE_PERSON}
    assert len(values) == len(ABOUT_ONE_PERSON & {feed for feed, _, _ in COLUMNS})
    assert judged(extracted(address(database), values, tmp_path))


@pytest.mark.parametrize("database", DATABASES)
def test_any_other_row_stops_the_run(address: Callable[[str], str], tmp_path: Path, database: str) -> None:
    """One column of each feed, and each is named."""
    others = [one for one in ONE_OF_EACH_FEED if one[0] not in ABOUT_ONE_PERSON]
    said = refused(extracted(address(database), {feed: {column: "infinity"} for feed, column, _ in others}, tmp_path))
    for feed, column, kind in others:
        sentence = next((says for of_feed, says in said if of_feed == feed and says.startswith(column)), "")
        assert sentence.startswith(f"{column} cannot be read as {kind} in 1 of"), feed
        assert "or is outside the years 1900 to 9999" in sentence, feed


def sets_apart(feed: str, column: str) -> bool:
    """An id is another matter: it says whose the row is."""
    return feed in ABOUT_ONE_PERSON and FEEDS[feed].columns[column] != "bigint"


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("apart", [True, False], ids=["sets a person apart", "stops the run"])
def test_null_against_the_contract_is_impossible_too(
    address: Callable[[str], str], tmp_path: Path, database: str, apart: bool
) -> None:
    """A column of each feed, and whose child it is."""
    columns = dict(one for one in [*FILLED, ("child", "family_id")] if sets_apart(*one) is apart)
    snapshot = extracted(address(database), {feed: {column: None} for feed, column in columns.items()}, tmp_path)
    for feed, column in columns.items():
        assert [row[UNPARSABLE] for row in rows(snapshot, feed) if row[UNPARSABLE]] == [column], feed
    if apart:
        assert judged(snapshot)
        return
    said = refused(snapshot)
    for feed, column in columns.items():
        assert [says for of_feed, says in said if of_feed == feed and says.startswith(f"{column} cannot")], feed


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
        load_for(read_for(agency, GENT), run)
        for feed, column in (("parent", "deceased_on"), ("consent_event", "occurred_at")):
            found = run.connection.sql(f"select {UNPARSABLE} from {feed} order by 1 nulls last").fetchall()
            assert found == [(column,), (None,)]

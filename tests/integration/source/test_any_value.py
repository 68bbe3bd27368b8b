"""Any value that a column can store gives a decision, or a sentence with the feed and never with the value.

One world in each kind of database; each example plants a value in a row of some columns, and takes them out again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import FeedError, LoadUnderWay
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import release
from pipeline.source.check import check
from pipeline.source.extract import extract
from tests.support.worlds.shaped_agency import do
from tests.support.worlds.small_world import GENT, small_world, to_postgresql
from tests.support.worlds.tables import to_sqlite

pytestmark = pytest.mark.many_threads

NOW = datetime.now(UTC)
LENIENT = Settings(min_rows_for_shares=1000)
COLUMNS = [(name, column) for name, feed in FEEDS.items() for column in feed.columns]

BLANKS = ["", " ", "\t\r\n", "\u00a0", "\u200b\u2060", "\ufeff", "\u3000", "\x1f"]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.sampled_from(
        [*BLANKS, "Zoe\u0308", "x" * 1_000_000, "\x01\x1b[2J", "=1+1", "name,,address", "\U0001f600", "null"]
    ),
)
DATES = st.one_of(
    st.dates().map(str),
    st.sampled_from(["infinity", "-infinity", "4713-01-01 BC", "0001-01-01", "5874897-12-31", "10000-01-01"]),
)
INSTANTS = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(str),
    st.sampled_from(
        ["infinity", "-infinity", "4713-01-01 00:00+00 BC", "294276-12-31 23:59:59+00", "10000-01-01 00:00+00"]
    ),
)
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, -1, 7, 2**53 + 1, 2**63 - 1]))
TYPED = {"varchar": TEXTS, "date": DATES, "timestamptz": INSTANTS, "bigint": WHOLE, "boolean": st.booleans()}
"""What PostgreSQL stores in a column of that type."""

BYTES = st.binary(max_size=20) | st.sampled_from([b"Zo\xeb", b"\xed\xa0\x80", b"Zo\0e", b"\xff" * 70])
UNTYPED = st.one_of(st.none(), WHOLE, st.floats(), BYTES, BYTES.map(lambda value: ("text", value)), *TYPED.values())
"""What SQLite stores in any column."""


@dataclass
class Planting:
    """A database, with one row of each feed to plant in."""

    uri: str
    connection: Any
    mark: str

    def put(self, feed: str, column: str, value: Any) -> None:
        of_bytes = isinstance(value, tuple)
        assigned = f"cast({self.mark} as text)" if of_bytes else self.mark
        where = "feed = 'child'" if feed == "feed_control" else self.first(feed)
        statement = f"update {feed} set {column} = {assigned} where {where}"
        self.execute(statement, value[1] if of_bytes else value)

    def first(self, feed: str) -> str:
        row = "rowid" if self.mark == "?" else "ctid"
        return f"{row} = (select min({row}) from {feed})"

    def execute(self, statement: str, *values: Any) -> None:
        self.connection.cursor().execute(statement, values)

    def decide(self) -> None:
        """As a night does, up to the drops: whoever is in is released or withheld."""
        with TemporaryDirectory() as folder:
            snapshot = extract(self.uri, NOW, LENIENT, Path(folder))
            moment = Moment.of(NOW)
            checked = check(snapshot, moment, NOW, LENIENT, None, None).checked
            decided = release(checked, moment, LENIENT, Path(folder) / "release")
        assert decided


@pytest.fixture(scope="module")
def in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planting]:
    path = to_sqlite(world(), tmp_path_factory.mktemp("world") / "agency.db", NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield Planting(f"sqlite:///{path}", connection, "?")


@pytest.fixture(scope="module")
def in_postgresql(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planting]:
    uri = postgres()
    to_postgresql(world(), uri, tmp_path_factory.mktemp("world"))
    do(uri, *(f"alter table {feed} drop constraint {feed}_pkey" for feed in FEEDS))
    do(uri, *(f"alter table {f} alter {c} drop not null" for f, c in COLUMNS))
    with closing(psycopg2.connect(uri)) as connection:
        connection.autocommit = True
        yield Planting(uri, connection, "%s")


def world() -> dict[str, list[dict[str, Any]]]:
    made = small_world({GENT: 3})
    made["child_on_31_december"] = [{"child_id": 101, "year": 2025, "nis_code": "44021"}]
    return made


def decision_or_sentence(planting: Planting, values: dict[tuple[str, str], Any]) -> None:
    kept = {feed for feed, _ in values}
    for feed in kept:
        planting.execute(f"create table kept_{feed} as select * from {feed}")
    try:
        for (feed, column), value in values.items():
            planting.put(feed, column, value)
        planting.decide()
    except (FeedError, LoadUnderWay) as error:
        sentence = str(error)
        assert isinstance(error, FeedError) or "feed_control" in kept, "only a control row tells of a load under way"
        concerned = FEEDS if "feed_control" in kept else kept  # a control row is about any of them
        assert any(
            f"feed {feed}" in sentence or f"feeds {feed}" in sentence or f", {feed}" in sentence for feed in concerned
        )
        assert "unforeseen" not in sentence and "ask the agency" in sentence
        personal = [value for (feed, _), value in values.items() if feed != "feed_control"]
        assert not any(text in sentence for text in map(telling, personal) if text)
    finally:
        for feed in kept:
            planting.execute(f"delete from {feed}")
            planting.execute(f"insert into {feed} select * from kept_{feed}")
            planting.execute(f"drop table kept_{feed}")


def telling(value: Any) -> str | None:
    """A value as it would stand in a sentence, when nothing else could be meant by it."""
    raw = value[1] if isinstance(value, tuple) else value
    text = raw.decode("latin-1") if isinstance(raw, bytes) else str(raw)
    return text if len(text) > 12 and not isinstance(raw, bool) else None


def planted(of_kind: Callable[[str], st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[tuple[str, str], Any]]:
    pairs = [st.tuples(st.just((feed, column)), of_kind(FEEDS[feed].columns[column])) for feed, column in COLUMNS]
    return st.lists(st.one_of(pairs), min_size=1, max_size=3).map(dict)


BRIEFLY = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@BRIEFLY
@given(planted(lambda kind: UNTYPED))
@example({("parent", "last_name"): ("text", b"Zo\0e")})
@example({("residence", "nis_code"): b"\xff"})
@example({("consent_event", "occurred_at"): float("inf")})
@example({("protocol", "retention_days"): -(2**63)})
def test_in_sqlite(in_sqlite: Planting, values: dict[tuple[str, str], Any]) -> None:
    decision_or_sentence(in_sqlite, values)


@BRIEFLY
@given(planted(lambda kind: st.none() | TYPED[kind]))
@example({("consent_event", "occurred_at"): "infinity"})
@example({("agreement", "recorded_at"): "294276-12-31 23:59:59+00"})
@example({("child", "birth_date"): "-infinity", ("indicator_assessment", "assessed_on"): None})
@example({("protocol", "retention_days"): 2**31 - 1, ("protocol", "fields"): ","})
def test_in_postgresql(in_postgresql: Planting, values: dict[tuple[str, str], Any]) -> None:
    for (feed, column), value in list(values.items()):
        if column in ("year", "min_criteria", "retention_days") and isinstance(value, int):
            values[feed, column] = max(-(2**31), min(value, 2**31 - 1))  # integers, in the interface
    decision_or_sentence(in_postgresql, values)

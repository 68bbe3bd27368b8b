"""Text from databases of other encodings: right, or refused with feed and column, and never quoted."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Outcome
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.source.extract import extract
from tests.support.night import lay, run_night
from tests.support.worlds.shaped_agency import do, in_encoding
from tests.support.worlds.small_world import GENT, execute, person, small_world, to_postgresql
from tests.support.worlds.tables import baseline, to_sqlite

pytestmark = pytest.mark.many_threads

NOW = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
TEXTS = [(name, column) for name, feed in FEEDS.items() for column, kind in feed.columns.items() if kind == "varchar"]


def names(uri: str, folder: Path) -> set[str]:
    snapshot = extract(uri, NOW, Settings(), folder)
    return set(pq.ParquetFile(local(snapshot.feeds["parent"])).read()["first_name"].to_pylist())


EXPECTED = {person(101)["first_name"], person(102)["first_name"]}


@pytest.fixture(scope="module", params=["LATIN1", "WIN1252", "LATIN9", "UTF8"])
def uri(request: pytest.FixtureRequest, postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    made = in_encoding(postgres(), request.param)
    to_postgresql(small_world({GENT: 2}), made, tmp_path_factory.mktemp("world"))
    return made


def test_text_of_any_encoding_arrives_as_it_was_meant(uri: str, tmp_path: Path) -> None:
    assert names(uri, tmp_path) == EXPECTED


@pytest.mark.parametrize("other", ["LATIN1", "WIN1252", "SQL_ASCII"])
def test_whatever_the_address_asks_for(uri: str, tmp_path: Path, other: str) -> None:
    assert names(f"{uri}?client_encoding={other}", tmp_path) == EXPECTED


def test_whatever_the_role_asks_for(uri: str, tmp_path: Path) -> None:
    server = f"{uri.rpartition('/')[0]}/postgres"
    do(server, "alter role gegevensdeling set client_encoding = 'LATIN1'")
    try:
        assert names(uri, tmp_path) == EXPECTED
    finally:
        do(server, "alter role gegevensdeling reset client_encoding")


def test_whatever_the_environment_asks_for(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    assert names(uri, tmp_path) == EXPECTED


@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1252"])
def test_a_night_delivers_it(postgres: Callable[[], str], tmp_path: Path, encoding: str) -> None:
    with lay(tmp_path / "house", small_world({GENT: 2}), agency=in_encoding(postgres(), encoding)) as house:
        run = run_night(house.night())
        assert run.errors == {} and [one.outcome for one in run.publications] == [Outcome.PUBLISHED]
        [data] = house.out(GENT).glob("*[0-9].csv")
        assert all(name in data.read_text("utf-8") for name in EXPECTED)


@pytest.fixture(scope="module")
def ascii_uri(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that says of no byte what it means; what is written as UTF-8 may be read as such."""
    made = in_encoding(postgres(), "SQL_ASCII")
    folder = tmp_path_factory.mktemp("world")
    to_postgresql(small_world({GENT: 2}), f"{made}?client_encoding=UTF8", folder)
    return made


def test_sql_ascii_with_utf8_in_it_is_read(ascii_uri: str, tmp_path: Path) -> None:
    assert names(ascii_uri, tmp_path) == EXPECTED


@pytest.mark.parametrize(("feed", "column"), [("parent", "last_name"), ("residence", "street"), ("recipient", "name")])
def test_sql_ascii_with_latin1_in_it_names_feed_and_column(
    ascii_uri: str, tmp_path: Path, feed: str, column: str
) -> None:
    key = FEEDS[feed].key[0]
    ((first, before),) = execute(
        f"{ascii_uri}?client_encoding=UTF8", f"select {key}, {column} from {feed} order by 1 limit 1"
    )
    with closing(psycopg2.connect(ascii_uri)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"update {feed} set {column} = E'Kanari\\xEBn' where {key} = %s", (first,))
    try:
        with pytest.raises(FeedError) as caught:
            extract(ascii_uri, NOW, Settings(), tmp_path)
    finally:
        with closing(psycopg2.connect(f"{ascii_uri}?client_encoding=UTF8")) as connection, connection:
            connection.cursor().execute(f"update {feed} set {column} = %s where {key} = %s", (before, first))
    assert str(caught.value) == (
        f"feed {feed} cannot be read to its end: column {column} holds bytes that are no UTF-8 text, or a NUL: "
        "ask the agency to mend them, then run this again"
    )


NO_TEXT = {
    "Latin-1": b"Zo\xeb",
    "cut off in the middle": b"Zo\xc3",
    "an unpaired surrogate": b"Zo\xed\xa0\x80",
    "beyond Unicode": b"\xf5\x80\x80\x80",
    "overlong": b"Zo\xc0\xaf",
    "a NUL": b"Zo\x00e",
}


@pytest.mark.parametrize("kind", NO_TEXT)
def test_what_is_no_text_in_sqlite_names_feed_and_column(tmp_path: Path, kind: str) -> None:
    path = to_sqlite(baseline(), tmp_path / "agency.db")
    with sqlite3.connect(path) as connection:
        connection.execute("update parent set last_name = cast(? as text)", (NO_TEXT[kind],))
    with pytest.raises(FeedError, match=r"^feed parent cannot be read to its end: column last_name holds") as caught:
        extract(f"sqlite:///{path}", NOW, Settings(), tmp_path / "out")
    assert "Zo" not in str(caught.value)


@pytest.mark.parametrize(("feed", "column"), TEXTS)
def test_in_every_column_of_text(tmp_path: Path, feed: str, column: str) -> None:
    path = to_sqlite(baseline(), tmp_path / "agency.db")
    with sqlite3.connect(path) as connection:
        connection.execute(f"update {feed} set {column} = cast(? as text)", (b"\xff",))
    with pytest.raises(FeedError, match=f"^feed {feed} cannot be read to its end: column {column} holds"):
        extract(f"sqlite:///{path}", NOW, Settings(), tmp_path / "out")


@pytest.mark.parametrize("column", ["deceased_on", "parent_id"])
def test_and_in_a_column_of_another_kind(tmp_path: Path, column: str) -> None:
    path = to_sqlite(baseline(), tmp_path / "agency.db")
    with sqlite3.connect(path) as connection:
        connection.execute(f"update parent set {column} = cast(? as text)", (b"\xff",))
    with pytest.raises(FeedError, match=f"^feed parent cannot be read to its end: column {column} holds"):
        extract(f"sqlite:///{path}", NOW, Settings(), tmp_path / "out")

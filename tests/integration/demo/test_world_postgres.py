"""The same world in PostgreSQL as in SQLite, value for value, made and advanced in one transaction."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.feeds import FEEDS
from pipeline.core.settings import Settings
from pipeline.demo.world import synthesize
from pipeline.demo.world.schema import SCHEMAS
from pipeline.demo.world.store import Store
from pipeline.source.extract import extract
from tests.support.worlds.world_lens import AS_OF, SEED, Lens, killed

SCALE, LATER = 0.005, AS_OF + timedelta(days=45)
TYPES = {
    "varchar": "text",
    "date": "date",
    "timestamptz": "timestamp with time zone",
    "bigint": "bigint",
    "boolean": "boolean",
}
SMALLER = {"year", "min_criteria", "retention_days"}


class PostgresLens(Lens):
    """The same look at a world in PostgreSQL; `path` is its address."""

    @property
    def uri(self) -> str:
        return str(self.path)


@pytest.fixture
def address(postgres: Callable[[], str]) -> Iterator[str]:
    yield postgres()


def lens_of(uri: str, folder: Path, as_of: date) -> Lens:
    return PostgresLens(uri, folder, as_of)  # an address where Lens has a path


def rows(uri: str, query: str) -> list[tuple[Any, ...]]:
    with adbc_driver_postgresql.dbapi.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def assert_same(one: Lens, other: Lens) -> None:
    for name, feed in FEEDS.items():
        columns = ", ".join(f"epoch_us({c})" if kind == "timestamptz" else c for c, kind in feed.columns.items())
        query = f"select {columns} from {name}"
        assert set(one.rows(query)) == set(other.rows(query)), name
        assert one.one(f"select count(*) from {name}") == other.one(f"select count(*) from {name}"), name


def test_both_engines_hold_the_same_world_and_live_on_alike(address: str, tmp_path: Path) -> None:
    sqlite = f"sqlite:///{tmp_path}/agency.db"
    for as_of in (AS_OF, LATER):
        made = [synthesize(uri, SEED, SCALE, as_of, advance=as_of == LATER) for uri in (sqlite, address)]
        assert made[0] == made[1]
        one = Lens(tmp_path / "agency.db", tmp_path / "one", as_of)
        assert_same(one, lens_of(address, tmp_path / "other", as_of))


def test_the_columns_have_postgresql_s_own_types(address: str) -> None:
    synthesize(address, SEED, 0.002, AS_OF)
    found = rows(address, "select table_name, column_name, data_type from information_schema.columns "
                          "where table_schema = 'public' order by ordinal_position")  # fmt: skip
    held: dict[str, dict[str, str]] = {}
    for table, column, kind in found:
        held.setdefault(table, {})[column] = kind
    assert held == {
        name: {c: "integer" if c in SMALLER else TYPES[kind] for c, kind in feed.columns.items()}
        for name, feed in FEEDS.items()
    }


def test_a_new_world_replaces_the_old_one_wholly(address: str) -> None:
    synthesize(address, SEED, 0.01, AS_OF)
    summary = synthesize(address, 3, 0.002, AS_OF)
    for name in SCHEMAS:
        assert rows(address, f"select count(*) from {name}") == [(summary.rows[name],)]


@pytest.mark.parametrize("advance", [False, True])
def test_a_run_that_dies_leaves_the_old_world(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, advance: bool
) -> None:
    synthesize(address, SEED, SCALE, AS_OF)
    before = lens_of(address, tmp_path / "before", AS_OF)
    before.duckdb.execute("select 1")
    with killed(Store, "replace_control", monkeypatch), pytest.raises(KeyboardInterrupt):
        synthesize(address, 3, SCALE, LATER, advance=advance)
    assert_same(before, lens_of(address, tmp_path / "after", AS_OF))


def test_a_reader_sees_the_old_world_until_the_new_one_is_there(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesize(address, SEED, SCALE, AS_OF)
    seen: list[tuple[Any, ...]] = []
    replace_control = Store.replace_control

    def look_first(store: Store, control: Any) -> None:
        seen.extend(rows(address, "select count(*), max(birth_date) from child"))
        replace_control(store, control)

    monkeypatch.setattr(Store, "replace_control", look_first)
    before = rows(address, "select count(*), max(birth_date) from child")
    synthesize(address, SEED, SCALE, LATER, advance=True)
    assert seen == before
    assert rows(address, "select count(*), max(birth_date) from child") != before


def test_the_same_day_changes_nothing(address: str) -> None:
    synthesize(address, SEED, 0.002, AS_OF)
    before = rows(address, "select xmin::text, feed from feed_control order by feed")
    assert not synthesize(address, SEED, 0.002, AS_OF, advance=True).changed
    assert rows(address, "select xmin::text, feed from feed_control order by feed") == before


def test_an_empty_database_has_no_world_to_advance(address: str) -> None:
    with pytest.raises(SettingsError, match="without --advance"):
        synthesize(address, SEED, 0.002, AS_OF, advance=True)


def test_the_pipeline_extracts_it(address: str, tmp_path: Path) -> None:
    summary = synthesize(address, SEED, 0.002, AS_OF)
    snapshot = extract(address, lens_of(address, tmp_path, AS_OF).night, Settings(), tmp_path)
    assert {name: file.rows for name, file in snapshot.feeds.items()} == summary.rows

"""Where a world is kept: SQLite or PostgreSQL, through ADBC, replaced or advanced in one indivisible step."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import Error as DatabaseError

from pipeline.core.errors import SettingsError
from pipeline.demo.world.schema import CREATE, FEEDS, SCHEMAS, rows

SQLITE = "sqlite:///"
QUERIES = Path(__file__).parent / "sql"


class Store:
    """An open world. Values go in and come out as the Arrow types of schema.py, whatever the engine."""

    def __init__(self, connection: Any, text_only: bool) -> None:
        self._connection, self._text_only = connection, text_only
        self.written = False

    def create(self) -> None:
        """Fourteen empty tables in place of whatever had their names."""
        for name, statement in CREATE.items():
            self._run(f"drop table if exists {name}")
            self._run(statement)

    def append(self, name: str, rows: pa.Table) -> int:
        """Add rows to a table; how many."""
        if len(rows):
            self.written = True
            with closing(self._connection.cursor()) as cursor:
                cursor.adbc_ingest(name, _as_text(rows) if self._text_only else rows, mode="append")
        return len(rows)

    def read(self, query: str, *parameters: object) -> pa.Table:
        """The result of a file in sql/; $1, $2 stand for dates, numbers or texts."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute((QUERIES / f"{query}.sql").read_text("utf-8"), self._bound(parameters))
            return cursor.fetch_arrow_table()

    def rows(self, name: str) -> list[dict[str, object]]:
        """A whole small table, one dictionary a row, in the order of its key."""
        schema = SCHEMAS[name]
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(f"select {', '.join(schema.names)} from {name} order by 1, 2")
            records: list[dict[str, object]] = cursor.fetch_arrow_table().cast(schema).to_pylist()
            return records

    def change(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        """Run a file in sql/ once per row of parameters."""
        if rows:
            self.written = True
            with closing(self._connection.cursor()) as cursor:
                cursor.executemany(
                    (QUERIES / f"{statement}.sql").read_text("utf-8"), [self._bound(row) for row in rows]
                )

    def replace_control(self, produced_at: datetime) -> None:
        """The agency's word on each feed anew, as after every load: when it was produced, and its number of rows."""
        counts = self.counts()
        self._run("delete from feed_control")
        control = [{"feed": feed, "produced_at": produced_at, "row_count": counts[feed]} for feed in FEEDS]
        self.append("feed_control", rows("feed_control", control))

    def counts(self) -> dict[str, int]:
        """Rows per table."""
        with closing(self._connection.cursor()) as cursor:
            result = {}
            for name in CREATE:
                cursor.execute(f"select count(*) from {name}")
                result[name] = int(cursor.fetchone()[0])
            return result

    def _run(self, statement: str) -> None:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)

    def _bound(self, parameters: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(str(p) if self._text_only and isinstance(p, date) else p for p in parameters)


def open_store(uri: str, existing: bool) -> AbstractContextManager[Store]:
    """A world to fill, or the existing one to advance: what was there stays as it is until the block ends well.

    Raises SettingsError for an address that is neither `sqlite:////absolute/path` nor `postgresql://...`, or when
    there is no world to advance.
    """
    if uri.startswith(SQLITE):
        return _sqlite(Path(uri.removeprefix(SQLITE)), existing)
    if uri.startswith(("postgresql://", "postgres://")):
        return _postgresql(uri, existing)
    raise SettingsError("a world goes to sqlite:////absolute/path or to postgresql://...: give one of those as --out")


@contextmanager
def _sqlite(path: Path, existing: bool) -> Iterator[Store]:
    """Works on a file beside it, without a journal (on any failure it is thrown away), and renames it at the end."""
    if not path.is_absolute():
        raise SettingsError("the path of a SQLite world is absolute: write sqlite:////absolute/path, four slashes")
    if existing and not path.exists():
        raise nothing_to_advance()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        if existing:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
        with adbc_driver_sqlite.dbapi.connect(str(part), autocommit=True) as connection:
            store = Store(connection, text_only=True)
            for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -65536"):
                store._run(f"pragma {pragma}")
            yield store
        if store.written:
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _postgresql(uri: str, existing: bool) -> Iterator[Store]:
    """One transaction."""
    with adbc_driver_postgresql.dbapi.connect(uri) as connection:
        store = Store(connection, text_only=False)
        try:
            if existing:
                try:
                    store._run("lock table feed_control in share row exclusive mode")
                except DatabaseError:
                    raise nothing_to_advance() from None
            yield store
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def nothing_to_advance() -> SettingsError:
    return SettingsError("there is no world to advance at --out: synthesize one without --advance first")


def _as_text(rows: pa.Table) -> pa.Table:
    """The same as SQLite keeps it: 'YYYY-MM-DD', 'YYYY-MM-DD HH:MM:SS+00:00', 0 and 1."""
    return pa.table({field.name: _column(rows[field.name], field.type) for field in rows.schema})


def _column(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_date(kind):
        return values.cast(pa.string())
    if pa.types.is_timestamp(kind):
        seconds = values.cast(pa.timestamp("us")).cast(pa.timestamp("s")).cast(pa.string())
        return pc.binary_join_element_wise(seconds, "+00:00", "")
    return values.cast(pa.int64()) if pa.types.is_boolean(kind) else values


def as_instant(value: object) -> datetime:
    """An instant as either engine gives it back."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))

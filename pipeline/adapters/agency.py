"""The agency's database, read as Arrow through ADBC: SQLite (the embedded default) or PostgreSQL.

One connection is one read-only transaction, so that all feeds are of the same instant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, unquote, urlsplit

import adbc_driver_manager as adbc
import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
from adbc_driver_manager.dbapi import Connection

from pipeline.adapters.engine import SQL
from pipeline.errors import AgencyUnreachable, FeedError, SettingsError
from pipeline.feeds import Feed

_BATCH_ROWS = 65_536


class Agency:
    """Reads feeds inside one transaction; see `open_agency`."""

    def __init__(self, connection: Connection, texts: bool) -> None:
        self._connection = connection
        self._texts = texts

    def read(self, feed: Feed, kbo: str | None = None) -> pa.RecordBatchReader:
        """A feed's rows; with `kbo` only what concerns the families that said something to that recipient.

        Columns are as in the contract; from SQLite every one is text, since its columns are not typed.
        Raises FeedError for a table or column that is missing, AgencyUnreachable when the database goes away.
        """
        self._require_columns(feed)
        scoped = SQL / "source" / "of_recipient" / f"{feed.name}.sql"
        query, parameters = (SQL / "source" / f"{feed.name}.sql").read_text(), None
        if kbo is not None and scoped.exists():
            query, parameters = scoped.read_text(), (kbo,) if "$1" in scoped.read_text() else None
        return self._stream(_typed_as_text(query, feed) if self._texts else query, parameters)

    def _stream(self, query: str, parameters: tuple[str, ...] | None) -> pa.RecordBatchReader:
        cursor = self._cursor = self._connection.cursor()  # kept: the reader ends with its cursor
        if self._texts:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH_ROWS)})
        try:
            cursor.execute(query, parameters)
            return cursor.fetch_record_batch()
        except adbc.Error as error:
            raise _unreachable(error) from None

    def _require_columns(self, feed: Feed) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(f"select * from {feed.name} limit 0")
                present = set(cursor.fetch_record_batch().schema.names)
        except adbc.ProgrammingError:
            raise FeedError(
                f"feed {feed.name} cannot be read: ask the agency to restore the table and our right to it"
            ) from None
        except adbc.Error as error:
            raise _unreachable(error) from None
        missing = [column for column in feed.columns if column not in present]
        if missing:
            raise FeedError(
                f"feed {feed.name} lacks {len(missing)} of its columns ({', '.join(missing)}): "
                "ask the agency to restore its interface"
            )


@contextmanager
def open_agency(uri: str) -> Iterator[Agency]:
    """Connect to `sqlite:////absolute/path` or `postgresql://...`, read-only.

    Raises AgencyUnreachable when it does not answer, SettingsError for another kind of address.
    """
    scheme = urlsplit(uri).scheme
    if scheme not in ("sqlite", "postgresql", "postgres"):
        raise SettingsError("connection agency_db is neither sqlite:////path nor postgresql://...: correct it")
    try:
        connection = _open_sqlite(uri) if scheme == "sqlite" else _open_postgresql(uri)
    except (adbc.Error, OSError) as error:
        raise _unreachable(error) from None
    try:
        yield Agency(connection, texts=scheme == "sqlite")
    finally:
        connection.rollback()
        connection.close()


def _open_sqlite(uri: str) -> Connection:
    path = unquote(urlsplit(uri).path).removeprefix("/")
    connection: Connection = adbc_driver_sqlite.dbapi.connect(f"file:{quote(path)}?mode=ro")
    return connection


def _open_postgresql(uri: str) -> Connection:
    bounded = uri if "connect_timeout" in uri else f"{uri}{'&' if '?' in uri else '?'}connect_timeout=15"
    connection: Connection = adbc_driver_postgresql.dbapi.connect(bounded)
    with connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
    return connection


def _typed_as_text(query: str, feed: Feed) -> str:
    """ADBC takes a SQLite column's type from the first rows, and fails when a later one differs: so a first row of
    empty texts, which `extract` leaves out again, and everything as text."""
    header = ", ".join(f"'' as {column}" for column in feed.columns)
    columns = ", ".join(f"cast({column} as text)" for column in feed.columns)
    return f"select {header} union all select {columns} from ({query})"


def _unreachable(error: Exception) -> AgencyUnreachable:
    state = getattr(error, "sqlstate", None)
    detail = f" (SQLSTATE {state})" if state else ""
    return AgencyUnreachable(f"agency_db does not answer{detail}: check the connection and that the database is up")

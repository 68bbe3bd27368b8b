"""The agency's database, read as Arrow through ADBC: SQLite (the embedded default) or PostgreSQL.

One connection is one read-only transaction, so that all feeds are of the same instant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

import adbc_driver_manager as adbc
import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
from adbc_driver_manager.dbapi import Connection

from pipeline.core.errors import AgencyUnreachable, FeedError, SettingsError
from pipeline.core.feeds import HEADER, Feed
from pipeline.core.package_data import SQL

_BATCH_ROWS = 65_536
_WHOLE, _EMPTY = ("bigint", "boolean"), "''"


@dataclass(frozen=True)
class RecipientScope:
    """The families of a recipient's delivery, with their parents and children: lists as text (sql/source/scope/).

    Collected once: most of the agency's tables have no index by family, and each search reads a whole table.
    """

    kbo: str
    families: str = ""
    parents: str = ""
    children: str = ""


class Agency:
    """Reads feeds inside one transaction; see `open_agency`."""

    def __init__(self, connection: Connection, is_sqlite: bool) -> None:
        self._connection = connection
        self.is_sqlite = is_sqlite

    def scope(self, kbo: str) -> RecipientScope:
        """The families of which a parent ever said something to that recipient, with all their parents and children."""
        scope = RecipientScope(kbo)
        for name in ("families", "parents", "children"):
            scope = replace(scope, **{name: self._ids(name, scope)})
        return scope

    def read(self, feed: Feed, scope: RecipientScope | None = None) -> pa.RecordBatchReader:
        """A feed's rows; with `scope` only the rows about these families.

        Columns are as in the contract; from SQLite dates, instants and text are text, the rest whole numbers.
        Raises FeedError for a table or column that is missing, AgencyUnreachable when the database goes away.
        """
        self._require_columns(feed)
        query, parameters = self._query(feed, scope)
        if not self.is_sqlite:
            return self._stream(query, parameters)
        rows = self._stream(_after_a_header(query, feed), parameters)
        as_contracted = all(pa.types.is_string(kind) or pa.types.is_int64(kind) for kind in rows.schema.types)
        return rows if as_contracted else self.read_as_text(feed, scope)

    def read_as_text(self, feed: Feed, scope: RecipientScope | None = None) -> pa.RecordBatchReader:
        """As `read`, with every column as text: for a SQLite table whose values are not of the contract's types."""
        query, parameters = self._query(feed, scope)
        texts = ", ".join(f"cast({column} as text) as {column}" for column in feed.columns)
        header = ", ".join(f"'' as {column}" for column in feed.columns)
        return self._stream(f"select 1 as {HEADER}, {header} union all select 0, {texts} from ({query})", parameters)

    def _ids(self, name: str, scope: RecipientScope) -> str:
        """One of the lists. An id that is no whole number is left out: the gate releases nothing about its parent."""
        query, parameters = self._bound((SQL / "source" / "scope" / f"{name}.sql").read_text(), scope)
        ids = ",".join(map(str, self._stream(query, parameters).read_all()["id"].drop_null().to_pylist()))
        return f"[{ids}]" if self.is_sqlite else f"{{{ids}}}"

    def _query(self, feed: Feed, scope: RecipientScope | None) -> tuple[str, tuple[str, ...] | None]:
        """A feed's SQL file, with the condition that narrows it to the scope, and the parameters of that condition."""
        query = (SQL / "source" / f"{feed.name}.sql").read_text()
        narrowed = SQL / "source" / "of_recipient" / f"{feed.name}.sql"
        if scope is None or not narrowed.exists():
            return query, None
        condition, parameters = self._bound(narrowed.read_text(), scope)
        return query + condition, parameters

    def _bound(self, text: str, scope: RecipientScope) -> tuple[str, tuple[str, ...] | None]:
        """Each query names one list of `scope`, or the recipient, or nothing."""
        listed = "(select value from json_each($1))" if self.is_sqlite else "(select unnest($1::text::bigint[]))"
        for name, value in vars(scope).items():
            if f"${name}" in text:
                return text.replace(f"${name}", "$1" if name == "kbo" else listed), (value,)
        return text, None

    def _stream(self, query: str, parameters: tuple[str, ...] | None) -> pa.RecordBatchReader:
        cursor = self._cursor = self._connection.cursor()  # kept: the reader ends with its cursor
        if self.is_sqlite:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH_ROWS)})
        try:
            cursor.execute(query, parameters)
            rows = cursor.fetch_record_batch()
            return pa.RecordBatchReader.from_batches(rows.schema, _validated(rows)) if self.is_sqlite else rows
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
        yield Agency(connection, is_sqlite=scheme == "sqlite")
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


def _after_a_header(query: str, feed: Feed) -> str:
    """ADBC takes the type of a SQLite column from the first rows, and fails when a later row differs: so a first row
    gives the types. The row is marked, and conform.py leaves it out."""
    types = ", ".join(f"{0 if kind in _WHOLE else _EMPTY} as {name}" for name, kind in feed.columns.items())
    return f"select 1 as {HEADER}, {types} union all select 0, {', '.join(feed.columns)} from ({query})"


def _validated(rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """SQLite keeps any bytes as text: bytes that are no UTF-8 end the reading here, before any code reads them."""
    for batch in rows:
        batch.validate(full=True)
        yield batch


def _unreachable(error: Exception) -> AgencyUnreachable:
    state = getattr(error, "sqlstate", None)
    detail = f" (SQLSTATE {state})" if state else ""
    return AgencyUnreachable(f"agency_db does not answer{detail}: check the connection and that the database is up")

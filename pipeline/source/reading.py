"""Reads the agency's feeds as Arrow, over an open connection of either database."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import adbc_driver_manager as adbc
import numpy as np
import pyarrow as pa
from adbc_driver_manager._reader import AdbcRecordBatchReader  # its errors carry the SQLSTATE, pyarrow's do not
from adbc_driver_manager.dbapi import Connection, _SharedDatabase  # public ones close a database with its connection

from pipeline.core.errors import PipelineError
from pipeline.core.feeds import CONTROL, FEEDS, Feed
from pipeline.core.package_data import SQL
from pipeline.source.contract import require_columns, require_types
from pipeline.source.database_thread import DatabaseHangs, DatabaseThread
from pipeline.source.kept_sums import sums_query
from pipeline.source.problems import NO_UTF8, hangs, not_text, postgresql_problem, sqlite_problem
from pipeline.source.queries import postgresql_query, sqlite_query, sqlite_text_query
from pipeline.source.shown import scope_query, shown_query

T = TypeVar("T")

Catalogue = _SharedDatabase
"""What the driver knows of the types of a PostgreSQL server; it outlives a connection."""

_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class RecipientScope:
    """The families of a recipient's delivery, with their parents and children: lists as text (sql/source/scope/). An
    id that is no whole number is in none: the gate releases nothing about its parent.

    Collected once: most of the agency's tables have no index by family, and each search reads a whole table.
    """

    kbo: str
    families: str = ""
    parents: str = ""
    children: str = ""


@dataclass(frozen=True)
class NoesScope:
    """The parents of whom a withdrawal is there, by whatever recipient (sql/source/of_withdrawals/)."""


Narrowing = RecipientScope | NoesScope


class Agency:
    """Reads feeds inside one transaction; see `open_agency`.

    `catalogue`: what the driver knows of PostgreSQL's types, of use after the transaction; None for SQLite.
    `failure`: what broke off the reading of the last feed, whose reader then ended as if there were no more rows.
    """

    def __init__(self, connection: Connection, thread: DatabaseThread, catalogue: Catalogue | None) -> None:
        self._connection = connection
        self._thread = thread
        self._schemas: dict[str, pa.Schema] = {}
        self.catalogue = catalogue
        self.is_sqlite = catalogue is None
        self.failure: PipelineError | None = None

    def require_contracted(self, feeds: Iterable[str]) -> None:
        """Raises FeedError for a table or column that is missing or of another type."""
        for name in feeds:
            self._present(FEEDS[name])

    def scope(self, kbo: str) -> RecipientScope:
        """The families of which a parent ever said something to that recipient, with all their parents and children."""
        query, parameters = self._bound(scope_query(is_sqlite=self.is_sqlite), RecipientScope(kbo))
        (lists,) = self._ask("parent", lambda: self._execute(query, parameters).read_all()).to_pylist()
        first, last = "[]" if self.is_sqlite else "{}"
        return RecipientScope(kbo, **{name: f"{first}{ids}{last}" for name, ids in lists.items()})

    def shown(self, scope: RecipientScope) -> pa.Table:
        """Every row about these families as the database writes it, and what it counts of others: feed, content."""
        query, parameters = self._bound(shown_query(is_sqlite=self.is_sqlite), scope)
        return self._ask(CONTROL.name, lambda: self._execute(query, parameters).read_all())

    def read(self, feed: Feed, scope: Narrowing | None = None) -> pa.RecordBatchReader:
        """A feed's rows; with `scope` only the rows about these families.

        Columns are as in the contract; from SQLite dates, instants and text are text, the rest whole numbers; from
        PostgreSQL a numeric is text. Raises FeedError for a table or column that is missing or of another type,
        AgencyUnreachable when the database goes away.
        """
        present = self._present(feed)
        query, parameters = self._query(feed, scope)
        if not self.is_sqlite:
            return self._stream(feed.name, postgresql_query(query, feed, present), parameters)
        rows = self._stream(feed.name, sqlite_query(query, feed), parameters)
        as_contracted = all(pa.types.is_string(kind) or pa.types.is_int64(kind) for kind in rows.schema.types)
        return rows if as_contracted else self.read_as_text(feed, scope)

    def read_as_text(self, feed: Feed, scope: Narrowing | None = None) -> pa.RecordBatchReader:
        """As `read`, with every column as text: for a SQLite table whose values are not of the contract's types."""
        query, parameters = self._query(feed, scope)
        return self._stream(feed.name, sqlite_text_query(query, feed), parameters)

    def count(self, feeds: Iterable[str]) -> dict[str, int]:
        """How many rows each of these feeds has, in one statement. Raises FeedError or AgencyUnreachable."""
        names = [name for name in feeds if name != CONTROL.name]
        counts = " union all ".join(f"select '{name}' as feed, count(*) as row_count from {name}" for name in names)
        try:
            found = self._ask(CONTROL.name, lambda: self._execute(counts, None).read_all()).to_pylist() if names else []
        except PipelineError as error:
            raise self._problem_of_one(names) or error from None
        return {row["feed"]: row["row_count"] for row in found}

    def _problem_of_one(self, names: Iterable[str]) -> PipelineError | None:
        """The database does not say which of the feeds could not be counted: so each is counted by itself."""
        for name in names:
            try:
                self._thread.call(self._connection.rollback)
                self._ask(name, partial(_drain, self._execute, f"select count(*) as row_count from {name}"))
            except PipelineError as error:
                return error
            except (adbc.Error, DatabaseHangs):
                return None
        return None

    def sums_before(self, feed: str, second: int) -> tuple[int, int, int]:
        """Of the feed's rows that were recorded before an instant: how many, and the two sums of sql/source/kept/."""
        self._present(FEEDS[feed])
        query = sums_query(feed, is_sqlite=self.is_sqlite)
        (row,) = self._ask(feed, lambda: self._execute(query, (second,)).read_all()).to_pylist()
        return row["rows"], row["first_sum"], row["second_sum"]

    def written(self) -> str | None:
        """Which transactions had ended when this one began: while it is the same text, nobody wrote anything.

        None where the database cannot tell: SQLite, a standby, a feed that is a view, another server's or part of one.
        """
        if self.is_sqlite:
            return None
        query, feeds = (SQL / "source" / "look" / "written.sql").read_text("utf-8"), f"{{{','.join(FEEDS)}}}"
        rows = self._ask(CONTROL.name, lambda: self._execute(query, (feeds,)).read_all())
        text: str | None = rows["written"][0].as_py()
        return text

    def writable(self) -> int:
        """To how many of the feeds our role in PostgreSQL may write; it should be none."""
        if self.is_sqlite:
            return 0
        query, feeds = (SQL / "source" / "writable.sql").read_text("utf-8"), f"{{{','.join(FEEDS)}}}"
        rows = self._ask("feed_control", lambda: self._execute(query, (feeds,)).read_all())
        return int(rows["writable"][0].as_py())

    def _present(self, feed: Feed) -> pa.Schema:
        """The columns that the database has, once they are held against the contract."""
        if feed.name not in self._schemas:
            schema = self._stream(feed.name, f"select * from {feed.name} limit 0", None).schema
            require_columns(feed, schema)
            if not self.is_sqlite:
                require_types(feed, schema)
            self._schemas[feed.name] = schema
        return self._schemas[feed.name]

    def _query(self, feed: Feed, scope: Narrowing | None) -> tuple[str, tuple[str, ...] | None]:
        """A feed's SQL file, with the condition that narrows it to the scope, and the parameters of that condition."""
        query = (SQL / "source" / f"{feed.name}.sql").read_text("utf-8")
        if scope is None:
            return query, None
        folder = "of_recipient" if isinstance(scope, RecipientScope) else "of_withdrawals"
        narrowed = SQL / "source" / folder / f"{feed.name}.sql"
        if not narrowed.exists():
            return query, None
        condition, parameters = self._bound(narrowed.read_text("utf-8"), scope)
        return query + condition, parameters

    def _bound(self, text: str, scope: Narrowing) -> tuple[str, tuple[str, ...] | None]:
        """With a parameter for each list of `scope`, and for the recipient, that the query names."""
        listed = "(select value from json_each(?{0}))" if self.is_sqlite else "(select unnest(${0}::text::bigint[]))"
        parameters: list[str] = []
        for name, value in vars(scope).items():
            if f"${name}" in text:
                parameters.append(value)
                one = "?{0}" if self.is_sqlite else "${0}"
                text = text.replace(f"${name}", (one if name == "kbo" else listed).format(len(parameters)))
        return text, tuple(parameters) or None

    def _stream(self, feed: str, query: str, parameters: tuple[str, ...] | None) -> pa.RecordBatchReader:
        self.failure = None
        rows = self._ask(feed, lambda: self._execute(query, parameters))
        return pa.RecordBatchReader.from_batches(rows.schema, self._batches(feed, rows))

    def _execute(self, query: str, parameters: tuple[str | int, ...] | None) -> AdbcRecordBatchReader:
        cursor = self._connection.cursor()
        if self.is_sqlite:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH_ROWS)})
        cursor.execute(query, parameters)
        stream = cursor.fetch_arrow()
        self._open = (cursor, stream)  # kept: the reader ends with them
        return AdbcRecordBatchReader._import_from_c(stream.address)

    def _batches(self, feed: str, rows: AdbcRecordBatchReader) -> Iterator[pa.RecordBatch]:
        """DuckDB reads these, in threads of its own: an error raised there may leave it waiting for ever. So the rows
        end, and the error is kept as `failure`."""
        try:
            while (batch := self._ask(feed, lambda: _next(rows))) is not None:
                self._require_text(feed, batch)
                yield batch
        except PipelineError as error:
            self.failure = error

    def _require_text(self, feed: str, batch: pa.RecordBatch) -> None:
        """SQLite keeps any bytes as text, and PostgreSQL does in a database of encoding SQL_ASCII: what is no UTF-8,
        or holds a NUL, ends the reading here, before any code reads it."""
        bad = [name for name, column in zip(batch.schema.names, batch.columns, strict=True) if not _is_text(column)]
        if bad:
            raise not_text(feed, bad)

    def _ask(self, feed: str, function: Callable[[], T]) -> T:
        """What the database gives; raises PipelineError, in a sentence, for what it says instead."""
        try:
            return self._thread.call(function)
        except DatabaseHangs:
            raise hangs(self._thread.patience) from None
        except (adbc.Error, pa.ArrowException, OSError) as error:
            if getattr(error, "sqlstate", None) == NO_UTF8:
                raise not_text(feed, self._columns_without_text(FEEDS[feed])) from None
            problem = sqlite_problem if self.is_sqlite else postgresql_problem
            raise problem(error, feed) from None

    def _columns_without_text(self, feed: Feed) -> list[str]:
        """The database says that there is such a column, and not which: so each is read by itself."""
        return [name for name, kind in feed.columns.items() if kind == "varchar" and not self._is_utf8(feed, name)]

    def _is_utf8(self, feed: Feed, column: str) -> bool:
        try:
            self._thread.call(self._connection.rollback)
            self._thread.call(_drain, self._execute, f"select {column}::text from {feed.name}")
        except (adbc.Error, DatabaseHangs) as error:
            return getattr(error, "sqlstate", None) != NO_UTF8
        return True


def _next(rows: AdbcRecordBatchReader) -> pa.RecordBatch | None:
    try:
        return rows.read_next_batch()
    except StopIteration:
        return None


def _drain(execute: Callable[[str, None], AdbcRecordBatchReader], query: str) -> None:
    rows = execute(query, None)
    while _next(rows) is not None:
        pass


def _is_text(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return not pa.types.is_string(column.type) or not _has_nul(column)


def _has_nul(column: pa.StringArray) -> bool:
    """Over all values' bytes at once: asking value by value takes twenty times as long."""
    _, offsets, values = column.buffers()
    if values is None or not len(column):
        return False
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return not np.frombuffer(values, np.uint8)[ends[0] : ends[-1]].all()

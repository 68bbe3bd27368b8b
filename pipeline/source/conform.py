"""Raw rows of a feed to typed Parquet or a typed table, streaming; a value that does not parse is marked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.core.engine import parsed
from pipeline.core.feeds import EARLIEST_DAY, HEADER, LATEST_DAY, UNPARSABLE, Feed

_INSTANT = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)"
"""An instant carries its offset; the pipeline never assumes one."""

_RANGES = {
    "date": f"date '{EARLIEST_DAY}' and date '{LATEST_DAY}'",
    "timestamptz": f"timestamptz '{EARLIEST_DAY} 00:00:00+00' and timestamptz '{LATEST_DAY} 23:59:59.999999+00'",
}
"""Others are impossible: from PostgreSQL they arrive as the year 1 (queries.py)."""

_PARQUET = "format parquet, parquet_version v2"
"""Half the bytes of version 1, which is DuckDB's own choice, and read in two thirds of the time."""


def write_typed(raw: pa.RecordBatchReader, feed: Feed, path: Path, connection: duckdb.DuckDBPyConnection) -> int:
    """Write `raw` to Parquet with the contract's types, plus the text column `unparsable`; returns the rows.

    `unparsable` names the columns with a value of another type, an impossible one, or NULL against the contract.
    """
    with _registered(raw, connection):
        target = str(path).replace("'", "''")
        copied = connection.execute(f"copy ({_select(raw, feed)}) to '{target}' ({_PARQUET})").fetchone()
    return int(copied[0]) if copied else 0


def load_typed(raw: pa.RecordBatchReader, feed: Feed, connection: duckdb.DuckDBPyConnection) -> None:
    """As `write_typed`, into a table of the feed's name."""
    with _registered(raw, connection):
        for statement in parsed(f"create or replace table {feed.name} as {_select(raw, feed)}", connection):
            connection.execute(statement)


def make_empty(feed: Feed, connection: duckdb.DuckDBPyConnection) -> None:
    """As `load_typed`, without a row."""
    columns = ", ".join(f"{name} {kind}" for name, kind in feed.columns.items())
    connection.execute(f"create or replace table {feed.name} ({columns}, {UNPARSABLE} varchar)")


@contextmanager
def _registered(raw: pa.RecordBatchReader, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Under an explicit name, since DuckDB would otherwise look the reader up among the caller's variables."""
    connection.register("raw_rows", raw)
    try:
        yield
    finally:
        connection.unregister("raw_rows")


def _select(raw: pa.RecordBatchReader, feed: Feed) -> str:
    """Each value is converted once, in the inner query: planning takes longer than reading a recipient's few rows."""
    columns = ", ".join(
        f"{_typed(name, kind, raw.schema.field(name).type)} as {name}, {name} as {_raw(name)}"
        for name, kind in feed.columns.items()
    )
    marks = ", ".join(_mark(name, name in feed.nullable) for name in feed.columns)
    where = f"where {HEADER} = 0" if HEADER in raw.schema.names else ""
    return (
        f"select {', '.join(feed.columns)}, nullif(concat_ws(',', {marks}), '') as {UNPARSABLE} "
        f"from (select {columns} from raw_rows {where})"
    )


def _raw(name: str) -> str:
    return f"raw_{name}"


def _typed(name: str, kind: str, raw: pa.DataType) -> str:
    """The value as the contract's type; NULL for a text of another form."""
    if pa.types.is_int64(raw) and kind == "boolean":
        return f"case {name} when 1 then true when 0 then false end"
    value = f"try_cast({name} as {kind})"
    possible = f"{value} between {_RANGES[kind]}" if kind in _RANGES else "true"
    if not pa.types.is_string(raw):
        return f"case when {possible} then {value} end"
    match kind:
        case "varchar":
            return name
        case "boolean":
            return f"case {name} when '1' then true when '0' then false end"
        case "timestamptz":
            return f"case when regexp_full_match({name}, '{_INSTANT}') and {possible} then {value} end"
        case _:
            return f"case when {value}::varchar = {name} and {possible} then {value} end"


def _mark(name: str, may_be_null: bool) -> str:
    bad = f"{name} is null and {_raw(name)} is not null" if may_be_null else f"{name} is null"
    return f"case when {bad} then '{name}' end"

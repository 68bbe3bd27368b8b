"""The agency's fourteen tables as Arrow schemas, read from the very DDL that creates them (schema.sql)."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

Columns = Mapping[str, object]

ARROW = {
    "text": pa.string(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
}

_DDL = re.sub(r"--.*", "", (Path(__file__).parent / "schema.sql").read_text("utf-8"))


def _columns(statement: str) -> pa.Schema:
    found = re.findall(rf"^\s+(\w+)\s+({'|'.join(ARROW)})\b", statement, re.MULTILINE)
    return pa.schema([(name, ARROW[kind]) for name, kind in found])


CREATE: dict[str, str] = {statement.split()[2]: statement.strip() for statement in _DDL.split(";") if statement.strip()}
"""Table name to its `create table` statement; feed_control comes last."""

SCHEMAS: dict[str, pa.Schema] = {name: _columns(statement) for name, statement in CREATE.items()}

FEEDS = tuple(name for name in CREATE if name != "feed_control")
"""The tables that feed_control vouches for."""


def world_table(name: str, columns: Columns) -> pa.Table:
    """Columns (numpy, Arrow or lists, all of one length) as the agency's table `name`; NaT becomes NULL."""
    schema = SCHEMAS[name]
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def rows(name: str, records: list[dict[str, object]]) -> pa.Table:
    """The same from one dictionary a row; a column that a row leaves out is NULL."""
    return pa.Table.from_pylist(records, schema=SCHEMAS[name])


def _array(values: object, kind: pa.DataType) -> pa.Array:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(np.asarray(values))
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array if array.type == kind else array.cast(kind)

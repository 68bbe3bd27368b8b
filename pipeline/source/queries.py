"""The text of a feed's query: its file under sql/source/, with each column as the database has to give it. Pure.

`conform.py` reads what these queries give.
"""

import pyarrow as pa

from pipeline.core.feeds import EARLIEST_DAY, HEADER, LATEST_DAY, Feed
from pipeline.source.contract import database_type

_WHOLE, _EMPTY = ("bigint", "boolean"), "''"

_RANGES = {
    "date": (f"date '{EARLIEST_DAY}'", f"date '{LATEST_DAY}'", "date '0001-01-01'"),
    "timestamptz": (
        f"timestamptz '{EARLIEST_DAY} 00:00:00+00'",
        f"timestamptz '{LATEST_DAY} 23:59:59.999999+00'",
        "timestamptz '0001-01-01 00:00:00+00'",
    ),
}
"""Per type the first and the last possible value, and the impossible one that stands for all others."""


def postgresql_query(query: str, feed: Feed, present: pa.Schema) -> str:
    """Every column as conform.py expects it; `present` says of which type it is.

    The driver wraps dates and instants that Arrow cannot hold, infinity too, into others that look right: so the
    database itself puts year 1 in their place. A numeric is given as text, without the zeros of a fraction.
    """
    columns = (
        f"{_from_postgresql(name, kind, database_type(present.field(name)))} as {name}"
        for name, kind in feed.columns.items()
    )
    return f"select {', '.join(columns)} from ({query}) as agency_row"


def _from_postgresql(name: str, kind: str, found: str) -> str:
    if kind == "varchar":
        return f"{name}::text"
    if found == "numeric":
        return f"trim_scale({name})::text"
    if kind not in _RANGES:
        return name
    first, last, impossible = _RANGES[kind]
    return f"case when {name} not between {first} and {last} then {impossible} else {name} end"


def sqlite_query(query: str, feed: Feed) -> str:
    """ADBC takes the type of a SQLite column from the first rows, and fails when a later row differs: so a first row
    gives the types. The row is marked, and conform.py leaves it out."""
    types = ", ".join(f"{0 if kind in _WHOLE else _EMPTY} as {name}" for name, kind in feed.columns.items())
    return f"select 1 as {HEADER}, {types} union all select 0, {', '.join(feed.columns)} from ({query})"


def sqlite_text_query(query: str, feed: Feed) -> str:
    """Likewise with every column as text: for a table whose values are not of the contract's types."""
    texts = ", ".join(f"cast({column} as text) as {column}" for column in feed.columns)
    header = ", ".join(f"'' as {column}" for column in feed.columns)
    return f"select 1 as {HEADER}, {header} union all select 0, {texts} from ({query})"

"""What the agency's database says of a feed's columns, held against the contract before the first row. Pure.

PostgreSQL alone has types to hold: in SQLite each value has its own, and conform.py looks at each.
"""

import pyarrow as pa

from pipeline.core.errors import FeedError
from pipeline.core.feeds import Feed

_TYPES = {
    "varchar": {"text", "varchar", "citext", "name"},
    "bigint": {"int2", "int4", "int8", "numeric"},
    "boolean": {"bool"},
    "date": {"date"},
    "timestamptz": {"timestamptz"},
}
"""PostgreSQL's names of the types that hold what the contract's do. A domain bears the name of what it stands on."""

_NOT_AN_ENUM = {"bpchar", "char"}
"""What arrives as text as an enum does, and is none."""

_NAMES = {
    "varchar": "text",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "bpchar": "char(n), which pads with blanks",
    "float4": "real",
    "float8": "double precision",
}


def database_type(field: pa.Field) -> str:
    """The name of a column's type in PostgreSQL, as the driver gives it."""
    metadata: dict[bytes, bytes] = field.metadata or {}
    return metadata.get(b"POSTGRESQL:type", b"?").decode("utf-8", "replace")


def require_columns(feed: Feed, present: pa.Schema) -> None:
    """Raises FeedError, which names every column that is missing."""
    missing = [column for column in feed.columns if column not in present.names]
    if missing:
        raise FeedError(
            f"feed {feed.name} lacks {len(missing)} of its columns ({', '.join(missing)}): "
            "ask the agency to restore its interface"
        )


def require_types(feed: Feed, present: pa.Schema) -> None:
    """Raises FeedError, which names every column of another type than agreed, with both types."""
    wrong = [
        f"{column} is {_found(present.field(column))} where {_NAMES.get(kind, kind)} was agreed"
        for column, kind in feed.columns.items()
        if not _fits(present.field(column), kind)
    ]
    if wrong:
        raise FeedError(
            f"feed {feed.name}: column {'; column '.join(wrong)}: ask the agency to give its interface the agreed "
            "types, as by a view that casts, then run this again"
        )


def _fits(field: pa.Field, kind: str) -> bool:
    found = database_type(field)
    if found == "numeric":
        return kind == "bigint" and _decimals(field) == 0
    is_enum = pa.types.is_string(field.type) and found not in _NOT_AN_ENUM
    return found in _TYPES[kind] or (kind == "varchar" and is_enum)


def _decimals(field: pa.Field) -> int:
    """Those that a numeric column declares: PostgreSQL keeps them in eleven bits of its type's modifier."""
    modifier = int(field.metadata.get(b"POSTGRESQL:typmod", b"-1"))
    return 0 if modifier < 0 else (modifier - 4) & 0x7FF


def _found(field: pa.Field) -> str:
    found = database_type(field)
    decimals = f" with {_decimals(field)} decimals" if found == "numeric" else ""
    return f"{_NAMES.get(found, found)}{decimals}"

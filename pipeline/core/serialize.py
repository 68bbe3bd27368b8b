"""Values to and from JSON, for Airflow and for staging; tables to and from Parquet in bytes, for the ledger."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

_META = b"gegevensdeling"

T = TypeVar("T")

_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
"""Of a type, once: to make one takes longer than most of what it reads."""


def serialize(value: object) -> Any:
    """A frozen dataclass as JSON values."""
    return _adapter(type(value)).dump_python(value, mode="json")


def deserialize(kind: type[T], values: Any) -> T:
    """The reverse; raises pydantic.ValidationError for anything else."""
    read: T = _adapter(kind).validate_python(values)
    return read


def to_json(value: object) -> bytes:
    """A frozen dataclass as JSON text, UTF-8."""
    return _adapter(type(value)).dump_json(value)


def from_json(kind: type[T], text: bytes) -> T:
    """The reverse; raises pydantic.ValidationError for anything else."""
    read: T = _adapter(kind).validate_json(text)
    return read


def pack_table(table: pa.Table, meta: Mapping[str, Any], ordered: str, repeated: Sequence[str]) -> bytes:
    """Parquet with `meta` (JSON values) in its metadata and a checksum on each page.

    `ordered`: the column of sorted numbers, kept as small differences. `repeated`: the columns with a dictionary.
    """
    stream = BytesIO()
    pq.write_table(
        table.replace_schema_metadata({_META: json.dumps(meta).encode()}),
        stream,
        use_dictionary=list(repeated),
        column_encoding={ordered: "DELTA_BINARY_PACKED"},
        compression="zstd",
        write_page_checksum=True,
    )
    return stream.getvalue()


def unpack_table(packed: bytes, repeated: Sequence[str] = ()) -> tuple[pa.Table, dict[str, Any]]:
    """The reverse; the columns of `repeated` stay dictionaries, which take a tenth of the memory of their texts.

    Raises pa.ArrowException, OSError, KeyError, TypeError or ValueError for damaged bytes.
    """
    with pq.ParquetFile(BytesIO(packed), page_checksum_verification=True, read_dictionary=[*repeated]) as file:
        table = file.read()
    return table, json.loads(table.schema.metadata[_META])

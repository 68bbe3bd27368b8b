"""Last night's watermark: what the next night compares with, as opaque bytes.

A Parquet file with a hash of every row of the feeds that only grow, and, in its metadata, the night's counts and
the instant of reading. It holds no value of a person.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.adapters.engine import Engine
from pipeline.errors import FeedError

_META = b"gegevensdeling"
_HASHES = pa.schema([("feed", pa.string()), ("row_hash", pa.uint64())])
_UNREADABLE = (
    "the watermark of last night cannot be read, so feeds cannot be compared with it: "
    "restore it from a backup, then run this again"
)


@dataclass(frozen=True)
class Watermark:
    """`hashes`: feed, row_hash. `counts`: feed, name, rows. `read_at`: when that night's snapshot was read."""

    read_at: datetime
    hashes: pa.Table
    counts: pa.Table


def prepare(run: Engine) -> None:
    """Leave the tables row_hash and count_tonight in the engine; needs the view feed_row."""
    run.run("check/watermark/row_hash.sql")
    run.run("check/watermark/count_tonight.sql")


def pack(run: Engine, read_at: datetime) -> bytes:
    """This night's watermark; about 6 bytes a row."""
    hashes = run.run("check/watermark/kept.sql").cast(_HASHES)
    meta = {"read_at": read_at.isoformat(), "counts": run.run("check/watermark/counts.sql").to_pylist()}
    stream = BytesIO()
    pq.write_table(
        hashes.replace_schema_metadata({_META: json.dumps(meta).encode()}),
        stream,
        use_dictionary=["feed"],
        column_encoding={"row_hash": "DELTA_BINARY_PACKED"},  # sorted, so that differences are small
        compression="zstd",
        write_page_checksum=True,
    )
    return stream.getvalue()


def unpack(packed: bytes) -> Watermark:
    """The reverse of `pack`. Raises FeedError for bytes that are cut short, damaged or something else."""
    try:
        with pq.ParquetFile(BytesIO(packed), page_checksum_verification=True) as file:
            hashes = file.read()
        meta = json.loads(hashes.schema.metadata[_META])
        counts = pa.Table.from_pylist(meta["counts"])
        return Watermark(datetime.fromisoformat(meta["read_at"]), hashes.cast(_HASHES), counts)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        raise FeedError(_UNREADABLE) from None


def compare(run: Engine, last: Watermark, min_rows: int) -> pa.Table:
    """Facts since last night (feed, fact, value); needs `prepare`."""
    run.connection.register("last_row_hash", last.hashes)
    run.connection.register("last_count", last.counts)
    try:
        return run.run("check/facts/since_last_night.sql", min_rows=min_rows)
    finally:
        run.connection.unregister("last_row_hash")
        run.connection.unregister("last_count")

"""Last night's watermark: the facts with which the next night is compared, as opaque bytes.

A Parquet file with a hash of every row of the feeds that only grow (and of every version of the consent text), and,
in its metadata, the night's counts and the instants of loading and of reading. No value of a person is in it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.loads import FeedLoad, KeptRows
from pipeline.core.serialize import deserialize, pack_table, serialize, unpack_table
from pipeline.core.settings import Settings

GROWING = tuple(name for name, feed in FEEDS.items() if feed.append_only)
_HASHES = pa.schema([("feed", pa.dictionary(pa.int32(), pa.string())), ("row_hash", pa.uint64())])
"""Twelve bytes a row in memory; with each feed's name in full it would be forty."""
EVENT_IDS = "consent_event.event_id"
"""Beside the feeds' own rows: by these an event is known again that was altered, or of which only a part is loaded."""
_LOADS = pa.schema([("feed", pa.string()), ("produced_at", pa.timestamp("us", tz="UTC"))])


@dataclass(frozen=True)
class Watermark:
    """`hashes`: feed, row_hash. `counts`: feed, name, rows. `loads`: feed, produced_at; an old watermark has none.
    `events`: row_hash, of the id of each consent event (likewise). `kept`: sums of its rows (likewise).
    `read_at`: when that night's snapshot was read."""

    read_at: datetime
    hashes: pa.Table
    counts: pa.Table
    loads: pa.Table
    events: pa.Table
    kept: KeptRows | None


def prepare_watermark(run: Engine) -> None:
    """Leave the tables row_hash, count_tonight and load_tonight in the engine; needs the view feed_row."""
    run.define("source/check/watermark/row_hash.sql")
    run.define("source/check/watermark/count_tonight.sql")
    run.define("source/check/watermark/load_tonight.sql", feeds=list(FEEDS))


def pack(run: Engine, read_at: datetime, settings: Settings) -> bytes:
    """This night's watermark; about 6 bytes a row."""
    hashes = run.run("source/check/watermark/kept.sql").cast(_HASHES)
    loads = run.run("source/check/watermark/loads.sql").to_pylist()
    meta = {
        "read_at": read_at.isoformat(),
        "counts": run.run("source/check/watermark/counts.sql").to_pylist(),
        "loads": [row | {"produced_at": row["produced_at"].isoformat()} for row in loads],
        "kept": _kept(run, read_at, settings.max_clock_skew_minutes),
    }
    return pack_table(hashes, meta, ordered="row_hash", repeated=["feed"])


def _kept(run: Engine, read_at: datetime, skew_minutes: float) -> dict[str, Any] | None:
    """KeptRows as JSON values; None where a feed says nothing of its load: then the night is refused."""
    instant = {"read_at": read_at, "skew_minutes": skew_minutes}
    before = run.run("source/look/before.sql", feeds=list(GROWING), **instant)["before"][0].as_py()
    return None if before is None else serialize(KeptRows(before, read_sums(run, before)))


def read_sums(run: Engine, before: int) -> dict[str, tuple[int, int, int]]:
    """Of the feeds in the engine, as the agency's database makes them (`Agency.sums_before`)."""
    run.define("source/look/numbers.sql")
    found = {feed: run.run(f"source/kept/{feed}.sql", before=before).to_pylist() for feed in GROWING}
    return {feed: (row["rows"], row["first_sum"], row["second_sum"]) for feed, (row,) in found.items()}


def known_by(packed: bytes) -> tuple[dict[str, FeedLoad], KeptRows | None]:
    """What a look is held against after that night: its loads, and the sums of its rows. Raises as `unpack`."""
    last = unpack(packed)
    rows = {row["feed"]: row["rows"] for row in last.counts.to_pylist() if row["name"] == "rows"}
    produced = {row["feed"]: row["produced_at"] for row in last.loads.to_pylist()}
    return {feed: FeedLoad(at, rows.get(feed, 0)) for feed, at in produced.items()}, last.kept


def unpack(packed: bytes) -> Watermark:
    """The reverse of `pack`. Raises FeedError for bytes that are cut short, damaged or something else."""
    try:
        both, meta = unpack_table(packed, repeated=["feed"])
        is_event = pc.equal(both["feed"], EVENT_IDS)
        loads = [row | {"produced_at": datetime.fromisoformat(row["produced_at"])} for row in meta.get("loads", [])]
        return Watermark(
            datetime.fromisoformat(meta["read_at"]),
            both.filter(pc.invert(is_event)).cast(_HASHES),
            pa.Table.from_pylist(meta["counts"]),
            pa.Table.from_pylist(loads, schema=_LOADS),
            both.filter(is_event).select(["row_hash"]),
            deserialize(KeptRows, meta["kept"]) if meta.get("kept") else None,
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        raise FeedError(
            "the watermark of last night cannot be read, so feeds cannot be compared with it: "
            "restore it from a backup, then run this again"
        ) from None


def compare_with_last_night(run: Engine, last: Watermark, settings: Settings) -> pa.Table:
    """Facts since last night (feed, fact, value); needs `prepare_watermark` and the view failed_consent_event."""
    for name, table in {"last_row_hash": last.hashes, "last_count": last.counts, "last_load": last.loads}.items():
        run.connection.register(name, table)
    skew = settings.max_clock_skew_minutes
    return pa.concat_tables(
        (
            run.run("source/check/facts/since_last_night.sql", min_rows=settings.min_rows_for_shares),
            run.run("source/check/facts/produced_earlier.sql"),
            run.run("source/check/facts/backdated.sql", last_read_at=last.read_at, skew_minutes=skew),
            run.run("source/check/facts/unknown_noes.sql", last_read_at=last.read_at),
        )
    )

"""Append-only at every look: what the last believed look or the last accepted night had of a feed that only grows.

Where nothing of a feed changed since a look that was believed, nothing is asked. Else the agency's own database counts
and sums the rows that were recorded before the last accepted night's load, and only where those sums differ is the
feed read whole, and each row compared with that night's watermark.
"""

from collections.abc import Collection, Mapping

from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.loads import FeedLoad, KeptRows, KnownFeeds
from pipeline.source.conform import make_empty
from pipeline.source.reading import Agency
from pipeline.source.rows import load_rows
from pipeline.source.watermark import GROWING, Watermark, unpack

_RESTORE = "nothing is sent or told on it: ask the agency to restore them, then run this again"


def require_kept_rows(agency: Agency, loads: Mapping[str, FeedLoad], known: KnownFeeds, run: Engine) -> None:
    """Raises FeedError, which names each feed and how many of its rows are gone; may leave feeds in the engine."""
    changed = [feed for feed in GROWING if feed in loads and loads[feed] != known.loads.get(feed)]
    require_seen_rows({feed: loads[feed] for feed in changed}, known)
    differing = [feed for feed in changed if known.kept and _differs(agency, feed, known.kept)]
    if differing and (packed := known.watermark()):
        _require_rows_of(agency, unpack(packed), differing, run)


def require_seen_rows(loads: Mapping[str, FeedLoad], known: KnownFeeds) -> None:
    """Raises FeedError for a feed that only grows and has fewer rows than a look that was believed."""
    fewer = [
        f"feed {feed}: {loads[feed].rows} rows where {known.loads[feed].rows} were seen before, though it may only grow"
        for feed in GROWING
        if feed in loads and feed in known.loads and loads[feed].rows < known.loads[feed].rows
    ]
    if fewer:
        raise FeedError(f"{'; '.join(fewer)}; {_RESTORE}")


def _differs(agency: Agency, feed: str, kept: KeptRows) -> bool:
    return feed in kept.sums and agency.sums_before(feed, kept.before) != kept.sums[feed]


def _require_rows_of(agency: Agency, last: Watermark, feeds: Collection[str], run: Engine) -> None:
    """Row by row: the sums also differ for rows that were written into the past, which takes nothing away."""
    for feed in (*GROWING, "consent_text"):
        if feed in feeds:
            load_rows(agency, FEEDS[feed], run)
        else:
            make_empty(FEEDS[feed], run.connection)
    run.connection.register("last_row_hash", last.hashes)
    run.define("source/check/watermark/row_hash.sql")
    gone = run.run("source/look/gone.sql", feeds=list(feeds)).to_pylist()
    run.connection.execute("drop table row_hash")
    if gone:
        problems = "; ".join(
            f"feed {row['feed']}: {row['gone']} of {row['rows']} rows of the last accepted night gone or altered, "
            "though it may only grow"
            for row in gone
        )
        raise FeedError(f"{problems}; {_RESTORE}")

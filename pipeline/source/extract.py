"""The extract step: every feed of the agency to typed Parquet, in one transaction, streaming."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.core.engine import Engine, engine
from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.loads import KnownFeeds
from pipeline.core.model import Kbo, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder, staged, writing
from pipeline.source.conform import load_typed, write_typed
from pipeline.source.look import NOTHING_KNOWN, look_at_agency, require_one_control_row
from pipeline.source.reading import Agency, RecipientScope
from pipeline.source.rows import keep_rows, load_rows, read_rows

log = logging.getLogger(__name__)


def extract(
    agency_uri: str, read_at: datetime, settings: Settings, folder: Path, known: KnownFeeds = NOTHING_KNOWN
) -> Snapshot:
    """Read all feeds into `folder`.

    Raises as `look_at_agency`, or TransientError (the disk is full); a failed extract leaves no feed half written.
    """
    private_folder(folder)
    with engine(settings, folder) as run, look_at_agency(agency_uri, FEEDS, run, known) as look:
        agency = look.agency
        if writable := agency.writable():
            log.warning("our role can write to %d of the agency's tables: ask for one that can only read", writable)
        files = {}
        for name, feed in FEEDS.items():
            path = folder / f"{name}.parquet"
            with writing(path) as part:
                keep = partial(write_typed, feed=feed, path=part, connection=run.connection)
                rows = keep_rows(agency, feed, None, keep)
            files[name] = staged(path, rows)
            log.info("feed %s: %d rows", name, rows)
    return Snapshot(read_at, files)


@dataclass(frozen=True)
class Shown:
    """What the agency shows of one recipient at one instant: two are the same only where every row is.

    `counts`: by feed, how many rows there are at all. `content`: as of `Agency.shown`. `written`: as of
    `Agency.written`, which says nothing of the rows themselves.
    """

    counts: Mapping[str, int]
    scope: RecipientScope
    content: pa.Table
    written: str | None = field(default=None, compare=False)


def shown_for(agency: Agency, scope: RecipientScope, counts: Mapping[str, int]) -> Shown:
    """`scope` and `counts`: as this transaction finds them. Raises FeedError or AgencyUnreachable."""
    return Shown(counts, scope, agency.shown(scope), agency.written())


@dataclass(frozen=True)
class RecipientRows:
    """What a delivery decides on. `tables`: by feed, the rows as of `Agency.read`; those about persons are of the
    families that ever said something to the recipient, and every no of anybody."""

    scope: RecipientScope
    tables: Mapping[str, pa.Table]


def read_for(agency: Agency, kbo: Kbo) -> RecipientRows:
    """Read the feeds for one recipient's delivery; nothing is staged. Raises as `extract`."""
    agency.require_contracted(FEEDS)
    scope = agency.scope(kbo)
    return RecipientRows(scope, {name: read_rows(agency, feed, scope) for name, feed in FEEDS.items()})


def load_for(rows: RecipientRows, run: Engine) -> None:
    """Into tables of the engine."""
    for name, table in rows.tables.items():
        load_typed(table.to_reader(), FEEDS[name], run.connection)


def read_feeds(agency_uri: str, names: Iterable[str], run: Engine, known: KnownFeeds = NOTHING_KNOWN) -> None:
    """Read some feeds whole into tables of the engine, in one transaction. Raises as `extract`."""
    wanted = tuple(names)
    with look_at_agency(agency_uri, wanted, run, known) as look:
        for name in wanted:
            load_rows(look.agency, FEEDS[name], run)
        require_one_control_row(run, [name for name in wanted if name != CONTROL.name])

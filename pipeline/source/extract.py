"""The extract step: every feed of the agency to typed Parquet, in one transaction, streaming."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from pipeline.core.engine import Engine, engine
from pipeline.core.feeds import FEEDS, Feed
from pipeline.core.model import Kbo, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder, staged, writing
from pipeline.source.agency import open_agency
from pipeline.source.conform import load_typed, write_typed
from pipeline.source.problems import TypesDiffer
from pipeline.source.reading import Agency, RecipientScope

T = TypeVar("T")

log = logging.getLogger(__name__)


def extract(agency_uri: str, read_at: datetime, settings: Settings, folder: Path) -> Snapshot:
    """Read all feeds into `folder`.

    Raises AgencyUnreachable, FeedError (a table or column is missing) or TransientError (the disk is full);
    a failed extract leaves no feed half written.
    """
    private_folder(folder)
    with open_agency(agency_uri) as agency, engine(settings, folder) as run:
        if writable := agency.writable():
            log.warning("our role can write to %d of the agency's tables: ask for one that can only read", writable)
        files = {}
        for name, feed in FEEDS.items():
            path = folder / f"{name}.parquet"
            with writing(path) as part:
                rows = _read(agency, feed, None, partial(write_typed, feed=feed, path=part, connection=run.connection))
            files[name] = staged(path, rows)
            log.info("feed %s: %d rows", name, rows)
    return Snapshot(read_at, files)


def read_for(agency: Agency, kbo: Kbo, run: Engine) -> None:
    """Read the feeds for one recipient's delivery into tables of the engine; nothing is staged.

    Rows about persons are those of the families that ever said something to that recipient. Raises as `extract`.
    """
    scope = agency.scope(kbo)
    for feed in FEEDS.values():
        _read(agency, feed, scope, partial(load_typed, feed=feed, connection=run.connection))


def read_feeds(agency_uri: str, names: Iterable[str], run: Engine) -> None:
    """Read some feeds whole into tables of the engine, in one transaction. Raises as `extract`."""
    with open_agency(agency_uri) as agency:
        for name in names:
            _read(agency, FEEDS[name], None, partial(load_typed, feed=FEEDS[name], connection=run.connection))


def _read(agency: Agency, feed: Feed, scope: RecipientScope | None, keep: Callable[[pa.RecordBatchReader], T]) -> T:
    """SQLite does not enforce a column's type: when a row ends the reading, read again as text and mark misfits.

    A reader that breaks off ends as if there were no more rows, so what was kept is of use only without a `failure`.
    """
    kept = keep(agency.read(feed, scope))
    if isinstance(agency.failure, TypesDiffer):
        kept = keep(agency.read_as_text(feed, scope))
    if agency.failure:
        raise agency.failure
    return kept

"""The extract step: every feed of the agency to typed Parquet, in one transaction, streaming."""

import logging
from datetime import datetime
from pathlib import Path

import duckdb

from pipeline.adapters.agency import Agency, open_agency
from pipeline.adapters.conform import write_typed
from pipeline.adapters.engine import Engine, engine
from pipeline.adapters.staging import private_folder, staged, writing
from pipeline.errors import AgencyUnreachable, FeedError
from pipeline.feeds import FEEDS, Feed
from pipeline.model import Snapshot
from pipeline.settings import Settings

log = logging.getLogger(__name__)


def extract(agency_uri: str, read_at: datetime, settings: Settings, folder: Path, kbo: str | None = None) -> Snapshot:
    """Read all feeds into `folder`; with `kbo` only the families that ever said something to that recipient.

    Raises AgencyUnreachable, FeedError (a table or column is missing) or TransientError (the disk is full);
    a failed extract leaves no feed half written.
    """
    private_folder(folder)
    with open_agency(agency_uri) as agency, engine(settings, folder) as run:
        files = {}
        for name, feed in FEEDS.items():
            path = folder / f"{name}.parquet"
            with writing(path) as part:
                rows = _copy(agency, feed, kbo, part, run)
            files[name] = staged(path, rows)
            log.info("feed %s: %d rows", name, rows)
    return Snapshot(read_at, files)


def _copy(agency: Agency, feed: Feed, kbo: str | None, part: Path, run: Engine) -> int:
    """SQLite does not hold a column to its type: where a row breaks the reading off, once more as text, so that what
    does not fit is marked."""
    try:
        return write_typed(agency.read(feed, kbo), feed, part, run.connection)
    except duckdb.InvalidInputException:
        if not agency.is_sqlite:
            raise AgencyUnreachable(f"agency_db broke off while feed {feed.name} was read: it is tried again") from None
    try:
        return write_typed(agency.read_as_text(feed, kbo), feed, part, run.connection)
    except duckdb.InvalidInputException:
        raise FeedError(
            f"feed {feed.name} cannot be read to its end, as when its database is damaged or holds bytes that are no "
            "text: ask the agency to load it again"
        ) from None

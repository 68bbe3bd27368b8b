"""The extract step: every feed of the agency to typed Parquet, in one transaction, streaming."""

import logging
from datetime import datetime
from pathlib import Path

from pipeline.adapters.agency import open_agency
from pipeline.adapters.conform import write_typed
from pipeline.adapters.engine import engine
from pipeline.adapters.staging import private_folder, staged, writing
from pipeline.feeds import FEEDS
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
                rows = write_typed(agency.read(feed, kbo), feed, part, run.connection)
            files[name] = staged(path, rows)
            log.info("feed %s: %d rows", name, rows)
    return Snapshot(read_at, files)

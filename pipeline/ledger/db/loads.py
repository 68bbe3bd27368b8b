"""The ledger's records of the agency's loads: what the last believed look found, and who waits for a load to end."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.core.loads import FeedLoad, KeptRows, KnownFeeds
from pipeline.core.model import Kbo
from pipeline.core.serialize import from_json
from pipeline.ledger.db.engine import ledger_snapshot, transaction
from pipeline.ledger.db.nights import NightRecords
from pipeline.ledger.db.tables import accepted_night, load_wait, seen_load


class LoadRecords(NightRecords):
    """Implements `pipeline.core.loads.FeedMemory`. Every method raises LedgerUnavailable."""

    def known_feeds(self) -> KnownFeeds:
        """What a look is held against; in nobody's way, since every delivery asks for it just before its rename."""
        newest = sa.select(accepted_night.c.kept).order_by(accepted_night.c.at.desc()).limit(1)
        line = seen_load.c
        most = sa.select(line.feed, sa.func.max(line.produced_at), sa.func.max(line.rows)).group_by(line.feed)
        with ledger_snapshot(self.engine) as connection:
            loads = {feed: FeedLoad(produced_at, rows) for feed, produced_at, rows in connection.execute(most)}
            kept = connection.execute(newest).scalar()
        return KnownFeeds(loads, from_json(KeptRows, kept.encode()) if kept else None, self.last_watermark)

    def believe_loads(self, loads: Mapping[str, FeedLoad]) -> None:
        """Move what is on record forward, each feed by itself, and never back: a line only goes for one that is no
        older and has no fewer rows."""
        insert = (sqlite if self.engine.dialect.name == "sqlite" else postgresql).insert(seen_load)
        line = seen_load.c
        with transaction(self.engine) as connection:
            for feed, load in sorted(loads.items()):  # in one order, so that two that move them never cross
                row = {"feed": feed, "produced_at": load.produced_at, "rows": load.rows}
                connection.execute(insert.on_conflict_do_nothing(), row)
                is_same = (line.produced_at == load.produced_at) & (line.rows == load.rows)
                is_passed = (line.produced_at <= load.produced_at) & (line.rows <= load.rows) & ~is_same
                connection.execute(sa.delete(seen_load).where(line.feed == feed, is_passed))

    def waiting_since(self, kbo: Kbo) -> tuple[datetime, datetime] | None:
        """Since when, and when last, housekeeping found a load under way for this recipient; None when it did not."""
        query = sa.select(load_wait.c.since, load_wait.c.last).filter_by(kbo=kbo)
        with ledger_snapshot(self.engine) as connection:
            row = connection.execute(query).first()
        return (row.since, row.last) if row else None

    def save_wait(self, kbo: Kbo, since: datetime, last: datetime) -> None:
        """In place of what was there."""
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(load_wait).filter_by(kbo=kbo))
            connection.execute(sa.insert(load_wait).values(kbo=kbo, since=since, last=last))

    def end_wait(self, kbo: Kbo) -> None:
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(load_wait).filter_by(kbo=kbo))

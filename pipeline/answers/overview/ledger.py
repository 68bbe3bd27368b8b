"""The ledger's records of who got a drop on which night, as known at an instant."""

from datetime import date, datetime

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.db.engine import looking
from pipeline.ledger.db.tables import link, publication_event
from pipeline.ledger.events import Kind


def read_drop_nights(engine: sa.Engine, known_at: datetime) -> tuple[datetime | None, list[tuple[Kbo, date]]]:
    """The instant of the ledger's first line, and each recipient's nights with a drop that counted, as of `known_at`.

    The nights are sorted, each once, even if the drop was taken back since. The instant is None for a ledger without
    lines: then nothing is known of drops. Raises LedgerUnavailable.
    """
    event = publication_event.c
    nights = sa.select(event.kbo, event.night).distinct().where(event.kind == Kind.PUBLISHED.value)
    with looking(engine) as connection:
        drops = sorted((Kbo(row.kbo), row.night) for row in connection.execute(nights.where(event.at <= known_at)))
        firsts = [
            connection.execute(sa.select(sa.func.min(table.c.at))).scalar() for table in (link, publication_event)
        ]
    return min((first for first in firsts if first is not None and first <= known_at), default=None), drops

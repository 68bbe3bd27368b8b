"""The ledger's pages on who got a drop on which night, as known at an instant."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.db.engine import looking
from pipeline.ledger.db.tables import link, publication_event
from pipeline.ledger.events import Kind


@dataclass(frozen=True)
class Delivered:
    """Each recipient's nights with a drop that counted, whatever became of it since; sorted, each once.

    `since`: the instant of the ledger's first line; None when there is none: then nothing is known of drops.
    """

    since: datetime | None
    nights: tuple[tuple[Kbo, date], ...]


def delivered(engine: sa.Engine, known_at: datetime) -> Delivered:
    """What the ledger knew at `known_at` (aware). Raises LedgerUnavailable."""
    event = publication_event.c
    nights = sa.select(event.kbo, event.night).distinct().where(event.kind == Kind.PUBLISHED.value)
    with looking(engine) as connection:
        found = connection.execute(nights.where(event.at <= known_at))
        pairs = sorted((Kbo(row.kbo), row.night) for row in found)
        firsts = [
            connection.execute(sa.select(sa.func.min(table.c.at))).scalar() for table in (link, publication_event)
        ]
    since = min((first for first in firsts if first is not None and first <= known_at), default=None)
    return Delivered(since, tuple(pairs))

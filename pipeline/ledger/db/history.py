"""A recipient's events as they are on record, and where its delivery stands by them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.db.rows import from_row
from pipeline.ledger.db.tables import publication_event
from pipeline.ledger.events import Contents, DeliveryState, Event

Line = sa.Row[Any]


@dataclass(frozen=True)
class _Read:
    """One recipient's state after its lines up to the `newest`."""

    kbo: Kbo
    state: DeliveryState
    newest: Line


@dataclass
class KnownHistory:
    """What was read of the recipient that was asked for last. Of the same one only what was appended since is read.

    So it stays what a whole reading gives: nothing on record is changed or deleted (the schema sees to that), and ids
    are in the order in which they are committed, since the chain has one end (pipeline/ledger/db/chain.py). Where the
    newest line that was read is not there any more, another ledger is, and all of it is read.
    """

    _last: _Read | None = field(default=None)

    def state(self, connection: sa.Connection, kbo: Kbo, night: date, lowest: int) -> DeliveryState:
        """As `pipeline.ledger.events.delivery_state`, in the transaction that the caller began."""
        last = self._last
        if last is None or (last.kbo, last.state.night) != (kbo, night):
            return self._whole(connection, kbo, night, lowest)
        first, *later = _lines(connection, kbo, last.newest.id) or (None,)
        if first != last.newest:
            return self._whole(connection, kbo, night, lowest)
        return self._keep(kbo, last.state.after(map(_event, later), lowest), (first, *later))

    def _whole(self, connection: sa.Connection, kbo: Kbo, night: date, lowest: int) -> DeliveryState:
        lines = _lines(connection, kbo)
        return self._keep(kbo, DeliveryState(night).after(map(_event, lines), lowest), lines)

    def _keep(self, kbo: Kbo, state: DeliveryState, lines: Sequence[Line]) -> DeliveryState:
        self._last = _Read(kbo, state, lines[-1]) if lines else None
        return state


def read_history(connection: sa.Connection, kbo: Kbo, night: date | None = None) -> list[Event]:
    """A recipient's events, of one night or of all, in the order of writing."""
    query = sa.select(publication_event).filter_by(kbo=kbo).order_by(publication_event.c.id)
    return read_events(connection, query if night is None else query.filter_by(night=night))


def read_events(connection: sa.Connection, query: sa.Select[Any]) -> list[Event]:
    """The events that a query of publication_event gives."""
    return [_event(row) for row in connection.execute(query)]


def _lines(connection: sa.Connection, kbo: Kbo, first: int = 1) -> Sequence[Line]:
    """From the line with the id `first` on."""
    line = publication_event.c
    query = sa.select(publication_event).where(line.kbo == kbo, line.id >= first).order_by(line.id)
    return connection.execute(query).all()


def _event(row: Line) -> Event:
    values = row._mapping
    contents = None if row.sequence is None else from_row(Contents, values)
    return from_row(Event, values, contents=contents)

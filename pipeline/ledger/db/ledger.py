"""The ledger on SQLite or PostgreSQL (SQLAlchemy Core). No ledger, no drop: every failure is an error.

What may not be said twice stands in the schema (one number an edition of a night, one night a number, nothing changed
or deleted), so that it holds for a task that no longer holds its lock as well.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import sqlalchemy as sa

from pipeline.core.model import Head, Kbo
from pipeline.ledger.db import chain as ledger_chain
from pipeline.ledger.db.disclosures import write_withdrawals
from pipeline.ledger.db.engine import connect, ledger_snapshot, read_transaction, recipient_lock, transaction
from pipeline.ledger.db.history import KnownHistory, read_events
from pipeline.ledger.db.interventions import read_interventions
from pipeline.ledger.db.loads import LoadRecords
from pipeline.ledger.db.log import RecipientLog
from pipeline.ledger.db.records import RecipientRecords
from pipeline.ledger.db.tables import drop_number, publication_event
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.events import Event
from pipeline.ledger.interventions import Intervention


def open_ledger(uri: str) -> "LedgerDb":
    """`sqlite:////absolute/path` (made when it is not there) or `postgresql://...`, brought to the newest schema.

    Safe for several tasks at once. Raises LedgerUnavailable, or SettingsError for any other URI.
    """
    return LedgerDb(connect(uri))


def open_existing_ledger(uri: str) -> "LedgerDb":
    """As `open_ledger`, to look: raises SettingsError where there is none, and makes none."""
    return LedgerDb(connect(uri, existing=True))


@dataclass(frozen=True)
class LedgerDb(LoadRecords):
    """Implements the Protocol `pipeline.delivery.ports.Ledger`; every method raises LedgerUnavailable."""

    known: KnownHistory = field(default_factory=KnownHistory, compare=False, repr=False)

    @contextmanager
    def delivering(self, kbo: Kbo) -> Iterator[RecipientLog]:
        """Hold one recipient's records, here or on any other machine. Raises LedgerConflict when they are held."""
        with recipient_lock(self.engine, kbo) as (connection, is_ours):
            begin, look = partial(transaction, connection), partial(read_transaction, connection)
            yield RecipientLog(begin, look, kbo, self.known, is_ours)

    def recipient(self, kbo: Kbo) -> RecipientRecords:
        """One recipient's records without the lock: to look at, not to act on."""
        begin, look = partial(transaction, self.engine), partial(read_transaction, self.engine)
        return RecipientRecords(begin, look, kbo, self.known)

    def events_since(self, night: date) -> tuple[Event, ...]:
        """Of every recipient, what was written about that night and later ones, in the order of writing."""
        query = sa.select(publication_event).where(publication_event.c.night >= night).order_by(publication_event.c.id)
        with ledger_snapshot(self.engine) as connection:
            return tuple(read_events(connection, query))

    def interventions(self) -> Sequence[Intervention]:
        """What named persons recorded of every recipient, in the order of writing."""
        with read_transaction(self.engine) as connection:
            return read_interventions(connection)

    def recipients(self) -> tuple[Kbo, ...]:
        """Every recipient with a drop ever begun, sorted: also those that are covered no more."""
        with read_transaction(self.engine) as connection:
            query = sa.select(drop_number.c.kbo).distinct().order_by(drop_number.c.kbo)
            return tuple(Kbo(kbo) for kbo in connection.execute(query).scalars())

    def head(self, n: int | None = None) -> Head:
        """Where the chain stands, or where it stood at its n-th link."""
        with read_transaction(self.engine) as connection:
            return ledger_chain.head(connection, n)

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        """Append what is not on record yet of any recipient, as one link; how many."""
        with transaction(self.engine) as connection:
            return write_withdrawals(connection, withdrawals)

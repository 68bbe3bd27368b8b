"""The suppression list in the ledger's database: read whole, and appended to; what is lifted is another line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.connections import Connections
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.engine import read_transaction, transaction
from pipeline.ledger.db.rows import to_row
from pipeline.ledger.db.tables import REDACTED, kept_no, lifted_no
from pipeline.ledger.persons import LedgerKey, ledger_key, ledger_key_of
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, Lift, SuppressionList, kept_until, key_ids, renewed_before
from pipeline.ledger.withdrawals import Keys

AT_ONCE = 500
"""Events in one statement."""
_SAME = ("key_id", "person", "insz", "event", "kbo")
"""What makes two lines the same, but for their nights."""


@dataclass(frozen=True)
class SuppressionRecords:
    """Implements `pipeline.delivery.ports.KnownNoes`. `key` is in use, `keys` finds the keys of older lines.

    Every method raises LedgerUnavailable, or SettingsError for a key of the ledger that is not kept.
    """

    engine: sa.Engine
    key: LedgerKey
    keys: Keys

    def read(self, at: datetime | None = None) -> SuppressionList:
        """The list as it stands, or as it stood at an instant; a line that was redacted is about nobody."""
        query = sa.select(*(kept_no.c[name] for name in KEPT_NO.names)).where(kept_no.c.event.is_not(None))
        lifts = sa.select(lifted_no.c.kept_no, lifted_no.c.kbo)
        if at is not None:
            query, lifts = query.where(kept_no.c.at <= at), lifts.where(lifted_no.c.at <= at)
        with read_transaction(self.engine) as connection:
            noes, lifted = _table(connection, query, KEPT_NO), _table(connection, lifts, LIFTED_NO)
        return SuppressionList(noes, lifted, (self.key, *map(self.keys, key_ids(noes, self.key))))

    def keep(self, noes: pa.Table, night: date, at: datetime) -> int:
        """Append the noes (as of NEW_NO) that are not on the list yet, as one link; how many."""
        if not noes.num_rows:
            return 0
        with transaction(self.engine) as connection:
            lock_chain(connection)  # else another task could keep the same between our look and our line
            there = set(_there(connection, noes["event"].to_pylist(), renewed_before(night)))
            new = [row for row in noes.to_pylist() if tuple(row[name] for name in _SAME) not in there]
            append(connection, at, {kept_no: [row | {"night": night, "at": at} for row in new]})
        return len(new)

    def lift(self, lifts: Sequence[Lift]) -> None:
        """Append what a person said, as one link."""
        if lifts:
            with transaction(self.engine) as connection:
                append(connection, lifts[0].at, {lifted_no: [to_row(each) for each in lifts]})


def suppression_records(engine: sa.Engine, connections: Connections) -> SuppressionRecords:
    """The list of that ledger. Raises SettingsError without the ledger's key."""
    return SuppressionRecords(engine, ledger_key(connections), lambda key_id: ledger_key_of(connections, key_id))


def _table(connection: sa.Connection, query: sa.Select[Any], schema: pa.Schema) -> pa.Table:
    """By column: of many lines this is several times as quick as by row."""
    columns = list(zip(*connection.execute(query), strict=True)) or [()] * len(schema)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _there(connection: sa.Connection, events: Sequence[bytes], renewed_before: date) -> Iterable[tuple[object, ...]]:
    """The lines about these events that are not due to be renewed, and that nobody lifted."""
    fresh = kept_no.c.night >= renewed_before, kept_no.c.id.not_in(sa.select(lifted_no.c.kept_no))
    for first in range(0, len(events), AT_ONCE):
        here = kept_no.c.event.in_(events[first : first + AT_ONCE]), *fresh
        yield from map(tuple, connection.execute(sa.select(*(kept_no.c[name] for name in _SAME)).where(*here)))


def redact_kept_noes(connection: sa.Connection, today: date, child_age_limit_years: int) -> int:
    """In the transaction that the caller began: how many lines are about nobody now, as their parent cannot be in the
    population any more. A newer line about the same no stays, and so does one that was lifted for one recipient alone:
    no line was written after it."""
    lock_chain(connection)
    nights = connection.execute(sa.select(kept_no.c.night).where(kept_no.c.salt.is_not(None)).distinct()).scalars()
    past = [night for night in nights if kept_until(night, child_age_limit_years) < today]
    nothing = dict.fromkeys((*kept_no.info[REDACTED], "salt"))
    still_binds = kept_no.c.id.in_(sa.select(lifted_no.c.kept_no).where(lifted_no.c.kbo.is_not(None)))
    due = sa.update(kept_no).where(kept_no.c.night.in_(past), kept_no.c.salt.is_not(None), ~still_binds)
    return connection.execute(due.values(nothing)).rowcount if past else 0

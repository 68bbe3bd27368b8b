"""Redaction: empties the columns that say whom a line is about, once nothing asks for them; the chain still holds.

The lines of one parent at one recipient go together, once each disclosure is past the retention of its drop (a line
without retention: never), the recipient no longer holds the parent (a withdrawal followed, or no drop came to count)
and each withdrawal was acknowledged. A recipient that never acknowledges so keeps the lines as they are, and stays on
the list of overdue ones. A look-up is redacted after a retention of its own.
"""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.audit import past_retention
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.disclosures import read_holdings
from pipeline.ledger.db.tables import REDACTED, disclosure, look_up, notice_event, notice_line, redaction, withdrawal
from pipeline.ledger.notices import Step

AT_ONCE = 500
"""References in one statement."""


def redact(connection: sa.Connection, kbo: Kbo, today: date, at: datetime) -> tuple[int, int]:
    """In the transaction that the caller began: how many disclosures and withdrawals are about nobody now.

    What is redacted is counted on record.
    """
    lock_chain(connection)
    due = sorted(_past(connection, kbo, today) - _held(connection, kbo) - _unsettled(connection, kbo))
    counts = {table: _empty(connection, table, kbo, due) for table in (disclosure, withdrawal)}
    if due:
        row = {"kbo": kbo, "at": at, "disclosures": counts[disclosure], "withdrawals": counts[withdrawal]}
        append(connection, at, {redaction: [row]})
    return counts[disclosure], counts[withdrawal]


def redact_look_ups(connection: sa.Connection, before: datetime) -> int:
    """Likewise: how many look-ups of before then are about nobody now; who asked what, when and why stays."""
    lock_chain(connection)
    nothing = dict.fromkeys((*look_up.info[REDACTED], "salt"))
    past = sa.update(look_up).where(look_up.c.at < before, look_up.c.salt.is_not(None))
    return connection.execute(past.values(nothing)).rowcount


def _past(connection: sa.Connection, kbo: Kbo, today: date) -> set[str]:
    """References of which every line is past its retention."""
    line = disclosure.c
    newest = sa.select(line.reference, line.retention_days, sa.func.max(line.night).label("night"))
    query = newest.where(line.kbo == kbo, line.reference.is_not(None)).group_by(line.reference, line.retention_days)
    found = [(row.reference, past_retention(row.night, row.retention_days, today)) for row in connection.execute(query)]
    return {reference for reference, _ in found} - {reference for reference, past in found if not past}


def _held(connection: sa.Connection, kbo: Kbo) -> set[str]:
    return {holding.reference for holding in read_holdings(connection, kbo)}


def _unsettled(connection: sa.Connection, kbo: Kbo) -> set[str]:
    """References with a withdrawal that stands in no acknowledged notice."""
    acknowledged = sa.exists().where(
        notice_line.c.withdrawal == withdrawal.c.id,
        notice_event.c.kbo == notice_line.c.kbo,
        notice_event.c.number == notice_line.c.number,
        notice_event.c.step == Step.ACKNOWLEDGED.value,
    )
    open_ = withdrawal.c.kbo == kbo, withdrawal.c.reference.is_not(None), ~acknowledged
    return set(connection.execute(sa.select(withdrawal.c.reference).where(*open_)).scalars())


def _empty(connection: sa.Connection, table: sa.Table, kbo: Kbo, references: Sequence[str]) -> int:
    nothing = dict.fromkeys((*table.info[REDACTED], "salt"))
    count = 0
    for first in range(0, len(references), AT_ONCE):
        here = table.c.kbo == kbo, table.c.reference.in_(references[first : first + AT_ONCE])
        count += connection.execute(sa.update(table).where(*here).values(nothing)).rowcount
    return count

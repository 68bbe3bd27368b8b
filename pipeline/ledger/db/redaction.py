"""Redaction: empties the columns that say whom a line is about, once nothing asks for them; the chain still holds.

The lines of one parent at one recipient go together, once each disclosure is past the retention of its drop (a line
without retention: never), the recipient no longer holds the parent (a withdrawal followed, or no drop came to count)
and each withdrawal was acknowledged. A recipient that never acknowledges so keeps the lines as they are, and stays on
the list of overdue ones. A look-up is redacted after a retention of its own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.audit import past_retention
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.disclosures import read_holdings
from pipeline.ledger.db.tables import REDACTED, disclosure, look_up, notice_event, notice_line, redaction, withdrawal
from pipeline.ledger.notices import Step
from pipeline.ledger.redacted_lines import SHOWN, RedactedLines

Note = Callable[[RedactedLines], None]

AT_ONCE = 500
"""References in one statement."""


def redact(
    connection: sa.Connection, kbo: Kbo, today: date, at: datetime, note: Note = lambda _: None
) -> tuple[int, int]:
    """In the transaction that the caller began: how many disclosures and withdrawals are about nobody now.

    What is redacted is counted on record; `note` is told of its lines before any of it is done.
    """
    lock_chain(connection)
    due = sorted(_past(connection, kbo, today) - _held(connection, kbo) - _unsettled(connection, kbo))
    if due:
        note({table.name: _commitments(connection, table, kbo, due) for table in (disclosure, withdrawal)})
    counts = {table: _empty(connection, table, kbo, due) for table in (disclosure, withdrawal)}
    if due:
        row = {"kbo": kbo, "at": at, "disclosures": counts[disclosure], "withdrawals": counts[withdrawal]}
        append(connection, at, {redaction: [row]})
    return counts[disclosure], counts[withdrawal]


def redact_again(connection: sa.Connection, at: datetime, lines: RedactedLines) -> int:
    """Likewise, the lines that were redacted before a backup was put back: how many, each counted on record."""
    lock_chain(connection)
    told, withdrawn = (_empty_again(connection, table, lines) for table in (disclosure, withdrawal))
    rows = [
        {"kbo": kbo, "at": at, "disclosures": told[kbo], "withdrawals": withdrawn[kbo]}
        for kbo in sorted({*told, *withdrawn})
    ]
    append(connection, at, {redaction: rows})
    return told.total() + withdrawn.total()


def _empty_again(connection: sa.Connection, table: sa.Table, lines: RedactedLines) -> Counter[str]:
    """By recipient, how many lines of one table."""
    wanted = frozenset(lines.get(table.name, ()))
    whole = sa.select(table.c.id, table.c.kbo, table.c.who_sha256).where(table.c.salt.is_not(None))
    rows = connection.execute(whole, execution_options={"yield_per": AT_ONCE})
    found = [(row.id, row.kbo) for row in rows if row.who_sha256[:SHOWN] in wanted]
    for first in range(0, len(found), AT_ONCE):
        here = table.c.id.in_([id_ for id_, _ in found[first : first + AT_ONCE]])
        connection.execute(sa.update(table).where(here).values(dict.fromkeys((*table.info[REDACTED], "salt"))))
    return Counter(kbo for _, kbo in found)


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
    """References with a withdrawal that stands in no acknowledged notice, nor in an acknowledged repeat of one."""
    acknowledged = sa.exists().where(
        notice_line.c.withdrawal == withdrawal.c.id,
        notice_event.c.kbo == notice_line.c.kbo,
        sa.func.coalesce(notice_event.c.repeats, notice_event.c.number) == notice_line.c.number,
        notice_event.c.step == Step.ACKNOWLEDGED.value,
    )
    open_ = withdrawal.c.kbo == kbo, withdrawal.c.reference.is_not(None), ~acknowledged
    return set(connection.execute(sa.select(withdrawal.c.reference).where(*open_)).scalars())


def _commitments(connection: sa.Connection, table: sa.Table, kbo: Kbo, references: Sequence[str]) -> list[str]:
    """As pipeline/ledger/redacted_lines.py names lines."""
    found: list[str] = []
    for first in range(0, len(references), AT_ONCE):
        here = table.c.kbo == kbo, table.c.reference.in_(references[first : first + AT_ONCE])
        found += [each[:SHOWN] for each in connection.execute(sa.select(table.c.who_sha256).where(*here)).scalars()]
    return found


def _empty(connection: sa.Connection, table: sa.Table, kbo: Kbo, references: Sequence[str]) -> int:
    nothing = dict.fromkeys((*table.info[REDACTED], "salt"))
    count = 0
    for first in range(0, len(references), AT_ONCE):
        here = table.c.kbo == kbo, table.c.reference.in_(references[first : first + AT_ONCE])
        count += connection.execute(sa.update(table).where(*here).values(nothing)).rowcount
    return count

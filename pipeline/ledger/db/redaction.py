"""Redaction: empties the columns that say whom a line is about, once nothing asks for them; the chain still holds.

The lines of one parent at one recipient go together, and so does what that recipient returned of the parent, once each
disclosure is past the retention of its drop (a line without retention: never), the recipient no longer holds the parent
(a withdrawal followed, or no drop came to count) and each withdrawal was acknowledged. A recipient that never
acknowledges so keeps the lines as they are, and stays on the list of overdue ones. A look-up is redacted after a
retention of its own.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.audit import past_retention
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.disclosures import read_holdings
from pipeline.ledger.db.tables import (
    REDACTED,
    disclosure,
    look_up,
    notice_event,
    notice_line,
    redaction,
    returned_file,
    returned_row,
    withdrawal,
)
from pipeline.ledger.notices import Step
from pipeline.ledger.redacted_lines import SHOWN, RedactedLines

Note = Callable[[RedactedLines], None]

AT_ONCE = 500
"""References in one statement."""
COUNTED = {disclosure: "disclosures", withdrawal: "withdrawals", returned_row: "returned_rows"}
"""The tables whose lines go together, each with the column in which a redaction counts them."""


def redact(
    connection: sa.Connection, kbo: Kbo, today: date, at: datetime, note: Note = lambda _: None
) -> tuple[int, int]:
    """In the transaction that the caller began: how many disclosures and withdrawals are about nobody now.

    What is redacted is counted on record; `note` is told of its lines before any of it is done.
    """
    lock_chain(connection)
    due = sorted(_past(connection, kbo, today) - _held(connection, kbo) - _unsettled(connection, kbo))
    if due:
        note({table.name: _commitments(connection, table, kbo, due) for table in COUNTED})
    counts = {table: _empty(connection, table, kbo, due) for table in COUNTED}
    if due:
        append(connection, at, {redaction: [_row(kbo, at, counts)]})
    return counts[disclosure], counts[withdrawal]


def _row(kbo: Kbo, at: datetime, counts: Mapping[sa.Table, int]) -> dict[str, object]:
    """Of no returned row nothing is said, as before there were any."""
    lines = {name: counts[table] for table, name in COUNTED.items()}
    return {"kbo": kbo, "at": at} | lines | {"returned_rows": lines["returned_rows"] or None}


def redact_again(connection: sa.Connection, at: datetime, lines: RedactedLines) -> int:
    """Likewise, the lines that were redacted before a backup was put back: how many, each counted on record."""
    lock_chain(connection)
    emptied = {table: _empty_again(connection, table, lines) for table in COUNTED}
    recipients = sorted({kbo for by_kbo in emptied.values() for kbo in by_kbo})
    rows = [_row(Kbo(kbo), at, {table: by_kbo[kbo] for table, by_kbo in emptied.items()}) for kbo in recipients]
    append(connection, at, {redaction: rows})
    return sum(by_kbo.total() for by_kbo in emptied.values())


def _empty_again(connection: sa.Connection, table: sa.Table, lines: RedactedLines) -> Counter[str]:
    """By recipient, how many lines of one table."""
    wanted = frozenset(lines.get(table.name, ()))
    whole = sa.select(table.c.id, _kbo(table).label("kbo"), table.c.who_sha256).where(table.c.salt.is_not(None))
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


def _kbo(table: sa.Table) -> sa.ColumnElement[str]:
    """The recipient of a line: that of a returned row stands with its file."""
    if table is returned_row:
        return sa.select(returned_file.c.kbo).where(returned_file.c.id == table.c.file).scalar_subquery()
    return table.c.kbo


def _commitments(connection: sa.Connection, table: sa.Table, kbo: Kbo, references: Sequence[str]) -> list[str]:
    """As pipeline/ledger/redacted_lines.py names lines."""
    found: list[str] = []
    for first in range(0, len(references), AT_ONCE):
        here = _kbo(table) == kbo, table.c.reference.in_(references[first : first + AT_ONCE])
        found += [each[:SHOWN] for each in connection.execute(sa.select(table.c.who_sha256).where(*here)).scalars()]
    return found


def _empty(connection: sa.Connection, table: sa.Table, kbo: Kbo, references: Sequence[str]) -> int:
    nothing = dict.fromkeys((*table.info[REDACTED], "salt"))
    count = 0
    for first in range(0, len(references), AT_ONCE):
        here = _kbo(table) == kbo, table.c.reference.in_(references[first : first + AT_ONCE])
        count += connection.execute(sa.update(table).where(*here).values(nothing)).rowcount
    return count

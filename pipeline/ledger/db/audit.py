"""The whole ledger, read once from its beginning to its end, in one snapshot, row by row, for ledger/audit.py."""

from collections.abc import Callable, Iterator
from heapq import merge
from operator import itemgetter

import sqlalchemy as sa

from pipeline.ledger.audit import ChainedLine, Problem
from pipeline.ledger.chain import Link
from pipeline.ledger.db.chain import read_link
from pipeline.ledger.db.tables import CHAINED, REDACTED, drop_number, link, publication_event
from pipeline.ledger.events import Kind

ROWS_AT_ONCE = 2_000
EVERY = 10_000
"""Lines between two words on how far it is."""

REDACTED_COLUMNS: dict[str, tuple[str, ...]] = {name: table.info[REDACTED] for name, table in CHAINED.items()}
"""By table, the columns that say whom a line is about."""

Progress = Callable[[str, int], None]


def read_links(connection: sa.Connection) -> Iterator[Link]:
    """By number."""
    for row in _streamed(connection, sa.select(link).order_by(link.c.n)):
        yield read_link(row)


def read_lines(connection: sa.Connection, progress: Progress) -> Iterator[ChainedLine]:
    """Every line that says which link it stands in, by link, table and id."""
    tables = [_lines(connection, CHAINED[name]) for name in sorted(CHAINED)]
    for read, line in enumerate(merge(*tables, key=itemgetter(0, 1, 2)), 1):
        if read % EVERY == 0:
            progress("lines", read)
        yield line


def _lines(connection: sa.Connection, table: sa.Table) -> Iterator[ChainedLine]:
    query = sa.select(table).where(table.c.link.is_not(None)).order_by(table.c.link, table.c.id)
    for row in _streamed(connection, query):
        values = dict(row._mapping)
        yield ChainedLine(values["link"], table.name, values["id"], values)


def _streamed(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> Iterator[sa.Row[tuple[object, ...]]]:
    yield from connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def unchained_problems(connection: sa.Connection) -> Iterator[Problem]:
    """What no link can speak of: lines without one, and numbers of drops that differ from what their events say."""
    for name, table in CHAINED.items():
        loose = sa.select(sa.func.count()).select_from(table).where(table.c.link.is_(None))
        count = connection.execute(loose).scalar_one()
        if count:
            yield Problem(name, f"{count} lines stand in no link")
    event = publication_event.c
    begun = sa.select(event.kbo, event.night, event.sequence).where(event.kind == Kind.INTENT.value).distinct()
    said = {tuple(row) for row in connection.execute(begun)}
    number = drop_number.c
    taken = {tuple(row) for row in connection.execute(sa.select(number.kbo, number.night, number.sequence))}
    for kbo, night, sequence in sorted(said ^ taken):
        which = "no event has" if (kbo, night, sequence) in taken else "is not the one taken for it"
        yield Problem("drop_number", f"number {sequence} {which}", night=night, kbo=kbo)

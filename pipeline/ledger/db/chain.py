"""The one way to append to the ledger: lines and the link that commits to them, in one transaction, unchanged after.

    with engine.begin() as connection:
        append(connection, at, {publication_event: [...], disclosure: [...]})

The chain has one end, so an append locks the chain for the rest of the transaction: by `begin immediate` in SQLite, by
an advisory lock in PostgreSQL (read committed, so that what is read after it is what the one before committed).
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from pipeline.core.model import Head
from pipeline.ledger import chain
from pipeline.ledger.chain import Link, Share, commitment
from pipeline.ledger.db.tables import CHAINED, REDACTED, link

APPENDING = 0x6D3
"""Class of the advisory lock in PostgreSQL, beside those of pipeline/ledger/db/engine.py."""

SALT_BYTES = 16

MADE_HERE = ("id", "link", "salt", "who_sha256")
"""Columns that `append` fills."""

Row = Mapping[str, object]
"""Values by column, without id, link, salt and commitment; what is left out is NULL."""


def append(connection: sa.Connection, at: datetime, rows: Mapping[sa.Table, Sequence[Row]]) -> Head:
    """Append these lines as one link, in the transaction that the caller began; the chain's new head.

    Without any line nothing is appended. Raises ValueError for a table that is not in `tables.CHAINED`, or for a value
    of a column that the table does not have.
    """
    lock_chain(connection)
    previous = head(connection)
    full = {table: _completed(connection, table, lines) for table, lines in rows.items() if lines}
    if not full:
        return previous
    hashed = {table.name: [chain.hashed(line, table.info[REDACTED]) for line in full[table]] for table in full}
    made = chain.link(previous, at, hashed)
    connection.execute(sa.insert(link).values(_row(made)))
    for table, lines in full.items():
        connection.execute(sa.insert(table), [line | {"link": made.n} for line in lines])
    return Head(made.n, made.head)


def lock_chain(connection: sa.Connection) -> None:
    """Be the only one that appends, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(APPENDING, 0)))


def head(connection: sa.Connection, n: int | None = None) -> Head:
    """Where the chain stands, or where it stood at its n-th link: its last one if it has no such link."""
    query = sa.select(link.c.n, link.c.head_sha256).order_by(link.c.n.desc()).limit(1)
    last = connection.execute(query if n is None else query.where(link.c.n <= n)).first()
    return Head(last.n, last.head_sha256) if last else Head()


def read_link(row: sa.Row[Any]) -> Link:
    """As it is on record."""
    shares = {table: Share(*share) for table, share in row.shares.items()}
    return Link(row.n, row.at, shares, row.head_sha256)


def _row(made: Link) -> dict[str, object]:
    shares = {table: [share.lines, share.sha256] for table, share in made.shares.items()}
    return {"n": made.n, "at": made.at, "shares": shares, "head_sha256": made.head}


def _completed(connection: sa.Connection, table: sa.Table, lines: Sequence[Row]) -> list[dict[str, object]]:
    """Every column but the link; ids go on from the highest, since they are hashed too.

    Lines that can be redacted are put in the order of their salted commitments: their ids then tell nothing that a
    redacted line does not show, neither the order in which the lines came nor that of any name or number.
    """
    if table.name not in CHAINED:
        raise ValueError(f"{table.name} is not in the chain")
    first = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one() + 1
    given = {column.name: None for column in table.columns if column.name not in MADE_HERE}
    if unknown := {name for line in lines for name in line} - set(given):
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))} for a caller to give")
    made = [_committed(table, given | dict(line)) for line in lines]
    in_order = sorted(made, key=itemgetter("who_sha256")) if table.info[REDACTED] else made
    return [{"id": id_} | line for id_, line in enumerate(in_order, first)]


def _committed(table: sa.Table, line: dict[str, object]) -> dict[str, object]:
    redacted: tuple[str, ...] = table.info[REDACTED]
    if not redacted:
        return line
    salt = secrets.token_bytes(SALT_BYTES)
    return line | {"salt": salt, "who_sha256": commitment(salt, {name: line[name] for name in redacted})}

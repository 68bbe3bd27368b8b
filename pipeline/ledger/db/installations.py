"""The ledger's lines of which installation it belongs to: the newest one counts."""

import sqlalchemy as sa

from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.engine import read_transaction, transaction
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import installation
from pipeline.ledger.owner import Installation


def claim(engine: sa.Engine, here: Installation) -> Installation:
    """Whose the ledger is: the installation on record, or `here` where none is yet."""
    if (owner := read_owner(engine)) is not None:
        return owner
    with transaction(engine) as connection:
        lock_chain(connection)
        if (owner := newest_owner(connection)) is None:
            append(connection, here.at, {installation: [to_row(here)]})
            owner = here
        return owner


def read_owner(engine: sa.Engine) -> Installation | None:
    """Whose the ledger is; None where it is nobody's yet."""
    with read_transaction(engine) as connection:
        return newest_owner(connection)


def record_installation(engine: sa.Engine, here: Installation) -> None:
    """From now on the ledger is that installation's."""
    with transaction(engine) as connection:
        append(connection, here.at, {installation: [to_row(here)]})


def newest_owner(connection: sa.Connection) -> Installation | None:
    """As `read_owner`, within a transaction."""
    query = sa.select(installation).order_by(installation.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return from_row(Installation, row) if row else None

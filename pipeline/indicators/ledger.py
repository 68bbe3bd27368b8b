"""The ledger's indicator sheets: an edition is recorded once, for all its recipients in one transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Kbo
from pipeline.indicators.edition_file import ReleasedSheet
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.engine import read_transaction, transaction
from pipeline.ledger.db.tables import indicator_sheet

_COLUMNS = ("kbo", "year", "edition", "lines", "csv", "released_at", "released_by", "reason")


def read_sheets(engine: sa.Engine, kbo: Kbo | None = None) -> tuple[ReleasedSheet, ...]:
    """Every sheet, or one recipient's, in the order of their release. Raises LedgerUnavailable."""
    with read_transaction(engine) as connection:
        return _read(connection, kbo)


def record_edition(engine: sa.Engine, edition: Sequence[ReleasedSheet], known: Sequence[ReleasedSheet]) -> None:
    """Append one edition; `known` are the sheets that its protection took into account.

    Raises LedgerUnavailable, or LedgerConflict when others were released meanwhile: sheets that are shown together must
    be protected together, so the edition is to be computed anew.
    """
    with transaction(engine) as connection:
        lock_chain(connection)
        if _read(connection, None) != tuple(known):
            raise LedgerConflict("ledger: indicator sheets were frozen meanwhile, so these are to be computed anew")
        rows = [{name: getattr(sheet, name) for name in (*_COLUMNS, "sha256")} for sheet in edition]
        append(connection, edition[0].released_at, {indicator_sheet: rows})


def _read(connection: sa.Connection, kbo: Kbo | None) -> tuple[ReleasedSheet, ...]:
    query = sa.select(*(indicator_sheet.c[name] for name in _COLUMNS)).order_by(indicator_sheet.c.id)
    rows = connection.execute(query if kbo is None else query.where(indicator_sheet.c.kbo == kbo))
    return tuple(ReleasedSheet(**row._mapping) for row in rows)

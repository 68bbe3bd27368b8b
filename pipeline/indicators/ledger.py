"""The ledger's indicator sheets: an edition is frozen for all its recipients in one transaction, and never again."""

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Kbo
from pipeline.indicators.edition_file import Frozen
from pipeline.ledger.db.chain import append, hold
from pipeline.ledger.db.engine import speaking
from pipeline.ledger.db.tables import indicator_sheet

_COLUMNS = ("kbo", "year", "edition", "lines", "csv", "released_at", "released_by", "reason")


def read_sheets(engine: sa.Engine, kbo: Kbo | None = None) -> tuple[Frozen, ...]:
    """Every sheet, or one recipient's, in the order in which they were frozen. Raises LedgerUnavailable."""
    with speaking(), engine.begin() as connection:
        return _read(connection, kbo)


def freeze(engine: sa.Engine, edition: Sequence[Frozen], known: Sequence[Frozen]) -> None:
    """Append one edition; `known` are the sheets that its protection took into account.

    Raises LedgerUnavailable, or LedgerConflict when others were frozen meanwhile: what is shown together must be
    protected together, so it is to be computed anew.
    """
    with speaking(), engine.begin() as connection:
        hold(connection)
        if _read(connection, None) != tuple(known):
            raise LedgerConflict("ledger: indicator sheets were frozen meanwhile, so these are to be computed anew")
        append(connection, edition[0].released_at, {indicator_sheet: [_row(sheet) for sheet in edition]})


def _read(connection: sa.Connection, kbo: Kbo | None) -> tuple[Frozen, ...]:
    query = sa.select(*(indicator_sheet.c[name] for name in _COLUMNS)).order_by(indicator_sheet.c.id)
    rows = connection.execute(query if kbo is None else query.where(indicator_sheet.c.kbo == kbo))
    return tuple(Frozen(**row._mapping) for row in rows)


def _row(sheet: Frozen) -> dict[str, object]:
    return {name: getattr(sheet, name) for name in (*_COLUMNS, "sha256")}

"""The ledger's lines of what named persons recorded of recipients."""

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import intervention
from pipeline.ledger.interventions import Intervention


def write_intervention(connection: sa.Connection, line: Intervention) -> None:
    """Append it, in the transaction that the caller began."""
    append(connection, line.at, {intervention: [to_row(line)]})


def read_interventions(connection: sa.Connection, kbo: Kbo | None = None) -> Sequence[Intervention]:
    """Of one recipient or of all, in the order of writing."""
    query = sa.select(intervention).order_by(intervention.c.id)
    rows = connection.execute(query if kbo is None else query.filter_by(kbo=kbo)).mappings()
    return [from_row(Intervention, row) for row in rows]

"""Where a drop and a notice lie, whose the ledger is, and what a named person recorded of a recipient.

Lines from before have no place: NULL is left out of what the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first
from pipeline.ledger.db.tables import Instant

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("publication_event", "notice_event"):
        op.add_column(table, sa.Column("place", sa.JSON(none_as_null=True)))
    for made in (_installation(), _intervention()):
        if op.get_context().dialect.name == "sqlite":
            first._forbid_in_sqlite(made, ("update", "delete"))
        else:
            first._forbid_in_postgresql(made, ("update", "delete", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


def _installation() -> sa.Table:
    return first._chained(
        "installation",
        sa.Column("installation", sa.String(64), nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _intervention() -> sa.Table:
    table = first._chained(
        "intervention",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("place", sa.JSON(none_as_null=True)),
    )
    op.create_index("intervention_of_recipient", table.name, ["kbo", "id"])
    return table

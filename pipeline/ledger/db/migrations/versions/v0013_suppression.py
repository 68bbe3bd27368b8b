"""The suppression list: the noes that the ledger knows, and those that a named person lifted."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first
from pipeline.ledger.db.tables import Instant

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for made in (_kept_no(), _lifted_no()):
        if op.get_context().dialect.name == "sqlite":
            first._forbid_in_sqlite(made, ("update", "delete"))
        else:
            first._forbid_in_postgresql(made, ("update", "delete", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


def _kept_no() -> sa.Table:
    table = first._chained(
        "kept_no",
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("person", sa.LargeBinary),
        sa.Column("insz", sa.LargeBinary),
        sa.Column("event", sa.LargeBinary),
        sa.Column("kbo", sa.String(10)),
        sa.Column("is_own", sa.Boolean, nullable=False),
        sa.Column("is_grant", sa.Boolean, nullable=False),
        sa.Column("counts_from", Instant),
        sa.Column("recorded_at", Instant),
        redacted=("person", "insz", "event", "counts_from", "recorded_at"),
    )
    op.create_index("kept_no_of_event", table.name, ["event"])
    return table


def _lifted_no() -> sa.Table:
    return first._chained(
        "lifted_no",
        sa.Column("kept_no", sa.Integer, sa.ForeignKey("kept_no.id", name="lifts"), nullable=False),
        sa.Column("kbo", sa.String(10)),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )

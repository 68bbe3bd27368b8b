"""Answers to parliament as they were given: the files of an overview under a number."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first
from pipeline.ledger.db.tables import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = first._chained(
        "kept_overview",
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("known_at", Instant, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("files", sa.LargeBinary, nullable=False),
    )
    if op.get_context().dialect.name == "sqlite":
        first._forbid_in_sqlite(made, ("update", "delete"))
    else:
        first._forbid_in_postgresql(made, ("update", "delete", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

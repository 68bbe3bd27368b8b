"""What looks are held against: the newest load of each feed that was believed, and sums of the last night's rows."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_load",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("produced_at", Instant, primary_key=True),
        sa.Column("rows", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "load_wait",
        sa.Column("kbo", sa.String(10), primary_key=True),
        sa.Column("since", Instant, nullable=False),
        sa.Column("last", Instant, nullable=False),
    )
    op.add_column("accepted_night", sa.Column("kept", sa.Text))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

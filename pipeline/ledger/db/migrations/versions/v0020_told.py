"""What a parent is told of a withdrawal, where the cause itself would tell of another parent (art. 15(4) GDPR).

Lines from before have none: NULL is left out of what the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("withdrawal", sa.Column("told", sa.String(32)))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

"""The size of each file of a drop and of a notice: a file on a host is looked at by its size before it is read.

Lines from before have none: NULL is left out of what the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("publication_event", "notice_event"):
        op.add_column(table, sa.Column("sizes", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

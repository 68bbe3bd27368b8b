"""What a parent is told of a withdrawal, where the cause itself would tell of another parent (art. 15(4) GDPR).

Lines from before have none: NULL is left out of what the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WHO = ("reference", "person")


def upgrade() -> None:
    op.add_column("withdrawal", sa.Column("told", sa.String(32)))
    if op.get_context().dialect.name == "sqlite":  # whose trigger names each column that a redaction leaves as it is
        table = sa.Table("withdrawal", sa.MetaData(), autoload_with=op.get_bind())
        table.info[first.REDACTED] = WHO
        op.execute("drop trigger withdrawal_no_update")
        when = f"when not ({first._redacts(table)})"
        op.execute(f"create trigger withdrawal_no_update before update on withdrawal {when} {first.REFUSED}")


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

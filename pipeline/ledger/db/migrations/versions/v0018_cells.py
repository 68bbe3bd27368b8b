"""A keyed hash of each row as it went out, redacted with its line.

Lines from before have none: NULL is left out of what the chain hashes and of the commitment to whom a line is about.
"""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

WHO = ("reference", "person", "insz", "consent_event", "cells")


def upgrade() -> None:
    op.add_column("disclosure", sa.Column("cells", sa.LargeBinary))
    table = sa.Table("disclosure", sa.MetaData(), autoload_with=op.get_bind())
    if op.get_context().dialect.name == "sqlite":
        table.info[first.REDACTED] = WHO
        op.execute("drop trigger disclosure_no_update")
        when = f"when not ({first._redacts(table)})"
        op.execute(f"create trigger disclosure_no_update before update on disclosure {when} {first.REFUSED}")
    else:
        op.execute("drop trigger disclosure_no_update on disclosure")
        function = f"ledger_is_redacted_only({', '.join(map(repr, (*WHO, 'salt')))})"
        op.execute(
            f"create trigger disclosure_no_update before update on disclosure for each row execute function {function}"
        )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

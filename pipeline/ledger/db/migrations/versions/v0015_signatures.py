"""Which key signed a drop, the SHA-256 of the signature, and what became of the signing keys.

Lines from before have neither: NULL is left out of what the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first
from pipeline.ledger.db.tables import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("signature_sha256", "signed_by"):
        op.add_column("publication_event", sa.Column(name, sa.String(64)))
    made = _signing_key_act()
    if op.get_context().dialect.name == "sqlite":
        first._forbid_in_sqlite(made, ("update", "delete"))
    else:
        first._forbid_in_postgresql(made, ("update", "delete", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


def _signing_key_act() -> sa.Table:
    table = first._chained(
        "signing_key_act",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("public_line", sa.Text, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("since", Instant),
    )
    op.create_index("signing_key_act_of_key", table.name, ["fingerprint", "id"])
    return table

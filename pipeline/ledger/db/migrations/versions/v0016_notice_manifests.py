"""A notice's manifest, and the signature on it: the SHA-256 of each, and which key signed.

Lines from before have none: NULL is left out of what the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("manifest_sha256", "signature_sha256", "signed_by"):
        op.add_column("notice_event", sa.Column(name, sa.String(64)))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

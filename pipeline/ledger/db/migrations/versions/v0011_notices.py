"""Notices that are said again, who asked for that, and from which number on a restored ledger goes on."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions.v0007_first_release import (
    _chained,
    _forbid_in_postgresql,
    _forbid_in_sqlite,
)
from pipeline.ledger.db.tables import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice_event", sa.Column("repeats", sa.Integer))
    for table in (_notice_resend(), _restoration()):
        if op.get_context().dialect.name == "sqlite":
            _forbid_in_sqlite(table, ("update", "delete"))
        else:
            _forbid_in_postgresql(table, ("update", "delete", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


def _notice_resend() -> sa.Table:
    return _chained(
        "notice_resend",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("newest", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("kbo", "newest", name="one_resend_a_notice"),
    )


def _restoration() -> sa.Table:
    table = _chained(
        "restoration",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("drop_number", sa.Integer, nullable=False),
        sa.Column("notice_number", sa.Integer, nullable=False),
    )
    op.create_index("restoration_of_recipient", table.name, ["kbo", "id"])
    return table

"""The way back: the files that recipients returned, their rows, and which line of the suppression list is of a row.

Lines of the suppression list from before have none, and redactions from before counted none: NULL is left out of what
the chain hashes, so that every head stays what it was.
"""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.migrations.versions import v0007_first_release as first
from pipeline.ledger.db.tables import REDACTED, Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kept_no", sa.Column("returned_row", sa.Integer))
    op.add_column("redaction", sa.Column("returned_rows", sa.Integer))
    if op.get_context().dialect.name == "sqlite":
        _keep_the_new_column()
    for made in (_returned_file(), _returned_row()):
        if op.get_context().dialect.name == "sqlite":
            first._forbid_in_sqlite(made, ("update", "delete"))
        else:
            first._forbid_in_postgresql(made, ("update", "delete", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


def _keep_the_new_column() -> None:
    """SQLite's trigger names each column that a redaction may not change; PostgreSQL's names those that it may."""
    emptied = ("person", "insz", "event", "counts_from", "recorded_at")
    table = sa.Table("kept_no", sa.MetaData(), autoload_with=op.get_bind(), info={REDACTED: emptied})
    op.execute("drop trigger kept_no_no_update")
    op.execute(
        f"create trigger kept_no_no_update before update on kept_no when not ({first._redacts(table)}) {first.REFUSED}"
    )


def _returned_file() -> sa.Table:
    return first._chained(
        "returned_file",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("refused", sa.Text, nullable=False),
        sa.Column("fault", sa.String(32), nullable=False),
        sa.Column("over_share", sa.Boolean, nullable=False),
        sa.UniqueConstraint("kbo", "name", "sha256", name="one_line_a_returned_file"),
    )


def _returned_row() -> sa.Table:
    return first._chained(
        "returned_row",
        sa.Column("file", sa.Integer, sa.ForeignKey("returned_file.id", name="returned_in"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(32)),
        sa.Column("person", sa.LargeBinary),
        sa.Column("insz", sa.LargeBinary),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.UniqueConstraint("file", "number", name="one_line_a_returned_row"),
        redacted=("reference", "person", "insz"),
    )

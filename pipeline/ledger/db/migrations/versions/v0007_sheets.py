"""Indicator sheets, frozen as they were released (append-only, in the chain)."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEVER = "the ledger is append-only"
TABLE = "indicator_sheet"
KEY = ("kbo", "year", "edition")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("csv", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("released_at", Instant, nullable=False),
        sa.Column("released_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name=f"{TABLE}_in_a_link"), nullable=False),
        sa.UniqueConstraint(*KEY, name="one_sheet_an_edition"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"{TABLE}_of_link", TABLE, ["link"])
    {"sqlite": _forbid_in_sqlite, "postgresql": _forbid_in_postgresql}[op.get_context().dialect.name]()


def _forbid_in_sqlite() -> None:
    for act in ("update", "delete"):
        op.execute(f"create trigger {TABLE}_no_{act} before {act} on {TABLE} begin select raise(abort, '{NEVER}'); end")
    same = " and ".join(f"{name} = new.{name}" for name in KEY)
    op.execute(
        f"create trigger {TABLE}_no_replace before insert on {TABLE} "
        f"when exists (select 1 from {TABLE} where id = new.id or {same}) begin select raise(abort, '{NEVER}'); end"
    )


def _forbid_in_postgresql() -> None:
    for act, each in (("update or delete", "row"), ("truncate", "statement")):
        op.execute(
            f"create trigger {TABLE}_no_{act.replace(' ', '_')} before {act} on {TABLE} "
            f"for each {each} execute function ledger_is_append_only()"
        )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

"""A night may have a replacement of its drop (an edition), and recipients get notices of withdrawals (append-only)."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEVER = "the ledger is append-only"
APPEND_ONLY = {
    "drop_number": "kbo = new.kbo and (night = new.night and edition = new.edition or sequence = new.sequence)",
    "notice_event": "id = new.id",
    "notice_line": "id = new.id or withdrawal = new.withdrawal",
}
"""As in 0001."""


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    (_editions_in_sqlite if sqlite else _editions_in_postgresql)()
    _notice_event()
    _notice_line()
    for table in APPEND_ONLY if sqlite else ("notice_event", "notice_line"):
        (_forbid_in_sqlite if sqlite else _forbid_in_postgresql)(table)


def _editions_in_postgresql() -> None:
    op.add_column("drop_number", sa.Column("edition", sa.Integer, nullable=False, server_default="1"))
    op.drop_constraint("drop_number_pkey", "drop_number")
    op.create_primary_key("drop_number_pkey", "drop_number", ["kbo", "night", "edition"])
    op.alter_column("drop_number", "edition", server_default=None)


def _editions_in_sqlite() -> None:
    """Copied, since SQLite changes no key. Other tables refer to it: until the commit it may be away."""
    op.execute("pragma defer_foreign_keys = on")
    op.execute("create temporary table drop_number_before as select * from drop_number")
    op.drop_table("drop_number")
    op.create_table(
        "drop_number",
        sa.Column("kbo", sa.String(10), primary_key=True),
        sa.Column("night", sa.Date, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.UniqueConstraint("kbo", "sequence", name="one_night_a_number"),
        sa.UniqueConstraint("kbo", "night", "sequence", name="drop_number_referred_to"),
    )
    op.execute(
        "insert into drop_number (kbo, night, edition, sequence) select kbo, night, 1, sequence from drop_number_before"
    )
    op.execute("drop table drop_number_before")


def _notice_event() -> None:
    op.create_table(
        "notice_event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("stem", sa.String(250), nullable=False),
        sa.Column("file", sa.String(250), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name="notice_event_in_a_link"), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("notice_event_of_link", "notice_event", ["link"])
    op.create_index("notice_event_of_recipient", "notice_event", ["kbo", "id"])


def _notice_line() -> None:
    op.create_table(
        "notice_line",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("withdrawal", sa.Integer, sa.ForeignKey("withdrawal.id", name="tells_of"), nullable=False),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name="notice_line_in_a_link"), nullable=False),
        sa.UniqueConstraint("withdrawal", name="told_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("notice_line_of_link", "notice_line", ["link"])
    op.create_index("notice_line_of_notice", "notice_line", ["kbo", "number"])


def _forbid_in_sqlite(table: str) -> None:
    for act in ("update", "delete"):
        op.execute(f"create trigger {table}_no_{act} before {act} on {table} begin select raise(abort, '{NEVER}'); end")
    op.execute(
        f"create trigger {table}_no_replace before insert on {table} "
        f"when exists (select 1 from {table} where {APPEND_ONLY[table]}) begin select raise(abort, '{NEVER}'); end"
    )


def _forbid_in_postgresql(table: str) -> None:
    for act, each in (("update or delete", "row"), ("truncate", "statement")):
        op.execute(
            f"create trigger {table}_no_{act.replace(' ', '_')} before {act} on {table} "
            f"for each {each} execute function ledger_is_append_only()"
        )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

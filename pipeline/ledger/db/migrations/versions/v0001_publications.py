"""Numbers of drops and events of publications (append-only), what the next night compares with, a run's summary."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {"drop_number": "kbo = new.kbo and (night = new.night or sequence = new.sequence)",
               "publication_event": "id = new.id"}  # fmt: skip
"""Tables, each with the condition under which SQLite's `insert or replace` would delete a line unseen by triggers."""

NEVER = "the ledger is append-only"


def upgrade() -> None:
    op.create_table(
        "drop_number",
        sa.Column("kbo", sa.String(10), primary_key=True),
        sa.Column("night", sa.Date, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.UniqueConstraint("kbo", "sequence", name="one_night_a_number"),
        sa.UniqueConstraint("kbo", "night", "sequence", name="drop_number_referred_to"),
    )
    op.create_table(
        "publication_event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("sequence", sa.Integer),
        sa.Column("stem", sa.String(250)),
        sa.Column("rows", sa.Integer),
        sa.Column("data_sha256", sa.JSON(none_as_null=True)),
        sa.Column("manifest", sa.String(250)),
        sa.Column("manifest_sha256", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["kbo", "night", "sequence"],
            ["drop_number.kbo", "drop_number.night", "drop_number.sequence"],
            name="one_number_a_night",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("publication_event_of_recipient", "publication_event", ["kbo", "night", "id"])
    op.create_table(
        "accepted_night",
        sa.Column("run_id", sa.String(250), primary_key=True),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("watermark", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "night_summary",
        sa.Column("run_id", sa.String(250), primary_key=True),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    forbid = {"sqlite": _forbid_in_sqlite, "postgresql": _forbid_in_postgresql}[op.get_context().dialect.name]
    for table, exists in APPEND_ONLY.items():
        forbid(table, exists)


def _forbid_in_sqlite(table: str, exists: str) -> None:
    for act in ("update", "delete"):
        op.execute(f"create trigger {table}_no_{act} before {act} on {table} begin select raise(abort, '{NEVER}'); end")
    op.execute(
        f"create trigger {table}_no_replace before insert on {table} "
        f"when exists (select 1 from {table} where {exists}) begin select raise(abort, '{NEVER}'); end"
    )


def _forbid_in_postgresql(table: str, _exists: str) -> None:
    op.execute(
        "create or replace function ledger_is_append_only() returns trigger language plpgsql "
        f"as $$ begin raise exception '{NEVER}'; end $$"
    )
    for act, each in (("update or delete", "row"), ("truncate", "statement")):
        op.execute(
            f"create trigger {table}_no_{act.replace(' ', '_')} before {act} on {table} "
            f"for each {each} execute function ledger_is_append_only()"
        )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

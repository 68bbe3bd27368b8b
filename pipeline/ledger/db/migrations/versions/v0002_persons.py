"""Lines per person, withdrawals to send, answers to held runs (append-only); each night's decisions (never changed);
and how long after the last look a drop counted."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "disclosure": "id = new.id or (kbo = new.kbo and reference = new.reference "
    "and sequence = new.sequence and manifest_sha256 = new.manifest_sha256)",
    "withdrawal": "id = new.id or (kbo = new.kbo and reference = new.reference "
    "and after_sequence = new.after_sequence)",
    "answer": "id = new.id",
}
"""As in 0001."""

NEVER = "the ledger is append-only"


def upgrade() -> None:
    op.add_column("publication_event", sa.Column("window_ms", sa.Integer))
    _disclosure()
    _withdrawal()
    _answer()
    _night_decisions()
    forbid = {"sqlite": _forbid_in_sqlite, "postgresql": _forbid_in_postgresql}[op.get_context().dialect.name]
    for table, exists in APPEND_ONLY.items():
        forbid(table, ("update", "delete"), exists)
    forbid("night_decisions", ("update",), "id = new.id")


def _disclosure() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("person", sa.LargeBinary, nullable=False),
        sa.Column("insz", sa.LargeBinary),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("fields", sa.String(100), nullable=False),
        sa.Column("agreements", sa.Text, nullable=False),
        sa.Column("protocols", sa.Text, nullable=False),
        sa.Column("consent_event", sa.BigInteger, nullable=False),
        sa.Column("text_version", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["kbo", "night", "sequence"],
            ["drop_number.kbo", "drop_number.night", "drop_number.sequence"],
            name="disclosed_in_a_drop",
        ),
        sa.UniqueConstraint("kbo", "reference", "sequence", "manifest_sha256", name="one_line_a_person_and_drop"),
        sqlite_autoincrement=True,
    )
    op.create_index("disclosure_of_person", "disclosure", ["person"])


def _withdrawal() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("person", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("after_sequence", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.UniqueConstraint("kbo", "reference", "after_sequence", name="one_withdrawal_a_disclosure"),
        sqlite_autoincrement=True,
    )


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("approver_id", sa.Text),
        sa.Column("approver", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )


def _night_decisions() -> None:
    op.create_table(
        "night_decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("decided_at", Instant, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("decisions", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("night_decisions_by_instant", "night_decisions", ["decided_at"])


def _forbid_in_sqlite(table: str, acts: tuple[str, ...], exists: str) -> None:
    for act in acts:
        op.execute(f"create trigger {table}_no_{act} before {act} on {table} begin select raise(abort, '{NEVER}'); end")
    op.execute(
        f"create trigger {table}_no_replace before insert on {table} "
        f"when exists (select 1 from {table} where {exists}) begin select raise(abort, '{NEVER}'); end"
    )


def _forbid_in_postgresql(table: str, acts: tuple[str, ...], _exists: str) -> None:
    op.execute(
        f"create trigger {table}_no_{'_or_'.join(acts)} before {' or '.join(acts)} on {table} "
        "for each row execute function ledger_is_append_only()"
    )
    op.execute(
        f"create trigger {table}_no_truncate before truncate on {table} "
        "for each statement execute function ledger_is_append_only()"
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

"""Who asked what of whom (append-only, in the chain); lines per person are found by the INSZ's hash as well."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEVER = "the ledger is append-only"
WHO = ("person", "insz", "salt")
"""Emptied when a line is redacted; nothing else is ever changed."""

KEPT = ("id", "at", "who", "what", "reason", "key_id", "who_sha256", "link")


def upgrade() -> None:
    op.create_table(
        "look_up",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("person", sa.LargeBinary),
        sa.Column("insz", sa.LargeBinary),
        sa.Column("key_id", sa.String(64)),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("who_sha256", sa.String(64), nullable=False),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name="look_up_in_a_link"), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("look_up_of_link", "look_up", ["link"])
    op.create_index("disclosure_of_insz", "disclosure", ["insz"])
    {"sqlite": _forbid_in_sqlite, "postgresql": _forbid_in_postgresql}[op.get_context().dialect.name]()


def _forbid_in_sqlite() -> None:
    redacts = [f"new.{name} is old.{name}" for name in KEPT] + [f"new.{name} is null" for name in WHO]
    whens = {
        "update": f"when not ({' and '.join([*redacts, 'old.salt is not null'])})",
        "delete": "",
        "insert": "when exists (select 1 from look_up where id = new.id)",
    }
    for act, when in whens.items():
        name = "replace" if act == "insert" else act
        op.execute(
            f"create trigger look_up_no_{name} before {act} on look_up {when} begin select raise(abort, '{NEVER}'); end"
        )


def _forbid_in_postgresql() -> None:
    redacted_only = f"ledger_is_redacted_only({', '.join(map(repr, WHO))})"
    for act, each, function in (
        ("update", "row", redacted_only),
        ("delete", "row", "ledger_is_append_only()"),
        ("truncate", "statement", "ledger_is_append_only()"),
    ):
        op.execute(
            f"create trigger look_up_no_{act} before {act} on look_up for each {each} execute function {function}"
        )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

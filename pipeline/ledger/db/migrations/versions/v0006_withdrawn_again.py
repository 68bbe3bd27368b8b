"""A withdrawal is about one rendering of a drop's number: who was in the next one may be withdrawn from it as well."""

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEVER = "the ledger is append-only"
NAME = "one_withdrawal_a_disclosure"
KEY = ("kbo", "reference", "after_sequence", "link")
WHO = ("reference", "person", "salt")
"""Emptied when a line is redacted; nothing else is ever changed."""
KEPT = ("id", "kbo", "key_id", "cause", "after_sequence", "run_id", "night", "at", "who_sha256", "link")


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _copied()
        _forbidden()
    else:
        op.drop_constraint(NAME, "withdrawal")
        op.create_unique_constraint(NAME, "withdrawal", KEY)


def _copied() -> None:
    """SQLite changes no key. Notices refer to it: until the commit it may be away."""
    op.execute("pragma defer_foreign_keys = on")
    op.execute("create temporary table withdrawal_before as select * from withdrawal")
    op.drop_table("withdrawal")
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(32)),
        sa.Column("person", sa.LargeBinary),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("after_sequence", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("who_sha256", sa.String(64), nullable=False),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name="withdrawal_in_a_link"), nullable=False),
        sa.UniqueConstraint(*KEY, name=NAME),
        sqlite_autoincrement=True,
    )
    names = ", ".join([*KEPT, *WHO])
    op.execute(f"insert into withdrawal ({names}) select {names} from withdrawal_before")
    op.execute("drop table withdrawal_before")
    op.create_index("withdrawal_of_link", "withdrawal", ["link"])


def _forbidden() -> None:
    """As in 0003: they went with the table."""
    redacts = [f"new.{name} is old.{name}" for name in KEPT] + [f"new.{name} is null" for name in WHO]
    same = " and ".join(f"{name} = new.{name}" for name in KEY)
    whens = {
        "update": f"when not ({' and '.join([*redacts, 'old.salt is not null'])})",
        "delete": "",
        "insert": f"when exists (select 1 from withdrawal where id = new.id or ({same}))",
    }
    for act, when in whens.items():
        name = "replace" if act == "insert" else act
        op.execute(
            f"create trigger withdrawal_no_{name} before {act} on withdrawal {when} "
            f"begin select raise(abort, '{NEVER}'); end"
        )


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

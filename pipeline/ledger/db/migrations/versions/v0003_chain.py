"""The chain: every append-only line stands in a link. Whom a line is about can be redacted, and nothing else changed.

All lines of before go into a first link, as they are found.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

from pipeline.core.model import Head
from pipeline.ledger.chain import Digest, Share, commitment, head_sha256
from pipeline.ledger.db.tables import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEVER = "the ledger is append-only"

BEFORE = {
    "publication_event": "id kbo night run_id kind at sequence stem rows data_sha256 manifest manifest_sha256 "
    "window_ms",
    "disclosure": "id kbo night sequence manifest_sha256 reference person insz key_id fields agreements protocols "
    "consent_event text_version",
    "withdrawal": "id kbo reference person key_id cause after_sequence run_id night at",
    "answer": "id run_id night at decision approver_id approver reason held",
}
"""The columns of version 0002."""

WHO = {"disclosure": ("reference", "person", "insz", "consent_event"), "withdrawal": ("reference", "person")}

TYPES: dict[str, TypeEngine[Any]] = {"at": Instant(), "night": sa.Date(), "data_sha256": sa.JSON(),
    "person": sa.LargeBinary(), "insz": sa.LargeBinary(), "salt": sa.LargeBinary()}  # fmt: skip
"""Of the columns that a database gives back otherwise than as text or number."""

ONCE = {
    "link": "n = new.n",
    "publication_event": "id = new.id",
    "disclosure": "id = new.id or (kbo = new.kbo and reference = new.reference "
    "and sequence = new.sequence and manifest_sha256 = new.manifest_sha256)",
    "withdrawal": "id = new.id or (kbo = new.kbo and reference = new.reference "
    "and after_sequence = new.after_sequence)",
    "answer": "id = new.id",
    "redaction": "id = new.id",
}
"""The condition under which SQLite's `insert or replace` would delete a line unseen by triggers."""


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("shares", sa.JSON, nullable=False),
        sa.Column("head_sha256", sa.String(64), nullable=False),
    )
    for table in BEFORE:
        _drop_triggers(table)
        op.add_column(table, sa.Column("link", sa.Integer))
    op.add_column("disclosure", sa.Column("retention_days", sa.Integer))
    for table in WHO:
        op.add_column(table, sa.Column("salt", sa.LargeBinary))
        op.add_column(table, sa.Column("who_sha256", sa.String(64)))
        _commit(table)
    _first_link()
    for table in BEFORE:
        _into_the_chain(table)
    _redaction()
    forbid = {"sqlite": _forbid_in_sqlite, "postgresql": _forbid_in_postgresql}[op.get_context().dialect.name]
    for table, exists in ONCE.items():
        forbid(table, exists)


def _drop_triggers(table: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        for act in ("update", "delete", "replace"):
            op.execute(f"drop trigger {table}_no_{act}")
    else:
        for act in ("update_or_delete", "truncate"):
            op.execute(f"drop trigger {table}_no_{act} on {table}")


def _commit(table: str) -> None:
    """What says whom each line is about, as it is redacted one day."""
    named = ("id", *WHO[table])
    there = sa.table(table, *(sa.column(name, TYPES.get(name)) for name in (*named, "salt", "who_sha256")))
    for row in op.get_bind().execute(sa.select(*(there.c[name] for name in named))).mappings().all():
        salt = secrets.token_bytes(16)
        values = {"salt": salt, "who_sha256": commitment(salt, {name: row[name] for name in WHO[table]})}
        op.get_bind().execute(sa.update(there).where(there.c.id == row["id"]).values(values))


def _first_link() -> None:
    """Of all that is there, if anything is."""
    shares = {table: share for table in BEFORE if (share := _share(table)).lines}
    if not shares:
        return
    at = datetime.now(UTC)
    link = sa.table(
        "link",
        sa.column("n"),
        sa.column("at", Instant()),
        sa.column("shares", sa.JSON()),
        sa.column("head_sha256"),
    )
    held = {table: [share.lines, share.sha256] for table, share in shares.items()}
    head = head_sha256(Head(), at, shares)
    op.get_bind().execute(sa.insert(link).values({"n": 1, "at": at, "shares": held, "head_sha256": head}))
    for table in shares:
        op.execute(f"update {table} set link = 1")


def _share(table: str) -> Share:
    digest = Digest(table)
    for line in _lines(table):
        digest.add(dict(line))
    return digest.share


def _lines(table: str) -> Iterator[sa.RowMapping]:
    who = WHO.get(table, ())
    names = [name for name in BEFORE[table].split() if name not in who] + ["who_sha256"] * bool(who)
    there = sa.table(table, *(sa.column(name, TYPES.get(name)) for name in names))
    yield from op.get_bind().execute(sa.select(there).order_by(there.c.id)).mappings()


def _into_the_chain(table: str) -> None:
    """SQLite copies the table: it can change no column."""
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("link", existing_type=sa.Integer(), nullable=False)
        batch.create_foreign_key(f"{table}_in_a_link", "link", ["link"], ["n"])
        for name in WHO.get(table, ()):
            batch.alter_column(name, existing_type=TYPES.get(name), nullable=True)
        if table in WHO:
            batch.alter_column("who_sha256", existing_type=sa.String(64), nullable=False)
    op.create_index(f"{table}_of_link", table, ["link"])


def _redaction() -> None:
    op.create_table(
        "redaction",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("disclosures", sa.Integer, nullable=False),
        sa.Column("withdrawals", sa.Integer, nullable=False),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name="redaction_in_a_link"), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("redaction_of_link", "redaction", ["link"])


def _forbid_in_sqlite(table: str, exists: str) -> None:
    """An update that leaves every column but those of WHO and the salt, and empties these, is a redaction."""
    only = f"when not ({_redacts(table)}) " if table in WHO else ""
    for act, when in (("update", only), ("delete", "")):
        op.execute(
            f"create trigger {table}_no_{act} before {act} on {table} {when}begin select raise(abort, '{NEVER}'); end"
        )
    op.execute(
        f"create trigger {table}_no_replace before insert on {table} "
        f"when exists (select 1 from {table} where {exists}) begin select raise(abort, '{NEVER}'); end"
    )


def _redacts(table: str) -> str:
    emptied = (*WHO[table], "salt")
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
    kept = [f"new.{name} is old.{name}" for name in columns if name not in emptied]
    return " and ".join([*kept, *(f"new.{name} is null" for name in emptied), "old.salt is not null"])


def _forbid_in_postgresql(table: str, _exists: str) -> None:
    """Likewise."""
    op.execute(
        "create or replace function ledger_is_redacted_only() returns trigger language plpgsql as $$ begin "
        "if old.salt is not null and to_jsonb(new) - tg_argv = to_jsonb(old) - tg_argv and not exists ("
        "select from jsonb_each(to_jsonb(new)) where key = any (tg_argv) and value <> 'null') then return new; end if; "
        f"raise exception '{NEVER}'; end $$"
    )
    update = f"ledger_is_redacted_only({', '.join(map(repr, (*WHO[table], 'salt')))})" if table in WHO else ALWAYS
    for act, each, function in (
        ("update", "row", update),
        ("delete", "row", ALWAYS),
        ("truncate", "statement", ALWAYS),
    ):
        op.execute(
            f"create trigger {table}_no_{act} before {act} on {table} for each {each} execute function {function}"
        )


ALWAYS = "ledger_is_append_only()"


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")

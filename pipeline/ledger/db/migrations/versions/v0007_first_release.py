"""The schema of the first release, and the triggers that keep appended lines as they are.

The revision counts on from the drafts before the first release, so that no draft's ledger is taken for this schema.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import Instant

revision = "0007"
down_revision = None
branch_labels = None
depends_on = None

REDACTED = "redacted"
"""In a table's `info`: the columns that a redaction empties. No other change is allowed."""

REFUSED = "begin select raise(abort, 'the ledger is append-only'); end"

DROP = ("kbo", "night", "sequence")


def upgrade() -> None:
    kept = [_link(), _drop_number(), _publication_event(), _disclosure(), _withdrawal(), _answer()]
    kept += [_notice_event(), _notice_line(), _redaction(), _look_up(), _indicator_sheet()]
    decisions = _night_decisions()
    _replaceable()
    if op.get_context().dialect.name == "sqlite":
        for table in kept:
            _forbid_in_sqlite(table, ("update", "delete"))
        _forbid_in_sqlite(decisions, ("update",))
    else:
        _functions()
        for table in kept:
            _forbid_in_postgresql(table, ("update", "delete", "truncate"))
        _forbid_in_postgresql(decisions, ("update", "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


def _chained(name: str, *items: sa.schema.SchemaItem, redacted: Sequence[str] = ()) -> sa.Table:
    """A table whose lines stand in a link; with `redacted` columns it has a commitment to them and its salt."""
    commitment = (sa.Column("salt", sa.LargeBinary), sa.Column("who_sha256", sa.String(64), nullable=False))
    table = op.create_table(
        name,
        sa.Column("id", sa.Integer, primary_key=True),
        *(item for item in items if isinstance(item, sa.Column)),
        *(commitment if redacted else ()),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name=f"{name}_in_a_link"), nullable=False),
        *(item for item in items if not isinstance(item, sa.Column)),
        info={REDACTED: tuple(redacted)},
        sqlite_autoincrement=True,
    )
    op.create_index(f"{name}_of_link", name, ["link"])
    return table


def _link() -> sa.Table:
    return op.create_table(
        "link",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("shares", sa.JSON, nullable=False),
        sa.Column("head_sha256", sa.String(64), nullable=False),
    )


def _drop_number() -> sa.Table:
    return op.create_table(
        "drop_number",
        sa.Column("kbo", sa.String(10), primary_key=True),
        sa.Column("night", sa.Date, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.UniqueConstraint("kbo", "sequence", name="one_night_a_number"),
        sa.UniqueConstraint(*DROP, name="drop_number_referred_to"),
    )


def _publication_event() -> sa.Table:
    table = _chained(
        "publication_event",
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
        sa.Column("window_ms", sa.Integer),
        sa.ForeignKeyConstraint(DROP, [f"drop_number.{name}" for name in DROP], name="one_number_a_night"),
    )
    op.create_index("publication_event_of_recipient", table.name, ["kbo", "night", "id"])
    return table


def _disclosure() -> sa.Table:
    table = _chained(
        "disclosure",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(32)),
        sa.Column("person", sa.LargeBinary),
        sa.Column("insz", sa.LargeBinary),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("fields", sa.String(100), nullable=False),
        sa.Column("agreements", sa.Text, nullable=False),
        sa.Column("protocols", sa.Text, nullable=False),
        sa.Column("consent_event", sa.BigInteger),
        sa.Column("text_version", sa.Text, nullable=False),
        sa.Column("retention_days", sa.Integer),
        sa.ForeignKeyConstraint(DROP, [f"drop_number.{name}" for name in DROP], name="disclosed_in_a_drop"),
        sa.UniqueConstraint("kbo", "reference", "sequence", "manifest_sha256", name="one_line_a_person_and_drop"),
        redacted=("reference", "person", "insz", "consent_event"),
    )
    op.create_index("disclosure_of_person", table.name, ["person"])
    op.create_index("disclosure_of_insz", table.name, ["insz"])
    return table


def _withdrawal() -> sa.Table:
    return _chained(
        "withdrawal",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(32)),
        sa.Column("person", sa.LargeBinary),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("after_sequence", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.UniqueConstraint("kbo", "reference", "after_sequence", "link", name="one_withdrawal_a_disclosure"),
        redacted=("reference", "person"),
    )


def _answer() -> sa.Table:
    return _chained(
        "answer",
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("approver_id", sa.Text),
        sa.Column("approver", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("held", sa.Text, nullable=False),
    )


def _notice_event() -> sa.Table:
    table = _chained(
        "notice_event",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("stem", sa.String(250), nullable=False),
        sa.Column("file", sa.String(250), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
    )
    op.create_index("notice_event_of_recipient", table.name, ["kbo", "id"])
    return table


def _notice_line() -> sa.Table:
    table = _chained(
        "notice_line",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("withdrawal", sa.Integer, sa.ForeignKey("withdrawal.id", name="tells_of"), nullable=False),
        sa.UniqueConstraint("withdrawal", name="told_once"),
    )
    op.create_index("notice_line_of_notice", table.name, ["kbo", "number"])
    return table


def _redaction() -> sa.Table:
    return _chained(
        "redaction",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("disclosures", sa.Integer, nullable=False),
        sa.Column("withdrawals", sa.Integer, nullable=False),
    )


def _look_up() -> sa.Table:
    return _chained(
        "look_up",
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("person", sa.LargeBinary),
        sa.Column("insz", sa.LargeBinary),
        sa.Column("key_id", sa.String(64)),
        redacted=("person", "insz"),
    )


def _indicator_sheet() -> sa.Table:
    return _chained(
        "indicator_sheet",
        sa.Column("kbo", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("csv", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("released_at", Instant, nullable=False),
        sa.Column("released_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("kbo", "year", "edition", name="one_sheet_an_edition"),
    )


def _night_decisions() -> sa.Table:
    table = op.create_table(
        "night_decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(250), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("decided_at", Instant, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("decisions", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("night_decisions_by_instant", table.name, ["decided_at"])
    return table


def _replaceable() -> None:
    """One line a run, replaced when the run is cleared: no trigger guards these tables."""
    for name, column in (
        ("accepted_night", sa.Column("watermark", sa.LargeBinary, nullable=False)),
        ("night_summary", sa.Column("summary", sa.Text, nullable=False)),
    ):
        op.create_table(
            name,
            sa.Column("run_id", sa.String(250), primary_key=True),
            sa.Column("night", sa.Date, nullable=False),
            sa.Column("at", Instant, nullable=False),
            column,
        )


def _forbid_in_sqlite(table: sa.Table, acts: Sequence[str]) -> None:
    """`insert or replace` deletes a line without a delete trigger: an insert over a taken key is refused as well."""
    for act in acts:
        when = f"when not ({_redacts(table)}) " if act == "update" and table.info.get(REDACTED) else ""
        op.execute(f"create trigger {table.name}_no_{act} before {act} on {table.name} {when}{REFUSED}")
    keys = [each for each in table.constraints if isinstance(each, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    taken = " or ".join(
        sorted("(" + " and ".join(f"{column.name} = new.{column.name}" for column in key.columns) + ")" for key in keys)
    )
    when = f"when exists (select 1 from {table.name} where {taken})"
    op.execute(f"create trigger {table.name}_no_replace before insert on {table.name} {when} {REFUSED}")


def _redacts(table: sa.Table) -> str:
    """The update empties the redacted columns and the salt of a line that has its salt, and keeps the others."""
    emptied = (*table.info[REDACTED], "salt")
    kept = [f"new.{column.name} is old.{column.name}" for column in table.columns if column.name not in emptied]
    return " and ".join([*kept, *(f"new.{name} is null" for name in emptied), "old.salt is not null"])


def _functions() -> None:
    refuse = "raise exception 'the ledger is append-only'"
    function = "returns trigger language plpgsql as $$ begin"
    op.execute(f"create or replace function ledger_is_append_only() {function} {refuse}; end $$")
    op.execute(
        f"create or replace function ledger_is_redacted_only() {function} "
        "if old.salt is not null and to_jsonb(new) - tg_argv = to_jsonb(old) - tg_argv and not exists ("
        "select from jsonb_each(to_jsonb(new)) where key = any (tg_argv) and value <> 'null') then return new; end if; "
        f"{refuse}; end $$"
    )


def _forbid_in_postgresql(table: sa.Table, acts: Sequence[str]) -> None:
    redacted = table.info.get(REDACTED)
    for act in acts:
        function = "ledger_is_append_only()"
        if act == "update" and redacted:
            function = f"ledger_is_redacted_only({', '.join(map(repr, (*redacted, 'salt')))})"
        each = "statement" if act == "truncate" else "row"
        op.execute(
            f"create trigger {table.name}_no_{act} before {act} on {table.name} "
            f"for each {each} execute function {function}"
        )

"""The schema of the first release, and the triggers that keep appended lines as they are.

The revision counts on from the drafts before the first release, so that no draft's ledger is taken for this schema.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from pipeline.ledger.db.tables import REDACTED, metadata

revision = "0007"
down_revision = None
branch_labels = None
depends_on = None

REFUSED = "begin select raise(abort, 'the ledger is append-only'); end"

REPLACEABLE = ("accepted_night", "night_summary")
"""One line a run, replaced when the run is cleared: no trigger guards these tables."""


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)
    is_sqlite = op.get_context().dialect.name == "sqlite"
    if not is_sqlite:
        _functions()
    for table in metadata.sorted_tables:
        if table.name in REPLACEABLE:
            continue
        acts = ("update",) if table.name == "night_decisions" else ("update", "delete")
        if is_sqlite:
            _forbid_in_sqlite(table, acts)
        else:
            _forbid_in_postgresql(table, (*acts, "truncate"))


def downgrade() -> None:
    raise NotImplementedError("a ledger only grows: restore the backup instead")


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

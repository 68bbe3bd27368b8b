"""What the database itself refuses, table by table, on SQLite and on PostgreSQL: an appended line is never changed,
deleted or replaced; a redaction empties the columns that say whom a line is about, all at once, and no others."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.tables import CHAINED, REDACTED, drop_number, link, metadata, night_decisions

GUARDED = {**CHAINED, "link": link, "drop_number": drop_number, "night_decisions": night_decisions}
UNGUARDED = {"accepted_night", "night_summary", "seen_load", "load_wait"}
REDACTABLE = {
    "disclosure": ("reference", "person", "insz", "consent_event", "cells", "salt"),
    "withdrawal": ("reference", "person", "salt"),
    "look_up": ("person", "insz", "salt"),
    "kept_no": ("person", "insz", "event", "counts_from", "recorded_at", "salt"),
    "returned_row": ("reference", "person", "insz", "salt"),
}

guarded = pytest.mark.parametrize("table", GUARDED.values(), ids=GUARDED)
redactable = pytest.mark.parametrize("name", REDACTABLE)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    """One connection to a ledger with two lines in every table."""
    if request.param == "sqlite":
        uri = f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.sqlite'}"
    else:
        fresh: Callable[[], str] = request.getfixturevalue("postgres")
        uri = fresh()
    with open_ledger(uri).engine.connect() as connection:
        with connection.begin():
            for table in metadata.sorted_tables:
                connection.execute(sa.text(inserted(table, 1)))
                connection.execute(sa.text(inserted(table, 2)))
        yield connection


def value(column: sa.Column[object], n: int) -> str:
    """As SQL that both databases read."""
    match column.type:
        case sa.Boolean():
            return "true" if n < 3 else "false"
        case sa.Integer():
            return str(n)
        case sa.Date():
            return f"'2026-06-{n:02}'"
        case sa.JSON():
            return f"'[{n}]'"
        case sa.String() | sa.LargeBinary():
            return f"'{n:02}'"
    return f"'2026-06-{n:02} 01:30:00.000000+00:00'"


def inserted(table: sa.Table, n: int, given: Mapping[str, str] | None = None, verb: str = "insert") -> str:
    values = {column.name: value(column, n) for column in table.columns} | dict(given or {})
    return f"{verb} into {table.name} ({', '.join(values)}) values ({', '.join(values.values())})"


@contextmanager
def undone(ledger: sa.Connection) -> Iterator[Callable[[str], sa.CursorResult[object]]]:
    """Runs statements, and takes back what they did."""
    with ledger.begin() as transaction:
        yield lambda statement: ledger.execute(sa.text(statement))
        transaction.rollback()


def refused(ledger: sa.Connection, *statements: str) -> None:
    """The last of them; those before it are done."""
    with undone(ledger) as execute:
        for statement in statements[:-1]:
            assert execute(statement).rowcount == 1, statement
        with pytest.raises(DBAPIError, match="append-only"):
            execute(statements[-1])
            pytest.fail(statements[-1])


def emptied(name: str, columns: tuple[str, ...], *others: str) -> str:
    return f"update {name} set {', '.join([f'{column} = null' for column in columns] + list(others))} where id = 1"


def test_every_table_is_guarded_or_is_known_not_to_be() -> None:
    assert set(metadata.tables) == {*GUARDED, *UNGUARDED}
    assert {name: (*table.info[REDACTED], "salt") for name, table in CHAINED.items() if table.info[REDACTED]} == (
        REDACTABLE
    )


@guarded
def test_no_column_is_changed(ledger: sa.Connection, table: sa.Table) -> None:
    for column in table.columns:
        key = next(iter(table.primary_key.columns))
        refused(
            ledger, f"update {table.name} set {column.name} = {value(column, 9)} where {key.name} = {value(key, 1)}"
        )
        refused(ledger, f"update {table.name} set {column.name} = {column.name}")


@guarded
def test_no_line_is_deleted(ledger: sa.Connection, table: sa.Table) -> None:
    statement = f"delete from {table.name}"
    if table is night_decisions:  # whose retention ends
        with undone(ledger) as execute:
            assert execute(statement).rowcount == 2
    else:
        refused(ledger, statement)


@guarded
def test_no_table_is_truncated_in_postgresql(ledger: sa.Connection, table: sa.Table) -> None:
    if ledger.dialect.name == "postgresql":
        refused(ledger, f"truncate {table.name} cascade")


@guarded
def test_no_line_is_replaced_in_sqlite(ledger: sa.Connection, table: sa.Table) -> None:
    """By any of its keys: `insert or replace` deletes without a delete trigger."""
    keys = [each for each in table.constraints if isinstance(each, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    assert keys
    for key in keys if ledger.dialect.name == "sqlite" else ():
        taken = {column.name: value(column, 1) for column in key.columns}
        refused(ledger, inserted(table, 3, taken, "insert or replace"))
        refused(ledger, inserted(table, 3, taken))


def test_a_line_with_keys_of_its_own_is_appended(ledger: sa.Connection) -> None:
    with undone(ledger) as execute:
        for table in metadata.sorted_tables:
            assert execute(inserted(table, 3)).rowcount == 1


@guarded
def test_no_id_is_given_out_again_in_sqlite(ledger: sa.Connection, table: sa.Table) -> None:
    if ledger.dialect.name == "sqlite" and "id" in table.columns:
        with undone(ledger) as execute:
            created = execute(f"select sql from sqlite_master where name = '{table.name}'").scalar_one()
            assert "AUTOINCREMENT" in str(created)


@redactable
def test_a_line_is_redacted_as_a_whole_and_once(ledger: sa.Connection, name: str) -> None:
    whole = emptied(name, REDACTABLE[name])
    with undone(ledger) as execute:
        assert execute(whole).rowcount == 1
    refused(ledger, whole, whole)
    for column in REDACTABLE[name]:
        refused(ledger, whole, f"update {name} set {column} = {value(CHAINED[name].c[column], 1)} where id = 1")


@redactable
def test_a_line_is_not_redacted_in_part(ledger: sa.Connection, name: str) -> None:
    columns = REDACTABLE[name]
    for some in (some for size in range(1, len(columns)) for some in combinations(columns, size)):
        refused(ledger, emptied(name, some))


@redactable
def test_a_redaction_changes_no_other_column(ledger: sa.Connection, name: str) -> None:
    for column in CHAINED[name].columns:
        if column.name not in REDACTABLE[name]:
            refused(ledger, emptied(name, REDACTABLE[name], f"{column.name} = {value(column, 9)}"))


@pytest.mark.parametrize("name", sorted(set(CHAINED) - set(REDACTABLE)))
def test_a_line_about_nobody_is_not_redacted(ledger: sa.Connection, name: str) -> None:
    for column in CHAINED[name].columns:
        if column.name != "id":
            refused(ledger, emptied(name, (column.name,)))

"""The rights in docs/deployment.md on a real PostgreSQL: enough for every night's work, and for nothing else."""

import itertools
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors

from pipeline.core.errors import LedgerUnavailable
from pipeline.core.loads import FeedLoad
from pipeline.ledger.approvals import Answer, ApprovalDecision
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.db.tables import CHAINED, metadata
from tests.support import PROJECT
from tests.support.worlds.books import GENT, START, Book

_numbers = itertools.count(1)
LONG_AFTER = date(2027, 6, 1)


@dataclass(frozen=True)
class Server:
    """One ledger, made by its owner; the addresses of it as each role."""

    owner: str
    writer: str
    redactor: str

    def refuses(self, role: str, statement: str) -> None:
        """For want of rights, not because a trigger said so."""
        with (
            closing(psycopg2.connect(role)) as connection,
            connection.cursor() as cursor,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            cursor.execute(statement)

    def may(self, role: str, table: str, act: str) -> bool:
        asked = "has_any_column_privilege" if act == "update" else "has_table_privilege"
        with closing(psycopg2.connect(role)) as connection, connection.cursor() as cursor:
            cursor.execute(f"select {asked}(%s, %s)", (table, act))
            return bool(cursor.fetchone()[0])


def granted() -> str:
    """The block of the page."""
    blocks = re.findall(r"```sql\n(.*?)```", (PROJECT / "docs" / "deployment.md").read_text(), re.DOTALL)
    (mine,) = [block for block in blocks if "ledger_writer" in block]
    return str(mine)


@pytest.fixture
def server(postgres: Callable[[], str]) -> Server:
    owner, number = postgres(), next(_numbers)
    open_ledger(owner)
    names = {name: f"{name}_{number}" for name in ("ledger_writer", "ledger_redactor")}
    text = granted()
    with closing(psycopg2.connect(owner)) as connection, connection, connection.cursor() as cursor:
        for name, role in names.items():
            cursor.execute(f"create role {role} login password 'secret'")
            text = re.sub(rf"\b{name}\b", role, text)
        cursor.execute(text)
    rest = owner.split("@", 1)[1]
    return Server(owner, *(f"postgresql://{role}:secret@{rest}" for role in names.values()))


def test_a_night_and_its_aftermath_need_no_more(server: Server, tmp_path: Path) -> None:
    book = Book(server.writer, tmp_path / "anchors").fill()
    book.ledger.save_watermark("run", date(2026, 6, 1), START, b"w")
    book.ledger.save_summary("run", date(2026, 6, 1), START, "{}")
    book.ledger.save_decisions(NightDecisions("run", date(2026, 6, 1), START, "key", b"d"), 400)
    book.ledger.record_answer(
        Answer("run", date(2026, 6, 1), START, ApprovalDecision.APPROVED, "anna", "Anna", "counted", ())
    )
    assert book.ledger.last_summary(date(2026, 6, 1)) == "{}"
    for minutes in (0, 1):
        book.ledger.believe_loads({"parent": FeedLoad(START + timedelta(minutes=minutes), 3)})
        book.ledger.save_wait(GENT, START, START)
    book.ledger.end_wait(GENT)
    assert book.problems() == []


def test_the_redactor_redacts_and_the_chain_holds(server: Server, tmp_path: Path) -> None:
    book = Book(server.writer, tmp_path / "anchors").fill()
    with pytest.raises(LedgerUnavailable, match="42501"):
        book.redact(LONG_AFTER)
    book.ledger = open_ledger(server.redactor)
    assert book.redact(LONG_AFTER) == (1, 1)
    book.ledger = open_ledger(server.writer)
    book.anchor()
    assert book.problems(today=LONG_AFTER) == []
    assert len(book.ledger.recipient(GENT).holdings()) == 2


@pytest.mark.parametrize("table", sorted([*CHAINED, "link", "drop_number"]))
def test_nobody_but_the_owner_can_change_what_is_appended(server: Server, table: str) -> None:
    for role in (server.writer, server.redactor):
        for act in (f"delete from {table}", f"truncate {table}", f"drop table {table}"):
            server.refuses(role, act)
        for act in ("disable trigger all", "disable trigger user", "add column x int", "drop column link"):
            server.refuses(role, f"alter table {table} {act}")
        server.refuses(role, f"drop trigger {table}_no_truncate on {table}")
    column = {"link": "n", "drop_number": "sequence"}.get(table, "link")
    for role in (server.writer, server.redactor):
        server.refuses(role, f"update {table} set {column} = {column}")


OTHERS = [
    "set session_replication_role = replica",
    "update ledger_version set version_num = '0001'",
    "create table mine (id int)",
    "create or replace function ledger_is_append_only() returns trigger language plpgsql as 'begin return new; end'",
    "update night_decisions set decisions = ''",
    "truncate night_decisions",
    "update accepted_night set watermark = ''",
    "alter function ledger_is_append_only() owner to current_user",
]


@pytest.mark.parametrize("statement", OTHERS)
def test_nor_switch_off_what_watches_over_it(server: Server, statement: str) -> None:
    for role in (server.writer, server.redactor):
        server.refuses(role, statement)


@pytest.mark.parametrize(
    "column", ["fields", "night", "kbo", "manifest_sha256", "who_sha256", "link", "retention_days"]
)
def test_the_redactor_can_change_no_other_column(server: Server, column: str) -> None:
    server.refuses(server.redactor, f"update disclosure set {column} = {column}")


@pytest.mark.parametrize(
    "table", ["publication_event", "disclosure", "withdrawal", "answer", "notice_event", "look_up"]
)
def test_the_redactor_can_append_nothing_but_that_it_redacted(server: Server, table: str) -> None:
    server.refuses(server.redactor, f"insert into {table} (id, link) values (1, 1)")


def test_every_table_of_the_ledger_is_in_the_page(server: Server) -> None:
    """Whoever adds a table adds its rights."""
    for name in metadata.tables:
        assert server.may(server.writer, name, "select") and server.may(server.redactor, name, "select")
        assert server.may(server.writer, name, "insert") is (name != "redaction"), name
        assert not server.may(server.writer, name, "update"), name
        assert not server.may(server.writer, name, "truncate"), name

"""The rights in docs/deployment.md on a real PostgreSQL: enough for every night's work, and for nothing else."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import LedgerUnavailable
from pipeline.core.loads import FeedLoad
from pipeline.ledger.approvals import Answer, ApprovalDecision
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.db.tables import CHAINED, REDACTED, metadata
from tests.support.servers.roles import RoledLedger, roled_ledger
from tests.support.worlds.books import GENT, START, Book

LONG_AFTER = date(2027, 6, 1)


@pytest.fixture(scope="module")
def server(postgres: Callable[[], str]) -> RoledLedger:
    """Of which nothing is changed."""
    return roled_ledger(postgres())


@pytest.fixture
def empty(postgres: Callable[[], str]) -> RoledLedger:
    return roled_ledger(postgres())


def test_a_night_and_its_aftermath_need_no_more(empty: RoledLedger, tmp_path: Path) -> None:
    book = Book(empty.writer, tmp_path / "anchors").fill()
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


def test_the_redactor_redacts_and_the_chain_holds(empty: RoledLedger, tmp_path: Path) -> None:
    book = Book(empty.writer, tmp_path / "anchors").fill()
    with pytest.raises(LedgerUnavailable, match="42501"):
        book.redact(LONG_AFTER)
    book.ledger = open_ledger(empty.redactor)
    assert book.redact(LONG_AFTER) == (1, 1)
    book.ledger = open_ledger(empty.writer)
    book.anchor()
    assert book.problems(today=LONG_AFTER) == []
    assert len(book.ledger.recipient(GENT).holdings()) == 2


@pytest.mark.parametrize("table", sorted([*CHAINED, "link", "drop_number"]))
def test_nobody_but_the_owner_can_change_what_is_appended(server: RoledLedger, table: str) -> None:
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
def test_nor_switch_off_what_watches_over_it(server: RoledLedger, statement: str) -> None:
    for role in (server.writer, server.redactor):
        server.refuses(role, statement)


@pytest.mark.parametrize(
    "column", ["fields", "night", "kbo", "manifest_sha256", "who_sha256", "link", "retention_days"]
)
def test_the_redactor_can_change_no_other_column(server: RoledLedger, column: str) -> None:
    server.refuses(server.redactor, f"update disclosure set {column} = {column}")


@pytest.mark.parametrize(
    "table", ["publication_event", "disclosure", "withdrawal", "answer", "notice_event", "look_up"]
)
def test_the_redactor_can_append_nothing_but_that_it_redacted(server: RoledLedger, table: str) -> None:
    server.refuses(server.redactor, f"insert into {table} (id, link) values (1, 1)")


def test_the_redactor_empties_who_a_line_is_about_and_nothing_else(server: RoledLedger) -> None:
    about = {
        name: {*table.info[REDACTED], "salt"} if table.info[REDACTED] else set() for name, table in CHAINED.items()
    }
    assert server.updatable(server.redactor) == {(name, column) for name in about for column in about[name]}


def test_every_table_of_the_ledger_is_in_the_page(server: RoledLedger) -> None:
    """Whoever adds a table adds its rights."""
    for name in metadata.tables:
        assert server.may(server.writer, name, "select") and server.may(server.redactor, name, "select")
        assert server.may(server.writer, name, "insert") is (name != "redaction"), name
        assert not server.may(server.writer, name, "update"), name
        assert not server.may(server.writer, name, "truncate"), name

"""Redaction on real databases: when it may be, what goes and what stays, and that nothing else can be changed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.answers.lookup import Lookup, LookupKind
from pipeline.answers.person.ledger import append_lookup
from pipeline.ledger.db.engine import ledger_errors
from pipeline.ledger.db.redaction import redact_look_ups
from pipeline.ledger.db.tables import disclosure as disclosures
from pipeline.ledger.events import Event, Kind
from pipeline.ledger.notices import Step
from tests.support.worlds.books import AALST, GENT, RETENTION, START, Book, contents, disclosure

FIRST = date(2026, 6, 1)
LAST_DAY = FIRST + timedelta(days=RETENTION)
AFTER = LAST_DAY + timedelta(days=1)
"""The first day on which lines of the first night may be redacted."""
LONG_AFTER = date(2027, 6, 1)
WHO = ("reference", "person", "insz", "consent_event", "cells", "salt")


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors")


def settled(book: Book) -> Book:
    """Parents 1 and 2 had a drop each; 1 was withdrawn, and Gent acknowledged that."""
    book.drop(1, 1, 2)
    book.withdraw(1, 1)
    book.tell()
    book.anchor()
    return book


# When


@pytest.mark.parametrize("today, redacted", [(LAST_DAY, (0, 0)), (AFTER, (1, 1))])
def test_a_line_is_redacted_once_its_retention_is_past(book: Book, today: date, redacted: tuple[int, int]) -> None:
    assert settled(book).redact(today) == redacted
    assert book.problems(today=today) == []


def test_a_parent_that_is_still_held_is_not_redacted(book: Book) -> None:
    settled(book).redact(LONG_AFTER)
    assert book.rows("select count(*) from disclosure where reference is not null") == [(1,)]
    assert [held.reference for held in book.ledger.recipient(GENT).holdings()] == [disclosure(2).reference]


def test_the_hash_of_a_row_goes_with_its_line(book: Book) -> None:
    """And nothing but a redaction takes it away."""
    line = replace(disclosure(1), cells=b"\x00cells of a row\xff"[:16])
    with book.ledger.delivering(GENT) as log:
        log.record(Event(GENT, FIRST, "run", Kind.INTENT, book.clock(), contents(GENT, 1)), [line])
    with pytest.raises(DBAPIError), book.ledger.engine.begin() as connection:
        connection.execute(sa.update(disclosures).values(cells=None))
    book.anchor()
    assert book.redact(AFTER) == (1, 0)
    assert book.rows("select cells, reference, salt from disclosure") == [(None, None, None)]
    assert book.problems(today=AFTER) == []


@pytest.mark.parametrize("last", [Step.INTENT, Step.RELEASING, Step.PUBLISHED])
def test_a_withdrawal_that_is_not_acknowledged_keeps_its_lines(book: Book, last: Step) -> None:
    book.drop(1, 1)
    book.withdraw(1, 1)
    assert book.redact(LONG_AFTER) == (0, 0)
    book.tell(last=last)
    assert book.redact(LONG_AFTER) == (0, 0)


def test_a_parent_that_came_back_keeps_all_of_its_lines(book: Book) -> None:
    settled(book).drop(2, 1)
    assert book.redact(LONG_AFTER) == (0, 0)
    book.withdraw(1, 2)
    assert book.redact(LONG_AFTER) == (0, 0), "the second withdrawal is not acknowledged"
    book.tell()
    assert book.redact(LONG_AFTER) == (2, 2)
    assert book.problems(today=LONG_AFTER) == []


def test_all_lines_of_a_parent_go_together_or_not_at_all(book: Book) -> None:
    """The newest decides."""
    book.drop(1, 1)
    book.drop(5, 1)
    book.withdraw(1, 5)
    book.tell()
    assert book.redact(AFTER) == (0, 0)
    assert book.redact(AFTER + timedelta(days=4)) == (2, 1)


def test_a_line_of_which_no_retention_is_known_is_kept(book: Book) -> None:
    book.drop(1, 1, days=None)
    book.withdraw(1, 1)
    book.tell()
    assert book.redact(LONG_AFTER) == (0, 0)


def test_a_drop_that_never_counted_is_redacted_after_its_retention(book: Book) -> None:
    book.drop(1, 1, last=Kind.INTENT)
    assert book.redact(LAST_DAY) == (0, 0)
    assert book.redact(AFTER) == (1, 0)


def test_a_recipients_redaction_leaves_the_others_alone(book: Book) -> None:
    settled(book).drop(1, 1, kbo=AALST)
    assert book.redact(LONG_AFTER, AALST) == (0, 0)
    assert book.redact(LONG_AFTER) == (1, 1)
    assert [held.sequence for held in book.ledger.recipient(AALST).holdings()] == [1]


def test_what_was_returned_of_a_parent_goes_with_its_lines_and_the_no_stays(book: Book) -> None:
    book.drop(1, 1, 2)
    book.give_back(1, 2)
    book.withdraw(1, 1)
    book.tell()
    assert book.redact(AFTER) == (1, 1)
    assert book.rows("select number from returned_row where reference is null and person is null") == [(1,)]
    assert book.rows("select returned_rows from redaction") == [(1,)]
    assert book.rows("select count(*) from kept_no where person is not null") == [(2,)]
    book.anchor()
    assert book.problems(today=AFTER) == []
    book.tamper("update returned_row set reference = null, person = null, insz = null, salt = null")
    assert [each.says for each in book.problems(today=AFTER)] == ["2 lines are redacted, 1 by a redaction on record"]


def test_more_than_one_statement_takes_at_once(book: Book) -> None:
    parents = range(1, 1203)
    book.drop(1, *parents, last=Kind.INTENT)
    assert book.redact(AFTER) == (1202, 0)
    book.anchor()
    assert book.problems(today=AFTER) == []


# What


def test_whom_a_line_is_about_goes_and_the_rest_stays(book: Book) -> None:
    settled(book)
    kept = [column for column in [each.name for each in disclosures.columns] if column not in WHO]
    ((line,),) = book.rows(f"select id from disclosure where reference = '{disclosure(1).reference}'")
    query = f"select {', '.join(kept)} from disclosure where id = {line}"
    before = book.rows(query)
    book.redact(AFTER)
    assert book.rows(f"select {', '.join(WHO)} from disclosure where id = {line}") == [(None,) * len(WHO)]
    assert book.rows("select reference, person, salt from withdrawal") == [(None, None, None)]
    assert book.rows(query) == before


def test_what_is_redacted_is_given_back_to_nobody(book: Book) -> None:
    settled(book).redact(AFTER)
    assert [one.reference for one in book.ledger.recipient(GENT).disclosures(f"{GENT[-4:]}1")] == [
        disclosure(2).reference
    ]
    assert book.ledger.recipient(GENT).withdrawals() == ()
    assert [held.reference for held in book.ledger.recipient(GENT).holdings()] == [disclosure(2).reference]


def test_it_is_on_record_how_many_and_doing_it_again_does_nothing(book: Book) -> None:
    settled(book).redact(AFTER)
    head = book.ledger.head()
    assert book.redact(AFTER) == (0, 0)
    assert book.ledger.head() == head
    assert book.rows("select kbo, disclosures, withdrawals from redaction") == [(GENT, 1, 1)]
    found = book.verify(today=AFTER)
    assert (found.problems, found.redacted) == ((), 2)


def test_a_parent_can_be_disclosed_again_after_it(book: Book) -> None:
    settled(book).redact(AFTER)
    book.drop(20, 1)
    assert {held.reference: held.sequence for held in book.ledger.recipient(GENT).holdings()}[
        disclosure(1).reference
    ] == 20
    assert book.problems(today=AFTER) == []


def test_nothing_of_it_is_left_in_the_file(tmp_path: Path) -> None:
    """SQLite overwrites what it lets go of."""
    book = settled(Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors"))
    person = disclosure(1).person
    assert anywhere(tmp_path, person)
    book.redact(AFTER)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    assert not anywhere(tmp_path, person)
    assert anywhere(tmp_path, disclosure(2).person)


def anywhere(folder: Path, what: bytes) -> bool:
    return any(what in path.read_bytes() for path in folder.glob("ledger.sqlite*") if path.is_file())


# Nothing else


NO_REDACTION = [
    "reference = null",
    "reference = null, person = null, insz = null, salt = null",
    "reference = null, person = null, insz = null, consent_event = null",
    "reference = null, person = null, insz = null, consent_event = null, salt = null, kbo = 'x'",
    "reference = null, person = null, insz = null, consent_event = null, salt = null, retention_days = 1",
    "reference = null, person = null, insz = null, consent_event = null, salt = null, who_sha256 = 'x'",
    "reference = null, person = null, insz = null, consent_event = null, salt = null, link = 2",
    "reference = null, person = null, insz = null, consent_event = null, salt = null, id = 99",
    "reference = 'R', person = null, insz = null, consent_event = null, salt = null",
    "text_version = text_version",
]


@pytest.mark.parametrize("change", NO_REDACTION)
def test_no_other_update_is_let_through(book: Book, change: str) -> None:
    settled(book)
    with pytest.raises(DBAPIError, match="append-only"), book.ledger.engine.begin() as connection:
        connection.execute(sa.text(f"update disclosure set {change} where id = 1"))


def test_a_redacted_line_is_changed_no_more(book: Book) -> None:
    settled(book).redact(AFTER)
    for change in ("reference = 'R'", "salt = null", "reference = null, person = null, salt = null"):
        with pytest.raises(DBAPIError, match="append-only"), book.ledger.engine.begin() as connection:
            connection.execute(sa.text(f"update disclosure set {change} where id = 1"))
    with pytest.raises(DBAPIError, match="append-only"), book.ledger.engine.begin() as connection:
        connection.execute(sa.text("delete from disclosure where id = 1"))


EMPTIED = "reference = null, person = null, insz = null, consent_event = null, salt = null"


def test_a_redaction_that_nobody_counted_shows(book: Book) -> None:
    settled(book)
    with book.ledger.engine.begin() as connection:
        connection.execute(sa.text(f"update disclosure set {EMPTIED} where id = 1"))
    (found,) = book.problems(today=AFTER)
    assert (found.where, found.kbo) == ("disclosure", GENT)
    assert found.says == "1 lines are redacted, 0 by a redaction on record"


def test_a_redaction_before_its_time_shows(book: Book) -> None:
    settled(book).redact(AFTER)
    assert [problem.says for problem in book.problems(today=LAST_DAY)] == ["1 lines: redacted within its retention"]


def test_half_a_redaction_shows(book: Book) -> None:
    settled(book).tamper("update disclosure set salt = null, person = null where id = 1")
    assert "1 lines: half redacted" in [problem.says for problem in book.problems(today=AFTER)]


# Look-ups


def asked(book: Book, years: int) -> None:
    at = START + timedelta(days=365 * years)
    person = b"\x00person %06d\xff" % years
    append_lookup(book.ledger.engine, Lookup(at, "els", LookupKind.PERSON, f"INZ-{years}", person, None, "key"))


def forgotten(book: Book, now: datetime, days: float = 3650) -> int:
    with ledger_errors(), book.ledger.engine.begin() as connection:
        return redact_look_ups(connection, now - timedelta(days=days))


def test_whom_a_look_up_was_about_goes_after_its_time_and_the_rest_stays(book: Book) -> None:
    for years in range(3):
        asked(book, years)
    book.anchor()
    now = START + timedelta(days=3650 + 400)
    assert (forgotten(book, now), forgotten(book, now)) == (2, 0)
    kept = "select reason, who, person is null, salt is null from look_up order by id"
    gone = [(f"INZ-{years}", "els", years < 2, years < 2) for years in range(3)]
    assert [(*row[:2], *map(bool, row[2:])) for row in book.rows(kept)] == gone
    assert book.problems(today=now.date()) == []


def test_one_that_was_redacted_before_its_time_is_a_problem(book: Book) -> None:
    asked(book, 0)
    book.anchor()
    assert forgotten(book, START + timedelta(days=40), days=30) == 1
    says = "1 lines: redacted within its retention"
    assert [(one.where, one.says) for one in book.problems(today=START.date())] == [("look_up", says)]
    with pytest.raises(DBAPIError, match="append-only"), book.ledger.engine.begin() as connection:
        connection.execute(sa.text("update look_up set who = 'nobody'"))

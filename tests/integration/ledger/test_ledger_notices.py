"""Notices that are said again, and a restored ledger's numbers, in real ledgers of both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from pipeline.answers.person.lines import DropDelivery, drop_deliveries
from pipeline.core.errors import LedgerConflict
from pipeline.ledger.db.migrations.versions import v0011_notices, v0016_notice_manifests, v0017_sizes
from pipeline.ledger.events import Event, Kind
from pipeline.ledger.notice_series import NoticeResend, is_overtaken, manifest_before, notice_series
from pipeline.ledger.notices import Notice, Step
from pipeline.ledger.restoration import NUMBERS_LEFT_OUT, Restoration, next_numbers
from tests.support.worlds.books import AALST, GENT, START, Book, contents, disclosure

LONG_AFTER = date(2027, 1, 1)
NIGHT = date(2026, 6, 9)


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    """Gent was told of one withdrawal, and its notice is gone."""
    if request.param == "sqlite":
        made = Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    else:
        fresh: Callable[[], str] = request.getfixturevalue("postgres")
        made = Book(fresh(), tmp_path / "anchors")
    made.drop(1, 1, 2)
    made.drop(2, 2)
    made.withdraw(1, 1)
    made.tell(last=Step.PUBLISHED)
    step(made, 1, Step.GONE)
    made.anchor()
    return made


PROVED: dict[str, Any] = {
    "manifest_sha256": "m" * 64,
    "signature_sha256": "s" * 64,
    "signed_by": "SHA256:" + "k" * 43,
    "sizes": {"N.csv": 7},
}


def step(book: Book, number: int, *found: Step, repeats: int | None = None, **proved: Any) -> None:
    """The steps of a notice, with nothing to be told by it."""
    with book.ledger.delivering(GENT) as log:
        notice = next((one for one in log.notices() if one.number == number), None)
        begun = Notice(GENT, number, Step.INTENT, f"N{number}", "N.csv", "nn", 1, repeats=repeats)
        notice = notice or replace(begun, **proved)
        for each in found:
            log.record_notice(replace(notice, step=each).event("run", book.clock()))


SENT = (Step.INTENT, Step.RELEASING, Step.PUBLISHED)


def test_a_repeat_has_the_lines_of_the_first_and_none_of_its_own(book: Book) -> None:
    step(book, 2, *SENT, repeats=1)
    records = book.ledger.recipient(GENT)
    first, repeat = records.notices()
    assert (repeat.repeats, repeat.first) == (1, first.number) and records.not_notified() == ()
    assert records.notified(repeat.first) == records.notified(1) and len(records.notified(1)) == 1
    assert book.rows("select number from notice_line") == [(1,)]
    assert book.problems() == []


def test_a_withdrawal_that_is_acknowledged_by_a_repeat_is_settled(book: Book) -> None:
    step(book, 2, *SENT, repeats=1)
    assert book.redact(LONG_AFTER) == (0, 0), "not acknowledged"
    step(book, 2, Step.ACKNOWLEDGED)
    assert book.redact(LONG_AFTER) == (1, 1)


def test_who_asks_that_it_is_said_again_is_on_record_once(book: Book) -> None:
    asked = NoticeResend(GENT, 1, 1, START, "anna", "lost")
    with book.ledger.delivering(GENT) as log:
        log.record_resend(asked)
        with pytest.raises(LedgerConflict):
            log.record_resend(replace(asked, who="bert"))
        assert log.resends() == (asked,)
        (series,) = notice_series(log.notices(), log.resends())
    assert series.is_asked_for and book.ledger.recipient(AALST).resends() == ()


def test_who_is_in_a_drop_that_may_count_is_held_though_its_ack_file_was_noted(book: Book) -> None:
    """The process died between the two lines that it appends once the GO file is there."""
    book.drop(3, 3, last=Kind.RELEASING)
    before = {held.reference for held in book.ledger.recipient(GENT).holdings()}
    with book.ledger.delivering(GENT) as log:
        log.record(Event(GENT, date(2026, 6, 3), "run 3", Kind.EARLY_ACK, book.clock(), contents(GENT, 3)))
    assert {held.reference for held in book.ledger.recipient(GENT).holdings()} == before
    assert disclosure(3).reference in before
    assert drop_deliveries(book.ledger.recipient(GENT).events())[GENT, 3, contents(GENT, 3).manifest_sha256] == (
        DropDelivery(certain=False)
    )


def test_after_a_backup_was_put_back_numbers_go_on_far_beyond(book: Book) -> None:
    records = book.ledger.recipient(GENT)
    assert (records.delivery_state(NIGHT).next_sequence, records.next_notice_number()) == (3, 2)
    made = Restoration(GENT, START, "anna", "disk", 3 + NUMBERS_LEFT_OUT, 2 + NUMBERS_LEFT_OUT)
    with book.ledger.delivering(GENT) as log:
        log.record_restoration(made)
    assert records.restorations() == (made,)
    assert (records.delivery_state(NIGHT).next_sequence, records.next_notice_number()) == (1003, 1002)
    assert book.ledger.recipient(AALST).next_notice_number() == 1, "that of another is its own"
    with pytest.raises(LedgerConflict):
        step(book, 2, Step.INTENT, repeats=1)
    step(book, 1002, *SENT, repeats=1)
    step(book, 1003, Step.INTENT)
    assert records.next_notice_number() == 1004
    assert next_numbers([made, replace(made, drop_number=7)], 9, 5000) == (1003, 5000), "never backwards"


def test_a_ledger_of_before_is_brought_to_this_schema_and_its_chain_holds(book: Book) -> None:
    """As it was: without the column, and without the two tables."""
    head = book.ledger.head()
    with book.ledger.engine.begin() as connection:
        for statement in (
            "drop table notice_resend",
            "drop table restoration",
            "alter table notice_event drop column repeats",
            *(f"alter table notice_event drop column {name}" for name in PROVED),
            "alter table publication_event drop column sizes",
        ):
            connection.execute(sa.text(statement))
        with Operations.context(MigrationContext.configure(connection)):
            v0011_notices.upgrade()
            v0016_notice_manifests.upgrade()
            v0017_sizes.upgrade()
    assert book.ledger.head() == head and book.problems() == []
    step(book, 2, *SENT, repeats=1, **PROVED)
    first, repeat = book.ledger.recipient(GENT).notices()
    assert (first.repeats, repeat.repeats) == (None, 1)
    assert (first.is_signed, list(first.hashes)) == (False, ["N.csv"]), "one from before ends as it began"
    assert list(repeat.hashes.values()) == ["nn", "m" * 64, "s" * 64] and repeat.signed_by == PROVED["signed_by"]
    assert (first.size_of("N.csv"), repeat.size_of("N.csv"), repeat.size_of(repeat.go_name)) == (None, 7, 0)
    assert book.problems() == [], "the new columns are in the chain too"


def test_another_manifest_signature_or_key_makes_it_another_notice(book: Book) -> None:
    """A task that was overtaken may not let a notice count that is not the one on record."""
    step(book, 2, Step.INTENT, repeats=1, **PROVED)
    (_, begun) = book.ledger.recipient(GENT).notices()
    for name in PROVED:
        changed = replace(begun, step=Step.RELEASING, **{name: "other"})
        with book.ledger.delivering(GENT) as log, pytest.raises(LedgerConflict, match="cannot follow"):
            log.record_notice(changed.event("late", book.clock()))
    step(book, 2, Step.RELEASING)


def test_the_one_before_is_the_last_by_number_that_counts_or_may(book: Book) -> None:
    for number, steps in ((2, SENT), (3, SENT[:1]), (4, SENT[:2])):
        step(book, number, *steps, repeats=None, **PROVED | {"manifest_sha256": str(number) * 64})
    notices = book.ledger.recipient(GENT).notices()
    assert [manifest_before(notices, number) for number in range(1, 6)] == [
        None,
        None,
        "2" * 64,
        "2" * 64,
        "4" * 64,
    ], "the first has none; what the third says, nobody saw"
    assert [is_overtaken(notices, number) for number in (2, 3, 4)] == [True, True, False]

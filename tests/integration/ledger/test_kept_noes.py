"""The suppression list on real databases: appended once, found again, in the chain, redacted apart from disclosures."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.ledger.db.engine import ledger_errors
from pipeline.ledger.db.suppression import SuppressionRecords, redact_kept_noes
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.suppression import NEW_NO, RENEWED_AFTER, Lift, kept_until
from tests.support.worlds.books import GENT, START, Book

NIGHT = date(2026, 6, 1)
LONG_AFTER = date(2027, 6, 1)
KEYS = {name: LedgerKey(name, bytes([n]) * 32) for n, name in enumerate(("now", "old"), 1)}


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    """With a withdrawal that was told and acknowledged."""
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors").fill()
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors").fill()


def records(book: Book) -> SuppressionRecords:
    return SuppressionRecords(book.ledger.engine, KEYS["now"], KEYS.__getitem__)


def noes(*numbers: int, kbo: str | None = GENT, key: str = "now") -> pa.Table:
    """One without INSZ, placed or not, and with no instant at which it was recorded where the number is even."""
    rows = [
        {
            "key_id": key,
            "person": b"person %d" % number,
            "insz": b"insz %d" % number if number % 2 else None,
            "event": b"event %d" % number,
            "kbo": kbo,
            "is_own": True,
            "is_grant": False,
            "counts_from": START,
            "recorded_at": START + timedelta(microseconds=number) if number % 2 else None,
        }
        for number in numbers
    ]
    return pa.Table.from_pylist(rows, schema=NEW_NO)


def redact(book: Book, today: date) -> int:
    with ledger_errors(), book.ledger.engine.begin() as connection:
        return redact_kept_noes(connection, today, 3)


def test_what_is_kept_is_read_again_and_kept_once(book: Book) -> None:
    list_ = records(book)
    assert list_.keep(noes(1, 2), NIGHT, START) == 2
    head = book.ledger.head()
    assert list_.keep(noes(1, 2), NIGHT + timedelta(1), START) == 0 and book.ledger.head() == head
    assert list_.keep(noes(2, kbo=None), NIGHT, START) == 1, "to everyone is another line"
    assert list_.keep(noes(3, key="old"), NIGHT, START + timedelta(1)) == 1
    found = list_.read()
    assert sorted(found.noes.select(NEW_NO.names).to_pylist(), key=str) == sorted([
        *noes(1, 2).to_pylist(), *noes(2, kbo=None).to_pylist(), *noes(3, key="old").to_pylist(),
    ], key=str)  # fmt: skip
    assert [key.id for key in found.keys] == ["now", "old"]
    assert list_.read(START).noes.num_rows == 3, "as it stood then"
    book.anchor()
    assert book.problems() == []


def test_a_line_that_was_lifted_or_is_old_is_not_there_to_be_found(book: Book) -> None:
    list_ = records(book)
    list_.keep(noes(1, 3), NIGHT, START)
    list_.lift([Lift(1, GENT, START, "els", "DPO-7"), Lift(1, None, START, "els", "DPO-8")])
    assert list_.read().lifts.to_pylist() == [{"id": 1, "kbo": GENT}, {"id": 1, "kbo": None}]
    assert list_.keep(noes(1, 3), NIGHT, START) == 1
    assert list_.keep(noes(1, 3), NIGHT + RENEWED_AFTER, START) == 0
    assert list_.keep(noes(1, 3), NIGHT + RENEWED_AFTER + timedelta(1), START) == 2
    book.anchor()
    assert book.problems() == []


def test_a_redaction_of_disclosures_leaves_the_list_as_it_is(book: Book) -> None:
    list_ = records(book)
    list_.keep(noes(1, 2), NIGHT, START)
    before = list_.read()
    assert book.redact(LONG_AFTER) == (1, 1)
    assert redact(book, LONG_AFTER) == 0
    assert list_.read() == before
    book.anchor()
    assert book.problems(today=LONG_AFTER) == []


def test_a_line_is_redacted_once_its_parent_can_be_in_no_population(book: Book) -> None:
    list_ = records(book)
    list_.keep(noes(1, 2), NIGHT, START)
    list_.keep(noes(3), NIGHT + timedelta(1), START)
    ids = {row["event"]: row["id"] for row in list_.read().noes.to_pylist()}
    list_.lift([Lift(ids[b"event 2"], GENT, START, "els", "DPO-7")])
    last = kept_until(NIGHT, 3)
    assert last == date(2030, 6, 1) and redact(book, last) == 0
    assert redact(book, last + timedelta(1)) == 1, "the one that was lifted for Gent alone binds for others"
    assert [row["event"] for row in list_.read().noes.to_pylist()] == [b"event 2", b"event 3"]
    columns = "person, insz, event, counts_from, recorded_at, salt"
    assert book.rows(f"select {columns} from kept_no where id = {ids[b'event 1']}") == [(None,) * 6]
    book.anchor()
    assert book.problems(today=last + timedelta(1)) == []
    (early,) = book.problems(today=last)
    assert (early.where, early.says) == ("kept_no", "1 lines: redacted within its retention")


def test_a_leap_day_keeps_a_line_a_day_longer() -> None:
    assert kept_until(date(2027, 2, 28) + timedelta(1) - RENEWED_AFTER, 3) == date(2030, 3, 1)
    assert kept_until(date(2028, 2, 29) - RENEWED_AFTER, 3) == date(2031, 3, 1)

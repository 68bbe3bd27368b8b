"""Sheets on record, on both databases: an edition at once, never again, never changed unseen."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.core.errors import LedgerConflict, LedgerUnavailable
from pipeline.indicators import ledger as ledger_sheets
from pipeline.indicators.ledger import read_sheets, record_edition
from tests.support.worlds.books import Book
from tests.support.worlds.sheets import BRUGGE, GENT, on_record

FIRST = (on_record(kbo=BRUGGE), on_record())


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors")


def test_an_edition_is_read_back_as_it_was_frozen(book: Book) -> None:
    engine = book.ledger.engine
    assert read_sheets(engine) == ()
    record_edition(engine, FIRST, ())
    record_edition(engine, [on_record(2)], FIRST)
    assert read_sheets(engine) == (*FIRST, on_record(2))
    assert read_sheets(engine, GENT) == (on_record(), on_record(2))
    assert book.rows("select sha256 from indicator_sheet order by id")[1] == (on_record().sha256,)
    assert [one.content for one in read_sheets(engine, GENT)] == [on_record().content, on_record(2).content]


def test_it_stands_in_the_chain_in_one_link(book: Book) -> None:
    book.fill()
    before = book.ledger.head().n
    record_edition(book.ledger.engine, FIRST, ())
    assert book.ledger.head().n == before + 1
    book.anchor()
    assert book.problems() == []


@pytest.mark.parametrize(
    "edit",
    [
        "update indicator_sheet set csv = replace(csv, '1000', '1001') where id = 2",
        "update indicator_sheet set lines = replace(lines, '1000', '1001') where id = 2",
        "update indicator_sheet set reason = 'x' where id = 1",
        "update indicator_sheet set released_by = 'x' where id = 1",
        "update indicator_sheet set kbo = '0212237186' where id = 1",
        "delete from indicator_sheet where id = 1",
        "delete from indicator_sheet",
    ],
)
def test_verify_sees_an_edit(book: Book, edit: str) -> None:
    record_edition(book.ledger.engine, FIRST, ())
    book.anchor()
    book.tamper(edit)
    assert {(problem.where, problem.link) for problem in book.problems()} == {("indicator_sheet", 1)}


@pytest.mark.parametrize("act", ["update indicator_sheet set csv = ''", "delete from indicator_sheet"])
def test_nothing_of_it_is_changed(book: Book, act: str) -> None:
    record_edition(book.ledger.engine, FIRST, ())
    with pytest.raises(DBAPIError, match="append-only"), book.ledger.engine.begin() as connection:
        connection.execute(sa.text(act))


def test_an_edition_is_frozen_once(book: Book) -> None:
    record_edition(book.ledger.engine, FIRST, ())
    for known in ((), FIRST):
        with pytest.raises(LedgerConflict):
            record_edition(book.ledger.engine, FIRST, known)
    assert read_sheets(book.ledger.engine) == FIRST


def test_one_that_took_not_all_others_into_account_is_not_frozen(book: Book) -> None:
    record_edition(book.ledger.engine, FIRST, ())
    for known in ((), FIRST[:1], (*FIRST, on_record(3))):
        with pytest.raises(LedgerConflict, match="computed anew"):
            record_edition(book.ledger.engine, [on_record(2)], known)
    assert read_sheets(book.ledger.engine) == FIRST


def test_half_an_edition_is_never_on_record(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, or refused, after the lines were written: they go with their transaction."""

    def killed(*given: object) -> None:
        append(*given)
        raise KeyboardInterrupt

    append = ledger_sheets.append
    with monkeypatch.context() as patched:
        patched.setattr(ledger_sheets, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            record_edition(book.ledger.engine, FIRST, ())
    with pytest.raises(LedgerConflict):
        record_edition(book.ledger.engine, (*FIRST, on_record()), ())
    assert read_sheets(book.ledger.engine) == () and book.ledger.head().n == 0
    record_edition(book.ledger.engine, FIRST, ())
    assert read_sheets(book.ledger.engine) == FIRST


def test_without_the_table_there_is_no_ledger(book: Book) -> None:
    with book.ledger.engine.begin() as connection:
        connection.execute(sa.text("drop table indicator_sheet"))
    with pytest.raises(LedgerUnavailable):
        read_sheets(book.ledger.engine)

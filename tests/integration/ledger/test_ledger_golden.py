"""The chain over every kind of line has the same head as ever: how lines are made may change, not what is hashed."""

from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from pipeline.core.model import Head, HeldRule
from pipeline.indicators.ledger import record_edition
from pipeline.ledger.approvals import Answer, ApprovalDecision
from pipeline.ledger.db import chain as ledger_chain
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.tables import CHAINED, look_up
from pipeline.ledger.events import Event, Kind
from tests.support.worlds.books import AALST, GENT, START, Book, contents
from tests.support.worlds.sheets import on_record

LONG_AFTER = date(2027, 1, 1)
GOLDEN = "787836536df10d17116f30ba27e35799b7aed9c2839a9cec8135a11381c59553"


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors")


def test_the_chain_of_every_kind_of_line_has_the_same_head_as_ever(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    salts = count(1)
    monkeypatch.setattr(ledger_chain.secrets, "token_bytes", lambda size: next(salts).to_bytes(size, "big"))
    book.fill()
    night = date(2026, 6, 2)
    with book.ledger.delivering(GENT) as log:
        log.record(Event(GENT, night, "run 2", Kind.READ, book.clock(), contents(GENT, 2)))
    with book.ledger.delivering(AALST) as log:
        log.record(Event(AALST, night, "run 2", Kind.NOT_COVERED, book.clock()))
        for kind in (Kind.INTENT, Kind.RELEASING):
            log.record(Event(AALST, night, "run 2", kind, book.clock(), contents(AALST, 2)))
        log.record(Event(AALST, night, "run 2", Kind.PUBLISHED, book.clock(), contents(AALST, 2), 1234))
    held = (HeldRule("parent", "fewer", "40 % fewer", 100, 60, 0.1), HeldRule("consent", "unknown", "1", 0, 1, 0))
    book.ledger.record_answer(
        Answer("run 1", night, book.clock(), ApprovalDecision.APPROVED, "anna", "Anna", "telé", held)
    )
    book.ledger.record_answer(Answer("run 2", night, book.clock(), ApprovalDecision.UNANSWERED, None, None, "", ()))
    with book.ledger.engine.begin() as connection:
        asked = {"at": START, "who": "anna", "what": "person", "reason": "1", "person": b"p", "key_id": "key"}
        append(connection, START, {look_up: [asked]})
    record_edition(book.ledger.engine, [on_record(), on_record(2)], ())
    assert book.redact(LONG_AFTER) == (1, 1)
    assert all(book.rows(f"select count(*) from {table}") != [(0,)] for table in CHAINED)
    assert book.ledger.head() == Head(24, GOLDEN)

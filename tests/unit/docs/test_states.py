"""docs/states.md is as the code has it, and the ledger makes the moves of its diagrams and no others."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import LedgerConflict
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.events import MAY_FOLLOW, REPLACEABLE, Event, Kind
from pipeline.ledger.notices import NOTES, NoticeEvent, Step
from tests.support.states_page import PATH, RECORDED, REDACTED, page
from tests.support.worlds.books import GENT, RETENTION, START, Book, contents

Move = tuple[str, str]
NIGHT = date(2026, 6, 1)


def diagrams() -> dict[str, list[Move]]:
    """The moves of each chapter of the page, as anybody can read them there."""
    chapters = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PATH.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return {title: re.findall(r"^    (\S+) --> (\S+)$", text, re.MULTILINE) for title, text in chapters}


def paths(moves: list[Move]) -> dict[str, list[str]]:
    """To each state, the shortest way from the beginning."""
    found: dict[str, list[str]] = {"[*]": []}
    waiting = deque(found)
    while waiting:
        here = waiting.popleft()
        for before, after in moves:
            if before == here and after not in found:
                found[after] = [*found[here], after]
                waiting.append(after)
    return found


def test_the_page_is_as_the_code_has_it() -> None:
    assert PATH.read_text("utf-8") == page(), "run `python -m tests.support.states_page`"


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerDb:
    return Book(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "anchors").ledger


def test_a_drop_makes_the_moves_of_the_diagram_and_no_others(ledger: LedgerDb) -> None:
    moves = diagrams()["A drop"]
    assert {state for move in moves for state in move} == {kind.value for kind in MAY_FOLLOW if kind} | {"[*]"}
    numbers = iter(range(1, 10_000, 2))
    for state, path in paths(moves).items():
        number = begun(ledger, next(numbers), path)
        for kind in (kind for kind in Kind if kind in MAY_FOLLOW and (state, kind.value) not in moves):
            assert not takes(ledger, number, path, kind), f"{state} --> {kind} is not in the diagram"
        for kind in (kind for kind in Kind if (state, kind.value) in moves):
            assert takes(ledger, begun(ledger, next(numbers), path), path, kind), f"{state} --> {kind} is refused"


def begun(ledger: LedgerDb, number: int, path: list[str]) -> int:
    """A drop under that number, of a night of its own, that came so far; the number."""
    assert all(takes(ledger, number, path[:length], Kind(name)) for length, name in enumerate(path))
    return number


def takes(ledger: LedgerDb, number: int, path: list[str], kind: Kind) -> bool:
    """Whether the ledger records that event of the drop after these."""
    is_replacement = path[-1:] != [] and path[-1] in REPLACEABLE and kind is Kind.INTENT
    of_drop = contents(GENT, number + is_replacement)
    try:
        with ledger.delivering(GENT) as log:
            log.record(Event(GENT, NIGHT + timedelta(number), "run", kind, START, of_drop))
    except LedgerConflict:
        return False
    return True


def books(folder: Path) -> Iterator[Book]:
    """Ledgers with a withdrawal of one parent, as many as wanted."""
    number = 0
    while number := number + 1:
        (folder / str(number)).mkdir()
        book = Book(f"sqlite:///{folder / str(number) / 'ledger.db'}", folder / str(number) / "anchors")
        book.drop(1, 1)
        book.withdraw(1, 1)
        yield book


def state_of_the_withdrawal(book: Book) -> str:
    """As the ledger's own reads tell it."""
    records = book.ledger.recipient(GENT)
    if not records.withdrawals():
        return REDACTED
    return RECORDED if records.not_notified() else records.notices()[-1].step.value


def told_up_to(book: Book, steps: list[str]) -> None:
    """Its notice, as far as these steps."""
    lines = book.ledger.recipient(GENT).not_notified()
    for step in steps:
        event = NoticeEvent(GENT, 1, Step(step), "run", book.clock(), "N", "N.csv", "nn", 1)
        with book.ledger.delivering(GENT) as log:
            log.record_notice(event, lines if step == Step.INTENT else ())


def test_a_notice_and_its_withdrawal_make_the_moves_of_the_diagrams_and_no_others(tmp_path: Path) -> None:
    of_notice, of_withdrawal = diagrams()["A notice"], diagrams()["A withdrawal"]
    steps = {step.value for step in Step if step not in NOTES}
    assert {state for move in of_withdrawal for state in move} == {*steps, RECORDED, REDACTED, "[*]"}
    for (state, path), book in zip(paths(of_notice).items(), books(tmp_path), strict=False):
        told_up_to(book, path)
        before = state_of_the_withdrawal(book)
        assert before == (path[-1] if path else RECORDED)
        for step in sorted(steps):
            drawn = (state, step) in of_notice
            assert drawn == ((before, step) in of_withdrawal), f"the diagrams differ in {before} --> {step}"
            book_or_copy = book.copy(_folder(book.anchors.parent / step)) if drawn else book
            assert _takes(book_or_copy, step) == drawn, f"{state} --> {step}: ledger and diagram differ"
        book.redact(NIGHT + timedelta(RETENTION + 1))
        is_redacted = state_of_the_withdrawal(book) == REDACTED
        assert is_redacted == ((before, REDACTED) in of_withdrawal), f"{before} --> {REDACTED}"


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _takes(book: Book, step: str) -> bool:
    try:
        told_up_to(book, [step])
    except LedgerConflict:
        return False
    return True


def test_a_state_that_is_added_to_the_code_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is no copy by hand: another move changes it."""
    more = {**MAY_FOLLOW, Kind.EXPIRED: frozenset({Kind.INTENT})}
    monkeypatch.setattr("pipeline.ledger.events.MAY_FOLLOW", more)
    assert "    expired --> intent\n" in page() and PATH.read_text("utf-8") != page()

"""The order of the ledger's lines, attacked: who knows the number, name and reference of every parent, and every order
in which lines may have been written, does not tell redacted lines apart by it.
"""

import random
import secrets
from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.ledger.db.chain import append
from pipeline.ledger.db.engine import transaction
from pipeline.ledger.db.tables import CHAINED, REDACTED, disclosure, kept_no, notice_line, returned_row, withdrawal
from pipeline.ledger.disclosures import Withdrawal
from tests.support.worlds.books import GENT, Book
from tests.support.worlds.books import disclosure as line_of

PARENTS = (1, 2, 3, 4)
DROPS = 12
LONG_AFTER = date(2027, 6, 1)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, dict[int, list[int]]]]:
    """A ledger of several drops of the same parents, all redacted but the last parent of each; with what only its
    owner knows: the parents of each drop, in the order of its lines. Salts are drawn from a seed."""
    drawn, folder = random.Random(7), tmp_path_factory.mktemp("order")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", drawn.randbytes)
        book = Book(f"sqlite:///{folder / 'ledger.sqlite'}", folder / "anchors")
        for sequence in range(1, DROPS + 1):
            book.drop(sequence, *PARENTS)
        lines = book.rows("select sequence, consent_event from disclosure order by id")
        due = [withdrawn(book, parent) for parent in PARENTS[:-1]]
        assert book.ledger.record_withdrawals(due) == len(due)
        book.give_back(*PARENTS[:-1])
        book.tell()
        book.anchor()
        yield book, {number: [who for at, who in lines if at == number] for number in range(1, DROPS + 1)}


def withdrawn(book: Book, parent: int) -> Withdrawal:
    one = line_of(parent)
    return Withdrawal(
        GENT, one.reference, one.person, "key", "withdrawn", DROPS, "run", date(2026, 6, DROPS), book.clock()
    )


def test_no_order_that_an_attacker_knows_tells_whose_line_it_is(before: tuple[Book, dict[int, list[int]]]) -> None:
    """Any order of the parents is tried on every drop: by number, name, reference, or as in a drop not yet redacted."""
    _, drops = before
    for order in permutations(PARENTS):
        right = sum(guess == who for parents in drops.values() for guess, who in zip(order, parents, strict=True))
        assert right < DROPS * len(PARENTS) / 2, f"{order}: {right} of {DROPS * len(PARENTS)} lines"
    assert len({tuple(parents) for parents in drops.values()}) > DROPS / 2, "one drop tells nothing of another"


@pytest.mark.parametrize("table", [disclosure, withdrawal, returned_row, kept_no], ids=lambda table: table.name)
def test_the_order_of_lines_is_that_of_what_a_redacted_line_shows(
    before: tuple[Book, dict[int, list[int]]], table: sa.Table
) -> None:
    """Salted commitments, which tell nobody anything: so their order does not either."""
    book, _ = before
    lines = book.rows(f"select link, who_sha256 from {table.name} order by id")
    assert len(lines) >= 3 and lines == sorted(lines)


def test_a_notice_lists_its_withdrawals_in_the_order_of_their_lines(
    before: tuple[Book, dict[int, list[int]]],
) -> None:
    book, _ = before
    told = [withdrawal for (withdrawal,) in book.rows(f"select withdrawal from {notice_line.name} order by id")]
    assert len(told) == 3 and told == sorted(told)


def test_every_table_that_is_redacted_is_written_so(tmp_path: Path) -> None:
    """One that is added later, too: the order is made where every line is appended."""
    redacted = [table for table in CHAINED.values() if table.info[REDACTED]]
    assert {table.name for table in redacted} == {"disclosure", "withdrawal", "look_up", "kept_no", "returned_row"}
    book = Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    asked = {"at": book.clock(), "who": "els", "what": "explain", "reason": "none", "key_id": "key"}
    with transaction(book.ledger.engine) as connection:
        for table in (one for one in redacted if one.name == "look_up"):
            append(connection, book.clock(), {table: [asked | {"person": bytes([one])} for one in range(8)]})
    lines = [commitment for (commitment,) in book.rows("select who_sha256 from look_up order by id")]
    assert lines == sorted(lines) and len(set(lines)) == 8


def test_the_chain_holds_over_lines_that_were_put_in_another_order(
    before: tuple[Book, dict[int, list[int]]],
) -> None:
    book, _ = before
    assert book.redact(LONG_AFTER) == ((len(PARENTS) - 1) * DROPS, len(PARENTS) - 1)
    assert book.problems(today=LONG_AFTER) == []

"""Replacements and notices in real ledgers: what the schema itself holds to."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Kbo
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.disclosures import Disclosure, Withdrawal
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.ledger.notices import NoticeEvent, Step
from tests.support.worlds.books import disclosure

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
NIGHT, NEXT = date(2026, 6, 15), date(2026, 6, 16)
AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return fresh()


@pytest.fixture
def ledger(uri: str) -> LedgerDb:
    """With one drop that counted and two persons in it, of whom one was withdrawn since."""
    opened = open_ledger(uri)
    write(opened, 1, *COUNT, lines=[replace(disclosure(number), reference=f"R{number}") for number in (1, 2)])
    told(opened, "R1")
    return opened


def write(ledger: LedgerDb, sequence: int, *kinds: Kind, night: date = NIGHT, lines: Sequence[Disclosure] = ()) -> None:
    stem = "S" if sequence == 1 else f"S{sequence}"
    manifest = "cc" if sequence == 1 else f"m{sequence}"
    contents = Contents(sequence, stem, 2, {f"{stem}.csv": "aa"}, f"{stem}.json", manifest)
    with ledger.delivering(GENT) as log:
        for kind in kinds:
            log.record(Event(GENT, night, "run", kind, AT, contents), lines if kind is Kind.INTENT else ())


RECALL, COUNT = (Kind.RECALLING, Kind.RECALLED), (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)


def numbers(ledger: LedgerDb) -> list[tuple[str, int, int]]:
    with ledger.engine.begin() as connection:
        rows = connection.execute(sa.text("select night, edition, sequence from drop_number order by sequence"))
        return [(str(night), edition, sequence) for night, edition, sequence in rows]


def test_what_was_there_is_the_first_edition_and_still_referred_to(ledger: LedgerDb) -> None:
    assert numbers(ledger) == [("2026-06-15", 1, 1)]
    with ledger.engine.begin() as connection:
        if ledger.engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("pragma foreign_key_check").fetchall() == []
            assert connection.exec_driver_sql("pragma foreign_keys").scalar() == 1
    columns = "id, kbo, night, run_id, kind, at, sequence, link"
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), ledger.engine.begin() as connection:
        statement = f"insert into publication_event ({columns}) select 99, kbo, night, run_id, kind, at, 9, link"
        connection.execute(sa.text(f"{statement} from publication_event where id = 1"))


def test_a_recalled_drop_has_further_editions_under_further_numbers(ledger: LedgerDb) -> None:
    write(ledger, 1, *RECALL)
    write(ledger, 2, *COUNT, *RECALL)
    write(ledger, 3, Kind.INTENT, Kind.INTENT, Kind.ABANDONED, *COUNT)
    write(ledger, 4, *COUNT, night=NEXT)
    assert numbers(ledger) == [
        ("2026-06-15", 1, 1), ("2026-06-15", 2, 2), ("2026-06-15", 3, 3), ("2026-06-16", 1, 4),
    ]  # fmt: skip
    kinds = [drop.kind for drop in ledger.recipient(GENT).delivery_state(NIGHT).drops]
    assert kinds == [Kind.RECALLED, Kind.RECALLED, Kind.PUBLISHED, Kind.PUBLISHED]
    assert (
        open_ledger(str(ledger.engine.url.render_as_string(hide_password=False))).recipient(GENT).events()
        == ledger.recipient(GENT).events()
    )


@pytest.mark.parametrize("kinds", [(), (Kind.WITHDRAWING,), (Kind.FETCHED,), (Kind.EXPIRING, Kind.EXPIRED)])
def test_nothing_but_a_recalled_drop_has_one(ledger: LedgerDb, kinds: tuple[Kind, ...]) -> None:
    write(ledger, 1, *kinds)
    with pytest.raises(LedgerConflict, match="cannot follow"):
        write(ledger, 2, Kind.INTENT)
    assert numbers(ledger) == [("2026-06-15", 1, 1)]


def test_a_number_is_not_used_again(ledger: LedgerDb) -> None:
    write(ledger, 1, *RECALL)
    write(ledger, 2, *COUNT, night=NEXT)
    with pytest.raises(LedgerConflict, match="first"):
        write(ledger, 2, Kind.INTENT)


def test_an_edition_that_is_taken_is_refused_by_the_schema_itself(ledger: LedgerDb) -> None:
    """To a task that looked before the other one wrote, and holds no lock any more."""
    write(ledger, 1, *RECALL)
    write(ledger, 2, Kind.INTENT)
    with pytest.raises(DBAPIError), ledger.engine.begin() as connection:
        statement = "insert into drop_number (kbo, night, edition, sequence) values (:kbo, :night, 2, 3)"
        connection.execute(sa.text(statement), {"kbo": GENT, "night": str(NIGHT)})


def told(ledger: LedgerDb, *references: str) -> None:
    ledger.record_withdrawals(
        [Withdrawal(GENT, each, b"p", "key", "withdrawn", 1, "run", NIGHT, AT) for each in references]
    )


def notice(number: int, step: Step) -> NoticeEvent:
    return NoticeEvent(GENT, number, step, "run", AT, f"N{number}", f"N{number}.csv", "aa", 1)


def test_withdrawals_are_told_once(ledger: LedgerDb) -> None:
    assert [line.reference for line in ledger.recipient(GENT).not_notified()] == ["R1"]
    with ledger.delivering(GENT) as pages:
        pages.record_notice(notice(1, Step.INTENT), pages.not_notified())
        assert pages.not_notified() == () and [line.reference for line in pages.notified(1)] == ["R1"]
    told(ledger, "R2")
    assert [line.reference for line in ledger.recipient(GENT).not_notified()] == ["R2"]
    assert ledger.recipient(AALST).not_notified() == () and ledger.recipient(AALST).notices() == ()


def test_a_notice_begun_again_tells_the_same(ledger: LedgerDb) -> None:
    with ledger.delivering(GENT) as pages:
        lines = pages.not_notified()
        for step in (Step.INTENT, Step.INTENT, Step.RELEASING, Step.PUBLISHED, Step.ACKNOWLEDGED):
            pages.record_notice(notice(1, step), lines)
        assert pages.notified(1) == lines
    (found,) = ledger.recipient(GENT).notices()
    assert (found.step, found.published_at, found.acknowledged_at) == (Step.ACKNOWLEDGED, AT, AT)


def test_a_withdrawal_stands_in_one_notice_by_the_schema(ledger: LedgerDb) -> None:
    with ledger.delivering(GENT) as pages:
        lines = pages.not_notified()
        pages.record_notice(notice(1, Step.INTENT), lines)
        with pytest.raises(LedgerConflict, match="first"):
            pages.record_notice(notice(2, Step.INTENT), lines)
    assert [one.number for one in ledger.recipient(GENT).notices()] == [1], "nothing of the second was written"

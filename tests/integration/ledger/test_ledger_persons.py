"""The ledger's lines per person on real databases: what a recipient holds, and what it must be told to drop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Kbo
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import Contents, Event, Kind
from tests.support.worlds.ledgers import new_ledger

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
UP_TO = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerDb:
    if request.param == "sqlite":
        return new_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return new_ledger(fresh())


def line(parent: int, insz: bool = True) -> Disclosure:
    return Disclosure(
        reference=f"R{parent:031}",
        person=b"\x00person %06d\xff" % parent,
        insz=b"\x00insz__ %06d\xff" % parent if insz else None,
        key_id="key",
        fields=("name", "phone"),
        agreements=("A1", "A2"),
        protocols=("P1",),
        consent_event=2**40 + parent,
        text_version="v1",
        retention_days=365,
    )


def contents(sequence: int, manifest: str = "") -> Contents:
    return Contents(
        sequence, f"S{sequence}", 1, {f"S{sequence}.csv": "aa"}, f"S{sequence}.json", manifest or f"{sequence}"
    )


def drop(
    ledger: LedgerDb, sequence: int, *parents: int, kbo: Kbo = GENT, last: Kind = Kind.PUBLISHED, manifest: str = ""
) -> None:
    """That night's drop, as far as `last`."""
    for kind in UP_TO[: UP_TO.index(last) + 1]:
        event = Event(kbo, date(2026, 6, sequence), "run", kind, AT, contents(sequence, manifest))
        with ledger.delivering(kbo) as log:
            log.record(event, [line(parent) for parent in parents] if kind is Kind.INTENT else ())


def withdrawal(parent: int, sequence: int, kbo: Kbo = GENT, cause: str = "withdrawn") -> Withdrawal:
    one = line(parent)
    return Withdrawal(kbo, one.reference, one.person, "key", cause, sequence, "run", date(2026, 6, sequence), AT)


def held(ledger: LedgerDb, kbo: Kbo = GENT) -> dict[str, int]:
    return {one.reference[-2:]: one.sequence for one in ledger.recipient(kbo).holdings()}


def test_lines_come_back_as_they_were_written(ledger: LedgerDb) -> None:
    with ledger.delivering(GENT) as log:
        log.record(Event(GENT, date(2026, 6, 1), "run", Kind.INTENT, AT, contents(1)), [line(2, insz=False), line(1)])
    assert ledger.recipient(GENT).disclosures("1") == (line(1), line(2, insz=False))
    assert ledger.recipient(AALST).disclosures("1") == ledger.recipient(GENT).disclosures("2") == ()


def test_what_was_only_meant_is_not_held(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2, last=Kind.INTENT)
    assert held(ledger) == {}


def test_what_may_have_counted_is_held_until_the_host_was_asked(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2, last=Kind.RELEASING)
    assert held(ledger) == {"01": 1, "02": 1}
    with ledger.delivering(GENT) as log:
        for kind in (Kind.INTENT, Kind.ABANDONED):
            log.record(Event(GENT, date(2026, 6, 1), "run", kind, AT, contents(1)))
    assert held(ledger) == {}


def test_as_if_one_run_had_put_nothing_on_record(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2)
    ledger.record_withdrawals([withdrawal(1, 1), replace(withdrawal(2, 1), run="another")])
    assert held(ledger) == {}
    assert {one.reference[-2:] for one in ledger.recipient(GENT).holdings(but_of_run="run")} == {"01"}


@pytest.mark.parametrize("last", [Kind.PUBLISHED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST])
def test_what_counted_is_held_whatever_became_of_it(ledger: LedgerDb, last: Kind) -> None:
    drop(ledger, 1, 1, 2, last=last)
    one = line(1)
    assert ledger.recipient(GENT).holdings()[0] == Holding(one.reference, one.person, "key", 1)
    assert held(ledger) == {"01": 1, "02": 1}
    assert held(ledger, AALST) == {}


def test_of_several_renderings_only_the_one_that_counted(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2, last=Kind.INTENT, manifest="first try")
    drop(ledger, 1, 2, 3, manifest="second try")
    assert held(ledger) == {"02": 1, "03": 1}
    assert len(ledger.recipient(GENT).disclosures("first try")) == 2, "what was meant stays on record"


def early(ledger: LedgerDb, manifest: str, *parents: int, sequence: int = 2, kind: Kind = Kind.TAKEN_EARLY) -> None:
    """A try that goes no further than `kind`."""
    for step in (Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.TAKEN_EARLY, Kind.INTENT):
        event = Event(GENT, date(2026, 6, sequence), "run", step, AT, contents(sequence, manifest))
        with ledger.delivering(GENT) as log:
            log.record(event, [line(parent) for parent in parents] if step is Kind.INTENT else ())
        if step is kind:
            return


def test_what_was_taken_before_it_counted_is_held_by_its_rendering_whatever_comes_after_it(ledger: LedgerDb) -> None:
    """Each rendering of a number has lines of its own: those of one that was taken stay, withdrawn once alone."""
    drop(ledger, 1, 1, 2)
    early(ledger, "only meant", 4, 5, kind=Kind.NAMING)
    assert held(ledger) == {"01": 1, "02": 1}, "somebody might take it, and nobody did"
    early(ledger, "taken", 2, 3)
    assert held(ledger) == {"01": 1, "02": 2, "03": 2}
    assert ledger.record_withdrawals([withdrawal(2, 2), withdrawal(3, 2)]) == 2
    assert held(ledger) == {"01": 1}
    with ledger.delivering(GENT) as log:
        assert log.withdrawn_from(contents(1)) == 1, "the drop that lies there has one of them too"
    drop(ledger, 2, 3, 6, manifest="delivered")
    assert held(ledger) == {"01": 1, "03": 2, "06": 2}, "released again, and in what counts"
    assert ledger.record_withdrawals([withdrawal(3, 2)]) == 1
    assert held(ledger) == {"01": 1, "06": 2}, "and who was withdrawn of what was taken is not told twice"


def test_what_was_taken_while_it_may_count_is_held_once(ledger: LedgerDb) -> None:
    early(ledger, "taken", 1)
    assert held(ledger) == {"01": 2}
    with ledger.delivering(GENT) as log, pytest.raises(LedgerConflict):
        log.record(Event(GENT, date(2026, 6, 2), "run", Kind.TAKEN_EARLY, AT, contents(2, "taken")))


def test_the_same_drop_tried_again_has_its_lines_once(ledger: LedgerDb) -> None:
    for _ in range(2):
        drop(ledger, 1, 1, 2, last=Kind.INTENT)
    assert len(ledger.recipient(GENT).disclosures("1")) == 2


def test_the_newest_drop_with_somebody_counts(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2)
    drop(ledger, 2, 2)
    assert held(ledger) == {"01": 1, "02": 2}


def test_who_was_withdrawn_is_held_no_more_until_disclosed_again(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2)
    assert ledger.record_withdrawals([withdrawal(1, 1)]) == 1
    assert held(ledger) == {"02": 1}
    drop(ledger, 2, 1)
    assert held(ledger) == {"01": 2, "02": 1}
    ledger.record_withdrawals([withdrawal(1, 2, cause="deceased")])
    assert held(ledger) == {"02": 1}
    assert [(one.after_sequence, one.cause) for one in ledger.recipient(GENT).withdrawals()] == [
        (1, "withdrawn"),
        (2, "deceased"),
    ]


def test_who_was_withdrawn_stays_so_while_others_are_sent(ledger: LedgerDb) -> None:
    """A withdrawal is held against its own number, whatever was meant to be sent since."""
    drop(ledger, 1, 1, 2)
    ledger.record_withdrawals([withdrawal(1, 1)])
    drop(ledger, 2, 2)
    drop(ledger, 3, 2, last=Kind.INTENT)
    assert held(ledger) == {"02": 2}
    assert ledger.record_withdrawals([withdrawal(1, 1)]) == 0


def test_a_withdrawal_is_of_one_recipient(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1)
    drop(ledger, 1, 1, kbo=AALST)
    ledger.record_withdrawals([withdrawal(1, 1)])
    assert (held(ledger), held(ledger, AALST)) == ({}, {"01": 1})


def test_a_withdrawal_is_put_on_record_once(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2)
    first = withdrawal(1, 1)
    assert ledger.record_withdrawals([first]) == 1
    assert ledger.record_withdrawals([replace(first, cause="deceased", run="other"), withdrawal(2, 1)]) == 1
    assert ledger.recipient(GENT).withdrawals() == (first, withdrawal(2, 1))
    with ledger.delivering(GENT) as log:
        assert log.record_withdrawals([first]) == 0
        assert list(log.holdings()) == []


def test_the_window_of_a_publication_is_kept_and_nothing_else_has_one(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, last=Kind.RELEASING)
    with ledger.delivering(GENT) as log:
        log.record(Event(GENT, date(2026, 6, 1), "run", Kind.PUBLISHED, AT, contents(1), 412))
        log.record(Event(GENT, date(2026, 6, 1), "run", Kind.RECHECKED, AT))
    assert [event.window_ms for event in ledger.recipient(GENT).events()] == [None, None, 412, None]
    assert ledger.recipient(GENT).delivery_state(date(2026, 6, 1)).rechecked
    assert not ledger.recipient(GENT).delivery_state(date(2026, 6, 2)).rechecked


def test_an_intent_that_is_refused_leaves_no_line(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1)
    with pytest.raises(LedgerConflict), ledger.delivering(GENT) as log:
        log.record(Event(GENT, date(2026, 6, 1), "run", Kind.INTENT, AT, contents(1, "again")), [line(9)])
    assert ledger.recipient(GENT).disclosures("again") == ()


TABLES = ["disclosure", "withdrawal"]


def filled(ledger: LedgerDb) -> LedgerDb:
    drop(ledger, 1, 1, 2)
    ledger.record_withdrawals([withdrawal(1, 1)])
    return ledger


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["update {} set kbo = kbo", "delete from {}"])
def test_nothing_is_changed_or_deleted(ledger: LedgerDb, table: str, act: str) -> None:
    filled(ledger)
    with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as connection:
        connection.execute(sa.text(act.format(table)))
    assert held(ledger) == {"02": 1}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("columns", ["*", "null as id"])
def test_nothing_is_replaced_in_sqlite(tmp_path: Path, table: str, columns: str) -> None:
    """`insert or replace` deletes without a delete trigger: by its number, or by what may stand there once."""
    ledger = filled(new_ledger(f"sqlite:///{tmp_path / 'l'}"))
    if columns != "*":
        with ledger.engine.begin() as connection:
            names = [column["name"] for column in sa.inspect(connection).get_columns(table)]
        columns = ", ".join(["null as id", *names[1:]])
    with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as connection:
        connection.execute(sa.text(f"insert or replace into {table} select {columns} from {table}"))


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_truncated_in_postgresql(postgres: Callable[[], str], table: str) -> None:
    ledger = filled(new_ledger(postgres()))
    with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as connection:
        connection.execute(sa.text(f"truncate {table} cascade"))


def test_a_number_that_is_rendered_anew_owes_nothing_to_a_withdrawal_of_before(ledger: LedgerDb) -> None:
    """A drop stalled where it may have counted, somebody withdrew, and without that parent it was sent after all."""
    drop(ledger, 1, 1, 2, last=Kind.RELEASING, manifest="stalled")
    ledger.record_withdrawals([withdrawal(1, 1)])
    drop(ledger, 1, 2, manifest="anew")
    with ledger.delivering(GENT) as log:
        assert log.withdrawn_from(contents(1, "anew")) == 0, "it is not recalled in vain"
    assert held(ledger) == {"02": 1}


def test_who_is_in_it_again_can_be_withdrawn_from_it_again(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2, last=Kind.RELEASING, manifest="stalled")
    assert ledger.record_withdrawals([withdrawal(1, 1)]) == 1
    drop(ledger, 1, 1, 2, manifest="anew")
    assert held(ledger) == {"01": 1, "02": 1}
    assert ledger.record_withdrawals([withdrawal(1, 1, cause="deceased")]) == 1
    assert ledger.record_withdrawals([withdrawal(1, 1, cause="deceased")]) == 0
    assert held(ledger) == {"02": 1}
    with ledger.delivering(GENT) as log:
        assert log.withdrawn_from(contents(1, "anew")) == 1
        assert log.withdrawn_from(contents(1, "stalled")) == 1
    assert [one.cause for one in ledger.recipient(GENT).withdrawals()] == ["withdrawn", "deceased"]


def test_the_stalled_one_that_turns_out_to_count_keeps_its_withdrawal(ledger: LedgerDb) -> None:
    drop(ledger, 1, 1, 2, last=Kind.RELEASING)
    ledger.record_withdrawals([withdrawal(1, 1)])
    with ledger.delivering(GENT) as log:
        log.record(Event(GENT, date(2026, 6, 1), "run", Kind.PUBLISHED, AT, contents(1)))
        assert log.withdrawn_from(contents(1)) == 1
    assert held(ledger) == {"02": 1}

"""A parent's question, answered from a real ledger on both databases and a real agency: all of one, none of another."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.answers.lookup import LookupKind
from pipeline.answers.person.facts import PersonFacts
from pipeline.answers.person.kept_noes import KeptNo
from pipeline.answers.person.report import person_report
from pipeline.core.errors import LedgerUnavailable, SettingsError, TerminalError
from pipeline.core.model import Field
from pipeline.ledger.events import Event, Kind
from pipeline.ledger.persons import insz_hash, person_hashes
from pipeline.ledger.returns import ReturnKind
from pipeline.ledger.suppression import NEW_NO, Lift, kept_until
from tests.e2e.search import canaries, search
from tests.support.answers import AGENCY, ASKED_AT, BRUGGE, GENT, Desk, ledger_key, tables, texts
from tests.support.returned_noes import returned
from tests.support.worlds.small_world import execute, person, small_world
from tests.support.worlds.tables import to_sqlite

FIRST, SECOND, THIRD = date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)
HERS, HIS = 201, 202
"""Two parents of one family in Gent."""


def insz(parent: int) -> str:
    return person(parent)["insz"]


def who(parent: int) -> tuple[int, str]:
    return parent, insz(parent)


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Which each desk has a copy of."""
    made = small_world({BRUGGE: 8, GENT: 2}, date(2026, 7, 1))
    made["parent"][-1]["family_id"] = HERS
    return to_sqlite(made, tmp_path_factory.mktemp("agency") / "agency.db", ASKED_AT)


def desk_of(folder: Path, agency: Path, ledger: str | None = None) -> Desk:
    shutil.copy(agency, folder / "agency.db")
    return Desk(folder, f"sqlite:///{folder / 'agency.db'}", ledger or f"sqlite:///{folder / 'ledger.sqlite'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, agency: Path) -> Desk:
    if request.param == "sqlite":
        return desk_of(tmp_path, agency)
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return desk_of(tmp_path, agency, fresh())


@pytest.fixture
def quiet(tmp_path: Path, agency: Path) -> Desk:
    """For what the agency's feeds alone tell: no line is in the ledger, whatever its database."""
    return desk_of(tmp_path, agency)


def nights_of(found: PersonFacts) -> list[tuple[str, date]]:
    return [(one.kbo, one.night) for one in found.lines]


def nights(desk: Desk, **asked: Any) -> list[tuple[str, date]]:
    return nights_of(desk.ask(**asked))


def said_of(found: PersonFacts) -> list[str]:
    return texts(person_report(found, AGENCY))


def test_a_row_is_found_by_its_digits_as_the_gate_reads_them(quiet: Desk) -> None:
    """One person, one no: an answer is of the same rows. Each way of writing has a row of hers and one of his."""
    hers = dict(zip(range(101, 105), ("0", "\uff10", "\u0660", "\u06f0"), strict=True))
    for id_, zero in hers.items():
        for row, parent in ((id_, HERS), (id_ + len(hers), HIS)):
            execute(quiet.agency, "update parent set insz = ? where parent_id = ?", written(insz(parent), zero), row)
    found = [row.parent_id for row in quiet.ask(insz=insz(HERS)).rows]
    assert [f"U+{ord(zero):04X}" for id_, zero in hers.items() if id_ not in found] == []
    assert found == [*hers, HERS]


def written(number: str, zero: str) -> str:
    """With a hyphen, in the digits that begin with that zero."""
    return f"{number[:6]}-{number[6:]}".translate({48 + digit: ord(zero) + digit for digit in range(10)})


def test_all_that_went_out_of_one_parent_and_nothing_of_the_other(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS), who(HIS)], event=77001)
    desk.deliver(GENT, SECOND, [who(HIS)], event=77002)
    desk.deliver(BRUGGE, THIRD, [who(HERS)])
    assert nights(desk, insz=insz(HIS)) == nights(desk, parent=HIS) == [(GENT, FIRST), (GENT, SECOND)]
    for found in (desk.ask(insz=insz(HERS)), desk.ask(parent=HERS)):
        assert nights_of(found) == [(GENT, FIRST), (BRUGGE, THIRD)]
        said = "\n".join(said_of(found))
        assert search(said.encode(), canaries([101, HERS, HIS])) == set(), "no value of anybody, not even the asker's"
        assert "77002" not in said and "77001" in said, "nor the other parent's consent event"
        assert "OCMW Gent (KBO 0212.214.125)" in said


def test_only_what_counted_or_may_have(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)], last=Kind.INTENT)
    desk.deliver(GENT, SECOND, [who(HERS)], last=Kind.FETCHED)
    desk.deliver(GENT, THIRD, [who(HERS)], last=Kind.RELEASING)
    rows = tables(desk.report(insz=insz(HERS)))["Elke levering"]
    assert [row[4:6] for row in rows] == [("02/06/2026 05.30", "02/06/2026 06.30"), ("niet bevestigd", "-")]


def test_what_was_taken_before_it_counted_is_said_to_be_possible_and_no_delivery(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)], last=Kind.INTENT)
    with desk.ledger.delivering(GENT) as log:
        (drop,) = log.delivery_state(FIRST).drops
        at = datetime(2026, 6, 1, 4, 30, tzinfo=UTC)
        log.record(Event(GENT, FIRST, "run", Kind.TAKEN_EARLY, at, drop.contents))
    report = desk.report(insz=insz(HERS))
    assert [row[4:6] for row in tables(report)["Elke levering"]] == [
        ("niet bezorgd", "mogelijk, vóór 01/06/2026 06.30")
    ]
    said = "\n".join(texts(report))
    assert "Iemand kan die gegevens dus hebben meegenomen" in said and "niet bevestigd" not in said


def forget_her(desk: Desk) -> None:
    """Her row goes, and the agency's load says so."""
    execute(desk.agency, "delete from parent where parent_id = ?", HERS)
    execute(desk.agency, "update feed_control set row_count = row_count - 1 where feed = 'parent'")


def test_by_the_number_when_the_row_is_gone(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS), who(HIS)])
    forget_her(desk)
    found = desk.ask(insz=insz(HERS))
    assert nights_of(found) == nights(desk, parent=HERS) == [(GENT, FIRST)]
    assert nights(desk, insz=insz(HIS)) == [(GENT, FIRST)]
    assert "Er is nu geen dossier van u, en dus is er niets ingevuld." in said_of(found)


def test_by_the_new_number_when_the_rows_number_changed(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)])
    desk.deliver(GENT, SECOND, [(HERS, None)])
    execute(desk.agency, "update parent set insz = ? where parent_id = ?", insz(999), HERS)
    desk.deliver(GENT, THIRD, [(HERS, insz(999))])
    assert nights(desk, insz=insz(999)) == [(GENT, FIRST), (GENT, SECOND), (GENT, THIRD)]
    old = desk.ask(insz=insz(HERS))
    assert [(one.night, one.other_number) for one in old.lines] == [(FIRST, True)]
    assert any("draagt nu een ander nummer" in text for text in said_of(old))


def test_numbers_exchanged_between_two_parents_of_one_family(desk: Desk) -> None:
    """Each asks by the number that is right today, and gets what went out of their own row."""
    desk.deliver(GENT, FIRST, [(HERS, insz(HIS)), (HIS, insz(HERS))], fields=("name", "phone"))
    desk.deliver(GENT, SECOND, [who(HERS)])
    found = desk.ask(insz=insz(HERS))
    assert sorted((one.night, one.other_number) for one in found.lines) == [
        (FIRST, False),
        (FIRST, True),
        (SECOND, False),
    ], "her row's lines; and, marked, what stood under her number"
    assert nights(desk, parent=HERS) == [(GENT, FIRST), (GENT, SECOND)]


def test_a_number_that_two_parents_of_one_family_have_is_refused(quiet: Desk) -> None:
    execute(quiet.agency, "update parent set insz = ? where parent_id = ?", insz(HERS), HIS)
    with pytest.raises(TerminalError, match="two parents of one family") as raised:
        quiet.ask(insz=insz(HERS))
    assert insz(HERS) not in str(raised.value)
    assert quiet.ask(parent=HIS).rows[0].parent_id == HIS


def test_one_person_with_a_row_in_two_families(desk: Desk) -> None:
    execute(desk.agency, "update parent set insz = ? where parent_id = ?", insz(HERS), 101)
    desk.deliver(GENT, FIRST, [who(HERS)])
    desk.deliver(BRUGGE, FIRST, [(101, insz(101))])
    assert nights(desk, insz=insz(HERS)) == [(BRUGGE, FIRST), (GENT, FIRST)]


def test_through_rotated_keys(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS), who(HIS)])
    desk.rotate("second")
    desk.deliver(GENT, SECOND, [who(HERS)])
    desk.rotate("third")
    assert nights(desk, insz=insz(HERS)) == nights(desk, parent=HERS) == [(GENT, FIRST), (GENT, SECOND)]
    forget_her(desk)
    assert nights(desk, insz=insz(HERS)) == [(GENT, FIRST), (GENT, SECOND)]


def test_an_event_that_became_the_co_parents_leads_to_nobody_else(desk: Desk) -> None:
    """The agency recorded it on the wrong parent, a drop went out on it, and it was corrected."""
    desk.deliver(GENT, FIRST, [who(HERS)], event=HERS)
    desk.deliver(GENT, SECOND, [who(HIS)])
    execute(desk.agency, "update consent_event set parent_id = ? where event_id = ?", HIS, HERS)
    assert nights(desk, insz=insz(HERS)) == nights(desk, parent=HERS) == [(GENT, FIRST)]
    assert nights(desk, insz=insz(HIS)) == nights(desk, parent=HIS) == [(GENT, SECOND)]


def test_without_a_key_that_lines_were_made_with_there_is_no_answer(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)])
    desk.keys = [ledger_key("second")]
    with pytest.raises(SettingsError, match="ledger_key_first"):
        desk.ask(insz=insz(HERS))


def test_who_is_unknown(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)])
    known = desk.report(insz=insz(HERS))
    for asked in ({"insz": insz(999)}, {"parent": 999}):
        document = desk.report(**asked)
        said = texts(document)
        assert any("Over u is in dit bestand niets gekend" in text for text in said)
        assert list(document.sections) == list(known.sections)


def test_what_is_filled_today_and_what_was_consented_to(quiet: Desk) -> None:
    execute(quiet.agency, "update parent set phone = ' ' where parent_id = ?", HERS)
    stamp = "2026-06-20 10:00:00+00:00"
    insert = "insert into consent_event values (?, ?, ?, ?, ?, ?, null, ?, ?)"
    execute(quiet.agency, insert, 901, HERS, GENT, "withdrawal", None, None, stamp, stamp)
    execute(quiet.agency, insert, 902, HERS, GENT, "Zoë201kanarievoor", None, "name,secret", stamp, stamp)
    execute(quiet.agency, insert, 903, HERS, GENT, "grant", "v1", "name", stamp, "2026-07-02 00:00:00+00:00")
    found = quiet.ask(insz=insz(HERS))
    assert found.rows[0].filled == frozenset(Field) - {Field.PHONE}
    kinds = [(one.event_id, one.is_grant, one.is_malformed) for one in found.consents]
    assert kinds == [(HERS, True, False), (901, False, False), (902, False, True)], "and not what came after the report"
    rows = tables(person_report(found, AGENCY))["Zoals nu geregistreerd"]
    assert [row[1] for row in rows] == ["toestemming", "intrekking", "foutief: telt als intrekking"]


def test_withdrawals_of_the_asker_alone(desk: Desk) -> None:
    hers, his = desk.deliver(GENT, FIRST, [who(HERS), who(HIS)])
    desk.withdraw(GENT, hers, "withdrawn", SECOND)
    desk.withdraw(GENT, his, "deceased", SECOND)
    before = ("02/06/2026 04.00", "OCMW Gent (KBO 0212.214.125)", "nr. 1", "toestemming ingetrokken")
    assert tables(desk.report(insz=insz(HERS)))["Intrekkingen"] == ((*before, "nog niet", "nog niet"),)
    desk.tell(GENT, THIRD)
    after = ("03/06/2026 05.00", "03/06/2026 06.00")
    assert tables(desk.report(insz=insz(HERS)))["Intrekkingen"] == ((*before, *after),)
    forget_her(desk)
    assert tables(desk.report(insz=insz(HERS)))["Intrekkingen"] == ((*before, *after),)


def test_a_withdrawal_for_a_reason_of_the_family_says_no_more(desk: Desk) -> None:
    for kbo, cause in ((BRUGGE, "confidential_address"), (GENT, "no_need")):
        (hers,) = desk.deliver(kbo, FIRST, [who(HERS)])
        desk.withdraw(kbo, hers, cause, SECOND)
    rows = tables(desk.report(insz=insz(HERS)))["Intrekkingen"]
    assert {row[1].partition(" (")[0]: row[3] for row in rows} == {
        "OCMW Brugge": "een regel die het hele gezin betreft",
        "OCMW Gent": "een regel die het hele gezin betreft",
    }


# Look-ups


def test_every_question_is_on_record_before_its_answer(desk: Desk) -> None:
    desk.ask(insz=insz(HERS))
    desk.ask(parent=HERS, at=ASKED_AT + timedelta(hours=1))
    with pytest.raises(TerminalError):
        execute(desk.agency, "update parent set insz = ? where parent_id = ?", insz(HERS), HIS)
        desk.ask(insz=insz(HERS), at=ASKED_AT + timedelta(hours=2))
    with desk.ledger.engine.begin() as connection:
        rows = connection.execute(sa.text("select who, what, reason, key_id from look_up order by id")).all()
    assert [tuple(row) for row in rows] == [("dpo", "person", "INZ-1", "first")] * 3
    number, row = insz_hash(desk.key, insz(HERS)), person_hashes(desk.key, [HERS])[0]
    with desk.ledger.engine.begin() as connection:
        hashes = connection.execute(sa.text("select insz, person from look_up order by id")).all()
    plain = [tuple(bytes(each) if each is not None else None for each in pair) for pair in hashes]
    assert plain == [(number, None), (None, row), (number, None)]


def test_the_asker_is_told_of_earlier_look_ups_and_of_no_others(desk: Desk) -> None:
    for hours, asked in enumerate([{"insz": insz(HERS)}, {"parent": HERS}, {"insz": insz(HIS)}]):
        desk.ask(**asked, at=ASKED_AT - timedelta(hours=9 - hours))
    desk.rotate("second")
    found = desk.ask(insz=insz(HERS))
    assert [(one.what, one.at) for one in found.lookups] == [
        (LookupKind.PERSON, ASKED_AT - timedelta(hours=9)),
        (LookupKind.PERSON, ASKED_AT - timedelta(hours=8)),
    ]


def test_the_same_question_at_the_same_instant_has_the_same_answer(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)])
    assert desk.report(insz=insz(HERS)) == desk.report(insz=insz(HERS))


CHANGES = ("update look_up set who = 'me'", "delete from look_up", "update look_up set insz = null")
WHOLESALE = {"sqlite": "insert or replace into look_up select * from look_up", "postgresql": "truncate look_up"}


def test_a_look_up_is_not_changed_deleted_replaced_or_truncated(desk: Desk) -> None:
    desk.ask(insz=insz(HERS))
    for act in (*CHANGES, WHOLESALE[desk.ledger.engine.dialect.name]):
        assert "append-only" in refusal(desk, act), act


def refusal(desk: Desk, act: str) -> str:
    """What the ledger's database says to it; empty when it lets it happen."""
    try:
        with desk.ledger.engine.begin() as connection:
            connection.execute(sa.text(act))
    except DBAPIError as error:
        return str(error)
    return ""


def test_a_look_up_can_be_redacted_whole_and_is_then_of_nobody(desk: Desk) -> None:
    desk.ask(insz=insz(HERS), at=ASKED_AT - timedelta(days=1))
    with desk.ledger.engine.begin() as connection:
        connection.execute(sa.text("update look_up set person = null, insz = null, salt = null"))
    assert desk.ask(insz=insz(HERS)).lookups == ()


def test_no_ledger_no_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.deliver(GENT, FIRST, [who(HERS)])
    with desk.ledger.engine.begin() as connection:
        connection.execute(sa.text("alter table look_up rename to gone"))
    monkeypatch.setattr("pipeline.answers.person.agency.read_feeds", lambda *_: pytest.fail("the agency was read"))
    with pytest.raises(LedgerUnavailable, match="ledger"):
        desk.ask(insz=insz(HERS))


# The suppression list


def keep(desk: Desk, night: date, kbo: str | None, parent: int, number: str, hours: int = 0) -> None:
    """A line of the list, under the ledger's key of that moment; `hours`: when the no was recorded."""
    at = ASKED_AT - timedelta(days=60, hours=hours)
    hashes = {
        "person": person_hashes(desk.key, [parent])[0],
        "insz": insz_hash(desk.key, number),
        "event": b"%d" % hours,
    }
    row = {"key_id": desk.key.id, **hashes, "kbo": kbo, "is_own": True, "is_grant": False}
    line = pa.Table.from_pylist([row | {"counts_from": at, "recorded_at": at}], schema=NEW_NO)
    assert desk.suppression.keep(line, night, at) == 1


def test_the_list_of_noes_is_told_under_whatever_key_and_to_nobody_else(desk: Desk) -> None:
    keep(desk, FIRST, GENT, HERS, insz(HERS))
    keep(desk, FIRST, BRUGGE, HIS, insz(HIS), hours=1)
    desk.rotate("second")
    keep(desk, SECOND, GENT, HERS, insz(HERS))
    keep(desk, SECOND, None, 999, insz(HERS), hours=2)  # of a row of hers that is gone
    lifted = Lift(4, GENT, ASKED_AT - timedelta(days=1), "els", "DPO-7")
    desk.suppression.lift([lifted])
    until = kept_until(SECOND, 3)
    assert desk.ask(insz=insz(HERS)).kept_noes == (
        KeptNo(GENT, FIRST, until, ()), KeptNo(None, SECOND, until, (lifted,)),
    )  # fmt: skip
    assert desk.ask(parent=HERS).kept_noes == (KeptNo(GENT, FIRST, until, ()),)
    assert desk.ask(insz=insz(HIS)).kept_noes == (KeptNo(BRUGGE, FIRST, kept_until(FIRST, 3), ()),)
    report = desk.report(insz=insz(HERS))
    assert tables(report)["Op de lijst van de bezwaren"] == (
        ("OCMW Gent (KBO 0212.214.125)", "01/06/2026", "02/06/2030", "niet opgeheven"),
        ("elke ontvanger", "02/06/2026", "02/06/2030", "opgeheven op 30/06/2026 voor OCMW Gent (KBO 0212.214.125)"),
    )
    with desk.ledger.engine.begin() as connection:
        connection.execute(
            sa.text(
                "update kept_no set person = null, insz = null, event = null, counts_from = null, "
                "recorded_at = null, salt = null"
            )
        )
    assert "Op de lijst van de bezwaren staat niets over u." in said_of(desk.ask(insz=insz(HERS)))


# The way back


def test_what_a_recipient_returned_is_told_to_that_parent_alone(desk: Desk) -> None:
    desk.deliver(GENT, FIRST, [who(HERS), who(HIS)])
    names = dict(zip((HERS, HIS), references_of(desk, HERS, HIS), strict=True))
    keys, at = {desk.key.id: desk.key}.__getitem__, ASKED_AT - timedelta(days=9)
    said = {names[HERS]: ReturnKind.NO_CONTACT, names[HIS]: ReturnKind.MOVED}
    assert returned(desk.ledger.engine, GENT, at, said, keys)
    hers, his = desk.report(insz=insz(HERS)), desk.report(insz=insz(HIS))
    gent = "OCMW Gent (KBO 0212.214.125)"
    ((to, *_, state),) = tables(hers)["Op de lijst van de bezwaren"]
    assert (to, state) == (gent, "u zei het daar zelf; niet opgeheven")
    ((_, *word),) = tables(hers)["Wat een ontvanger over u terugmeldde"]
    assert word == [gent, "u wilt geen contact: dat telt daar als een neen"]
    assert "Op de lijst van de bezwaren" not in tables(his)
    assert tables(his)["Wat een ontvanger over u terugmeldde"][0][1:] == (gent, "u bent verhuisd")


def references_of(desk: Desk, *parents: int) -> list[str]:
    persons = person_hashes(desk.key, parents)
    with desk.ledger.engine.connect() as connection:
        rows = connection.execute(sa.text("select person, reference from disclosure")).all()
    by_person = {bytes(person): reference for person, reference in rows}
    return [by_person[person] for person in persons]


# What the ledger does not tell any more


def test_lines_past_their_retention_are_not_there_and_the_report_says_since_when(desk: Desk) -> None:
    for night in (FIRST, SECOND):
        desk.deliver(GENT, night, [who(HERS)])
    with desk.ledger.engine.begin() as connection:
        connection.execute(
            sa.text(
                "update disclosure set reference = null, person = null, insz = null, consent_event = null, salt = null"
                " where sequence = 1"
            )
        )
    found = desk.ask(insz=insz(HERS))
    assert [one.night for one in found.lines] == [SECOND]
    assert (found.first_night, found.detailed_since) == (FIRST, SECOND)
    assert any("sinds 2 juni 2026" in text and "vanaf 1 juni 2026" in text for text in said_of(found))

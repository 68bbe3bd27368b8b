"""What the ledger knows binds: a no that the agency lost stops everything, one that it does not count any more binds.

An agency that changes between nights, deliveries and hours; the list is held against a naive bookkeeping in
tests/property/test_suppression.py, and over the real protocol in tests/integration/tasks/test_noes_not_lost.py.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import FeedError, LedgerUnavailable, SettingsError, TerminalError
from pipeline.core.model import Kbo, Moment, Publication, Release, WithdrawalReconciliation
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.delivery.deliver import withdraw
from pipeline.followup.pickup import process_pickups
from pipeline.followup.reconcile import reconcile_night, withdraw_night
from pipeline.followup.replace import replace_recalled
from pipeline.gate.differing_noes import DifferingNo, differing_noes, lifts_of
from pipeline.gate.explain import explain
from pipeline.ledger.db.engine import ledger_errors
from pipeline.ledger.db.suppression import redact_kept_noes
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.suppression import RENEWED_AFTER, kept_until
from pipeline.source.extract import extract
from tests.support.deliveries import KEY, TODAY, Agency, Once
from tests.support.noes import CHANGES, LOST, a_kbo_is_registered, delivered_once, next_night, register, says
from tests.support.planning import planned_plainly
from tests.support.publishing import Fuse
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, execute, person, produce

DAY = timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
def plainly_planned() -> Iterator[None]:
    with planned_plainly():
        yield


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    return delivered_once(tmp_path_factory.mktemp("fresh"))


@pytest.fixture
def agency(fresh: Agency, tmp_path: Path) -> Agency:
    return fresh.copy(tmp_path)


@pytest.fixture(scope="module")
def once_registered(fresh: Agency, tmp_path_factory: pytest.TempPathFactory) -> Agency:
    made = fresh.copy(tmp_path_factory.mktemp("registered"))
    a_kbo_is_registered(made, next_night)
    return made


@pytest.fixture
def registered(once_registered: Agency, tmp_path: Path) -> Agency:
    """202's no was to everyone, and a night kept it; then its recipient was registered, elsewhere."""
    return once_registered.copy(tmp_path)


def released(decided: Release) -> int:
    return decided.rows[GENT]


# The decision changed all the same


def test_a_parent_whose_no_the_gate_counts_no_more_stays_withdrawn_and_the_night_goes_on(tmp_path: Path) -> None:
    """All that may change, side by side."""
    agency = Agency(tmp_path, parents_of_gent=6)
    for change in CHANGES:
        change.say(agency)
    next_night(agency)
    assert agency.parents == [201, 206], "of each that said no, and of each that is taken for the same person"
    for change in CHANGES:
        change.change(agency)
    decided = next_night(agency, 2)
    assert decided.noes.withheld_by_list == len(CHANGES) == 3, "counted"
    assert decided.withheld["withdrawn"] == 4, "with 204, who said no"
    assert agency.parents == [201, 206], "nobody else is withheld"

    # A grant that is later in both ways ends it.
    for change in CHANGES:
        says(agency, change.withheld, GENT, "grant", "v1")
    decided = next_night(agency, 4)
    assert decided.noes.withheld_by_list == 0 and agency.parents == [201, 202, 203, 205, 206], "207 has the name of 205"


@pytest.mark.parametrize("column", ["occurred_at", "recorded_at"])
def test_a_grant_that_is_later_in_one_way_alone_does_not_end_it(registered: Agency, column: str) -> None:
    agency = registered
    number = says(agency, 202, GENT, "grant", "v1")
    agency.change(f"update consent_event set {column} = '2026-06-15 01:30:00+00:00' where event_id = ?", number)
    decided = agency.decide_unchecked()
    assert (released(decided), decided.noes.withheld_by_list) == (2, 1)


def differing(agency: Agency, *asked: int) -> tuple[DifferingNo, ...]:
    snapshot = extract(agency.uri, agency.clock(), Settings(), agency.folder / "look")
    moment = Moment.now(agency.now, agency.now, 5)
    return differing_noes(agency.suppression.read(), snapshot, moment, Settings(), agency.folder / "differing", asked)


def lift(agency: Agency, parent: int, kbo: Kbo | None = None) -> int:
    lifts = lifts_of(differing(agency, parent), parent, kbo, agency.clock(), "els", "DPO-7")
    agency.suppression.lift(lifts)
    return len(lifts)


@pytest.mark.parametrize("kbo", [GENT, None])
def test_a_named_person_lifts_it_for_one_recipient_or_for_all(registered: Agency, kbo: Kbo | None) -> None:
    agency = registered
    (found,) = differing(agency)
    assert (found.parent_id, found.kbo, found.is_lost, found.withholds) == (202, None, False, True)
    assert lift(agency, 202, kbo) == 1
    decided = agency.decide_unchecked()
    assert (released(decided), decided.noes.withheld_by_list) == (3, 0)
    assert len(differing(agency)) == (kbo is not None), "lifted for Gent alone, it stands for the others"
    rows = execute(agency.ledger_uri, "select kbo, who, reason from lifted_no")
    assert rows == [(kbo, "els", "DPO-7")]


def test_lifted_for_another_recipient_it_binds_all_the_same(registered: Agency) -> None:
    assert lift(registered, 202, BRUGGE) == 1 and released(registered.decide_unchecked()) == 2


def test_what_the_gate_itself_counts_cannot_be_lifted(agency: Agency) -> None:
    says(agency, 202, GENT)
    agency.decide_unchecked()
    assert differing(agency) == () and lift(agency, 202) == 0


def test_a_lifted_no_that_counts_again_is_another_no(registered: Agency) -> None:
    agency = registered
    lift(agency, 202)
    agency.change("delete from recipient_municipality where kbo = ?", LEUVEN)
    assert released(agency.decide_unchecked()) == 2, "it is to everyone again"
    agency.change(
        "insert into recipient_municipality (kbo, nis_code, valid_from) values (?, '24062', '2019-01-01')", LEUVEN
    )
    decided = agency.decide_unchecked()
    assert (released(decided), decided.noes.withheld_by_list) == (2, 1)


# The agency lost a no


def restore(agency: Agency, backup: Path) -> None:
    """Yesterday's agency is back, and its load runs again."""
    shutil.copy(backup, agency.folder / "agency.db")
    produce(agency.uri, agency.clock())


@pytest.fixture(scope="module")
def once_restored(fresh: Agency, tmp_path_factory: pytest.TempPathFactory) -> Agency:
    made = fresh.copy(tmp_path_factory.mktemp("restored"))
    backup = Path(shutil.copy(made.folder / "agency.db", made.folder / "backup.db"))
    says(made, 202, GENT)
    next_night(made)
    assert made.withdrawn == {202: "withdrawn"}
    restore(made, backup)
    return made


@pytest.fixture
def restored(once_restored: Agency, tmp_path: Path) -> Agency:
    """202 withdrew, and that was recorded and told; then the agency was restored from its backup of before."""
    return once_restored.copy(tmp_path)


def test_a_night_after_a_restore_decides_on_nobody(restored: Agency) -> None:
    with pytest.raises(FeedError, match=LOST) as caught:
        restored.decide_unchecked()
    assert "0212214125" not in str(caught.value) and "202" not in str(caught.value)


def test_a_delivery_that_is_cleared_after_a_restore_sends_nothing(agency: Agency, tmp_path: Path) -> None:
    backup = Path(shutil.copy(agency.folder / "agency.db", tmp_path / "backup.db"))
    before = agency.decide_unchecked()  # of a night whose delivery failed
    says(agency, 101, BRUGGE)  # of nobody whom Gent ever heard of
    agency.decide_unchecked()
    restore(agency, backup)
    names = sorted(path.name for path in (agency.folder / "out").iterdir())
    with pytest.raises(FeedError, match=LOST):
        agency.deliver(before, nights=1)
    assert sorted(path.name for path in (agency.folder / "out").iterdir()) == names


def test_a_restore_between_rendering_and_the_rename_is_seen_by_the_final_check(agency: Agency, tmp_path: Path) -> None:
    backup = Path(shutil.copy(agency.folder / "agency.db", tmp_path / "backup.db"))
    says(agency, 202, GENT)
    decided = agency.decide_unchecked()
    step = Once("not renamed *.GO", lambda: restore(agency, backup))
    with pytest.raises(FeedError, match=LOST):
        agency.deliver(decided, step, nights=1)
    assert step.done and agency.kinds[-1].value in ("releasing", "intent", "abandoned")


def hour(agency: Agency) -> Publication | None:
    """Of housekeeping: look, take away what may not lie there, replace it."""
    job = agency.job(Fuse())
    with job.task() as task:
        withdraw(job, task.log, job.decide_now(private_folder(agency.folder / "look")))
        process_pickups(task, job.host, job.recipient, dict)
    return replace_recalled(job, agency.ledger.head(), private_folder(agency.folder / "hour"))


def test_what_an_hour_saw_and_told_is_not_undone_by_a_restore_before_the_night(agency: Agency, tmp_path: Path) -> None:
    """No night ever saw the withdrawal: the hour that acted on it put it on the list."""
    backup = Path(shutil.copy(agency.folder / "agency.db", tmp_path / "backup.db"))
    says(agency, 202, GENT)
    assert hour(agency) is not None and agency.parents == [201, 203]
    restore(agency, backup)
    with pytest.raises(FeedError, match=LOST):
        hour(agency)
    with pytest.raises(FeedError, match=LOST):
        agency.decide_unchecked()


def test_an_hour_takes_away_the_drop_of_a_parent_whom_the_list_withholds(agency: Agency) -> None:
    """The no was on the list since an earlier night, and the agency registered its KBO meanwhile."""
    says(agency, 202, LEUVEN)
    agency.decide_unchecked()
    register(agency, LEUVEN, "24062")
    replaced = hour(agency)
    assert agency.withdrawn == {202: "withdrawn"}
    assert replaced is not None and agency.parents == [201, 203]


def test_a_replacement_goes_to_nobody_once_a_no_is_lost(agency: Agency, tmp_path: Path) -> None:
    backup = Path(shutil.copy(agency.folder / "agency.db", tmp_path / "backup.db"))
    says(agency, 202, GENT)
    job = agency.job(Fuse())
    with job.task() as task:
        withdraw(job, task.log, job.decide_now(private_folder(agency.folder / "look")))
        process_pickups(task, job.host, job.recipient, dict)
    restore(agency, backup)
    with pytest.raises(FeedError, match=LOST):
        replace_recalled(job, agency.ledger.head(), private_folder(agency.folder / "hour"))
    assert list((agency.folder / "out").glob("AANMELDING*")) == []


ALTERED = {
    "it is gone": "delete from consent_event where event_id = ?",
    "it is a grant now": "update consent_event set kind = 'grant', text_version = 'v1', fields = 'name' "
    "where event_id = ?",
    "it is another parent's": "update consent_event set parent_id = 208 where event_id = ?",
    "it is to another": f"update consent_event set kbo = '{BRUGGE}' where event_id = ?",
    "it was recorded at another instant": "update consent_event set recorded_at = '2026-06-01 10:00:00+00:00' "
    "where event_id = ?",
    "another event took its number": "update consent_event set event_id = event_id + 100 where event_id = ?",
}


def test_an_event_that_was_altered_is_lost(tmp_path: Path) -> None:
    """In whatever way, each of another parent: at night and at a delivery that is cleared."""
    agency = Agency(tmp_path, parents_of_gent=8)
    numbers = [says(agency, parent, GENT) for parent in range(201, 201 + len(ALTERED))]
    decided = agency.decide_unchecked()
    whole = Path(shutil.copy(agency.folder / "agency.db", tmp_path / "whole.db"))
    for statement, number in zip(ALTERED.values(), numbers, strict=True):
        agency.change(statement, number)
    for act in (agency.decide_unchecked, lambda: agency.deliver(decided, nights=1)):
        with pytest.raises(FeedError) as caught:
            act()
        lost = re.match(LOST, str(caught.value))
        assert lost and int(lost[1]) == len(ALTERED), "not one of them is taken for what it was"
    restore(agency, whole)
    assert released(agency.decide_unchecked()) == 2, "and found again once it is back"


def test_a_malformed_grant_is_a_no_that_can_be_lost(agency: Agency) -> None:
    number = says(agency, 202, GENT, "grant")  # without a text version
    decided = agency.decide_unchecked()
    assert released(decided) == 2
    agency.change("update consent_event set text_version = 'v1' where event_id = ?", number)
    for act in (agency.decide_unchecked, lambda: agency.deliver(decided, nights=1)):
        with pytest.raises(FeedError, match=LOST):
            act()


def test_a_malformed_grant_of_a_row_that_is_no_longer_the_same_person_is_not_missed_at_a_delivery(
    agency: Agency,
) -> None:
    """101 is not read for Gent once it is another person than 202."""
    agency.change("update parent set insz = ? where parent_id = 202", person(101)["insz"])
    says(agency, 101, BRUGGE, "grant")
    agency.decide_unchecked()
    agency.change("update parent set insz = ? where parent_id = 202", person(202)["insz"])
    next_night(agency, 2)
    assert len(kept(agency)) == 2 and agency.parents == [201, 202, 203]


def test_a_lost_no_is_lifted_by_a_named_person_and_the_nights_go_on(restored: Agency) -> None:
    (found,) = differing(restored)
    assert (found.parent_id, found.kbo, found.is_lost) == (202, GENT, True)
    assert lift(restored, 203) == 0
    says(restored, 202, GENT)  # recorded anew
    assert lift(restored, 202) == 1
    next_night(restored, 2)
    assert restored.parents == [201, 203]


def test_a_lost_no_of_a_row_that_is_gone_is_lifted_by_its_number(restored: Agency) -> None:
    restored.change("delete from parent where parent_id = 202")
    assert [found.parent_id for found in differing(restored)] == [None]
    assert lift(restored, 202) == 1
    assert released(restored.decide_unchecked()) == 2


# What is kept


def kept(agency: Agency) -> list[tuple[str | None, bool, bool]]:
    noes = agency.suppression.read().noes.to_pylist()
    return [(row["kbo"], row["is_own"], row["is_grant"]) for row in noes]


def test_a_no_is_kept_whatever_reason_came_first(agency: Agency) -> None:
    """Behind an agreement that ended, of a parent who died, of one outside the population, of a row in error."""
    agency.change(f"update agreement set ended_on = '2026-01-01' where kbo = '{GENT}'")
    for parent in (201, 202, 203):
        says(agency, parent, GENT)
    agency.change(f"update parent set deceased_on = '{TODAY}' where parent_id = 202")
    agency.change("update parent set last_name = '' where parent_id = 203")
    says(agency, 101, BRUGGE)
    agency.change("delete from indicator_assessment where child_id = 101")
    decided = agency.decide_unchecked()
    assert decided.withheld["withdrawn"] == 0 and decided.withheld["no_agreement"] == 1
    assert sorted(kept(agency)) == sorted([(GENT, True, False)] * 3 + [(BRUGGE, True, False)])


def test_the_list_holds_no_value_and_only_what_is_new_is_added(agency: Agency) -> None:
    says(agency, 202, GENT)
    says(agency, 203, "90.01.01-000.24 is no KBO")
    agency.decide_unchecked()
    lines = execute(agency.ledger_uri, "select * from kept_no")
    head = agency.ledger.head()
    agency.decide_unchecked()
    assert agency.ledger.head() == head and len(lines) == 2
    text = repr(lines)
    assert not any(value in text for value in (*person(202).values(), *person(203).values(), "90.01.01"))


def test_a_no_that_is_recorded_ahead_of_our_clock_is_kept_with_the_agencys_own_instant(agency: Agency) -> None:
    ahead = agency.now + timedelta(minutes=3)
    number = says(agency, 202, GENT)
    stamp = ahead.isoformat(sep=" ")
    agency.change("update consent_event set occurred_at = ?, recorded_at = ? where event_id = ?", stamp, stamp, number)
    assert released(agency.decide_unchecked()) == 2
    (row,) = agency.suppression.read().noes.to_pylist()
    assert row["recorded_at"] == row["counts_from"] == ahead


def test_the_list_is_found_under_an_older_key_and_a_key_that_is_not_kept_stops_the_run(registered: Agency) -> None:
    agency = registered
    agency.key = LedgerKey("newer", bytes(range(32)))
    decided = agency.decide_unchecked()
    assert decided.noes.withheld_by_list == 1
    assert {row["key_id"] for row in agency.suppression.read().noes.to_pylist()} == {KEY.id, "newer"}
    with pytest.raises(KeyError):
        replace(agency.suppression, keys={}.__getitem__).read()


def test_a_line_is_written_anew_each_year_and_goes_when_its_parent_can_be_in_no_population(registered: Agency) -> None:
    """Also one that the gate counts no more; one whose parent's row is gone is not written anew."""
    agency = registered
    says(agency, 203, GENT)
    agency.decide_unchecked()
    assert len(kept(agency)) == 3, "of 202 to everyone and to Leuven, of 203 to Gent"
    agency.change("delete from parent where parent_id = 203")
    agency.now += RENEWED_AFTER + 2 * DAY
    produce(agency.uri, agency.now)
    agency.decide_unchecked()
    assert len(kept(agency)) == 5
    last = kept_until(TODAY, 3)
    assert last == date(2030, 6, 15)
    assert redact(agency, last) == 0 and len(kept(agency)) == 5
    assert redact(agency, last + DAY) == 3 and len(kept(agency)) == 2
    assert execute(agency.ledger_uri, "select count(*) from kept_no where person is null") == [(3,)]


def redact(agency: Agency, today: date) -> int:
    with ledger_errors(), agency.ledger.engine.begin() as connection:
        return redact_kept_noes(connection, today, 3)


# What is said of it


def test_explain_names_the_list(registered: Agency) -> None:
    agency = registered
    at = agency.clock()
    snapshot = extract(agency.uri, at, Settings(), agency.folder / "look")

    def explained(parent: int, listed: bool = True) -> list[str]:
        known = agency.suppression.read() if listed else None
        found = explain(parent, snapshot, Moment.now(at, at, 5), Settings(), agency.folder / "explain", known)
        step = next(step for step in found.steps if step.reason.value == "withdrawn")
        return [found.outcome, step.facts, *step.rows]

    outcome, facts, row = explained(202)
    assert outcome == "withheld: withdrawn, by the ledger's suppression list"
    assert "what the ledger knows binds" in facts
    assert row.startswith(f"kept no 1 of the night of {TODAY}: counts from {TODAY} 01:")
    assert row.endswith("nobody lifted it")
    assert explained(202, listed=False)[0].startswith(f"released to {GENT}")
    assert explained(201)[0].startswith(f"released to {GENT}")


def test_the_reconciliation_counts_a_parent_whom_the_list_withholds(agency: Agency) -> None:
    """Counted apart, in other words: a release that forgets the list stops the run."""
    says(agency, 202, LEUVEN)
    agency.decide_unchecked()
    register(agency, LEUVEN, "24062")
    decided = agency.decide_unchecked()
    run = agency.night(1)
    _, before = withdraw_night(run, decided)
    (figures,) = (one for one in reconcile_night(run, agency.checked, decided, before) if one.kbo == GENT)
    assert figures == WithdrawalReconciliation(GENT, recorded=1, applied=1, held=1, on_record=1)
    forgetful = agency.decide_by_the_gate_alone()
    with pytest.raises(TerminalError, match=rf"do not match \(recipient {GENT}: 1 recorded, 0 applied"):
        reconcile_night(run, agency.checked, forgetful, before)


def test_without_the_key_of_the_list_nothing_is_decided(agency: Agency) -> None:
    agency.key = LedgerKey("newer", bytes(range(32)))
    says(agency, 202, GENT)
    agency.decide_unchecked()
    with pytest.raises(SettingsError, match=r"ledger key newer.*keep it as ledger_key_newer"):
        reconcile_night(agency.night(1), agency.checked, agency.decide_unchecked(), {})


def test_a_list_that_the_ledger_does_not_give_stops_a_delivery(agency: Agency) -> None:
    decided = agency.decide_unchecked()
    execute(agency.ledger_uri, "alter table kept_no rename to hidden")
    with pytest.raises(LedgerUnavailable):
        agency.deliver(decided, nights=1)

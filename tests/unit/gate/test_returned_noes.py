"""A no that a recipient returned counts at once, for that recipient alone, until a later grant or a named person."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryTransient
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.followup.pickup import process_pickups
from pipeline.gate.differing_noes import differing_noes
from pipeline.gate.explain import explain
from pipeline.ledger.db.engine import transaction
from pipeline.ledger.db.returned_noes import lines_of_file, lines_of_parent
from pipeline.ledger.events import Kind
from pipeline.ledger.persons import person_hashes
from pipeline.ledger.suppression import RENEWED_AFTER, Lift
from pipeline.source.extract import extract
from tests.support.deliveries import KEY, Agency, Once
from tests.support.noes import delivered_once, is_same_person, next_night, says
from tests.support.planning import planned_plainly
from tests.support.returned_noes import file_name, hour, returns
from tests.support.worlds.small_world import BRUGGE, GENT, produce


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


def later(agency: Agency) -> None:
    """By more than the clocks may differ."""
    agency.now += timedelta(minutes=6)
    produce(agency.uri, agency.now)


def test_a_night_withholds_that_parent_from_that_recipient_and_names_it_apart(agency: Agency) -> None:
    assert returns(agency, 202) and not returns(agency, 202), "a file that is taken in again says nothing new"
    decided = next_night(agency)
    assert agency.parents == [201, 203] and decided.rows == {BRUGGE: 1, GENT: 2}
    assert agency.withdrawn == {202: "said_to_recipient"}
    assert (decided.noes.said_to_recipient, decided.noes.withheld_by_list) == (1, 0)
    assert decided.withheld["withdrawn"] == 1


@pytest.mark.parametrize("is_early", ["occurred_at", "recorded_at", None])
def test_only_a_grant_that_is_later_in_both_ways_ends_it(agency: Agency, is_early: str | None) -> None:
    before = agency.clock()
    returns(agency, 202)
    later(agency)
    number = says(agency, 202, GENT, "grant", "v1")
    if is_early:
        agency.change(f"update consent_event set {is_early} = ? where event_id = ?", str(before), number)
    decided = agency.decide_unchecked()
    assert decided.rows[GENT] == (2 if is_early else 3)


def test_a_grant_that_may_have_been_recorded_before_does_not_end_it(agency: Agency) -> None:
    """The agency's clock may be ahead of ours."""
    returns(agency, 202)
    says(agency, 202, GENT, "grant", "v1")
    assert agency.decide_unchecked().rows[GENT] == 2


def test_the_agencys_own_no_stands_before_it(agency: Agency) -> None:
    returns(agency, 202)
    says(agency, 202, GENT)
    decided = next_night(agency)
    assert agency.withdrawn == {202: "withdrawn"} and decided.noes.said_to_recipient == 0


@pytest.mark.parametrize("is_since", [False, True])
def test_it_is_of_the_person_whichever_row_had_the_number_first(agency: Agency, is_since: bool) -> None:
    if not is_since:
        is_same_person(agency, 203, 202)
        agency.deliver(agency.decide_unchecked(), nights=1)
    returns(agency, 202)
    if is_since:
        is_same_person(agency, 203, 202)
    next_night(agency, 2)
    assert agency.parents == [201] and agency.withdrawn.keys() == {202, 203}


def test_one_that_is_taken_in_while_a_drop_is_put_is_seen_by_the_final_check(agency: Agency) -> None:
    step = Once("not renamed *.GO", lambda: returns(agency, 202) and None)
    decided = agency.decide_unchecked()
    with pytest.raises(DeliveryTransient, match="changed meanwhile"):
        agency.deliver(decided, step, nights=1)
    agency.deliver(decided, nights=1)
    assert step.done and agency.parents == [201, 203]


def test_a_drop_that_lies_there_is_taken_away_by_the_ledger_alone_and_replaced(agency: Agency) -> None:
    returns(agency, 202)
    uri, agency.uri = agency.uri, "sqlite:////nowhere"
    job = agency.job(agency.seen)
    with job.task() as task:
        assert process_pickups(task, job.host, job.recipient, dict).recalled == 1
    agency.uri = uri
    assert hour(agency).kind is Kind.RECALLED
    assert agency.parents == [201, 203] and agency.withdrawn == {202: "said_to_recipient"}


def test_a_drop_that_was_decided_with_it_stays(agency: Agency) -> None:
    """Also where a line of it is written anew, after a grant that is later in both ways."""
    returns(agency, 202)
    later(agency)
    says(agency, 202, GENT, "grant", "v1")
    agency.now += RENEWED_AFTER + timedelta(days=2)
    produce(agency.uri, agency.now)
    agency.deliver(agency.decide_unchecked(), nights=1)
    agency.decide_unchecked()
    noes = agency.suppression.read().noes
    assert noes["returned_row"].to_pylist() == [1, 1] and len(set(noes["night"].to_pylist())) == 2
    assert hour(agency).kind is Kind.WITHDRAWN_FROM_HOST and agency.parents == [201, 202, 203]


def lift(agency: Agency, *lines: int) -> None:
    agency.suppression.lift([Lift(line, GENT, agency.clock(), "els", "DPO-7") for line in lines])


@pytest.mark.parametrize("by_file", [False, True])
def test_a_named_person_lifts_it_by_parent_or_by_file(agency: Agency, by_file: bool) -> None:
    returns(agency, 201, 202)
    with transaction(agency.ledger.engine) as connection:
        hashes = [(KEY.id, person) for person in person_hashes(KEY, [202])]
        lines = lines_of_file(connection, GENT, file_name(GENT, agency.now))
        assert len(lines) == 2 and lines_of_file(connection, BRUGGE, file_name(GENT, agency.now)) == []
        lines = lines if by_file else lines_of_parent(connection, GENT, hashes)
    lift(agency, *lines)
    assert agency.decide_unchecked().rows[GENT] == (3 if by_file else 2)
    with transaction(agency.ledger.engine) as connection:
        assert lines_of_parent(connection, GENT, hashes) == []
    assert returns(agency, 202, number=2), "said anew, it is another no"
    assert agency.decide_unchecked().rows[GENT] == (2 if by_file else 1)


def test_explain_says_who_returned_it_and_the_agency_lost_nothing(agency: Agency) -> None:
    returns(agency, 202)
    at, listed = agency.clock(), agency.suppression.read()
    snapshot = extract(agency.uri, at, Settings(), agency.folder / "look")
    found = explain(202, snapshot, Moment.now(at, at, 5), Settings(), agency.folder / "explain", listed)
    assert found.outcome == "withheld: withdrawn, by a no that the recipient itself returned"
    (row,) = next(step.rows for step in found.steps if step.reason.value == "withdrawn")
    assert ", which the recipient itself returned (geen_contact): counts from 2026-06-15 " in row
    moment = Moment.now(at, at, 5)
    assert differing_noes(listed, snapshot, moment, Settings(), agency.folder / "differing", (202,)) == ()

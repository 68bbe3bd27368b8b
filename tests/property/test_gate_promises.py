"""What the gate promises whatever the histories: judged on the SQL gate alone, without the reference's decisions.

What it promises of noes, however they are written down: test_gate_promised_noes.py.
"""

from datetime import datetime, timedelta

import pytest

from pipeline.core.feeds import UNPARSABLE
from tests.support.promised import SEEDS, Night, rows
from tests.support.reference.gate import is_grant
from tests.support.worlds.tables import Row

LATER = timedelta(days=1)


@pytest.fixture(scope="module", params=SEEDS)
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(request.param, tmp_path_factory.mktemp("promises"))


def test_in_is_released_and_withheld(night: Night) -> None:
    made = night.made
    assert made.population == len(night.decisions) == made.decisions.rows
    assert made.population == sum(made.rows.values()) + sum(made.withheld.values())


def test_no_consent_no_row(night: Night) -> None:
    """Of whole persons: a no of one row would otherwise stop holding back another row of the same person."""
    silent = {row for person in night.persons() if night.rng.random() < 0.5 for row in person}
    events = [event for event in night.world["consent_event"] if event["parent_id"] not in silent]
    assert night.rows_with(consent_event=events) == {row for row in rows(night.decisions) if row[0] not in silent}


def test_every_row_stands_on_a_known_grant_for_its_recipient(night: Night) -> None:
    granted = {
        (event["parent_id"], event["kbo"])
        for event in night.world["consent_event"]
        if event["kind"] == "grant"
        and known(event, night)
        and event["occurred_at"] is not None
        and event["occurred_at"] <= night.at.at
    }
    assert {(parent, decision.kbo) for parent, decision in rows(night.decisions)} <= granted


def test_every_withdrawal_of_a_released_person_is_older_than_a_grant_in_both_ways(night: Night) -> None:
    of_person = {row: person for person in night.persons() for row in person}
    for parent, decision in rows(night.decisions):
        events = [event for event in night.world["consent_event"] if event["kbo"] == decision.kbo]
        mine = [event for event in events if event["parent_id"] == parent and event["kind"] == "grant"]
        for no in events:
            if no["parent_id"] in of_person[parent] and no["kind"] == "withdrawal" and known(no, night):
                start = min(instant for instant in (no["occurred_at"], no["recorded_at"]) if instant)
                assert start > night.at.at or any(is_later(grant, start, no["recorded_at"]) for grant in mine)


def is_later(grant: Row, start: datetime, recorded: datetime) -> bool:
    occurred = grant["occurred_at"]
    return occurred is not None and occurred > start and bool(grant["recorded_at"] > recorded)


def known(event: Row, night: Night) -> bool:
    return event["recorded_at"] is not None and bool(event["recorded_at"] <= night.at.known_at)


def test_a_row_never_reaches_a_second_recipient(night: Night) -> None:
    """Each parent that goes somewhere tells the other recipient of its history just the same: nothing changes.

    Its grants; and its noes too where that recipient serves somewhere and no other row is about the same person.
    """
    sent = {(parent, decision.kbo) for parent, decision in rows(night.decisions)}
    told = [event for event in night.world["consent_event"] if (event["parent_id"], event["kbo"]) in sent]
    single = {row for person in night.persons() if len(person) == 1 for row in person}
    copies = [
        row | {"event_id": 10**9 + n, "kbo": neighbour(row["kbo"])}
        for n, row in enumerate(told)
        if is_grant(row) or (row["parent_id"] in single and night.places(neighbour(row["kbo"])))
    ]
    assert copies
    assert night.decide(consent_event=night.world["consent_event"] + copies)[1] == night.decisions


def test_consent_does_not_move_along(night: Night) -> None:
    """Every event made out to a recipient that serves nowhere."""
    elsewhere = [event | {"kbo": "0999999999"} for event in night.world["consent_event"]]
    assert night.rows_with(consent_event=elsewhere) == set()


def neighbour(kbo: str) -> str:
    """The other recipient of the same history."""
    return kbo[:-1] + {"1": "2", "2": "1"}[kbo[-1]]


def test_recording_something_later_never_changes_a_past_decision(night: Night) -> None:
    late = {feed: later(feed, night) for feed in night.world if "recorded_at" in night.world[feed][0]}
    assert set(late) == {"residence", "indicator_assessment", "agreement", "protocol", "consent_event"}
    assert night.decide(**late)[1] == night.decisions


def later(feed: str, night: Night) -> list[Row]:
    """The feed with a second version of everything, turned for the worse or the better, recorded too late to count."""
    turned: dict[str, Row] = {
        "residence": {"confidential": True, "nis_code": None},
        "indicator_assessment": dict.fromkeys(("income", "education", "employment", "housing"), True),
        "agreement": {"ended_on": night.at.day - LATER},
        "protocol": {"fields": "name"},
        "consent_event": {"kind": "withdrawal"},
    }
    rows = night.world[feed]
    key = next((name for name in ("assessment_id", "event_id") if name in rows[0]), None)
    new = {row[key] if key else i: row | turned[feed] for i, row in enumerate(rows)}
    instants: list[datetime] = [night.at.known_at + timedelta(seconds=1 + n) for n in range(len(new))]
    return rows + [
        row | {"recorded_at": at, UNPARSABLE: None} | ({key: 10**9 + n} if key else {})
        for n, (row, at) in enumerate(zip(new.values(), instants, strict=True))
    ]


def test_the_order_in_which_rows_come_changes_nothing(night: Night) -> None:
    shuffled = {feed: night.rng.sample(rows, len(rows)) for feed, rows in night.world.items()}
    assert night.decide(**shuffled)[1] == night.decisions


@pytest.mark.parametrize("feed", ["agreement", "protocol"])
def test_nothing_goes_under_ended_papers(night: Night, feed: str) -> None:
    ended = [paper | {"ended_on": night.at.day - LATER} for paper in night.world[feed]]
    made, decisions = night.decide(**{feed: ended})
    assert rows(decisions) == set()
    assert made.recipients == ()


def test_a_protected_address_anywhere_in_the_family_stops_its_rows(night: Night) -> None:
    protected = [home | {"confidential": True} for home in night.world["residence"]]
    assert night.rows_with(residence=protected) == set()


def test_rows_go_to_recipients_that_get_a_drop(night: Night) -> None:
    assert {decision.kbo for _, decision in rows(night.decisions)} <= {papers.kbo for papers in night.made.recipients}

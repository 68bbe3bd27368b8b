"""What the gate promises whatever the histories: judged on the SQL gate alone, without the reference."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.core.model import Moment
from tests.spec.batch import gate
from tests.support.reference.gate import Decision
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import Row

HISTORIES = 60
SEEDS = ("one", "two")
LATER = timedelta(days=1)


class Night:
    """A random world, its moment, and what the gate decides on it and on its variations."""

    def __init__(self, seed: str, folder: Path) -> None:
        self.rng = Random(seed)
        self.at: Moment = a_night(self.rng)
        self.world = random_world(self.rng, self.at, HISTORIES)
        self.folder = folder
        self.runs = 0
        self.made, self.decisions = self.decide()

    def decide(self, **feeds: list[Row]) -> tuple[Any, dict[int, Decision]]:
        self.runs += 1
        return gate(self.world | feeds, self.at, self.folder / str(self.runs))

    def rows_with(self, **feeds: list[Row]) -> set[tuple[int, Decision]]:
        return rows(self.decide(**feeds)[1])


def rows(decisions: dict[int, Decision]) -> set[tuple[int, Decision]]:
    return {(parent, decision) for parent, decision in decisions.items() if decision.outcome == "released"}


@pytest.fixture(scope="module", params=SEEDS)
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Night:
    made = Night(request.param, tmp_path_factory.mktemp("promises"))
    assert rows(made.decisions), "a night without a row promises nothing"
    return made


def test_in_is_released_and_withheld(night: Night) -> None:
    made = night.made
    assert made.population == len(night.decisions) == made.decisions.rows
    assert made.population == sum(made.rows.values()) + sum(made.withheld.values())


def test_no_consent_no_row(night: Night) -> None:
    silent = {parent for parent, _ in rows(night.decisions) if night.rng.random() < 0.5}
    events = [event for event in night.world["consent_event"] if event["parent_id"] not in silent]
    assert night.rows_with(consent_event=events) == {row for row in rows(night.decisions) if row[0] not in silent}


def test_every_row_stands_on_a_known_grant_for_its_recipient(night: Night) -> None:
    granted = {
        (event["parent_id"], event["kbo"])
        for event in night.world["consent_event"]
        if event["kind"] == "grant"
        and event["recorded_at"] <= night.at.known_at
        and event["occurred_at"] <= night.at.at
    }
    assert {(parent, decision.kbo) for parent, decision in rows(night.decisions)} <= granted


def test_a_row_never_reaches_a_second_recipient(night: Night) -> None:
    """Each parent that goes somewhere tells the other recipient of its history just the same: nothing changes."""
    sent = {(parent, decision.kbo) for parent, decision in rows(night.decisions)}
    told = [event for event in night.world["consent_event"] if (event["parent_id"], event["kbo"]) in sent]
    copies = [row | {"event_id": 10**9 + n, "kbo": neighbour(row["kbo"])} for n, row in enumerate(told)]
    assert copies
    assert night.decide(consent_event=night.world["consent_event"] + copies)[1] == night.decisions


def test_consent_does_not_move_along(night: Night) -> None:
    """Every event made out to a recipient that serves nowhere."""
    elsewhere = [event | {"kbo": "0999999999"} for event in night.world["consent_event"]]
    assert night.rows_with(consent_event=elsewhere) == set()


def neighbour(kbo: str) -> str:
    """The other recipient of the same history."""
    return kbo[:-1] + {"1": "2", "2": "1"}[kbo[-1]]


def test_withdrawing_never_adds_a_row(night: Night) -> None:
    after = night.rows_with(consent_event=night.world["consent_event"] + withdrawals(night))
    assert after < rows(night.decisions)


def withdrawals(night: Night) -> list[Row]:
    """For half of the parents, at instants round the decision, recorded in time or not."""
    template = night.world["consent_event"][0]
    return [
        template
        | {
            "event_id": 10**9 + number,
            "parent_id": event["parent_id"],
            "kbo": event["kbo"],
            "kind": "withdrawal",
            "occurred_at": event["occurred_at"] + night.rng.choice([-LATER, timedelta(0), LATER, 90 * LATER]),
            "recorded_at": event["recorded_at"] + night.rng.choice([-LATER, timedelta(0), LATER]),
        }
        for number, event in enumerate(night.world["consent_event"])
        if night.rng.random() < 0.5
    ]


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
        row | {"recorded_at": at} | ({key: 10**9 + n} if key else {})
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

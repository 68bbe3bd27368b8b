"""`explain` says in one sentence which no beats which grant, and why."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.model import Moment, Reason
from pipeline.core.settings import Settings
from pipeline.gate.explain import Explanation, explain
from tests.spec.case import Change
from tests.spec.noes import NO_OF_MARCH, TWIN, WITHDRAWAL, then
from tests.spec.places import OTHER
from tests.support.worlds.tables import AT, instant, moment, stage, world

EARLIER = WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2026-06-01 10:00"}
OCCURRED = "the grant occurred 2025-05-01 10:00:00+00, not after the no counts from"
RECORDED = "the grant was recorded 2025-05-01 10:05:00+00, not after the no was"


def explained(tmp_path: Path, change: Change, at: Moment | None = None) -> Explanation:
    snapshot = stage(world(change), tmp_path / "in").snapshot
    return explain(1, snapshot, at or moment(), Settings(), tmp_path / "gate")


def told(found: Explanation) -> str:
    (step,) = [step for step in found.steps if step.reason is Reason.WITHDRAWN]
    return step.facts


CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], str]] = {
    "recorded later": (
        then(EARLIER),
        f"consent_event 2, a withdrawal, beats the grant of consent_event 1: {RECORDED}, 2026-06-01 10:00:00+00",
    ),
    "later in both ways": (
        then(NO_OF_MARCH),
        f"consent_event 2, a withdrawal, beats the grant of consent_event 1: {OCCURRED}, 2026-03-01 10:00:00+00 and "
        f"{RECORDED}, 2026-03-01 10:05:00+00",
    ),
    "to everyone": (
        then(EARLIER | {"kbo": OTHER}),
        "consent_event 2, a withdrawal, to everyone since its kbo is of no recipient that serves on the day, beats the "
        f"grant of consent_event 1: {RECORDED}, 2026-06-01 10:00:00+00",
    ),
    "of another row": (
        {"parent": [{}, {"family_id": 2, "insz": TWIN}]} | then(EARLIER | {"parent_id": 2, "kind": "?"}),
        "consent_event 2, of unknown kind, of parent 2, the same person by INSZ, beats the grant of consent_event 1: "
        f"{RECORDED}, 2026-06-01 10:00:00+00",
    ),
    "no grant": (
        {"consent_event": [{"fields": None}]},
        "consent_event 1, a malformed grant, stands, and no grant counts",
    ),
    "none": ({}, "no no beats the grant of event 1, of 2025-05-01 10:00:00+00:00"),
    "nothing": ({"consent_event": []}, "no no counts"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_sentence_names_the_no_the_grant_and_why(tmp_path: Path, name: str) -> None:
    change, says = CASES[name]
    assert told(explained(tmp_path, change)) == says


def test_only_the_noes_that_beat_the_grant_are_named(tmp_path: Path) -> None:
    past = WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-04-01 10:05"}
    assert told(explained(tmp_path, then(past, EARLIER))).startswith("consent_event 3, a withdrawal, beats the grant")


def test_a_protection_that_is_dated_back_is_cited(tmp_path: Path) -> None:
    home = {"valid_from": "2019-01-01", "recorded_at": "2026-06-01 09:00", "confidential": True}
    found = explained(tmp_path, {"residence": [{}, home]})
    (step,) = [step for step in found.steps if step.reason is Reason.CONFIDENTIAL_ADDRESS]
    assert found.outcome == "withheld: confidential_address"
    assert step.rows == (
        "residence of parent 1 from 2020-01-01, recorded 2020-01-02 09:00:00+00: open",
        "residence of parent 1 from 2019-01-01, recorded 2026-06-01 09:00:00+00: "
        "protected, recorded after the current one",
    )


def test_what_is_recorded_ahead_is_heeded_in_an_explanation_for_now(tmp_path: Path) -> None:
    change = then(WITHDRAWAL | {"occurred_at": "2026-06-15 01:33", "recorded_at": "2026-06-15 01:33"})
    now = Moment.now(instant(AT), instant(AT), 5)
    found = explained(tmp_path / "now", change, now)
    assert found.outcome == "withheld: withdrawn, as if the rows recorded ahead had been recorded now"
    assert "consent_event 2, a withdrawal, beats the grant of consent_event 1" in told(found)
    assert explained(tmp_path / "then", change).outcome.startswith("released")
    assert "ahead" not in explained(tmp_path / "none", {}, now).outcome

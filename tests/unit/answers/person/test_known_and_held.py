"""What was known (K) and what held (T) are never mixed up: every kind of fact, before and after either."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.settings import Settings
from pipeline.gate.replay.replay import decisions_at
from pipeline.gate.replay.restage import GateInput
from tests.support.worlds.tables import Row, moment, stage, world

T = "2026-06-15 01:30"
BEFORE, AFTER = "2026-06-01", "2026-06-20"
"""As the day on which something holds."""
K_AT_T, K_LATER, K_EARLIER = T, "2026-06-25 01:30", "2026-06-05 01:30"
KNOWN_BEFORE, KNOWN_BETWEEN, KNOWN_AFTER = "2026-06-02 10:00", "2026-06-10 10:00", "2026-06-22 10:00"
"""As the instant of recording: by every K; by T and later; by the later K alone."""


def withdrawal(day: str) -> tuple[str, Row, str]:
    return "consent_event", {"event_id": 2, "kind": "withdrawal", "occurred_at": f"{day} 10:00"}, "withdrawn"


def protected(day: str) -> tuple[str, Row, str]:
    return "residence", {"valid_from": day, "confidential": True}, "confidential_address"


def assessment(day: str) -> tuple[str, Row, str]:
    return "indicator_assessment", {"assessment_id": 2, "assessed_on": day, "income": False}, "no_need"


def ended_agreement(day: str) -> tuple[str, Row, str]:
    return "agreement", {"ended_on": day}, "no_agreement"


def ended_protocol(day: str) -> tuple[str, Row, str]:
    return "protocol", {"ended_on": day}, "no_protocol"


FACTS = (withdrawal, protected, assessment, ended_agreement, ended_protocol)
TABLE = [
    # holds from, recorded at, known at K, whether it takes effect
    (BEFORE, KNOWN_BEFORE, K_EARLIER, True),
    (BEFORE, KNOWN_BEFORE, K_AT_T, True),
    (BEFORE, KNOWN_BEFORE, K_LATER, True),
    (BEFORE, KNOWN_BETWEEN, K_EARLIER, False),
    (BEFORE, KNOWN_BETWEEN, K_AT_T, True),
    (BEFORE, KNOWN_BETWEEN, K_LATER, True),
    (BEFORE, KNOWN_AFTER, K_EARLIER, False),
    (BEFORE, KNOWN_AFTER, K_AT_T, False),
    (BEFORE, KNOWN_AFTER, K_LATER, True),
    (AFTER, KNOWN_BEFORE, K_EARLIER, False),
    (AFTER, KNOWN_BEFORE, K_AT_T, False),
    (AFTER, KNOWN_BEFORE, K_LATER, False),
    (AFTER, KNOWN_AFTER, K_EARLIER, False),
    (AFTER, KNOWN_AFTER, K_AT_T, False),
    (AFTER, KNOWN_AFTER, K_LATER, False),
]


def decided(tmp_path: Path, change: dict[str, list[Row]], known_at: str) -> str:
    snapshot = stage(world(change), tmp_path / "in", known_at).snapshot
    (row,) = decisions_at(GateInput(snapshot, moment(T, known_at), Settings()), tmp_path / "gate").to_pylist()
    return str(row["reason"] or row["outcome"])


@pytest.mark.parametrize(("holds", "recorded_at", "known_at", "takes_effect"), TABLE)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_takes_effect_when_it_is_known_and_holds(
    tmp_path: Path, fact: Any, holds: str, recorded_at: str, known_at: str, takes_effect: bool
) -> None:
    feed, row, reason = fact(holds)
    if fact is withdrawal and holds == AFTER and recorded_at == KNOWN_BEFORE:
        takes_effect = True  # a withdrawal counts from when it was recorded, where that is earlier (DOMAIN: consent)
    effect = decided(tmp_path, {feed: [{}, row | {"recorded_at": recorded_at}]}, known_at)
    assert effect == (reason if takes_effect else "released")


@pytest.mark.parametrize(
    ("occurred_at", "recorded_at", "known_at", "counts"),
    [
        ("2026-06-01 10:00", KNOWN_BEFORE, K_AT_T, True),
        ("2026-06-01 10:00", KNOWN_AFTER, K_AT_T, False),
        ("2026-06-01 10:00", KNOWN_AFTER, K_LATER, True),
        ("2026-06-20 10:00", KNOWN_BEFORE, K_AT_T, False),
        ("2026-06-20 10:00", KNOWN_BEFORE, K_LATER, False),
        (T, T, K_AT_T, True),
        ("2026-06-15 01:30:01", T, K_AT_T, False),
        (T, "2026-06-15 01:30:01", K_AT_T, False),
        (T, "2026-06-15 01:30:01", "2026-06-15 01:30:01", True),
    ],
)
def test_a_grant_counts_from_when_it_was_given(
    tmp_path: Path, occurred_at: str, recorded_at: str, known_at: str, counts: bool
) -> None:
    grant = {"occurred_at": occurred_at, "recorded_at": recorded_at}
    assert decided(tmp_path, {"consent_event": [grant]}, known_at) == ("released" if counts else "no_consent")

"""What was known (K) and what held (T) are never mixed up: every kind of fact, before and after either."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, product

import pytest

from pipeline.core.settings import Settings
from pipeline.gate.replay.replay import decisions_at
from pipeline.gate.replay.restage import GateInput
from tests.spec.batch import ROOM, side_by_side
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


Fact = Callable[[str], tuple[str, Row, str]]
FACTS: tuple[Fact, ...] = (withdrawal, protected, assessment, ended_agreement, ended_protocol)
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


GRANTS = [
    # occurred at, recorded at, known at K, whether it counts
    ("2026-06-01 10:00", KNOWN_BEFORE, K_AT_T, True),
    ("2026-06-01 10:00", KNOWN_AFTER, K_AT_T, False),
    ("2026-06-01 10:00", KNOWN_AFTER, K_LATER, True),
    ("2026-06-20 10:00", KNOWN_BEFORE, K_AT_T, False),
    ("2026-06-20 10:00", KNOWN_BEFORE, K_LATER, False),
    (T, T, K_AT_T, True),
    ("2026-06-15 01:30:01", T, K_AT_T, False),
    (T, "2026-06-15 01:30:01", K_AT_T, False),
    (T, "2026-06-15 01:30:01", "2026-06-15 01:30:01", True),
]


@dataclass(frozen=True)
class Case:
    """What one feed holds of one parent and its recipient, known at K; and what comes of it at T."""

    says: str
    known_at: str
    feed: str
    rows: tuple[Row, ...]
    expected: str


def of_fact(fact: Fact, holds: str, recorded_at: str, known_at: str, takes_effect: bool) -> Case:
    feed, row, reason = fact(holds)
    if fact is withdrawal and holds == AFTER and recorded_at == KNOWN_BEFORE:
        takes_effect = True  # a withdrawal counts from when it was recorded, where that is earlier (DOMAIN: consent)
    says = f"{fact.__name__}-{holds}-{recorded_at}-{known_at}-{takes_effect}"
    rows: tuple[Row, ...] = ({}, row | {"recorded_at": recorded_at})
    return Case(says, known_at, feed, rows, reason if takes_effect else "released")


def of_grant(occurred_at: str, recorded_at: str, known_at: str, counts: bool) -> Case:
    says = f"{occurred_at}-{recorded_at}-{known_at}-{counts}"
    row = {"occurred_at": occurred_at, "recorded_at": recorded_at}
    return Case(says, known_at, "consent_event", (row,), "released" if counts else "no_consent")


FACT_CASES = [of_fact(fact, *row) for fact, row in product(FACTS, TABLE)]
GRANT_CASES = [of_grant(*row) for row in GRANTS]


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By case, the reason or the outcome at T: one decision a K tells of all that are known at it."""
    every = sorted([*FACT_CASES, *GRANT_CASES], key=lambda case: case.known_at)
    found: dict[str, str] = {}
    for known_at, grouped in groupby(every, key=lambda case: case.known_at):
        cases, folder = list(grouped), tmp_path_factory.mktemp("known")
        made = side_by_side([world({case.feed: case.rows}) for case in cases])
        given = GateInput(stage(made, folder / "in", known_at).snapshot, moment(T, known_at), Settings())
        for row in decisions_at(given, folder / "gate").to_pylist():
            found[cases[row["parent_id"] // ROOM].says] = row["reason"] or row["outcome"]
    return found


@pytest.mark.parametrize("case", FACT_CASES, ids=lambda case: case.says)
def test_a_fact_takes_effect_when_it_is_known_and_holds(decided: dict[str, str], case: Case) -> None:
    assert decided[case.says] == case.expected


@pytest.mark.parametrize("case", GRANT_CASES, ids=lambda case: case.says)
def test_a_grant_counts_from_when_it_was_given(decided: dict[str, str], case: Case) -> None:
    assert decided[case.says] == case.expected

"""The gate for now against the naive reference, on random histories with rows that are recorded ahead of our clock."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from pipeline.core.model import Moment
from tests.proof.prove import papers
from tests.spec.batch import gate
from tests.support.reference.gate import Night, covered_for_now, decide, decide_for_now
from tests.support.worlds.histories import a_night, random_world

SKEW = timedelta(days=1)
"""Wider than any setting, so that the edges of the histories lie on both sides of it."""
HISTORIES = 40
told_apart: list[int] = []


@pytest.mark.parametrize("seed", range(5))
def test_gate_and_reference_agree_on_what_is_decided_for_now(seed: int, tmp_path: Path) -> None:
    rng = Random(f"now/{seed}")
    at = a_night(rng).at
    world = random_world(rng, Moment.of(at), HISTORIES)
    night = Night(world, at, at)
    made, found = gate(world, Moment(at, at, at + SKEW), tmp_path)
    assert found == decide_for_now(night, SKEW)
    assert papers(made) == covered_for_now(night, SKEW)
    told_apart.append(found != decide(night))


def test_some_decisions_for_now_are_not_those_of_a_replay() -> None:
    assert sum(told_apart) > len(told_apart) / 2

"""The SQL gate against the naive reference, on random histories. The whole proof is `python -m tests.proof`."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.model import Reason
from tests.histories import a_night, random_world
from tests.proof import PER_WORLD, Proof, differences, prove


@pytest.fixture(scope="module")
def proof() -> Proof:
    """A quick share of the proof."""
    return prove(10 * PER_WORLD, seed=0)


def test_gate_and_reference_agree_on_every_parent(proof: Proof) -> None:
    assert proof.differences == []


def test_every_outcome_is_among_the_histories(proof: Proof) -> None:
    """Else the agreement would say nothing about the rule that is missing."""
    assert set(proof.decisions) == {"released", *(reason.value for reason in Reason)}
    assert proof.decisions["released"] > proof.parents / 20


def test_a_seed_names_its_histories() -> None:
    at = a_night(Random("x"))
    assert random_world(Random(3), at, 5) == random_world(Random(3), at, 5) != random_world(Random(4), at, 5)


@settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_gate_and_reference_agree_on_what_hypothesis_finds(rng: Random) -> None:
    """Small worlds, so that a failure shrinks to a case that can go into the tables."""
    at = a_night(rng)
    assert list(differences(random_world(rng, at, 2), at)) == []

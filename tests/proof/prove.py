"""The proof by reference: random histories, decided by the SQL gate and by the naive reference.

A seed names its worlds: the same one always makes the same. `python -m tests.proof` runs the whole, with the mutants.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from pipeline.core.errors import PipelineError
from pipeline.core.model import Moment, Release
from tests.proof.noes import histories_by_kind
from tests.spec.batch import gate
from tests.support.reference.gate import Covered, Decision, Night, covered, decide
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import World

PER_WORLD = 40


@dataclass
class Proof:
    """What was compared; `differences` in words, each with the seed of its world.

    `noes`: in how many histories there is a no of each kind.
    """

    histories: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    noes: Counter[str] = field(default_factory=Counter)

    @property
    def parents(self) -> int:
        return sum(self.decisions.values())

    def __iadd__(self, other: "Proof") -> "Proof":
        self.histories += other.histories
        self.decisions += other.decisions
        self.differences += other.differences
        self.noes += other.noes
        return self


def prove(histories: int, seed: int) -> Proof:
    """At least so many histories, PER_WORLD to a world."""
    proof = Proof()
    for number in range(worlds_for(histories)):
        proof += prove_one(seed, number)
    return proof


def worlds_for(histories: int) -> int:
    return -(-histories // PER_WORLD)


def prove_one(seed: int, number: int) -> Proof:
    """One world of a seed."""
    rng = Random(f"{seed}/{number}")
    at = a_night(rng)
    world = random_world(rng, at, PER_WORLD)
    night = Night(world, at.at, at.known_at)
    outcomes = Counter(each.reason or each.outcome for each in decide(night).values())
    found = [f"seed {seed}, world {number}, {each}" for each in differences(world, at)]
    return Proof(PER_WORLD, outcomes, found, histories_by_kind(night))


def differences(world: World, at: Moment) -> Iterator[str]:
    """Where gate and reference part: in a decision, in who is decided on, in who gets a drop, in the sums."""
    night = Night(world, at.at, at.known_at)
    expected = decide(night)
    try:
        with tempfile.TemporaryDirectory() as folder:
            made, found = gate(world, at, Path(folder))
    except PipelineError as error:
        yield f"at {at.at}: the gate refused: {error}"
        return
    for parent in sorted(expected.keys() | found.keys()):
        if expected.get(parent) != found.get(parent):
            yield f"at {at.at}, parent {parent}: gate {found.get(parent)}, reference {expected.get(parent)}"
    if papers(made) != covered(night):
        yield f"at {at.at}: gate covers {papers(made)}, reference {covered(night)}"
    if (made.population, counted(made)) != (len(expected), sums(expected)):
        yield f"at {at.at}: gate counts {counted(made)}, reference {sums(expected)}"


def papers(made: Release) -> list[Covered]:
    """Who gets a drop and under what, as the reference says it."""
    return [Covered(p.kbo, p.agreements, p.protocols, p.retention_days) for p in made.recipients]


def counted(made: Release) -> dict[str, int]:
    """Rows by recipient and parents withheld by reason, where there are any."""
    return {name: count for name, count in (made.rows | made.withheld).items() if count}


def sums(decisions: dict[int, Decision]) -> dict[str, int]:
    """The same, counted from decisions."""
    return dict(Counter(str(each.reason or each.kbo) for each in decisions.values()))

"""The proof by reference: random histories, decided by the SQL gate and by the naive reference.

`python -m tests.proof --histories 10000 --seed 1` prints histories, parents, differences and time, and exits 1 when
there is a difference. A seed names its worlds: the same one always makes the same.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from pipeline.errors import PipelineError
from pipeline.model import Moment, Release
from tests.histories import a_night, random_world
from tests.reference_gate import Covered, Decision, Night, covered, decide
from tests.spec.batch import gate
from tests.worlds import World

PER_WORLD = 40


@dataclass
class Proof:
    """What was compared; `differences` in words, each with the seed of its world."""

    histories: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def parents(self) -> int:
        return sum(self.decisions.values())


def prove(histories: int, seed: int) -> Proof:
    """At least so many histories, PER_WORLD to a world."""
    proof = Proof()
    for name in range(-(-histories // PER_WORLD)):
        rng = Random(f"{seed}/{name}")
        at = a_night(rng)
        world = random_world(rng, at, PER_WORLD)
        night = Night(world, at.at, at.known_at)
        proof.histories += PER_WORLD
        proof.decisions.update(each.reason or each.outcome for each in decide(night).values())
        proof.differences += [f"seed {seed}, world {name}, {each}" for each in differences(world, at)]
    return proof


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    proof = prove(asked.histories, asked.seed)
    print(f"histories   {proof.histories:>8}")
    print(f"parents     {proof.parents:>8}")
    for outcome, count in proof.decisions.most_common():
        print(f"  {outcome:<22}{count:>8}")
    print(f"differences {len(proof.differences):>8}")
    print(f"seconds     {time.monotonic() - began:>8.0f}")
    print("\n".join(proof.differences[:20]))
    return 1 if proof.differences else 0


if __name__ == "__main__":
    sys.exit(main())

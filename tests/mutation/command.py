"""`make proof`: the histories and the mutants, what came of them, and 1 when anything did not hold."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from tests.mutation.killers import KINDS
from tests.mutation.mutants import every_mutant
from tests.mutation.run import PROCESSES, Bite, verdicts
from tests.mutation.sql_tests import failed_test
from tests.mutation.stages import every_stage
from tests.proof.prove import Proof, prove_one, worlds_for

Item = TypeVar("Item")
EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make proof", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("histories", "mutants"))
    parser.add_argument("--mutants", type=Path, default=Path(".cache/mutants.tsv"), help="where each mutant is listed")
    asked = parser.parse_args()
    began = time.monotonic()
    proof = None if asked.only == "mutants" else of_histories(asked.histories, asked.seed)
    bite = None if asked.only == "histories" else of_mutants()
    for name, figure in [*(figures_of(proof) if proof else ()), *(figures_of_bite(bite) if bite else ())]:
        print(f"{name:<24}{figure:>8,}")
    print(f"{'time':<24}{time.monotonic() - began:>6,.0f} s")
    wrong = [*(proof.differences if proof else ()), *(reported(bite, asked.mutants) if bite else ())]
    print("\n".join(wrong[:50]))
    return 1 if wrong else 0


def of_histories(histories: int, seed: int) -> Proof:
    worlds, proof = worlds_for(histories), Proof()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for part in counted(pool.map(partial(prove_one, seed), range(worlds)), worlds, "worlds of histories"):
            proof += part
    return proof


def of_mutants() -> Bite:
    mutants = every_mutant()
    with tempfile.TemporaryDirectory() as folder:
        judged = verdicts(mutants, every_stage(Path(folder)), Path(folder), failed_test)
        found = {verdict.mutant: verdict for verdict in counted(judged, len(mutants), "mutants")}
    return Bite([found[mutant.name] for mutant in mutants])


def counted(items: Iterable[Item], total: int, words: str) -> Iterator[Item]:
    """The same, with a line that counts: over itself in a terminal, every ten seconds elsewhere."""
    shown, tty = time.monotonic(), sys.stderr.isatty()
    for number, item in enumerate(items, 1):
        if tty or time.monotonic() - shown > EVERY:
            shown = time.monotonic()
            print(f"\r{number:>8} of {total} {words}", end="" if tty and number < total else "\n", file=sys.stderr)
        yield item


def figures_of(proof: Proof) -> Iterator[tuple[str, int]]:
    yield "histories", proof.histories
    yield "parents decided", proof.parents
    yield from ((f"  {outcome}", count) for outcome, count in proof.decisions.most_common())
    yield "differences", len(proof.differences)


def figures_of_bite(bite: Bite) -> Iterator[tuple[str, int]]:
    yield "mutants", len(bite.verdicts)
    yield "killed", sum(bite.killed.values())
    yield from ((f"  by {kind}" if kind in KINDS[:4] else f"  {kind}", bite.killed[kind]) for kind in KINDS)
    yield "equivalent, listed", len(bite.spared)
    yield "survivors", len(bite.survivors)
    yield "listed in vain", len(bite.stale)


def reported(bite: Bite, path: Path) -> list[str]:
    """Writes the whole list; prints who may survive and why; what is wrong with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in bite.lines()), encoding="utf-8")
    print(f"Every mutant and its killer: {path}")
    print("Equivalent:", *(f"  {name}\n    {bite.equivalent[name]}" for name in bite.spared), sep="\n")
    return [f"survived: {name}" for name in bite.survivors] + [
        f"listed as equivalent, but killed or gone: {name}" for name in bite.stale
    ]

"""`make proof`: the histories and the mutants, what came of them, and 1 when anything did not hold.

With a budget it stops when its seconds are over, and says how far it came. The seed decides which histories are made
and at which mutant it begins, so that what a budget leaves out is another part for every seed.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TypeVar

from tests.mutation.killers import KINDS
from tests.mutation.mutants import every_mutant
from tests.mutation.run import PROCESSES, Bite, verdicts
from tests.mutation.sql_tests import failed_test
from tests.mutation.stages import every_stage
from tests.proof.noes import KINDS as KINDS_OF_NO
from tests.proof.prove import Proof, prove_one, worlds_for

Item = TypeVar("Item")
EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make proof", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=math.inf, help="seconds; the histories take half at most")
    parser.add_argument("--only", choices=("histories", "mutants"))
    parser.add_argument("--mutants", type=Path, default=Path(".cache/mutants.tsv"), help="where each mutant is listed")
    asked = parser.parse_args()
    began = time.monotonic()
    half = 1 if asked.only else 2
    proof = None if asked.only == "mutants" else of_histories(asked.histories, asked.seed, began + asked.budget / half)
    bite = None if asked.only == "histories" else of_mutants(asked.seed, began + asked.budget)
    print(f"{'seed':<24}{asked.seed:>8}")
    for name, figure in [*(figures_of(proof) if proof else ()), *(figures_of_bite(bite) if bite else ())]:
        print(f"{name:<24}{figure:>8,}")
    print(f"{'time':<24}{time.monotonic() - began:>6,.0f} s")
    if proof and proof.histories < asked.histories:
        print(f"The budget is over: {proof.histories:,} of {asked.histories:,} histories were decided.")
    if bite and bite.unjudged:
        print(f"The budget is over: {len(bite.verdicts):,} of {len(every_mutant()):,} mutants were judged.")
    wrong = [*(proof.differences if proof else ()), *(reported(bite, asked.mutants) if bite else ())]
    print("\n".join(wrong[:50]))
    return 1 if wrong else 0


def of_histories(histories: int, seed: int, until: float) -> Proof:
    worlds, proof = worlds_for(histories), Proof()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        parts = before(until, pool.map(partial(prove_one, seed), range(worlds)))
        for part in counted(parts, worlds, "worlds of histories"):
            proof += part
        pool.shutdown(cancel_futures=True)
    return proof


def of_mutants(seed: int, until: float) -> Bite:
    """In the order of the files, which costs least, from one on that the seed chooses."""
    mutants = every_mutant()
    first = Random(seed).randrange(len(mutants))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(
            verdicts(mutants[first:] + mutants[:first], every_stage(Path(folder)), Path(folder), failed_test)
        ) as judged,
    ):
        found = {verdict.mutant: verdict for verdict in counted(before(until, judged), len(mutants), "mutants")}
    unjudged = frozenset(mutant.name for mutant in mutants) - found.keys()
    return Bite([found[mutant.name] for mutant in mutants if mutant.name in found], unjudged=unjudged)


def before(until: float, items: Iterable[Item]) -> Iterator[Item]:
    """The items that are there by then, and the one that was being waited for; at least one."""
    for item in items:
        yield item
        if time.monotonic() > until:
            return


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
    yield from ((f"  with a {kind} no", proof.noes[kind]) for kind in KINDS_OF_NO)
    yield "parents decided", proof.parents
    yield from ((f"  {outcome}", count) for outcome, count in proof.decisions.most_common())
    yield "differences", len(proof.differences)


def figures_of_bite(bite: Bite) -> Iterator[tuple[str, int]]:
    yield "mutants judged", len(bite.verdicts)
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

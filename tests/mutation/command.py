"""`make proof`: hosts, fetches, histories, mutants and nights, what came of them, and 1 when anything did not hold.

With a budget it stops when its seconds are over, and says how far it came: the hosts and the fetches end after their
twentieth at latest, the others after their third of the rest, and the nights take what the others leave, for their
histories first and then for the faults. Without one the histories of nights end after half an hour, and the faults
after a quarter. The seed decides which conversations and histories are made, in which order faults are planted and at
which mutant it begins, so that what a budget leaves out is another part for every seed.
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
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TypeVar

from tests.mutation.killers import KINDS
from tests.mutation.mutants import every_mutant
from tests.mutation.run import PROCESSES, Bite, verdicts
from tests.mutation.sql_tests import failed_test
from tests.mutation.stages import every_stage
from tests.proof.fetches import TIMES, FetchesProof, prove_fetches
from tests.proof.hosts import CONVERSATIONS, HostsProof, prove_hosts_part
from tests.proof.hosts import parts_for as hosts_parts_for
from tests.proof.nights import (
    FOR_THE_FAULTS,
    FOR_THE_NIGHTS,
    HISTORIES,
    FaultSearch,
    NightsProof,
    differences_of_told,
    parts_for,
    prove_part,
    search_for,
    shared_databases,
)
from tests.proof.noes import KINDS as KINDS_OF_NO
from tests.proof.prove import Proof, prove_one, worlds_for
from tests.support.nights_machine.directed import DIRECTED
from tests.support.nights_machine.faults import EVERY_FAULT

Item = TypeVar("Item")
SHARES = {"hosts": 3, "fetches": 3, "histories": 18, "mutants": 18, "nights": 18}
"""Of a budget, by part, in the order in which they are made."""
SHARE_OF_NIGHTS = 0.6
"""Of the nights' part of a budget; the rest is for the faults that are planted."""
EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make proof", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nights", type=int, default=HISTORIES, help="histories of several nights")
    parser.add_argument("--budget", type=float, default=math.inf, help="seconds, of which each part takes its share")
    parser.add_argument(
        "--hosts", type=int, default=CONVERSATIONS, help="conversations with a host that spoils its own"
    )
    parser.add_argument("--fetches", type=int, default=TIMES, help="times that a drop is replaced while it is fetched")
    parser.add_argument("--only", choices=SHARES)
    parser.add_argument("--mutants", type=Path, default=Path(".cache/mutants.tsv"), help="where each mutant is listed")
    asked = parser.parse_args()
    began = time.monotonic()
    parts = (asked.only,) if asked.only else tuple(SHARES)
    whole = sum(SHARES[part] for part in parts)
    ends = accumulate(SHARES[part] for part in parts)
    until = {part: began + asked.budget * end / whole for part, end in zip(parts, ends, strict=True)}
    print(f"{'seed':<24}{asked.seed:>8}")
    wrong: list[str] = []
    if "hosts" in parts:
        wrong += hosts(asked.hosts, asked.seed, until["hosts"])
    if "fetches" in parts:
        wrong += fetches(asked.fetches, asked.seed, until["fetches"])
    if "histories" in parts:
        wrong += histories(asked.histories, asked.seed, until["histories"])
    if "mutants" in parts:
        wrong += mutants(asked.seed, until["mutants"], asked.mutants)
    if "nights" in parts:
        wrong += nights_and_faults(asked.nights, asked.seed, until["nights"])
    print(f"{'time':<24}{time.monotonic() - began:>6,.0f} s")
    print("\n".join(wrong[:50]))
    return 1 if wrong else 0


def hosts(asked: int, seed: int, until: float) -> list[str]:
    """What ended as it may not."""
    proof = of_hosts(asked, seed, until)
    show(figures_of_hosts(proof))
    if proof.conversations < asked and not proof.differences:
        print(f"The budget is over: {proof.conversations:,} of {asked:,} conversations with a host were had.")
    return proof.differences


def fetches(asked: int, seed: int, until: float) -> list[str]:
    """Half sets, doubles and what was lost."""
    proof = prove_fetches(asked, seed, until)
    show(figures_of_fetches(proof))
    if proof.missing:
        print(f"No line to fetch was tried: {proof.missing}")
    elif proof.replaced < asked:
        print(f"The budget is over: a drop was replaced {proof.replaced} of {asked} times while it was fetched.")
    return proof.differences


def histories(asked: int, seed: int, until: float) -> list[str]:
    """What differed."""
    proof = of_histories(asked, seed, until)
    show(figures_of(proof))
    if proof.histories < asked:
        print(f"The budget is over: {proof.histories:,} of {asked:,} histories were decided.")
    return proof.differences


def nights_and_faults(asked: int, seed: int, until: float) -> list[str]:
    """What differed, and which planted faults were missed; these have a part of the time to themselves."""
    wrong = [f"told for a fault that is not there: {each}" for each in of_told_histories()]
    now = time.monotonic()
    proof = of_nights(asked, seed, now + min((until - now) * SHARE_OF_NIGHTS, FOR_THE_NIGHTS))
    show(figures_of_nights(proof))
    if proof.histories < asked and not proof.differences:
        print(f"The time is over: {proof.histories:,} of {asked:,} histories of nights were made.")
    found = of_faults(seed, min(until, time.monotonic() + FOR_THE_FAULTS))
    show([("faults planted", len(found)), ("  found", sum(each.found_by is not None for each in found))])
    print(*(f"  {each}" for each in found), sep="\n")
    missed = [each for each in found if each.found_by is None]
    if over := sum(each.is_over for each in missed):
        print(f"The time is over: of {over} faults planted it was not told whether they are found.")
    return [*proof.differences, *wrong, *(f"not found: {each.name}" for each in missed if not each.is_over)]


def mutants(seed: int, until: float, path: Path) -> list[str]:
    """Which survived, or are listed in vain."""
    bite = of_mutants(seed, until)
    show(figures_of_bite(bite))
    if bite.unjudged:
        print(f"The budget is over: {len(bite.verdicts):,} of {len(every_mutant()):,} mutants were judged.")
    return reported(bite, path)


def show(figures: Iterable[tuple[str, int]]) -> None:
    for name, figure in figures:
        print(f"{name:<24}{figure:>8,}")


def of_hosts(asked: int, seed: int, until: float) -> HostsProof:
    proof, parts = HostsProof(), hosts_parts_for(asked)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        proved = before(until, pool.map(partial(prove_hosts_part, seed), range(parts)))
        for part in counted(proved, parts, "parts of conversations"):
            proof += part
        pool.shutdown(cancel_futures=True)
    return proof


def of_histories(histories: int, seed: int, until: float) -> Proof:
    worlds, proof = worlds_for(histories), Proof()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        parts = before(until, pool.map(partial(prove_one, seed), range(worlds)))
        for part in counted(parts, worlds, "worlds of histories"):
            proof += part
        pool.shutdown(cancel_futures=True)
    return proof


def of_nights(asked: int, seed: int, until: float) -> NightsProof:
    proof, parts = NightsProof(), parts_for(asked)
    with shared_databases() as databases, ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        proved = before(until, pool.map(partial(prove_part, seed, databases), range(parts)))
        for part in counted(proved, parts, "parts of nights"):
            proof += part
        pool.shutdown(cancel_futures=True)
    return proof


def of_told_histories() -> list[str]:
    """The histories that were told for faults, without them: what differs."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        told = counted(pool.map(differences_of_told, DIRECTED), len(DIRECTED), "histories told")
        return [f"{name}: {said}" for name, said in zip(DIRECTED, told, strict=True) if said]


def of_faults(seed: int, until: float) -> list[FaultSearch]:
    """Each fault, in an order of the seed's; once the time is over, only the histories that were told for some."""
    names = Random(seed).sample(EVERY_FAULT, len(EVERY_FAULT))
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        return list(counted(pool.map(partial(search_for, seed, until), names), len(names), "faults"))


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


def figures_of_hosts(proof: HostsProof) -> Iterator[tuple[str, int]]:
    yield "conversations", proof.conversations
    yield from ((f"  {end}", count) for end, count in proof.met.most_common())
    yield "differences", len(proof.differences)


def figures_of_fetches(proof: FetchesProof) -> Iterator[tuple[str, int]]:
    yield "drops replaced", proof.replaced
    yield from ((f"  {what}", count) for what, count in proof.met.items())
    yield "differences", len(proof.differences)


def figures_of(proof: Proof) -> Iterator[tuple[str, int]]:
    yield "histories", proof.histories
    yield from ((f"  with a {kind} no", proof.noes[kind]) for kind in KINDS_OF_NO)
    yield "parents decided", proof.parents
    yield from ((f"  {outcome}", count) for outcome, count in proof.decisions.most_common())
    yield "differences", len(proof.differences)


def figures_of_nights(proof: NightsProof) -> Iterator[tuple[str, int]]:
    yield "histories of nights", proof.histories
    yield from ((f"  {what}", count) for what, count in proof.met.items() if what != "histories")
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

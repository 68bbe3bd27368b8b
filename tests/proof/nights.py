"""The proof of what happens between nights: histories of the state machine, and faults that it has to find.

A seed names its histories: the same one always makes the same. `python -m tests.proof` runs them after the gate's.
"""

import io
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.nights_machine.directed import DIRECTED, differs
from tests.support.nights_machine.faults import planted
from tests.support.nights_machine.machine import NightsMachine
from tests.support.one_thread import in_one_thread
from tests.support.servers.postgres import Databases, run_postgres
from tests.support.servers.services import Missing

HISTORIES = 300
PER_PART = 2
STEPS = 18
"""Of a history; a night that falls by itself is none of them."""
FOR_THE_NIGHTS, FOR_THE_FAULTS = 30 * 60, 15 * 60
"""Seconds that they take at most where no budget says so."""
FOR_A_FAULT, FOR_A_TOLD_FAULT = 60, 8
"""So many random histories are made at most to find a fault that was planted; the second: where one was told for it."""


@dataclass
class NightsProof:
    """What was compared; `met`: how often what happened; `differences` in words, each with its seed."""

    met: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def histories(self) -> int:
        return self.met["histories"]

    @property
    def is_told_apart(self) -> bool:
        """Whether something differed: an error of our own plant is no finding."""
        return any(": Difference: " in said for said in self.differences)

    def __iadd__(self, other: "NightsProof") -> "NightsProof":
        self.met += other.met
        self.differences += other.differences
        return self


def parts_for(histories: int) -> int:
    return -(-histories // PER_PART)


def prove_part(seed: int, databases: Databases | None, part: int) -> NightsProof:
    """Some of a seed's histories; without PostgreSQL every ledger is on SQLite, and the figures say so."""
    with ExitStack() as stack:
        fresh = (lambda: stack.enter_context(databases.borrowed())) if databases else None
        return run_machine(seed * 100_000 + part, PER_PART, fresh)


@contextmanager
def shared_databases() -> Iterator[Databases | None]:
    """A cluster for every part: to start one takes as long as a history. None where PostgreSQL is missing."""
    with ExitStack() as stack:
        found = None
        with suppress(Missing):
            found = stack.enter_context(run_postgres())
        yield found


def run_machine(
    seed: int, histories: int, fresh: Callable[[], str] | None = None, steps: int = STEPS, shrinks: bool = False
) -> NightsProof:
    """So many histories of one seed, or as far as the first that differs."""
    proof = NightsProof()

    class Proving(NightsMachine):
        pass

    Proving.fresh = staticmethod(fresh) if fresh else None
    Proving.met = proof.met
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    how = settings(
        max_examples=histories,
        stateful_step_count=steps,
        phases=phases,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    said = io.StringIO()
    try:
        with in_one_thread(), in_silence(), redirect_stdout(said):
            run_state_machine_as_test(hypothesis.seed(seed)(Proving), settings=how)
    except Exception as error:  # noqa: BLE001 - any error is a difference, and is told
        all_of_it = (error, *getattr(error, "exceptions", ()))  # one that came and did not come again is a group
        told = "\n".join([*(named(each) for each in all_of_it), *getattr(error, "__notes__", ()), said.getvalue()])
        proof.differences.append(f"seed {seed}: {told}")
    return proof


def named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


@contextmanager
def in_silence() -> Iterator[None]:
    """A history logs more than anybody reads."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


@dataclass(frozen=True)
class FaultSearch:
    """`histories`: how many random ones were made, the one that found it among them. `found_by`: None where it was
    missed; `is_over`: the time was over before that could be told."""

    name: str
    histories: int
    found_by: str | None = None
    is_over: bool = False

    def __str__(self) -> str:
        if self.found_by == RANDOM:
            return f"{self.name}: found by random history {self.histories}"
        after = f"{self.histories} random ones" if self.histories else "no random one"
        if self.found_by:
            return f"{self.name}: found by the history told for it, after {after}"
        return f"{self.name}: {'the time was over' if self.is_over else 'NOT FOUND'} after {after}"


RANDOM, TOLD = "random", "told"


def search_for(seed: int, until: float, name: str) -> FaultSearch:
    """Random histories one by one, then the one that was told for this fault. `until`: by the monotonic clock."""
    made, most = 0, FOR_A_TOLD_FAULT if name in DIRECTED else FOR_A_FAULT
    with planted(name), in_one_thread(), in_silence():
        while made < most and time.monotonic() < until:
            made += 1
            if run_machine(seed * 100_000 + made, 1).is_told_apart:
                return FaultSearch(name, made, RANDOM)
        if name in DIRECTED and differs(DIRECTED[name]):
            return FaultSearch(name, made, TOLD)
    return FaultSearch(name, made, is_over=made < most and name not in DIRECTED)


def differences_of_told(name: str) -> str:
    """Of the history that was told for a fault, without that fault: none."""
    with in_one_thread(), in_silence():
        return differs(DIRECTED[name])

"""The proof of what happens between nights: histories of the state machine, and faults that it has to find.

A seed names its histories: the same one always makes the same. `python -m tests.proof` runs them after the gate's.
"""

import io
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.nights_machine.faults import planted
from tests.support.nights_machine.machine import NightsMachine
from tests.support.one_thread import in_one_thread
from tests.support.servers.postgres import run_postgres
from tests.support.servers.services import Missing

HISTORIES = 300
PER_PART = 5
STEPS = 24
"""Of a history; a night that falls by itself is none of them."""
FOR_A_FAULT = 60
"""So many histories are made at most to find a fault that was planted."""


@dataclass
class NightsProof:
    """What was compared; `met`: how often what happened; `differences` in words, each with its seed."""

    met: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def histories(self) -> int:
        return self.met["histories"]

    def __iadd__(self, other: "NightsProof") -> "NightsProof":
        self.met += other.met
        self.differences += other.differences
        return self


def parts_for(histories: int) -> int:
    return -(-histories // PER_PART)


def prove_part(seed: int, part: int) -> NightsProof:
    """Some of a seed's histories, on a PostgreSQL of their own where there is one."""
    with ExitStack() as stack:
        fresh = None
        with suppress(Missing):  # then every ledger is on SQLite, and the figures say so
            fresh = stack.enter_context(run_postgres())
        return run_machine(seed * 100_000 + part, PER_PART, fresh)


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
        told = "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ()), said.getvalue()])
        proof.differences.append(f"seed {seed}: {told}")
    return proof


@contextmanager
def in_silence() -> Iterator[None]:
    """A history logs more than anybody reads."""
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def is_found(seed: int, name: str) -> bool:
    """Whether so many histories tell a product with that fault apart."""
    with planted(name):
        return bool(run_machine(seed, FOR_A_FAULT).differences)

"""Nights in any order, with anything between them: a few histories of the state machine.

`make proof` makes three hundred, and shows that it finds the faults of tests/support/nights_machine/faults.py.
"""

from collections.abc import Callable

from tests.proof.nights import run_machine

HISTORIES = 4
STEPS = 10


def test_pipeline_and_bookkeeping_agree_whatever_happens_between_nights(postgres: Callable[[], str]) -> None:
    proof = run_machine(seed=1, histories=HISTORIES, fresh=postgres, steps=STEPS)
    assert proof.differences == []
    assert proof.histories >= HISTORIES  # Hypothesis makes one more at times

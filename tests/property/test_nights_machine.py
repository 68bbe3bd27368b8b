"""Nights in any order, with anything between them: twenty histories of the state machine.

`make proof` makes up to three hundred, and shows that it finds the faults of tests/support/nights_machine/faults.py.
"""

from collections.abc import Callable

from tests.proof.nights import run_machine
from tests.support.nights_machine.driven import LEAST_NIGHTS, MOST_NIGHTS

HISTORIES = 20
STEPS = 12


def test_pipeline_and_bookkeeping_agree_whatever_happens_between_nights(postgres: Callable[[], str]) -> None:
    proof = run_machine(seed=1, histories=HISTORIES, fresh=postgres, steps=STEPS)
    assert proof.differences == []
    assert proof.histories >= HISTORIES  # Hypothesis makes one more at times
    assert LEAST_NIGHTS * proof.histories <= proof.met["nights"] <= MOST_NIGHTS * proof.histories
    assert 0 < proof.met["ledgers on PostgreSQL"] < proof.histories

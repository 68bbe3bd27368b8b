"""The machine of the nights can fail: a fault that each history meets. `make proof` plants them all."""

from tests.proof.nights import run_machine
from tests.support.nights_machine.faults import EVERY_FAULT, planted


def test_there_is_a_fault_for_each_rule() -> None:
    assert len(EVERY_FAULT) >= 8


def test_a_fault_that_is_planted_is_found_and_told_with_its_seed() -> None:
    with planted("a line is not chained"):
        proof = run_machine(seed=3, histories=1, steps=1)
    assert len(proof.differences) == 1
    assert proof.differences[0].startswith("seed 3: ") and "state.begins(" in proof.differences[0]

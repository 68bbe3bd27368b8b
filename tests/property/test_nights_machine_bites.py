"""The machine of the nights can fail: faults that are found at once. `make proof` plants them all."""

import pytest

from pipeline.core import engine
from tests.proof.nights import run_machine
from tests.support.nights_machine.directed import DIRECTED, differs
from tests.support.nights_machine.faults import EVERY_FAULT, PlantGone, in_sql, planted

AT_ONCE = {
    "a half load is believed": "counts on a load that is under way",
    "a row recorded ahead is not looked for": "who may not be used",
    "a held night leaves a drop with a no": "who said no since",
    "a suspended recipient is served": "suspended, and a drop lies there",
    "a notice counts unseen": "is told on record, and never counted",
    "a notice is not chained": "names notice 0 as the one before it, and 1 was",
    "a notice is not signed": "its manifest or signature does not prove it",
    "a drop counts without its files": "counts without its files",
}
"""Faults whose told history ends within an hour or a night, and what is said of each."""


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_every_fault_can_be_planted_and_leaves_nothing(fault: str) -> None:
    sql = engine.SQL
    with planted(fault):
        pass
    assert sql == engine.SQL


def test_a_fault_whose_target_is_gone_cannot_be_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlantGone, match="make this fault anew"):
        in_sql({"gate/13_same_person.sql": ("no such words", "")})(monkeypatch)


@pytest.mark.parametrize("fault", AT_ONCE)
def test_the_history_that_was_told_for_a_fault_finds_it(fault: str) -> None:
    with planted(fault):
        assert AT_ONCE[fault] in differs(DIRECTED[fault])


def test_a_fault_that_is_planted_is_found_and_told_with_its_seed() -> None:
    with planted("a line is not chained"):
        proof = run_machine(seed=3, histories=1, steps=1)
    assert proof.is_told_apart and len(proof.differences) == 1
    assert proof.differences[0].startswith("seed 3: ") and "state.begins(" in proof.differences[0]

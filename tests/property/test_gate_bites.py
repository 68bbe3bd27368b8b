"""A quick share of the mutants: each rule dropped from the decision, a predicate dropped from every file of the gate.

All of them, and the random histories as well: `make proof`.
"""

from itertools import groupby
from pathlib import Path

import pytest

from pipeline.core.package_data import SQL
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.killers import judged
from tests.mutation.mutants import MUTATED, Mutant, mutants
from tests.mutation.prepared_stage import PreparedStage
from tests.mutation.stages import of_tables

GATE = [file for file in MUTATED if Path(file).parent == Path("gate")]
WITHOUT = {"gate/10_family_need.sql", "gate/13_same_person.sql", "gate/21_covered.sql"}
"""Files without a predicate."""
DECISION = "gate/20_decision.sql"
RULES = 13
REMOVED = [file for file in GATE if file not in {*WITHOUT, DECISION}]
NAMES = [*REMOVED, *(f"rule {number}" for number in range(1, RULES + 1))]
"""Of the share, in the order of the files, which spares the stages work. Who collects this file makes no mutant."""


@pytest.fixture(scope="module")
def share() -> list[Mutant]:
    """The first predicate of each file, and each rule."""
    of_gate = [each for file in GATE for each in mutants(file, (SQL / file).read_text(encoding="utf-8"))]
    counted = [each for each in of_gate if each.name not in EQUIVALENT]
    removed = groupby((each for each in counted if each.kind == "removed"), key=lambda mutant: mutant.file)
    rules = [each for each in counted if "20_decision" in each.name and 'dropped "when NOT' in each.name]
    return [next(of_file) for _, of_file in removed] + rules


def test_the_share_holds_the_thirteen_rules_and_every_file_with_a_predicate(share: list[Mutant]) -> None:
    assert {each.file for each in share} == set(GATE) - WITHOUT
    assert [each.file for each in share] == [*REMOVED, *[DECISION] * RULES]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[PreparedStage]:
    return [PreparedStage(stage) for stage in of_tables(tmp_path_factory.mktemp("stages"))]


@pytest.mark.parametrize("name", NAMES)
def test_without_it_the_tables_or_the_rows_are_not_what_they_were(
    name: str, share: list[Mutant], stages: list[PreparedStage], tmp_path_factory: pytest.TempPathFactory
) -> None:
    mutant = share[NAMES.index(name)]
    assert judged(mutant, stages, tmp_path_factory.mktemp("mutant")).kind in ("tables", "rows")

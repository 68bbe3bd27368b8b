"""A quick share of the mutants: each rule dropped from the decision, a predicate dropped from every file of the gate.

All of them, and the random histories as well: `make proof`.
"""

from itertools import groupby
from pathlib import Path

import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.killers import judged
from tests.mutation.mutants import MUTATED, Mutant, every_mutant
from tests.mutation.prepared_stage import PreparedStage
from tests.mutation.stages import of_tables

GATE = {file for file in MUTATED if Path(file).parent == Path("gate")}


def share() -> list[Mutant]:
    """In the order of the files, which spares the stages work."""
    of_gate = [each for each in every_mutant() if each.file in GATE and each.name not in EQUIVALENT]
    removed = groupby((each for each in of_gate if each.kind == "removed"), key=lambda mutant: mutant.file)
    rules = [each for each in of_gate if "20_decision" in each.name and 'dropped "when NOT' in each.name]
    return [next(of_file) for _, of_file in removed] + rules


SHARE = share()


def test_the_share_holds_the_thirteen_rules_and_every_file_with_a_predicate() -> None:
    without = {"gate/10_family_need.sql", "gate/13_same_person.sql", "gate/21_covered.sql"}
    assert {each.file for each in SHARE} == GATE - without
    assert sum(each.file == "gate/20_decision.sql" for each in SHARE) == 13


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[PreparedStage]:
    return [PreparedStage(stage) for stage in of_tables(tmp_path_factory.mktemp("stages"))]


@pytest.mark.parametrize("mutant", SHARE, ids=lambda mutant: mutant.name[:80])
def test_without_it_the_tables_or_the_rows_are_not_what_they_were(
    mutant: Mutant, stages: list[PreparedStage], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert judged(mutant, stages, tmp_path_factory.mktemp("mutant")).kind in ("tables", "rows")

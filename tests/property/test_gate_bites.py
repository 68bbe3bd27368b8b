"""A quick share of the mutants: a rule dropped from the decision, a predicate dropped from every file, and who notices.

All of them, and the random histories as well: `make proof`.
"""

from itertools import groupby

import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.killers import judged
from tests.mutation.mutants import Mutant, every_mutant
from tests.mutation.stages import of_tables
from tests.mutation.standing import Standing


def share() -> list[Mutant]:
    """Each of the thirteen rules, and the first predicate of each file that is not listed as making no difference."""
    counted = [each for each in every_mutant() if each.name not in EQUIVALENT]
    rules = [each for each in counted if "16_decision" in each.name and 'dropped "when NOT' in each.name]
    removed = [each for each in counted if each.kind == "removed"]
    return rules + [next(of_file) for _, of_file in groupby(removed, key=lambda mutant: mutant.file)]


SHARE = share()


def test_the_share_holds_the_thirteen_rules_and_every_file_with_a_predicate() -> None:
    assert sum("16_decision" in each.name for each in SHARE) == 13
    assert {each.file for each in SHARE} >= {each.file for each in every_mutant() if each.kind == "removed"}


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[Standing]:
    return [Standing(stage) for stage in of_tables(tmp_path_factory.mktemp("stages"))]


@pytest.mark.parametrize("mutant", sorted(SHARE, key=every_mutant().index), ids=lambda mutant: mutant.name[:80])
def test_without_it_the_tables_or_the_rows_are_not_what_they_were(
    mutant: Mutant, stages: list[Standing], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert judged(mutant, stages, tmp_path_factory.mktemp("mutant")).kind in ("tables", "rows")

"""A year's sheets released again after an assessment was corrected: the editions together narrow no small count."""

from dataclasses import replace
from random import Random

import pytest

from pipeline.indicators import inference
from pipeline.indicators.model import Criterion, ExactCounts
from tests.support.attacker import Win, wins
from tests.support.corrections_attacker import wins_over_editions
from tests.support.worlds.sheets_world import Population, Years, counted, index

YEAR = 2025
BEFORE = counted("A", YEAR, 900, 40, (30, 30, 30, 25, 20, 5))
AFTER = replace(BEFORE, weak=BEFORE.weak | {Criterion.HEALTH: 4})
"""One child is not weak on health after all: 5 are shown, 4 are not."""
FEW, FEWER = (counted("A", YEAR, 157, deprived, (deprived,) * 3 + (0,) * 3) for deprived in (5, 4))
"""With the index of the second one, published too, its four are known by the children that the first one shows."""


def attack(years: Years) -> list[Win]:
    """With all editions in hand, as one who supposes a small correction and as one who supposes none."""
    found = wins_over_editions(years.rows(), years.truths(), years.indices())
    return found or wins(years.rows(), years.truth, years.indices())


def released(*editions: ExactCounts, published: bool = False) -> Years:
    """Each edition with the index of its own figures, if any is published."""
    years = Years()
    for one in editions:
        years.published = [index([one])] * published
        years.release([one])
    return years


def drawn(seed: int, number: int) -> list[ExactCounts]:
    """So many editions, with one assessment corrected before each but the first."""
    draw, made = Random(seed), []
    population = Population.drawn(draw, "A", range(YEAR - 2, YEAR + 1), 25)
    for _ in range(number):
        made.append(population.counted("A", "A", YEAR))
        population = population.corrected(draw)
    return made


@pytest.mark.parametrize(("seed", "number"), [(4, 2), (15, 3)])
def test_pairs_and_triples_of_editions_narrow_no_small_count(seed: int, number: int) -> None:
    assert attack(released(*drawn(seed, number), published=True)) == []


def test_a_figure_that_falls_below_the_threshold_is_not_told_by_its_suppression() -> None:
    years = released(BEFORE, AFTER)
    assert len(years.released) == 2 and attack(years) == []


def test_nor_is_one_that_was_below_it_before() -> None:
    years = released(AFTER, BEFORE, AFTER)
    assert len(years.released) == 3 and attack(years) == []


@pytest.mark.parametrize("editions", [(BEFORE, AFTER), (AFTER, BEFORE)])
def test_without_the_audit_of_corrections_the_attacker_wins(
    editions: tuple[ExactCounts, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "OF_CORRECTIONS", ())
    assert attack(released(*editions))


def test_what_nothing_hides_is_held_with_its_reason() -> None:
    years = released(FEW, published=True)
    years.published = [index([FEWER])]
    made = years.release([FEWER])
    assert [count.in_words for count in made.held] == ["deprived in A, 2025"]
    assert len(years.released) == 1, "held is not released"
    assert years.release([FEW]).held == (), "the same again tells nothing"

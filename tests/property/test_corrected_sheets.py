"""A year's sheets released again after an assessment was corrected: no small count is narrowed by the editions together."""

from random import Random

import pytest

from pipeline.indicators import inference
from tests.support.attacker import Win
from tests.support.corrections_attacker import wins_over_editions
from tests.support.worlds.sheets_world import Population, Years, counted, index

YEAR = 2025
PLAIN = (30, 30, 30, 12, 12)


def attack(years: Years) -> list[Win]:
    return wins_over_editions(years.rows(), years.truths(), years.indices())


def editions(seed: int, number: int = 2, *, published: bool = False) -> Years:
    """So many editions of a year, with one assessment corrected before each but the first."""
    draw = Random(seed)
    population = Population.drawn(draw, "A", range(YEAR - 2, YEAR + 1), 25)
    years = Years()
    for _ in range(number):
        figures = [population.counted("A", "A", YEAR)]
        years.published = [index(figures)] * published
        years.release(figures)
        population = population.corrected(draw)
    return years

"""Nobody who has every sheet of every year and edition, and all published indices, narrows a small count too far."""

from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from pipeline.indicators import line, linear_system, protect
from pipeline.indicators.model import ExactCounts
from pipeline.indicators.published import PublishedIndex
from pipeline.indicators.territory import Merger
from tests.support.attacker import Target, Win, wins
from tests.support.worlds.sheets_world import Population, Years, counted, index

BRUSSELS = tuple(f"210{number:02}" for number in range(1, 20))
MERGED = tuple(Merger(old, "M", date(2020, 1, 1)) for old in "AB")
FIRST, MERGER_YEAR = 2018, 2020


def attack(years: Years, width: int = 5, threshold: int = 5) -> list[Win]:
    return wins(years.rows(width, threshold), years.truth, years.indices())


def figures(population: Population, year: int, is_merged: bool) -> list[ExactCounts]:
    """By the municipalities of 31 December."""
    if is_merged and year >= MERGER_YEAR:
        return [population.counted("M", "AB", year)]
    return [population.counted(code, code, year) for code in "AB"]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    years=st.integers(1, 3),
    is_merged=st.booleans(),
    publishes=st.sampled_from(["nothing", "municipalities", "all"]),
    again=st.booleans(),
)
def test_the_attacker_never_wins(seed: int, years: int, is_merged: bool, publishes: str, again: bool) -> None:
    population = Population.drawn(Random(seed), "AB", range(FIRST - 2, FIRST + 3), 15)
    made = [figures(population, year, is_merged) for year in range(FIRST, FIRST + years)]
    published = [index([one]) for year in made for one in year] * (publishes != "nothing")
    published += [index(year) for year in made] * (publishes == "all")
    told = Years(MERGED if is_merged else (), published)
    for year in made:
        told.release(year)
    if again:  # the first year once more, by the municipalities of today
        last = FIRST + years - 1
        told.release(
            [population.counted("M", "AB", FIRST)] if is_merged and last >= MERGER_YEAR else made[0], date(last, 12, 31)
        )
    assert attack(told) == []


# What follows is known to be lost as soon as one of the measures is missing.

TIGHT = counted("A", 2025, 900, 20, (19, 9, 9, 9, 9, 5))
"""The others are 41 together, and all are 60 at least: said exactly, income could be 19 or 20 alone."""
TIGHTER = counted("A", 2025, 900, 22, (22, 9, 9, 9, 9, 8))
"""The others are 45 at most, all 66 at least: income is 21 or 22, rounded or not, of the 22 that the index gives."""
SMALL = counted("A", 2025, 122, 3, (3, 3, 3, 2, 1, 0))
"""2.46 % of 120 to 124 children is 3."""
LARGE = [counted(f"B{n}", 2025, 640 + 7 * n, 70 + 5 * n, (60, 55, 55, 40, 50, 40)) for n in range(6)]


def in_one_year(*told: ExactCounts, published: tuple[PublishedIndex, ...] = ()) -> Years:
    years = Years(published=published)
    years.release(told)
    return years


def income_over_years(forgets: bool = False) -> Years:
    """Weak on income, by birth year: whoever has the years after 2020 knows that its four are four indeed."""
    born = {2016: 8, 2017: 0, 2018: 2, 2019: 2, 2020: 0, 2021: 8, 2022: 0, 2023: 1}
    years = Years(forgets=forgets)
    for year in range(2018, 2024):
        income = sum(born[birth] for birth in range(year - 2, year + 1))
        years.release([counted("A", year, 900, 60, (income, 40, 40, 40, 30, 30))])
    return years


def with_group() -> Years:
    return in_one_year(SMALL, *LARGE, published=(*(index([one]) for one in (SMALL, *LARGE)), index([SMALL, *LARGE])))


def small_between(*figures: tuple[int, int]) -> Years:
    """(children, deprived) of one municipality, year after year, each with its index published: the years around a
    hidden one share its birth years, and so bound its children."""
    made = [
        counted("A", 2018 + n, children, deprived, (deprived,) * 3 + (0,) * 3)
        for n, (children, deprived) in enumerate(figures)
    ]
    years = Years(published=[index([one]) for one in made])
    for one in made:
        years.release([one])
    return years


def drawn_small_between(seed: int) -> Years:
    """Few are deprived in the middle one of three years of births."""
    rng = Random(seed)
    many, few = (lambda: (rng.randint(70, 110), rng.randint(5, 8))), (lambda: (rng.randint(70, 110), rng.randint(0, 4)))
    return small_between(many(), few(), many())


CASES: list[Callable[[], Years]] = [
    lambda: in_one_year(TIGHT),
    lambda: in_one_year(TIGHTER, published=(index([TIGHTER]),)),
    lambda: in_one_year(SMALL, published=(index([SMALL]),)),
    income_over_years,
    lambda: small_between((72, 5), (88, 3), (91, 6)),
    lambda: small_between((82, 7), (91, 1), (99, 7)),
]


@pytest.mark.parametrize("case", CASES, ids=["tight", "tighter", "small", "years", "between", "between too"])
def test_the_worst_cases_are_safe(case: Callable[[], Years]) -> None:
    assert attack(case()) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_small_year_between_larger_ones_is_safe(seed: int) -> None:
    assert attack(drawn_small_between(seed)) == []


@pytest.mark.parametrize("case", [income_over_years, with_group])
def test_a_solver_that_gives_up_hides_more_and_never_less(
    case: Callable[[], Years], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 1 of scipy's milp: a limit was reached."""
    solved = sum(line.is_hidden for line in case().released)
    monkeypatch.setattr(
        linear_system.LinearSystem, "_solve", lambda *_, **__: OptimizeResult(status=1, x=None, fun=None)
    )
    years = case()
    monkeypatch.undo()
    assert sum(line.is_hidden for line in years.released) >= solved
    assert attack(years) == []


def test_a_group_with_a_published_index_hides_more_than_the_one_small_municipality() -> None:
    years = with_group()
    assert sum(line.is_hidden for line in years.released) > 1
    assert attack_on_deprived(years) == []


def test_brussels_with_its_nineteen_municipalities_and_its_total_is_safe() -> None:
    """One recipient has all of them, and the index of the region is published with one decimal."""
    population = Population.drawn(Random(19), BRUSSELS, range(2023, 2026), 40)
    figures = [population.counted(code, [code], 2025) for code in BRUSSELS]
    years = in_one_year(*figures, published=(*(index([one]) for one in figures), index(figures, decimals=1)))
    assert {line.is_hidden for line in years.released} == {True, False}
    assert attack_on_deprived(years) == []


def attack_on_deprived(years: Years) -> list[Win]:
    truth = {at: value for at, value in years.truth.items() if at.kind == "deprived"}
    return wins(years.rows(), truth, years.indices())


def test_without_rounding_the_attacker_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "rounded", lambda value, threshold: value)
    assert attack(in_one_year(TIGHT), width=1)


def test_without_primary_suppression_the_attacker_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "is_large", lambda *_: True)
    monkeypatch.setattr(line, "is_shown", lambda *_: True)
    assert attack(in_one_year(SMALL, published=(index([SMALL]),)), threshold=0)


def test_without_complementary_suppression_in_a_line_the_attacker_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "says_too_much", lambda *_: False)
    assert attack(in_one_year(TIGHTER, published=(index([TIGHTER]),)))


def test_without_complementary_suppression_over_years_the_attacker_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protect, "narrow_counts", lambda *_: ())
    assert attack(income_over_years())


def test_without_complementary_suppression_in_a_group_the_attacker_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protect, "narrow_counts", lambda *_: ())
    assert attack_on_deprived(with_group())


def test_who_forgets_earlier_sheets_loses_to_the_attacker() -> None:
    assert attack(income_over_years(forgets=True))


def test_what_the_published_index_gives_away_by_itself_is_no_win() -> None:
    """Nobody in ten is deprived: the index of 0.00 % says so, and the sheet shows nothing."""
    nobody = counted("A", 2025, 10, 0, (0, 0, 0, 0, 0, 0))
    years = in_one_year(nobody, published=(index([nobody]),))
    assert years.released[0].is_hidden
    assert Target(frozenset("A"), 2025, "deprived") not in {won.target for won in attack(years)}

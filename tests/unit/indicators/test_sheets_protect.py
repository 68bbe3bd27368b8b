"""An edition as a whole: years, editions, mergers, groups; and the parts it is made with."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from pipeline.indicators.model import Criterion
from pipeline.indicators.protect import protect
from pipeline.indicators.published import PublishedIndex
from pipeline.indicators.territory import Merger, connected_places, place_of
from tests.support.worlds.sheets_world import Population, Years, cells, counted, index

BORSBEEK = (
    Merger("11002", "11002", date(2025, 1, 1)),
    Merger("11007", "11002", date(2025, 1, 1)),
)
PLAIN = counted("71002", 2025, 643, 81, (69, 66, 63, 20, 46, 16))


def test_a_code_that_outlives_a_merger_is_another_place() -> None:
    assert place_of("11002", date(2024, 12, 31), BORSBEEK) == ("11002",)
    assert place_of("11002", date(2025, 1, 1), BORSBEEK) == ("11002", "11007")
    assert place_of("11007", date(2024, 12, 31), BORSBEEK) == ("11007",)


def test_a_place_merged_twice_is_made_of_all_that_it_was() -> None:
    twice = (
        Merger("a", "m", date(2019, 1, 1)),
        Merger("b", "m", date(2019, 1, 1)),
        Merger("m", "n", date(2025, 1, 1)),
        Merger("c", "n", date(2025, 1, 1)),
    )
    assert place_of("n", date(2025, 1, 1), twice) == ("a", "b", "c")
    assert place_of("m", date(2020, 1, 1), twice) == ("a", "b")
    assert place_of("n", date(2020, 1, 1), twice) == ("n",)


def test_places_that_share_an_area_are_tied() -> None:
    assert connected_places([("a",), ("b",), ("c",), ("a", "b")]) == [("a", "b"), ("c",)]


@pytest.mark.parametrize(
    ("percent", "agrees"),
    [("12.60", True), ("12.6", True), ("13", True), ("12.61", False), ("12.5", False), ("12", False)],
)
def test_an_index_says_as_much_as_its_decimals(percent: str, agrees: bool) -> None:
    one = PublishedIndex(frozenset({"71002"}), date(2025, 12, 31), 2025, Decimal(percent))
    assert one.agrees(643, 81) is agrees


@pytest.mark.parametrize("percent", ["-1.0", "NaN", "1E+1"])
def test_what_is_no_percentage_is_refused(percent: str) -> None:
    with pytest.raises(ValueError, match="2025"):
        PublishedIndex(frozenset({"71002"}), date(2025, 12, 31), 2025, Decimal(percent)).agrees(643, 81)


def test_which_numbers_an_index_allows() -> None:
    """2.46 %: 3 of 122, 5 of 203, 6 of 244, but not 4; and 119 of 122 are not deprived."""
    one = index([counted("71002", 2025, 122, 3, (0,) * 6)])
    assert [value for value in range(9) if one.allows(value, rest=False)] == [3, 5, 6, 7, 8]
    assert one.allows(119, rest=True) and not one.allows(3, rest=True)


@pytest.mark.parametrize("percent", ["0", "0.00", "0.01", "2.46", "12.3", "50", "97.54", "99.99", "100", "100.00"])
@pytest.mark.parametrize("rest", [False, True])
def test_the_next_number_that_an_index_allows(percent: str, rest: bool) -> None:
    one = PublishedIndex(frozenset({"A"}), date(2025, 1, 1), 2025, Decimal(percent))
    for value in [*range(40), *range(120, 12_000, 1_009), 99_990]:
        following = (later for later in range(value, 10**6) if one.allows(later, rest=rest))
        assert one.next_allowed(value, rest=rest) == next(following)


def test_the_same_count_is_shown_the_same_in_every_year_and_edition() -> None:
    years = Years()
    for year in (2023, 2024, 2025):
        years.release([counted("71002", year, 643, 81, (69, 66, 63, 20, 46, 16))])
    years.release([PLAIN])
    assert len({tuple(cells(line).values()) for line in years.released}) == 1


def test_the_same_inputs_give_the_same_lines_in_whatever_order() -> None:
    population = Population.drawn(Random(7), "ABCD", range(2023, 2026), 25)
    figures = [population.counted(code, code, 2025) for code in "ABCD"]
    published = [index([one]) for one in figures] + [index(figures)]
    first = protect(figures, [], published, [], 5)
    assert protect(figures[::-1], [], published[::-1], [], 5) == first
    assert [line.nis_code for line in first.lines] == list("ABCD")


def test_a_municipality_is_counted_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        protect([PLAIN, PLAIN], [], [], [], 5)


def test_nothing_counted_is_nothing_shown() -> None:
    assert protect([], [], [], [], 5).lines == ()


def test_an_index_that_was_computed_from_other_data_says_nothing() -> None:
    small = counted("71002", 2025, 643, 40, (30, 30, 30, 20, 20, 20))
    other = PublishedIndex(frozenset({"71002"}), date(2025, 12, 31), 2025, Decimal("55.55"))
    assert protect([small], [], [other], [], 5) == protect([small], [], [], [], 5)


def test_a_new_edition_by_the_municipalities_after_a_merger_hides_what_the_difference_would_show() -> None:
    """11002 had 12 weak on health, and 11007 had 4, hidden: both together are shown only where that leaves enough."""
    years = Years(BORSBEEK)
    big = counted("11002", 2024, 900, 60, (50, 50, 50, 20, 20, 12))
    little = counted("11007", 2024, 300, 20, (15, 15, 15, 9, 9, 4))
    years.release([big, little])
    both = counted("11002", 2024, 1200, 80, (65, 65, 65, 29, 29, 16))
    made = years.release([both], date(2025, 3, 1))
    assert years.released[1].weak[Criterion.HEALTH].is_suppressed
    health = made.lines[0].weak[Criterion.HEALTH].value
    if health is not None:  # 15 to 19, less 10 to 14: one to nine
        assert health + 4 - 10 - max(0, health - 14) + 1 >= 5


def test_what_was_given_away_before_is_said() -> None:
    """Four sheets of before, made without care, leave fewer than five values; nothing that is shown now could help."""
    years = Years(forgets=True)
    born = {2016: 8, 2017: 0, 2018: 2, 2019: 2, 2020: 0, 2021: 8, 2022: 0, 2023: 1}
    for year in range(2018, 2024):
        income = sum(born[birth] for birth in range(year - 2, year + 1))
        years.release([counted("A", year, 900, 60, (income, 40, 40, 40, 30, 30))])
    years.forgets = False
    made = years.release([counted("A", 2024, 900, 2, (2, 2, 2, 0, 0, 0))])
    assert made.lines[0].is_hidden
    assert {one.part for one in made.given_away} == {"income"}
    assert made.held == (), "this edition corrects nothing"

"""The figures of random small worlds: as an independent computation has them, and true to what counting means."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from operator import sub
from random import Random
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.engine import Engine
from pipeline.indicators.figures import Figures, count_figures
from pipeline.indicators.model import Criterion
from tests.support.reference.index import Tally, index, merged, of_world
from tests.support.worlds.figured import AT, LENIENT, counting, inhabited, known_at, load, tally
from tests.support.worlds.tables import World, world

YEAR = 2024
TODAY = AT.day
FLEMISH = ("44021", "44034", "44073", "11002", "11007", "44011", "44049")
"""Gent; two that merged in 2025; Antwerpen and what it took in then; two of before 2019, that are Deinze by 2024."""
PLACES = (*FLEMISH, "21004", "21001")
DAYS = st.dates(date(2021, 12, 25), date(2024, 12, 31)) | st.sampled_from([date(2024, 2, 29), date(2022, 1, 1)])
RECORDED = st.datetimes(datetime(2024, 12, 30), datetime(2026, 7, 1)) | st.just(AT.known_at.replace(tzinfo=None))
WEAK = st.sampled_from([True, True, False, None])
EXAMPLES = settings(max_examples=10, deadline=None)
NOBODY = {"child_id": 999, "birth_date": date(2019, 1, 1), "client": True}
"""Lives everywhere, too old to count: without any row the figures of a year are not in."""


class Count(Protocol):
    """Figures of a world, by the municipalities of a day."""

    def __call__(self, a_world: World, codes_on: date | None = None) -> Figures: ...


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Count]:
    engines: list[Engine] = []

    def count(a_world: World, codes_on: date | None = None) -> Figures:
        load(engines[0], a_world)
        return count_figures(engines[0], YEAR, AT, LENIENT, codes_on)

    with counting(tmp_path_factory.mktemp("spill")) as made:
        engines.append(made)
        yield count
        engines.clear()  # Hypothesis keeps what a test was given, and DuckDB complains of what is kept


@st.composite
def assessments(draw: st.DrawFn, child: int, born: date) -> list[dict[str, Any]]:
    """Valid and invalid ones; of a few days and instants, so that they tie."""
    days = [born + timedelta(days) for days in (-1, 0, 40, 41)] + [date(2024, 12, 31), date(2025, 1, 1)]
    weak = {criterion.value: WEAK for criterion in Criterion}
    row = st.fixed_dictionaries({"assessed_on": st.sampled_from(days), "recorded_at": RECORDED} | weak)
    return [{"child_id": child} | each for each in draw(st.lists(row, max_size=3))]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Children, each with a home on 31 December of the year and, so that the year is in, of the one before."""
    births = dict(enumerate(draw(st.lists(DAYS, min_size=1, max_size=25)), 1))
    homes = {child: draw(st.sampled_from(PLACES)) for child in births}
    clients = {child: draw(st.booleans()) for child in births}
    visited = [child for child in births if clients[child] or homes[child][:2] != "21"]
    found = [row for child in visited for row in draw(assessments(child, births[child]))]
    ids = draw(st.permutations(range(1, len(found) + 1)))
    children = [{"child_id": child, "birth_date": births[child], "client": clients[child]} for child in births]
    rows = [{"child_id": child, "nis_code": code} for child, code in (homes | {999: "44021"}).items()]
    return world(
        {
            "child": [*children, NOBODY],
            "child_on_31_december": [row | {"year": year} for row in rows for year in (YEAR - 1, YEAR)],
            "indicator_assessment": [row | {"assessment_id": id} for row, id in zip(found, ids, strict=True)],
        }
    )


@EXAMPLES
@given(worlds())
def test_the_figures_are_those_of_an_independent_computation(of: Count, a_world: World) -> None:
    then, now = of(a_world), of(a_world, TODAY)
    assert tallies(then) == index(of_world(a_world), YEAR, known_at(AT))
    assert tallies(now) == index(of_world(a_world), YEAR, known_at(AT), str(TODAY))
    assert then.doubts == now.doubts == {} and not then.not_made and not now.not_made
    assert inhabited(now.counted) == merged_parts(inhabited(then.counted))
    assert sum(each.children for each in then.counted) == eligible(a_world)
    for each in then.counted:
        assert max(each.weak.values()) <= each.deprived <= each.children
        assert 3 * each.deprived <= sum(each.weak.values()) <= 6 * each.deprived


def tallies(found: Figures) -> dict[str, Tally]:
    return {each.nis_code: tally(each) for each in found.counted}


def eligible(a_world: World) -> int:
    """Children of the three birth years, in Brussels clients."""
    homes = {row["child_id"]: row["nis_code"] for row in a_world["child_on_31_december"]}
    young = [row for row in a_world["child"] if row["birth_date"].year >= YEAR - 2]
    return sum(row["client"] or not homes[row["child_id"]].startswith("21") for row in young)


def merged_parts(found: dict[str, Tally]) -> dict[str, Tally]:
    """A municipality of today is the sum of those of then."""
    parts: dict[str, list[Tally]] = {}
    for code, each in found.items():
        parts.setdefault(merged(code, str(TODAY)), []).append(each)
    return {code: added(each) for code, each in parts.items()}


def added(parts: list[Tally]) -> Tally:
    children, deprived, weak = zip(*parts, strict=True)
    return sum(children), sum(deprived), tuple(map(sum, zip(*weak, strict=True)))


@EXAMPLES
@given(worlds(), st.sampled_from(FLEMISH), st.sampled_from(FLEMISH))
def test_moving_a_child_moves_what_it_adds_and_nothing_else(of: Count, a_world: World, old: str, new: str) -> None:
    there, here, gone = (inhabited(of(moved(a_world, code)).counted) for code in (old, new, None))
    adds_there, adds_here = minus(there, gone), minus(here, gone)
    assert list(adds_there.values()) == list(adds_here.values())
    assert set(adds_there) <= {merged(old, "2024-12-31")} and set(adds_here) <= {merged(new, "2024-12-31")}
    assert all(children == 1 and deprived in (0, 1) for children, deprived, _ in adds_there.values())


def moved(a_world: World, code: str | None) -> World:
    """The first child lives there, or nowhere."""
    homes = [
        row | {"nis_code": code} if row["child_id"] == 1 and row["year"] == YEAR else row
        for row in a_world["child_on_31_december"]
    ]
    return a_world | {"child_on_31_december": [row for row in homes if row["nis_code"]]}


def minus(left: dict[str, Tally], right: dict[str, Tally]) -> dict[str, Tally]:
    """What the left has more, where there is a difference."""
    nothing: Tally = (0, 0, (0,) * 6)
    found = {}
    for code in left.keys() | right.keys():
        (children, deprived, weak), (others, others_deprived, others_weak) = (
            left.get(code, nothing),
            right.get(code, nothing),
        )
        found[code] = children - others, deprived - others_deprived, tuple(map(sub, weak, others_weak))
    return {code: more for code, more in found.items() if more != nothing}


@EXAMPLES
@given(worlds(), st.randoms(use_true_random=False), assessments(1, date(2024, 1, 1)))
def test_neither_the_order_of_rows_nor_what_is_recorded_later_changes_anything(
    of: Count, a_world: World, random: Random, found: list[dict[str, Any]]
) -> None:
    too_late = {"recorded_at": AT.known_at + timedelta(seconds=1)}
    rows = [row | too_late | {"assessment_id": 1000 + number} for number, row in enumerate(found)]
    later = world({"indicator_assessment": rows})["indicator_assessment"]
    more = a_world | {"indicator_assessment": a_world["indicator_assessment"] + later}
    assert of({feed: random.sample(rows, len(rows)) for feed, rows in more.items()}) == of(a_world)


@EXAMPLES
@given(worlds(), st.lists(st.sampled_from(FLEMISH), max_size=4))
def test_who_is_in_doubt_is_counted_apart_and_nobody_is_lost(of: Count, a_world: World, places: list[str]) -> None:
    """Strangers, who are not in feed child."""
    strangers = [{"child_id": 2000 + i, "year": YEAR, "nis_code": code} for i, code in enumerate(places)]
    homes = a_world["child_on_31_december"] + [row | {"year": year} for row in strangers for year in (YEAR - 1, YEAR)]
    before, after = of(a_world), of(a_world | {"child_on_31_december": homes})
    in_doubt = Counter(merged(code, "2024-12-31") for code in places)
    assert {code: children for (code, _), children in after.doubts.items()} == in_doubt
    assert set(after.not_made) == {code for code in in_doubt if code not in inhabited(before.counted)}
    assert [each for each in before.counted if each.nis_code not in after.not_made] == list(after.counted)

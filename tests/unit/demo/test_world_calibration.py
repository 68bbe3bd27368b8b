"""The world is true to the published figures: births, the index of Flanders and of each municipality, the criteria."""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from pipeline.demo.world.rates import CRITERIA, PATTERNS, WEAK_SHARE, deprivation, flemish_index, pattern_chances
from pipeline.demo.world.reference import flemish_births, load_places, successors
from tests.support.worlds.world_lens import AS_OF, LATEST_ASSESSMENT, Lens, world

SCALE = 0.1
YEAR = 2025


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lens]:
    yield world(tmp_path_factory.mktemp("world"), SCALE)


@pytest.fixture(scope="module")
def index(lens: Lens) -> dict[str, tuple[int, int, int]]:
    """Per municipality of today: children, clients and deprived children of the latest complete year's index."""
    rows = lens.rows(
        f"""
        select nis_code, count(*), count(*) filter (client), count(*) filter (weak >= 3)
        from child_on_31_december join child using (child_id) left join ({LATEST_ASSESSMENT}) using (child_id)
        where year = $year and year(birth_date) between $year - 2 and $year group by nis_code
        """,
        day=AS_OF,
        year=YEAR,
    )
    total: dict[str, Counter[int]] = {}
    for code, *numbers in rows:
        total.setdefault(successors().get(code, code), Counter()).update(dict(enumerate(numbers)))
    return {code: (counts[0], counts[1], counts[2]) for code, counts in total.items()}


def test_flanders_is_within_half_a_point_of_the_published_index(index: dict[str, tuple[int, int, int]]) -> None:
    flemish = [counts for code, counts in index.items() if not code.startswith("21")]
    share = sum(deprived for *_, deprived in flemish) / sum(children for children, *_ in flemish)
    assert flemish_index() == 0.121
    assert abs(share - flemish_index()) < 0.005


def test_brussels_is_near_its_published_index_of_clients(index: dict[str, tuple[int, int, int]]) -> None:
    brussels = [counts for code, counts in index.items() if code.startswith("21")]
    share = sum(deprived for *_, deprived in brussels) / sum(clients for _, clients, _ in brussels)
    assert abs(share - 0.267) < 0.02


def test_every_municipality_is_within_sampling_error(index: dict[str, tuple[int, int, int]]) -> None:
    rate = dict(zip(load_places().code, deprivation(load_places()), strict=True))
    unlikely, scores = 0.001, []
    for code, (children, _, deprived) in index.items():
        if not code.startswith("21"):
            assert _tail(deprived, children, rate[code]) > unlikely / 285, code
            scores.append((deprived - children * rate[code]) / math.sqrt(children * rate[code] * (1 - rate[code])))
    assert len(scores) >= 280
    assert float(np.std(scores)) < 1.2


def _tail(seen: int, n: int, chance: float) -> float:
    """Probability of a number of successes at least as far out as `seen`, on its side."""
    side = range(seen, n + 1) if seen > n * chance else range(seen + 1)
    log = math.lgamma
    return sum(
        math.exp(log(n + 1) - log(k + 1) - log(n - k + 1) + k * math.log(chance) + (n - k) * math.log(1 - chance))
        for k in side
    )


def test_about_190_000_children_under_three_at_scale_one(lens: Lens) -> None:
    under_three = lens.one(
        """
        select count(distinct child_id) from child join parent using (family_id) join residence using (parent_id)
        where birth_date > $day - interval 3 year and nis_code not like '21%'
        """,
        day=AS_OF,
    )
    assert abs(under_three / SCALE - 190_000) < 10_000


@pytest.mark.parametrize("year", [2021, 2022])
def test_births_are_the_published_ones(lens: Lens, year: int) -> None:
    births = lens.one("select count(*) from child where year(birth_date) = $year", year=year)
    published = SCALE * (flemish_births(year) + 15_000)
    assert abs(births / published - 1) < 0.003  # a twin's birthday may slip over the New Year


def test_births_are_spread_over_the_year(lens: Lens) -> None:
    months = [
        n
        for _, n in lens.rows("select month(birth_date), count(*) from child where year(birth_date) = 2024 group by 1")
    ]
    assert len(months) == 12
    assert max(months) < 1.2 * min(months)


def test_unpublished_births_lie_between_published_ones_or_stay() -> None:
    assert flemish_births(2013) == (71186 + 66251) / 2
    assert flemish_births(2030) == 63686


def test_deprived_children_are_weak_on_the_published_shares(lens: Lens) -> None:
    shares = lens.rows(
        f"select {', '.join(f'avg(coalesce({name}, false)::int)' for name in CRITERIA)} "
        f"from ({LATEST_ASSESSMENT}) where weak >= 3",
        day=AS_OF,
    )[0]
    assert np.abs(np.array(shares) - WEAK_SHARE).max() < 0.02


def test_the_patterns_are_calibrated_exactly() -> None:
    deprived, others = pattern_chances(True), pattern_chances(False)
    assert np.allclose(deprived @ PATTERNS, WEAK_SHARE, atol=1e-6)
    assert deprived[PATTERNS.sum(axis=1) < 3].sum() == 0
    assert others[PATTERNS.sum(axis=1) >= 3].sum() == 0


def test_every_area_has_people_postcodes_and_a_rate() -> None:
    areas = load_places()
    assert len(areas.code) == 319
    assert (areas.people > 0).all()
    assert all(areas.postcodes)
    assert ((deprivation(areas) > 0) & (deprivation(areas) < 0.5)).all()


def test_the_index_looks_back_on_three_complete_years(lens: Lens) -> None:
    years = lens.rows(
        "select year, min(year(birth_date)), max(year(birth_date)) "
        "from child_on_31_december join child using (child_id) group by 1 order by 1"
    )
    assert years == [(2023, 2021, 2023), (2024, 2022, 2024), (2025, 2023, 2025)]


def test_codes_on_31_december_are_those_of_then(lens: Lens) -> None:
    gone = [old for old, new in successors().items() if old != new]
    then = "select count(*) from child_on_31_december where year {} 2025 and nis_code in (select unnest($gone))"
    assert lens.one(then.format("<"), gone=gone) > 0
    assert lens.one(then.format(">="), gone=gone) == 0


def test_families_look_like_families(lens: Lens) -> None:
    parents, families = lens.rows("select count(*), count(distinct family_id) from parent")[0]
    assert 1.5 < parents / families < 1.7
    close = lens.one(
        """
        select count(*) from (
            select birth_date - lag(birth_date) over (partition by family_id order by birth_date) as gap from child
        ) where gap between 1 and 270
        """
    )
    assert close == 0
    twins = lens.one("select count(*) from (select family_id, birth_date from child group by all having count(*) = 2)")
    assert twins > 0


def test_the_earliest_day_is_the_first_of_january_five_years_before(lens: Lens) -> None:
    assert lens.one("select min(birth_date) from child") == date(2021, 1, 1)
    assert lens.one("select max(birth_date) from child") < AS_OF

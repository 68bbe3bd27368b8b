"""Which figures are made: the years that are in, what of a municipality may be in doubt, and what is said where not."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.engine import snapshot_engine
from pipeline.core.errors import FeedError
from pipeline.core.settings import Settings
from pipeline.indicators.figures import Figures, count_figures
from pipeline.indicators.model import Criterion
from pipeline.indicators.years import complete_years, year_problems
from tests.support.calibration import agency_engine
from tests.support.worlds.figured import AT, LENIENT, Change, counting, inhabited
from tests.support.worlds.tables import moment, stage, to_sqlite, world

Homes = list[dict[str, Any]]
IN_NEED = (1, 1, (1, 1, 1, 0, 0, 0))


def homes(year: int, number: int, nis_code: str = "44021", first: int = 1) -> Homes:
    return [{"child_id": first + i, "year": year, "nis_code": nis_code} for i in range(number)]


def lives_in(*rows: Homes, born: int | None = None) -> Change:
    """Homes, and as many children as there are ids in them, or `born`."""
    every = [row for part in rows for row in part]
    most = max((row["child_id"] for row in every), default=0) if born is None else born
    return {"child": [{}] * most, "child_on_31_december": every}


def made(tmp_path: Path, change: Change, settings: Settings | None = None, **more: Any) -> Figures:
    with counting(tmp_path, change) as run:
        return count_figures(run, more.pop("year", 2025), more.pop("at", AT), settings or Settings(), **more)


# Years: rows in the feed, and the problem

YEARS: dict[str, tuple[Change, list[tuple[int, int, str | None]]]] = {
    "as many as births": (lives_in(homes(2025, 5)), [(2025, 5, None)]),
    "a fifth fewer than births": (lives_in(homes(2025, 4), born=5), [(2025, 4, None)]),
    "too few for the births": (
        lives_in(homes(2025, 3), born=5),
        [(2025, 3, "3 rows against 5 births of 2023 to 2025, more than 20.0% apart")],
    ),
    "a fifth more than the year before": (
        lives_in(homes(2024, 5), homes(2025, 6), born=0),
        [
            (2024, 5, "5 rows against 0 births of 2022 to 2024, more than 20.0% apart"),
            (2025, 6, None),
        ],
    ),
    "far more than the year before": (
        lives_in(homes(2024, 5), homes(2025, 7)),
        [
            (2024, 5, "5 rows against 0 births of 2022 to 2024, more than 20.0% apart"),
            (2025, 7, "7 rows against 5 rows of 2024, more than 20.0% apart"),
        ],
    ),
    "half of it lost": (
        lives_in(homes(2024, 6), homes(2025, 3)),
        [
            (2024, 6, "6 rows against 0 births of 2022 to 2024, more than 20.0% apart"),
            (2025, 3, "3 rows against 6 rows of 2024, more than 20.0% apart"),
        ],
    ),
    "not there yet": (
        lives_in(homes(2024, 1), born=0),
        [
            (2024, 1, "1 rows against 0 births of 2022 to 2024, more than 20.0% apart"),
            (2025, 0, "no rows"),
        ],
    ),
    "of a day to come": (
        lives_in(homes(2025, 1), homes(2026, 1)),
        [(2025, 1, None), (2026, 1, "1 rows, before that day has been")],
    ),
    "nothing at all": (lives_in(), [(2025, 0, "no rows")]),
}


@pytest.mark.parametrize("case", YEARS)
def test_a_year_is_in_or_says_why_not(tmp_path: Path, case: str) -> None:
    change, expected = YEARS[case]
    with counting(tmp_path, change) as run:
        problems = year_problems(run, AT, Settings())
        rows = run.run("indicators/years.sql", last_year=2025).to_pylist()
        assert [(row["year"], row["rows"], problems[row["year"]]) for row in rows] == expected
        assert list(problems) == [year for year, _, _ in expected]
        assert complete_years(run, AT, Settings()) == tuple(year for year, _, problem in expected if problem is None)


def test_31_december_is_over_in_brussels_first(tmp_path: Path) -> None:
    with counting(tmp_path, lives_in(homes(2025, 1))) as run:
        assert complete_years(run, moment("2025-12-31 22:59"), Settings()) == ()
        assert complete_years(run, moment("2025-12-31 23:00"), Settings()) == (2025,)


@pytest.mark.parametrize("year", [2020, 2024, 2026])
def test_a_year_that_is_not_in_is_not_counted(tmp_path: Path, year: int) -> None:
    with pytest.raises(FeedError, match=rf"figures of 31 December {year} are not in \(.*ask the agency"):
        made(tmp_path, lives_in(homes(2025, 1)), year=year)


def test_no_municipalities_of_an_earlier_day(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="earlier day"):
        made(tmp_path, {}, codes_on=date(2025, 12, 30))


# What is counted


def test_one_family_in_gent(tmp_path: Path) -> None:
    found = made(tmp_path, {})
    assert inhabited(found.counted) == {"44021": IN_NEED}
    assert (found.year, found.codes_on, found.doubts, found.not_made) == (2025, date(2025, 12, 31), {}, {})
    (gent,) = (each for each in found.counted if each.nis_code == "44021")
    assert gent.year == 2025 and list(gent.weak) == list(Criterion)


@pytest.mark.parametrize(
    ("year", "codes_on", "municipalities"),
    [
        (2018, None, 308),
        (2018, date(2019, 1, 1), 300),
        (2024, None, 300),
        (2024, date(2025, 1, 1), 285),
        (2025, None, 285),
    ],
)
def test_every_municipality_has_a_figure(tmp_path: Path, year: int, codes_on: date | None, municipalities: int) -> None:
    change = {"child": [{"birth_date": f"{year}-06-01"}], "child_on_31_december": [{"year": year}]}
    found = made(tmp_path, change, year=year, codes_on=codes_on).counted
    codes = [each.nis_code for each in found]
    assert len(codes) == municipalities + 19 and codes == sorted(set(codes))
    assert sum(each.children for each in found) == 1


def test_a_merger_adds_its_parts(tmp_path: Path) -> None:
    change = lives_in(homes(2024, 2, "44034"), homes(2024, 3, "44073", first=3)) | {
        "child": [{"birth_date": "2023-05-05"}] * 5
    }
    assert inhabited(made(tmp_path, change, year=2024).counted) == {
        "44034": (2, 0, (0,) * 6),
        "44073": (3, 0, (0,) * 6),
    }
    assert inhabited(made(tmp_path, change, year=2024, codes_on=date(2026, 6, 15)).counted) == {
        "44087": (5, 0, (0,) * 6)
    }


def test_what_was_recorded_later_is_not_known(tmp_path: Path) -> None:
    change = {"indicator_assessment": [{"recorded_at": "2026-06-15 01:31"}]}
    assert inhabited(made(tmp_path, change).counted) == {"44021": (1, 0, (0,) * 6)}
    later = made(tmp_path, change, at=moment("2026-06-15 01:30", "2026-06-15 01:31"))
    assert inhabited(later.counted) == {"44021": IN_NEED}


# What is in doubt


def doubtful(children: int, strangers: int, nis_code: str = "44021") -> Change:
    """So many children, and others who are not in feed child."""
    return lives_in(homes(2025, children, nis_code), homes(2025, strangers, nis_code, first=100_000), born=children)


def test_a_municipality_with_too_many_in_doubt_has_no_figure_and_the_others_do(tmp_path: Path) -> None:
    change = lives_in(homes(2025, 98), homes(2025, 2, first=900), homes(2025, 99, "44083", first=99), born=197)
    found = made(tmp_path, change)
    assert found.not_made == {"44021": "2 of 100 children in doubt (unknown_child 2)"}
    assert found.doubts == {("44021", "unknown_child"): 2}
    assert len(found.counted) == 285 + 19 - 1 and list(inhabited(found.counted)) == ["44083"]


def test_at_the_limit_it_has_one_and_the_doubt_is_still_named(tmp_path: Path) -> None:
    found = made(tmp_path, doubtful(99, 1))
    assert found.not_made == {} and found.doubts == {("44021", "unknown_child"): 1}
    assert inhabited(found.counted)["44021"][0] == 99


def test_where_few_live_one_in_doubt_is_too_many(tmp_path: Path) -> None:
    assert list(made(tmp_path, doubtful(10, 1)).not_made) == ["44021"]


def test_a_child_in_two_municipalities_is_in_doubt_in_both(tmp_path: Path) -> None:
    change = lives_in(homes(2025, 6), homes(2025, 1, "44083"))
    found = made(tmp_path, change)
    assert found.not_made == {
        "44021": "1 of 6 children in doubt (several_municipalities 1)",
        "44083": "1 of 1 children in doubt (several_municipalities 1)",
    }
    assert inhabited(made(tmp_path, change, LENIENT).counted) == {"44021": (5, 0, (0,) * 6)}


def test_too_many_in_no_known_municipality_and_nothing_is_made(tmp_path: Path) -> None:
    at_the_limit = lives_in(homes(2025, 99), homes(2025, 1, "99999", first=100))
    assert made(tmp_path, at_the_limit).doubts == {(None, "unknown_municipality"): 1}
    beyond = lives_in(homes(2025, 98), homes(2025, 2, "99999", first=99))
    with pytest.raises(FeedError, match=r"2 of 100 children of 2025 are in no known municipality, more than 1\.0%"):
        made(tmp_path, beyond)


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (200, 160, None),
        (200, 240, None),
        (200, 159, "159 rows against 200 of 2024, more than 20.0% apart"),
        (200, 241, "241 rows against 200 of 2024, more than 20.0% apart"),
        (100, 0, "0 rows against 100 of 2024, more than 20.0% apart"),
        (0, 100, "100 rows against 0 of 2024, more than 20.0% apart"),
        (99, 0, None),  # of so few no share is worth judging
    ],
)
def test_a_municipality_whose_load_is_in_doubt_has_no_figure(
    tmp_path: Path, before: int, now: int, says: str | None
) -> None:
    others = homes(2024, 2000, first=1000) + homes(2025, 2000, first=1000)
    change = lives_in(others, homes(2024, before, "44083"), homes(2025, now, "44083"), born=3000)
    assert made(tmp_path, change).not_made == ({"44083": says} if says else {})


def test_a_merged_municipality_is_compared_with_its_parts(tmp_path: Path) -> None:
    change = lives_in(homes(2024, 60, "44034"), homes(2024, 60, "44073", first=61), homes(2025, 120, "44087"))
    assert made(tmp_path, change).not_made == {}


def test_no_text_names_a_child(tmp_path: Path) -> None:
    found = made(tmp_path, doubtful(10, 1))
    assert "100000" not in str((found.doubts, found.not_made))


# Where the feeds come from


def test_a_snapshot_and_the_agency_give_the_same(tmp_path: Path) -> None:
    a_world = world(lives_in(homes(2025, 3), homes(2025, 2, "21004", first=4)))
    checked = stage(a_world, tmp_path / "snapshot")
    agency = to_sqlite(a_world, tmp_path / "agency.db")
    with snapshot_engine(checked.snapshot, AT, Settings(), tmp_path / "spill") as run:
        of_the_night = count_figures(run, 2025, AT, Settings()).counted
    with agency_engine(f"sqlite:///{agency}", Settings(), tmp_path / "spill") as run:
        assert count_figures(run, 2025, AT, Settings()).counted == of_the_night
    assert inhabited(of_the_night) == {"21004": (2, 0, (0,) * 6), "44021": (3, 1, (1, 1, 1, 0, 0, 0))}

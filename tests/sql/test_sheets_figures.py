"""The SQL of the figures on DuckDB itself, one file at a time: small input and expected output."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.engine import Engine
from tests.support.worlds.figured import AT, counting, load
from tests.support.worlds.tables import world

YEAR_END = date(2025, 12, 31)
CRITERIA = "income, education, employment, stimulation, housing, health"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with counting(tmp_path_factory.mktemp("spill")) as made:
        yield made


def ask(run: Engine, query: str) -> list[tuple[Any, ...]]:
    return run.connection.sql(query).fetchall()


# place.sql

PLACES = [
    ("44021", 2017, "2017-12-31", "44021"),
    ("44011", 2017, "2017-12-31", "44011"),  # Deinze before its merger of 2019
    ("44011", 2018, "2018-12-31", "44011"),  # the day before
    ("44011", 2018, "2019-01-01", "44083"),
    ("44083", 2018, "2026-06-15", None),  # not yet so called
    ("44034", 2024, "2024-12-31", "44034"),  # Lochristi before its merger of 2025
    ("44034", 2024, "2026-06-15", "44087"),
    ("44034", 2025, "2025-12-31", "44087"),  # still the old code, after the merger: it is mapped
    ("44087", 2024, "2026-06-15", None),
    ("11002", 2024, "2024-12-31", "11002"),  # Antwerpen kept its code when it took in Borsbeek
    ("11002", 2024, "2026-06-15", "11002"),
    ("11007", 2024, "2026-06-15", "11002"),
    ("21004", 2018, "2026-06-15", "21004"),
    ("62063", 2025, "2025-12-31", None),  # Liège
    ("99999", 2025, "2025-12-31", None),
    (None, 2025, "2025-12-31", None),
]


@pytest.mark.parametrize(("code", "year", "codes_on", "expected"), PLACES)
def test_a_code_as_it_was_called_then_leads_to_a_municipality_of_the_sheet(
    run: Engine, code: str | None, year: int, codes_on: str, expected: str | None
) -> None:
    run.run("indicators/place.sql", year_end=date(year, 12, 31), codes_on=date.fromisoformat(codes_on))
    found = run.connection.execute("select place from place where nis_code = $1", [code]).fetchall()
    assert found == ([(expected,)] if expected else [])


@pytest.mark.parametrize(
    ("year", "codes_on", "places"),
    [(2018, "2018-12-31", 308), (2018, "2019-01-01", 300), (2024, "2024-12-31", 300), (2024, "2025-01-01", 285)],
)
def test_every_municipality_of_the_sheet_is_reached(run: Engine, year: int, codes_on: str, places: int) -> None:
    run.run("indicators/place.sql", year_end=date(year, 12, 31), codes_on=date.fromisoformat(codes_on))
    assert ask(run, "select count(distinct place) from place") == [(places + 19,)]


def test_a_code_that_leads_to_two_places_stands_for_neither(tmp_path: Path) -> None:
    """No merger in the reference data splits a municipality; one that did would not choose for anybody."""
    with counting(tmp_path) as apart:
        apart.connection.execute(
            "create or replace temp table municipality as select unnest(['1', '2', '3', '4']) as nis_code,"
            " null::date as valid_from, unnest([date '2024-12-31', null, null, date '2024-12-31']) as valid_until"
        )
        apart.connection.execute(
            "create or replace temp table merger as select unnest(['1', '1', '4']) as old_nis_code,"
            " unnest(['2', '3', '3']) as new_nis_code, date '2025-01-01' as merged_on"
        )
        apart.run("indicators/place.sql", year_end=YEAR_END, codes_on=YEAR_END)
        assert ask(apart, "from place order by all") == [("2", "2"), ("3", "3"), ("4", "3")]


# assessed.sql and unsound.sql

NONE_FILLED: dict[str, Any] = dict.fromkeys(CRITERIA.split(", "))
WEAK = {"income": True, "education": None, "employment": False, "stimulation": None, "housing": True, "health": None}
ASSESSED = (True, False, False, False, True, False)
ASSESSMENTS: dict[str, tuple[list[dict[str, Any]], tuple[bool, ...] | None]] = {
    "what is not filled in is not weak": ([WEAK], ASSESSED),
    "on the day of birth": ([WEAK | {"assessed_on": "2025-03-01"}], ASSESSED),
    "before birth": ([WEAK | {"assessed_on": "2025-02-28"}], None),
    "on 31 December": ([WEAK | {"assessed_on": "2025-12-31", "recorded_at": "2026-01-05 09:00"}], ASSESSED),
    "after 31 December": ([WEAK | {"assessed_on": "2026-01-01", "recorded_at": "2026-01-05 09:00"}], None),
    "no criterion filled": ([NONE_FILLED], None),
    "all not weak is filled": ([dict.fromkeys(NONE_FILLED, False)], (False,) * 6),
    "recorded at the very instant": ([WEAK | {"recorded_at": "2026-06-15 01:30"}], ASSESSED),
    "recorded later than is known": ([WEAK | {"recorded_at": "2026-06-15 01:31"}], None),
    "the latest day wins": ([WEAK | {"assessed_on": "2025-05-02"}, {"assessed_on": "2025-05-01"}], ASSESSED),
    "an invalid one is passed over": ([WEAK, NONE_FILLED | {"assessed_on": "2025-05-02"}], ASSESSED),
    "of one day the latest recorded": ([WEAK | {"recorded_at": "2025-04-03 10:00"}, {}], ASSESSED),
    "of one instant the highest id": ([{"assessment_id": 8}, WEAK | {"assessment_id": 9}], ASSESSED),
}


@pytest.mark.parametrize("case", ASSESSMENTS)
def test_the_assessment_that_counts(run: Engine, case: str) -> None:
    rows, expected = ASSESSMENTS[case]
    load(run, world({"indicator_assessment": rows}))
    run.run("indicators/assessed.sql", year_end=YEAR_END, known_at=AT.known_at)
    assert ask(run, f"select {CRITERIA} from assessed") == ([expected] if expected else [])


@pytest.mark.parametrize(("assessed_on", "counts"), [("2024-02-28", False), ("2024-02-29", True), ("2024-03-01", True)])
def test_a_child_of_29_february_is_assessed_from_that_day_on(run: Engine, assessed_on: str, counts: bool) -> None:
    load(run, world({"child": [{"birth_date": "2024-02-29"}], "indicator_assessment": [{"assessed_on": assessed_on}]}))
    run.run("indicators/assessed.sql", year_end=YEAR_END, known_at=AT.known_at)
    assert len(ask(run, "from assessed")) == counts


@pytest.mark.parametrize(
    ("rows", "children"),
    [
        ([{}], []),
        ([{"child_id": 1}, {"child_id": 2}], []),
        ([{"assessment_id": 7, "child_id": 1}, {"assessment_id": 7, "child_id": 2}], [1, 2]),
        ([{"assessed_on": None, "child_id": 1}, {"child_id": 2}], [1]),
        ([{"recorded_at": None, "child_id": 3}], [3]),
        ([{"assessed_on": None, "recorded_at": "2026-06-15 01:31"}], []),  # not known yet
    ],
)
def test_an_assessment_that_cannot_be_read_puts_its_child_in_doubt(
    run: Engine, rows: list[dict[str, Any]], children: list[int]
) -> None:
    load(run, world({"indicator_assessment": rows}))
    run.run("indicators/unsound.sql", known_at=AT.known_at)
    assert ask(run, "from unsound order by child_id") == [(child,) for child in children]


# resident.sql


def residents(run: Engine, change: dict[str, list[dict[str, Any]]], columns: str = "child_id, place, doubt") -> Any:
    load(run, world(change))
    run.run("indicators/place.sql", year_end=YEAR_END, codes_on=YEAR_END)
    run.run("indicators/assessed.sql", year_end=YEAR_END, known_at=AT.known_at)
    run.run("indicators/unsound.sql", known_at=AT.known_at)
    run.run("indicators/resident.sql", year=2025, year_end=YEAR_END, deprived_from=3)
    return ask(run, f"select {columns} from resident order by all")


@pytest.mark.parametrize(
    ("birth_date", "counts"),
    [
        ("2022-12-31", False),
        ("2023-01-01", True),
        ("2024-02-29", True),
        ("2025-12-31", True),
    ],
)
def test_three_birth_years_count(run: Engine, birth_date: str, counts: bool) -> None:
    assert residents(run, {"child": [{"birth_date": birth_date}]}) == [(1, "44021", None)] * counts


def test_only_the_year_counts(run: Engine) -> None:
    homes = [{"child_id": 1, "year": 2024}, {"child_id": 2, "year": 2026}]
    assert residents(run, {"child": [{}, {}], "child_on_31_december": homes}) == []


BRUSSELS = {"nis_code": "21004"}
FLANDERS = {"nis_code": "23025"}


@pytest.mark.parametrize(
    ("home", "client", "assessments", "expected"),
    [
        (BRUSSELS, True, [{}], [(1, "21004", None, True)]),
        (BRUSSELS, True, [], [(1, "21004", None, False)]),
        (BRUSSELS, False, [], []),
        (BRUSSELS, False, [{}], [(1, "21004", "assessed_without_visit", True)]),
        (BRUSSELS, False, [NONE_FILLED], []),
        (FLANDERS, False, [], [(1, "23025", None, False)]),
        (FLANDERS, False, [{}], [(1, "23025", None, True)]),
    ],
)
def test_in_brussels_clients_count_and_in_flanders_every_child(
    run: Engine,
    home: dict[str, Any],
    client: bool,
    assessments: list[dict[str, Any]],
    expected: list[tuple[Any, ...]],
) -> None:
    change = {"child": [{"client": client}], "child_on_31_december": [home], "indicator_assessment": assessments}
    assert residents(run, change, "child_id, place, doubt, is_deprived") == expected


@pytest.mark.parametrize("weak", range(7))
def test_three_of_six_is_deprived(run: Engine, weak: int) -> None:
    row = {criterion: place < weak for place, criterion in enumerate(CRITERIA.split(", "))}
    assert residents(run, {"indicator_assessment": [row]}, "is_deprived") == [(weak >= 3,)]


TWO_HOMES = [{"child_id": 1, "nis_code": "44021"}, {"child_id": 1, "nis_code": "44083"}]
DOUBTS: dict[str, tuple[dict[str, list[dict[str, Any]]], list[tuple[Any, ...]]]] = {
    "two municipalities": (
        {"child_on_31_december": TWO_HOMES},
        [(1, "44021", "several_municipalities"), (1, "44083", "several_municipalities")],
    ),
    "one of them unknown": (
        {"child_on_31_december": [TWO_HOMES[0], TWO_HOMES[1] | {"nis_code": "99999"}]},
        [(1, "44021", "several_municipalities"), (1, None, "unknown_municipality")],
    ),
    "twice in the same is once": ({"child_on_31_december": [TWO_HOMES[0]] * 2}, [(1, "44021", None)]),
    "twice in what has merged is once": (
        {"child_on_31_december": [TWO_HOMES[1], TWO_HOMES[1] | {"nis_code": "44011"}]},
        [(1, "44083", None)],
    ),
    "unknown code": ({"child_on_31_december": [{"nis_code": "1100"}]}, [(1, None, "unknown_municipality")]),
    "no code": ({"child_on_31_december": [{"nis_code": None}]}, [(1, None, "unreadable")]),
    "no child": ({"child_on_31_december": [{"child_id": None}]}, [(None, "44021", "unreadable")]),
    "no year": ({"child_on_31_december": [{"year": None}]}, [(1, "44021", "unreadable")]),
    "not in feed child": ({"child_on_31_december": [{"child_id": 9}]}, [(9, "44021", "unknown_child")]),
    "twice in feed child": ({"child": [{"child_id": 1}, {"child_id": 1}]}, [(1, "44021", "unsound_child")]),
    "no date of birth": ({"child": [{"birth_date": None}]}, [(1, "44021", "unsound_child")]),
    "client or not is not said": (
        {"child": [{"client": None}], "child_on_31_december": [BRUSSELS]},
        [(1, "21004", "unsound_child")],
    ),
    "born later": ({"child": [{"birth_date": "2026-01-01"}]}, [(1, "44021", "born_later")]),
    "an unreadable assessment": (
        {"indicator_assessment": [{}, {"assessed_on": None}]},
        [(1, "44021", "unsound_assessment")],
    ),
    "too old to count is no doubt": (
        {"child": [{"birth_date": "2022-12-31"}], "child_on_31_december": TWO_HOMES},
        [],
    ),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_who_cannot_be_counted_is_named_with_the_first_reason(run: Engine, case: str) -> None:
    change, expected = DOUBTS[case]
    assert residents(run, change) == expected


# counts.sql, doubts.sql


def weak_on(child: int, *names: str) -> dict[str, Any]:
    return {"child_id": child} | {name: name in names for name in CRITERIA.split(", ")}


def test_counts_of_every_municipality_of_the_day(run: Engine) -> None:
    """Two deprived children in Gent, three there who are weak on two criteria, one in Deinze."""
    assessed = [
        weak_on(1, "income", "education", "stimulation"),
        weak_on(2, "income", "housing", "health", "education"),
        weak_on(3, "income", "education"),
        weak_on(4, "employment", "stimulation"),
        weak_on(5, "housing", "health"),
    ]
    homes = [{"child_id": child, "nis_code": "44083" if child == 6 else "44021"} for child in range(1, 7)]
    residents(run, {"child": [{}] * 6, "child_on_31_december": homes, "indicator_assessment": assessed})
    rows = run.run("indicators/counts.sql", codes_on=YEAR_END).to_pylist()
    found = {row["nis_code"]: tuple(row.values())[1:] for row in rows}
    assert list(rows[0])[3:] == CRITERIA.split(", ")
    assert len(found) == 285 + 19
    assert found.pop("44021") == (5, 2, 2, 2, 0, 1, 1, 1)
    assert found.pop("44083") == (1, 0, 0, 0, 0, 0, 0, 0)
    assert set(found.values()) == {(0,) * 8}


def test_doubts_are_counted_by_municipality_and_reason(run: Engine) -> None:
    homes = [
        {"child_id": 8, "nis_code": "44021"},
        {"child_id": 9, "nis_code": "44021"},
        {"child_id": 1, "nis_code": "0"},
    ]
    residents(run, {"child_on_31_december": homes})
    assert [tuple(row.values()) for row in run.run("indicators/doubts.sql").to_pylist()] == [
        (None, "unknown_municipality", 1),
        ("44021", "unknown_child", 2),
    ]


# years.sql, change.sql


def test_years_with_their_rows_those_before_and_the_births(run: Engine) -> None:
    homes = [
        {"child_id": child, "year": year} for child, year in ((1, 2022), (2, 2024), (1, 2023), (2, 2023), (1, None))
    ]
    births = [{"birth_date": day} for day in ("2020-12-31", "2021-01-01", "2022-06-01", "2023-12-31")]
    load(run, world({"child": births, "child_on_31_december": homes}))
    found = run.run("indicators/years.sql", last_year=2025).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (2022, 1, 0, 3),
        (2023, 2, 1, 3),
        (2024, 1, 2, 2),
        (2025, 0, 1, 1),
    ]


def test_an_empty_feed_has_the_last_year_without_rows(run: Engine) -> None:
    load(run, world({"child_on_31_december": []}))
    assert [tuple(row.values()) for row in run.run("indicators/years.sql", last_year=2025).to_pylist()] == [
        (2025, 0, 0, 1)
    ]


def test_rows_of_the_year_and_the_one_before_by_the_codes_of_the_sheet(run: Engine) -> None:
    homes = [
        {"child_id": 1, "year": 2024, "nis_code": "44034"},
        {"child_id": 2, "year": 2024, "nis_code": "44073"},
        {"child_id": 3, "year": 2025, "nis_code": "44087"},
        {"child_id": 4, "year": 2025, "nis_code": "44021"},
        {"child_id": 5, "year": 2023, "nis_code": "44021"},
    ]
    load(run, world({"child_on_31_december": homes}))
    run.run("indicators/place.sql", year_end=YEAR_END, codes_on=YEAR_END)
    found = [tuple(row.values()) for row in run.run("indicators/change.sql", year=2025).to_pylist()]
    assert found == [("44021", 0, 1), ("44087", 2, 1)]

"""What is published of the figures, made from them: each municipality, province and region."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.core.engine import Engine, engine
from pipeline.core.package_data import REFERENCE
from pipeline.core.settings import Settings
from pipeline.indicators.indices import group_indices, municipality_indices, read_mergers
from pipeline.indicators.model import Criterion, ExactCounts
from pipeline.indicators.territory import Merger

DAY = date(2026, 6, 15)


def counted(nis_code: str, children: int, deprived: int) -> ExactCounts:
    return ExactCounts(nis_code, DAY, 2025, children, deprived, dict.fromkeys(Criterion, 0))


GENT, ASSENEDE, BRUGGE, ANDERLECHT = "44021", "43002", "31005", "21001"
COUNTED = [counted(GENT, 1000, 125), counted(ASSENEDE, 99, 1), counted(BRUGGE, 400, 6), counted(ANDERLECHT, 7, 2)]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Engine]:
    with engine(Settings(), tmp_path) as made:
        made.set_up()
        yield made


def test_each_municipalitys_own_to_two_decimals() -> None:
    found = {min(one.nis_codes): one.percent for one in municipality_indices(COUNTED)}
    assert {code: str(percent) for code, percent in found.items()} == {
        GENT: "12.50", ASSENEDE: "1.01", BRUGGE: "1.50", ANDERLECHT: "28.57",
    }  # fmt: skip


def test_where_no_children_live_there_is_none() -> None:
    assert municipality_indices([counted(GENT, 0, 0)]) == []


def test_every_province_and_region_of_what_is_counted(run: Engine) -> None:
    found = {one.nis_codes: one.percent for one in group_indices(run, COUNTED)}
    assert found == {
        frozenset({GENT, ASSENEDE}): Decimal("11.46"),
        frozenset({BRUGGE}): Decimal("1.50"),
        frozenset({GENT, ASSENEDE, BRUGGE}): Decimal("8.81"),
        frozenset({ANDERLECHT}): Decimal("28.57"),
    }


def test_each_agrees_with_what_it_was_made_of(run: Engine) -> None:
    by_code = {one.nis_code: one for one in COUNTED}
    for one in [*municipality_indices(COUNTED), *group_indices(run, COUNTED)]:
        inside = [by_code[code] for code in one.nis_codes]
        assert one.agrees(sum(each.children for each in inside), sum(each.deprived for each in inside))
        assert (one.year, one.codes_on) == (2025, DAY)


def test_every_municipality_of_the_day_is_in_one_region(run: Engine) -> None:
    rows = run.run("indicators/groups.sql", folder=str(REFERENCE), day=DAY).to_pylist()
    regions = [row["nis_codes"] for row in rows if row["area"] in ("02000", "04000")]
    assert sorted(map(len, regions)) == [19, 285]
    provinces = [code for row in rows if row["area"] not in ("02000", "04000") for code in row["nis_codes"]]
    assert len(provinces) == len(set(provinces)) == 285


def test_every_merger_is_known(run: Engine) -> None:
    found = read_mergers(run)
    assert Merger("44011", "44083", date(2019, 1, 1)) in found and len(found) == 43

"""The truth check: at scale 1 the figures are those of an independent computation; docs/indicators.md shows them."""

import csv
from collections.abc import Iterator

import pytest

from pipeline.core.model import Moment
from tests.support.calibration import PATH, YEARS, ByYear, computed, written
from tests.support.reference.index import REFERENCE, Tally, index, of_sqlite
from tests.support.worlds.figured import known_at, tally
from tests.support.worlds.world_lens import Lens, world


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lens]:
    made = world(tmp_path_factory.mktemp("flanders"), 1)
    yield made
    made.path.unlink()  # a quarter of a gigabyte


@pytest.fixture(scope="module")
def figures(lens: Lens) -> ByYear:
    return computed(lens)


@pytest.fixture(scope="module")
def expected(lens: Lens) -> dict[int, dict[str, Tally]]:
    """What the independent computation finds, by year and municipality of the world's day."""
    register, at = of_sqlite(lens.path), Moment.of(lens.night)
    return {year: index(register, year, known_at(at), str(at.day)) for year in YEARS}


@pytest.mark.parametrize("year", YEARS)
def test_every_municipality_is_as_an_independent_computation_has_it(
    figures: ByYear, expected: dict[int, dict[str, Tally]], year: int
) -> None:
    found = {each.nis_code: tally(each) for each in figures[year]}
    assert found == expected[year]
    assert len(found) == 285 + 19 and sum(children for children, *_ in found.values()) > 200_000


@pytest.mark.parametrize("area", ["Antwerpen", "Limburg", "Oost-Vlaanderen", "Vlaams-Brabant", "West-Vlaanderen", ""])
def test_so_are_the_provinces_and_flanders_in_the_document(expected: dict[int, dict[str, Tally]], area: str) -> None:
    with (REFERENCE / "municipalities_2025.csv").open(encoding="utf-8") as lines:
        codes = {row["nis"] for row in csv.DictReader(lines) if row["provincie"] == area or not area}
    line = next(
        line for line in PATH.read_text("utf-8").splitlines() if line.startswith(f"| {area or 'Vlaams Gewest'} |")
    )
    assert line.split(" | ")[3:6] == [percent([expected[year][code] for code in codes]) for year in YEARS]


def percent(tallies: list[Tally]) -> str:
    return f"{100 * sum(deprived for _, deprived, _ in tallies) / sum(children for children, *_ in tallies):.2f}"


def test_the_document_shows_the_tables_of_the_code(figures: ByYear) -> None:
    document = PATH.read_text("utf-8")
    assert written(document, figures) == document, "run python -m tests.support.calibration"

"""The calibration tables of docs/indicators.md: `python -m tests.support.calibration` writes them.

Computed on the synthetic Flanders at scale 1. It was made after the published figures, so the tables show that counting
gives back what was put in, area by area and year by year; of the real Flanders they prove nothing.
"""

import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pipeline.core.engine import Engine, engine
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.demo.world.reference import read
from pipeline.indicators.figures import count_figures
from pipeline.indicators.model import Criterion, ExactCounts
from pipeline.source.extract import read_feeds
from tests.spec.cells import table
from tests.support import PROJECT
from tests.support.worlds.figured import NEEDED
from tests.support.worlds.world_lens import Lens, world

CACHE = PROJECT / ".cache"
PATH = PROJECT / "docs" / "indicators.md"
BEGIN, END = "<!-- made by python -m tests.support.calibration -->\n", "<!-- until here -->\n"
YEARS = (2023, 2024, 2025)
FLANDERS, BRUSSELS = "Vlaams Gewest", "Brussels Hoofdstedelijk Gewest"
INDEX = "kansarmoede-index"
DUTCH = {"inkomen": "income", "opleiding": "education", "arbeidssituatie": "employment", "huisvesting": "housing"}
"""The criteria of which a share is published."""

ByYear = Mapping[int, Sequence[ExactCounts]]


@contextmanager
def agency_engine(uri: str, settings: Settings, folder: Path) -> Iterator[Engine]:
    """An engine over the feeds that the figures need, read from the database at `uri`."""
    with engine(settings, folder) as run:
        read_feeds(uri, NEEDED, run)
        run.set_up()
        yield run


def computed(lens: Lens) -> ByYear:
    """Every municipality of the world's day, in each year that the world looks back on."""
    at, settings = Moment.of(lens.night), Settings()
    with agency_engine(lens.uri, settings, lens.folder / "spill") as run:
        return {year: count_figures(run, year, at, settings, at.day).counted for year in YEARS}


def tables(figures: ByYear) -> str:
    """The part of the document between BEGIN and END."""
    return "\n\n".join((_index(figures), _criteria(figures), _municipalities(figures))) + "\n"


def written(document: str, figures: ByYear) -> str:
    """The document with the tables of these figures in it."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n{tables(figures)}\n{END}{rest.split(END)[1]}"


def _index(figures: ByYear) -> str:
    areas = [FLANDERS, *sorted(set(_provinces().values()) - {BRUSSELS}), BRUSSELS]
    head = ["area", "published", "of", *(f"computed {year}" for year in YEARS)]
    head += ["2023 less published", "by municipality", f"{YEARS[-1]} less by municipality"]
    return table(head, [_index_row(area, figures) for area in areas])


def _index_row(area: str, figures: ByYear) -> Sequence[str]:
    published, of = _published(area, INDEX)
    found = [_index_of(_within(area, figures[year])) for year in YEARS]
    weighted = _by_municipality(_within(area, figures[YEARS[-1]]))
    compared = [_points(found[0], published), _percent(weighted), _points(found[-1], weighted)]
    return [area, _percent(published), of, *map(_percent, found), *compared]


def _criteria(figures: ByYear) -> str:
    rows = []
    for criterion in Criterion:
        found = [_weak_share(criterion, _within(FLANDERS, figures[year])) for year in YEARS]
        dutch = next((dutch for dutch, name in DUTCH.items() if name == criterion), None)
        published, of = _published(FLANDERS, f"aandeel criterium {dutch} binnen kinderen in kansarmoede")
        rows.append([criterion, _percent(published), of or "-", *map(_percent, found), _points(found[0], published)])
    head = ["criterion", "published", "of", *(f"computed {year}" for year in YEARS), "2023 less published"]
    return table(head, rows)


def _municipalities(figures: ByYear) -> str:
    rows = [[str(year), *map(str, _spread(_within(FLANDERS, figures[year])))] for year in YEARS]
    return table(["year", "municipalities with a published figure", "within 2 standard errors", "within 3"], rows)


def _spread(figures: Sequence[ExactCounts]) -> tuple[int, int, int]:
    """How far each lies from its published figure, all of these multiplied so that Flanders has its own."""
    known = [(each, _of_municipality()[each.nis_code]) for each in figures if each.nis_code in _of_municipality()]
    target, _ = _published(FLANDERS, INDEX)
    weighted = _by_municipality(figures)
    assert target and weighted
    factor = target / weighted
    errors = [_standard_errors(each, factor * percent / 100) for each, percent in known]
    return len(known), sum(error < 2 for error in errors), sum(error < 3 for error in errors)


def _standard_errors(each: ExactCounts, chance: float) -> float:
    return abs(each.deprived - each.children * chance) / math.sqrt(each.children * chance * (1 - chance))


def _within(area: str, figures: Iterable[ExactCounts]) -> list[ExactCounts]:
    """The municipalities of a province, of Flanders or of Brussels."""
    place = _provinces()
    flemish = area == FLANDERS
    return [each for each in figures if (place[each.nis_code] != BRUSSELS if flemish else place[each.nis_code] == area)]


def _index_of(figures: Sequence[ExactCounts]) -> float:
    return 100 * sum(each.deprived for each in figures) / sum(each.children for each in figures)


def _weak_share(criterion: Criterion, figures: Sequence[ExactCounts]) -> float:
    return 100 * sum(each.weak[criterion] for each in figures) / sum(each.deprived for each in figures)


def _by_municipality(figures: Sequence[ExactCounts]) -> float | None:
    """The municipalities' published figures, weighted by the children who were counted there."""
    known = [
        (each.children, _of_municipality()[each.nis_code]) for each in figures if each.nis_code in _of_municipality()
    ]
    return sum(children * percent for children, percent in known) / sum(n for n, _ in known) if known else None


def _published(area: str, indicator: str) -> tuple[float | None, str]:
    """The latest figure that is a number, in percent, and the year that its publisher gives it; None, "" without."""
    larger = [row for row in read("published_figures.csv") if row["niveau"] != "gemeente"]
    rows = [row for row in larger if (row["gebied"], row["indicator"]) == (area, indicator)]
    found = [(row["jaar"], row["waarde"]) for row in rows if row["waarde"].replace(".", "").isdigit()]
    year, value = max(found, default=("", ""))
    return (float(value) if value else None), year


@cache
def _of_municipality() -> dict[str, float]:
    rows = read("index_per_municipality.csv")
    return {row["nis"]: float(row["kansarmoede_index_pct"]) for row in rows if row["kansarmoede_index_pct"]}


@cache
def _provinces() -> dict[str, str]:
    flanders = {row["nis"]: row["provincie"] for row in read("municipalities_2025.csv")}
    return flanders | {row["nis"]: BRUSSELS for row in read("municipalities_brussels.csv")}


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _points(computed_: float, published: float | None) -> str:
    return "-" if published is None else f"{computed_ - published:+.2f}"


if __name__ == "__main__":
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        PATH.write_text(written(PATH.read_text("utf-8"), computed(world(Path(folder), 1))), "utf-8")

"""The deprivation figures of every municipality in one year, counted exactly, and the children in doubt.

The published definition (docs/indicators.md): of the children born in the year or the two before and living there on
31 December, those whose assessment that counts is weak on three or more of the six criteria; in Brussels, of clients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pipeline.core.engine import Engine
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.indicators.doubts import Doubts, changed_municipalities, doubtful_municipalities, require_places
from pipeline.indicators.model import DEPRIVED_FROM, Criterion, ExactCounts
from pipeline.indicators.years import require_complete


@dataclass(frozen=True)
class Figures:
    """One year, by the municipalities of the day `codes_on`. Never leaves the agency.

    Every municipality of that day is either in `counted` or in `not_made`: by NIS code, the reason with exact numbers.
    """

    year: int
    codes_on: date
    counted: tuple[ExactCounts, ...]
    doubts: Doubts
    not_made: Mapping[str, str]


def count_figures(run: Engine, year: int, moment: Moment, settings: Settings, codes_on: date | None = None) -> Figures:
    """Count one year, as known at `moment`, by the municipalities of 31 December, or of a later day `codes_on`.

    `run`: an engine that is set up and holds the feeds child, child_on_31_december and indicator_assessment. Raises
    FeedError where the figures of the year are not complete, or more than `max_doubtful_share` of the children have no
    municipality; ValueError for a day before that 31 December.
    """
    require_complete(run, year, moment, settings)
    year_end = date(year, 12, 31)
    day = codes_on or year_end
    if day < year_end:
        raise ValueError(f"the figures of 31 December {year} have no municipalities of an earlier day")
    run.define("indicators/place.sql", year_end=year_end, codes_on=day)
    run.define("indicators/assessed.sql", year_end=year_end, known_at=moment.known_at)
    run.define("indicators/unsound.sql", known_at=moment.known_at)
    run.define("indicators/resident.sql", year=year, year_end=year_end, deprived_from=DEPRIVED_FROM)
    doubts = {(row["nis_code"], row["rule"]): row["children"] for row in run.run("indicators/doubts.sql").to_pylist()}
    every = []
    for row in run.run("indicators/counts.sql", codes_on=day).to_pylist():
        weak = {criterion: row[criterion.value] for criterion in Criterion}
        every.append(ExactCounts(row["nis_code"], day, year, row["children"], row["deprived"], weak))
    require_places(year, doubts, every, settings)
    change = run.run("indicators/change.sql", year=year).to_pylist()
    not_made = changed_municipalities(change, year, settings) | doubtful_municipalities(doubts, every, settings)
    counted = tuple(exact for exact in every if exact.nis_code not in not_made)
    return Figures(year, day, counted, doubts, dict(sorted(not_made.items())))

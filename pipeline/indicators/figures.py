"""The deprivation figures of every municipality in one year, counted exactly, and what of them is in doubt.

The published definition (docs/indicators.md): of the children born in the year or the two before and living there on
31 December, those whose assessment that counts is weak on three or more of the six criteria; in Brussels, of clients.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.core.engine import Engine, engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import CONTROL
from pipeline.core.model import CheckedSnapshot, Moment
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.indicators.doubts import Doubt, changed, doubtful, require_places
from pipeline.indicators.model import Counted, Criterion
from pipeline.indicators.years import require_in
from pipeline.source.extract import read_feeds

FEEDS = ("child", "child_on_31_december", "indicator_assessment")
DEPRIVED_FROM = 3
"""So many weak criteria make a child deprived: the published definition, which no agreement's threshold changes."""


@dataclass(frozen=True)
class Figures:
    """One year, by the municipalities of the day `codes_on`; all by NIS code. It never leaves the agency.

    Every municipality of that day is either in `counted` or in `not_made`, which says why, with exact numbers.
    """

    year: int
    codes_on: date
    counted: tuple[Counted, ...]
    doubts: tuple[Doubt, ...]
    not_made: Mapping[str, str]

    @property
    def in_doubt(self) -> dict[str, int]:
        """Children in doubt, by rule."""
        total: Counter[str] = Counter()
        for doubt in self.doubts:
            total[doubt.rule] += doubt.children
        return dict(sorted(total.items()))


def counted(
    run: Engine, year: int, moment: Moment, settings: Settings, codes_on: date | None = None
) -> tuple[Counted, ...]:
    """The municipalities whose figures can be made; see `figures`."""
    return figures(run, year, moment, settings, codes_on).counted


def figures(run: Engine, year: int, moment: Moment, settings: Settings, codes_on: date | None = None) -> Figures:
    """Count one year, as known at `moment`, by the municipalities of 31 December, or of a later day `codes_on`.

    `run`: an engine that holds FEEDS and is set up. Raises FeedError where the figures of the year are not in, or more
    than `max_doubtful_share` of the children have no municipality; ValueError for a day before that 31 December.
    """
    require_in(run, year, moment, settings)
    year_end = date(year, 12, 31)
    day = codes_on or year_end
    if day < year_end:
        raise ValueError(f"the figures of 31 December {year} have no municipalities of an earlier day")
    _prepare(run, year, year_end, day, moment)
    doubts = tuple(Doubt(**row) for row in run.run("indicators/doubts.sql").to_pylist())
    every = [_counted(row, year) for row in run.run("indicators/counts.sql", codes_on=day).to_pylist()]
    require_places(year, doubts, every, settings)
    change = run.run("indicators/change.sql", year=year).to_pylist()
    not_made = changed(change, year, settings) | doubtful(doubts, every, settings)
    made = tuple(each for each in every if each.nis_code not in not_made)
    return Figures(year, day, made, doubts, dict(sorted(not_made.items())))


@contextmanager
def of_snapshot(checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path) -> Iterator[Engine]:
    """An engine for `figures` and `years` over a night's snapshot; spills into `folder`."""
    with engine(settings, private_folder(folder)) as run:
        run.attach(checked.snapshot, moment, settings)
        yield run


@contextmanager
def of_agency(agency_uri: str, settings: Settings, folder: Path) -> Iterator[Engine]:
    """The same, read now from agency_db. Raises AgencyUnreachable, or FeedError also where a feed is not whole."""
    with engine(settings, private_folder(folder)) as run:
        read_feeds(agency_uri, (*FEEDS, CONTROL.name), run)
        run.set_up()
        if partial := [row["feed"] for row in run.run("indicators/miscounted.sql").to_pylist()]:
            raise FeedError(
                f"feeds {', '.join(partial)}: not as many rows as feed_control says: ask the agency to load it again"
            )
        yield run


def _prepare(run: Engine, year: int, year_end: date, day: date, moment: Moment) -> None:
    """The tables that counts and doubts are taken from."""
    run.run("indicators/place.sql", year_end=year_end, codes_on=day)
    run.run("indicators/assessed.sql", year_end=year_end, known_at=moment.known_at)
    run.run("indicators/unsound.sql", known_at=moment.known_at)
    run.run("indicators/resident.sql", year=year, year_end=year_end, deprived_from=DEPRIVED_FROM)


def _counted(row: Mapping[str, Any], year: int) -> Counted:
    weak = {criterion: row[criterion.value] for criterion in Criterion}
    return Counted(row["nis_code"], year, row["children"], row["deprived"], weak)

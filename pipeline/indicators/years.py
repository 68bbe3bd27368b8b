"""Which years the figures of 31 December are in for. Fail closed: a year that cannot be compared is not in."""

from dataclasses import dataclass

from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.model import Moment
from pipeline.core.settings import Settings


@dataclass(frozen=True)
class YearSeen:
    """A year as feed child_on_31_december has it: its rows, and why it is not in (None: it is)."""

    year: int
    rows: int
    problem: str | None

    @property
    def is_in(self) -> bool:
        return self.problem is None


def years(run: Engine, moment: Moment, settings: Settings) -> tuple[YearSeen, ...]:
    """Every year of the feed, and the latest 31 December that has been; by year.

    `run`: an engine that holds the feeds child and child_on_31_december.
    """
    found = run.run("indicators/years.sql", last_year=moment.day.year - 1).to_pylist()
    return tuple(YearSeen(row["year"], row["rows"], _problem(**row, moment=moment, settings=settings)) for row in found)


def complete_years(run: Engine, moment: Moment, settings: Settings) -> tuple[int, ...]:
    """Those of `years` that are in."""
    return tuple(seen.year for seen in years(run, moment, settings) if seen.is_in)


def require_in(run: Engine, year: int, moment: Moment, settings: Settings) -> None:
    """Raises FeedError, with the counts, where the figures of that year are not in."""
    seen = next((seen for seen in years(run, moment, settings) if seen.year == year), YearSeen(year, 0, "no rows"))
    if seen.problem:
        raise FeedError(
            f"feed child_on_31_december: the figures of 31 December {year} are not in ({seen.problem}): "
            "ask the agency whether its load of that year is complete"
        )


def _problem(year: int, rows: int, rows_before: int, born: int, moment: Moment, settings: Settings) -> str | None:
    """What speaks against the year. Compared with the year before, or, where the feed begins with it, with the births
    of its three years."""
    if year >= moment.day.year:
        return f"{rows} rows, before that day has been"
    if not rows:
        return "no rows"
    expected, of = (rows_before, f"rows of {year - 1}") if rows_before else (born, f"births of {year - 2} to {year}")
    if abs(rows - expected) <= settings.max_change_share * expected:
        return None
    return f"{rows} rows against {expected} {of}, more than {settings.max_change_share:.1%} apart"

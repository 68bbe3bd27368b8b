"""The years whose figures of 31 December are complete. Fail closed: a year without a comparison is not complete."""

from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.model import Moment
from pipeline.core.settings import Settings


def year_problems(run: Engine, moment: Moment, settings: Settings) -> dict[int, str | None]:
    """By year, every year of feed child_on_31_december and the last one that ended: why it is not complete, or None.

    `run`: an engine that holds the feeds child and child_on_31_december.
    """
    rows = run.run("indicators/years.sql", last_year=moment.day.year - 1).to_pylist()
    return {row["year"]: _problem(**row, moment=moment, settings=settings) for row in rows}


def complete_years(run: Engine, moment: Moment, settings: Settings) -> tuple[int, ...]:
    """Those of `year_problems` without a problem."""
    return tuple(year for year, problem in year_problems(run, moment, settings).items() if problem is None)


def require_complete(run: Engine, year: int, moment: Moment, settings: Settings) -> None:
    """Raises FeedError, with the numbers of rows, where the figures of that year are not complete."""
    if problem := year_problems(run, moment, settings).get(year, "no rows"):
        raise FeedError(
            f"feed child_on_31_december: the figures of 31 December {year} are not in ({problem}): "
            "ask the agency whether its load of that year is complete"
        )


def _problem(year: int, rows: int, rows_before: int, born: int, moment: Moment, settings: Settings) -> str | None:
    """Compare the year with the year before or, where the feed begins with it, with the births of its three years."""
    if year >= moment.day.year:
        return f"{rows} rows, before that day has been"
    if not rows:
        return "no rows"
    expected, of = (rows_before, f"rows of {year - 1}") if rows_before else (born, f"births of {year - 2} to {year}")
    if abs(rows - expected) <= settings.max_change_share * expected:
        return None
    return f"{rows} rows against {expected} {of}, more than {settings.max_change_share:.1%} apart"

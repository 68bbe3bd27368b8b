"""The days of an overview: the day asked for, the ends of months. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from pipeline.answers.overview.model import DECREE_DAY
from pipeline.core.errors import SettingsError
from pipeline.core.local_time import BRUSSELS, local_day


def end_of(day: date) -> datetime:
    """The day's last instant in Brussels."""
    return datetime.combine(day, time.max, BRUSSELS)


def month_ends(as_of: date) -> Iterator[date]:
    """The last day of each month from March 2022 on, `as_of` in place of its own month's; none before the decree."""
    if as_of >= DECREE_DAY:
        for month in range(DECREE_DAY.year * 12 + DECREE_DAY.month, as_of.year * 12 + as_of.month):
            yield date(month // 12, month % 12 + 1, 1) - timedelta(days=1)
        yield as_of


def parse_day(text: str) -> date:
    """Raises SettingsError for a text that is not an ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError("--as-of is not a day: write it as 2026-06-15") from None


def refuse_the_future(as_of: date, known_at: datetime, now: datetime) -> None:
    """Raises SettingsError for a day or an instant to come; `known_at` and `now` are aware."""
    today = local_day(now)
    if as_of > today:
        raise SettingsError(f"--as-of {as_of} is in the future: an overview can be made up to today, {today}")
    if known_at > now:
        raise SettingsError(f"--known-at {known_at.isoformat()} is in the future: leave it out for what is known now")

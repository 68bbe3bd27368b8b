"""The time in Brussels: what a rule, a page and a letter mean by a day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def in_brussels(at: datetime) -> datetime:
    """The instant there; in the last hour of 9999, which has no later year, the last instant there is."""
    try:
        return at.astimezone(BRUSSELS)
    except OverflowError:
        return datetime.max.replace(tzinfo=BRUSSELS)


def local_day(at: datetime) -> date:
    """The date there at an instant."""
    return in_brussels(at).date()


def parse_age(text: str) -> timedelta:
    """26h, 90m or 2d. Raises ValueError."""
    unit = {"m": "minutes", "h": "hours", "d": "days"}.get(text[-1:], "")
    if not unit or not text[:-1].isascii() or not text[:-1].isdigit() or not 0 < int(text[:-1]) < 100_000:
        raise ValueError("an age is a number with m, h or d behind it, as 26h")
    return timedelta(**{unit: int(text[:-1])})

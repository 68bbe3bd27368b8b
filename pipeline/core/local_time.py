"""The time in Brussels: what a rule, a page and a letter mean by a day."""

from datetime import date, datetime
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

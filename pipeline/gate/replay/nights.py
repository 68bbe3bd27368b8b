"""The night to replay, out of those on record: by its instant, or by its date. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from pipeline.core.errors import TerminalError
from pipeline.core.local_time import BRUSSELS, in_brussels

Nights = Sequence[tuple[date, datetime]]
"""Each decision on record: the night's date and the instant, the newest first."""


def decision_instant(of: date | datetime, on_record: Nights) -> datetime:
    """An instant itself; for the date of a night, the instant of its last decision.

    Raises TerminalError for a night without a decision on record.
    """
    if isinstance(of, datetime):
        return of
    of_night = [at for night, at in on_record if night == of]
    if not of_night:
        midnight = datetime(of.year, of.month, of.day, tzinfo=BRUSSELS)
        raise TerminalError(
            f"no decisions of the night of {of} are on record; {nearest(midnight, on_record)}; "
            "an instant (2026-11-23T03:30) is decided without"
        )
    return of_night[0]


def nearest(at: datetime, on_record: Nights, most: int = 4) -> str:
    """In words: the nights on record that lie nearest."""
    near = sorted(sorted(on_record, key=lambda each: abs(each[1] - at))[:most], key=lambda each: each[1])
    if not near:
        return "the ledger holds no night's decisions"
    return "the nearest on record: " + ", ".join(f"{night} (at {exact_instant(instant)})" for night, instant in near)


def exact_instant(instant: datetime) -> str:
    """To the microsecond, in Brussels, so that it can be typed back."""
    return in_brussels(instant).isoformat()

"""Housekeeping and a load under way: the next hour looks again, and the third hour in a row is red."""

from datetime import datetime, timedelta
from typing import Protocol

from pipeline.core.model import Kbo

HOURS = 3
"""In so many hours in a row may a recipient's look find a load under way, the last of them red."""

FORGOTTEN = timedelta(hours=6)
"""After so long without a look, a load that is found under way is another one."""


class WaitRecords(Protocol):
    """The ledger's records of who waits for a load to end; every method raises LedgerUnavailable."""

    def waiting_since(self, kbo: Kbo) -> tuple[datetime, datetime] | None:
        """Since when, and when last, a load was found under way."""

    def save_wait(self, kbo: Kbo, since: datetime, last: datetime) -> None:
        """In place of what was there."""

    def end_wait(self, kbo: Kbo) -> None:
        """The recipient waits no more."""


def waits_too_long(records: WaitRecords, kbo: Kbo, now: datetime) -> bool:
    """Record that a load is under way at `now`: whether that makes the third hour in a row, by the hours of the clock.

    A run right after a night, in the same hour, counts with that hour.
    """
    since = began(records.waiting_since(kbo), now)
    records.save_wait(kbo, since, now)
    return (_hour(now) - _hour(since)) >= timedelta(hours=HOURS - 1)


def end_wait(records: WaitRecords, kbo: Kbo) -> None:
    """After a look that found no load under way, or without anything to look for."""
    if records.waiting_since(kbo) is not None:
        records.end_wait(kbo)


def began(waiting: tuple[datetime, datetime] | None, now: datetime) -> datetime:
    """Since when the load is under way."""
    return waiting[0] if waiting and now - waiting[1] < FORGOTTEN else now


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)

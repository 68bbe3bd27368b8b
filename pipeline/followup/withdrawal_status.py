"""Withdrawals followed to their end, recipient by recipient: for the DPO. Counts and names of files only. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.model import Kbo
from pipeline.ledger.notices import Notice, Step


@dataclass(frozen=True)
class Overdue:
    """A notice that should have been acknowledged at `since`."""

    stem: str
    since: datetime


@dataclass(frozen=True)
class Followed:
    """How far one recipient's withdrawals came: of `recorded` ones `not_notified` stand in no notice that counts yet.

    `sent` and `acknowledged` count notices. `waiting_since`: since when it fetched no drop, None when it is up to date.
    """

    kbo: Kbo
    name: str
    recorded: int
    not_notified: int
    sent: int
    acknowledged: int
    overdue: tuple[Overdue, ...]
    waiting_since: datetime | None = None
    late: bool = False
    """Whether it has been waiting for longer than the days after which its settings say to remind it."""

    @property
    def overdue_since(self) -> datetime | None:
        """Of the oldest."""
        return min((one.since for one in self.overdue), default=None)


def overdue(notices: Sequence[Notice], days: float, now: datetime) -> tuple[Overdue, ...]:
    """The notices that `days` after they counted are not acknowledged."""
    due = ((one.stem, one.overdue_since(days, now)) for one in notices)
    return tuple(Overdue(stem, since) for stem, since in due if since is not None)


def sent(notices: Sequence[Notice]) -> int:
    """How many came to count."""
    return sum(one.step in (Step.PUBLISHED, Step.ACKNOWLEDGED) for one in notices)

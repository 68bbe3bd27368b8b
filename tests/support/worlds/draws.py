"""Draws for random histories: tiny domains of values, so that ties, edges and collisions are the rule.

Every draw takes the ordinary value first and more often, so that the deep rules are reached, and so that a failure
found by Hypothesis shrinks towards the ordinary.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from pipeline.core.local_time import BRUSSELS
from pipeline.core.model import Moment
from tests.support.reference.gate import reference

NIGHTS = (
    "2026-06-15 01:30",  # an ordinary night
    "2025-01-01 02:30",  # the first night after the mergers
    "2024-12-31 22:59:59",  # the last second before them
    "2024-12-31 23:00",  # and the first after, in UTC still the year before
    "2026-03-28 23:00",  # the first second of the day of 23 hours
    "2026-03-29 00:59:59",  # the last second of winter time
    "2026-03-29 01:30",
    "2026-03-29 21:59:59",  # its last second
    "2026-10-24 22:00",  # the first second of the day of 25 hours
    "2026-10-25 00:30",  # 02:30, for the first time
    "2026-10-25 01:30",  # 02:30, for the second time
    "2026-10-25 22:59:59",  # its last second
    "2027-02-28 02:30",  # the eve of the third birthday of a child of 29 February
    "2027-02-28 23:30",  # that birthday, in UTC the day before
    "2028-02-28 23:00",  # 29 February begins
    "2019-01-01 02:30",  # the first night after the mergers of 2019
)


@cache
def shaped_places() -> tuple[tuple[str, ...], ...]:
    """Municipalities that a merger made: the code since, then the codes before."""
    made: dict[str, list[str]] = {}
    for merger in reference("mergers"):
        made.setdefault(merger["nieuwe_nis"], []).append(merger["oude_nis"])
    return tuple((new, *(old for old in olds if old != new)) for new, olds in made.items())


@dataclass(frozen=True)
class Draw:
    """Draws for one history, decided at `at`; `number` is its place among those of its world."""

    rng: Random
    at: Moment
    number: int = 0

    def usually(self, ordinary: Any, *others: Any, share: float = 0.88) -> Any:
        """The ordinary value, or once in a while one of the others."""
        return ordinary if self.rng.random() < share else self.rng.choice(others)

    def now_and_then(self, share: float) -> bool:
        return not self.usually(True, False, share=1 - share)

    def count(self, *weights: int) -> int:
        """0, 1, 2, ... by weight."""
        return self.rng.choice([number for number, weight in enumerate(weights) for _ in range(weight)])

    def day(self, days: int) -> date:
        return self.at.day + timedelta(days=days)

    def begin(self, **odds: float) -> date:
        """A first day: long ago, or at the edge of this day or of a merger."""
        edges = [self.day(n) for n in (-1, 0, 1)] + [date(y, m, d) for y in (2019, 2025) for m, d in ((1, 1), (1, 2))]
        before = [date(2018, 12, 31), date(2024, 12, 31)]
        return self.usually(self.day(-150), *edges, *before, **odds)

    def end(self, **odds: float) -> date | None:
        """A last day: none, or at the edge of this day."""
        return self.usually(None, *(self.day(n) for n in (-400, -1, 0, 1, 400)), **odds)

    def happened(self, share: float = 0.45) -> datetime:
        """When something took place, in relation to the instant of the decision."""
        return self.usually(self.at.at - timedelta(days=100), *_near(self.at.at), share=share)

    def recorded(self, share: float = 0.85) -> datetime:
        """When something was recorded, in relation to what is known."""
        return self.usually(self.at.known_at - timedelta(days=100), *_near(self.at.known_at), share=share)

    def midnight(self) -> datetime:
        """The beginning of the day of something that took place, in Brussels or in UTC."""
        zone = self.usually(BRUSSELS, UTC, share=0.5)
        local = self.happened().astimezone(zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _near(instant: datetime) -> list[datetime]:
    """Long before to a day after; two minutes ahead is what clocks may differ."""
    before = (timedelta(days=-101), timedelta(days=-40), timedelta(days=-1), timedelta(hours=-1), timedelta(seconds=-1))
    after = (timedelta(0), timedelta(seconds=1), timedelta(minutes=2), timedelta(days=1))
    return [instant + step for step in (*before, *after)]


def a_night(rng: Random) -> Moment:
    """One of the nights, decided then; or replayed with what was known a little earlier or later."""
    at = datetime.fromisoformat(rng.choice(NIGHTS)).replace(tzinfo=UTC)
    apart = rng.choice([timedelta(0)] * 4 + [timedelta(days=-1), timedelta(hours=2), timedelta(days=30)])
    return Moment(at, at + apart)

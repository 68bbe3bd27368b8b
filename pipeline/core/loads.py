"""What is known of the agency's loads: what the last believed look found of each feed, what the last night accepted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class FeedLoad:
    """One feed as a look found it: when the agency's load produced it by its own word, and how many rows are there."""

    produced_at: datetime
    rows: int


@dataclass(frozen=True)
class KeptRows:
    """What the last accepted night had of the feeds that only grow, of the rows recorded before an instant.

    `before`: that instant, in seconds since 1970. `sums`: by feed, how many rows, and two sums over them
    (sql/source/kept/), which the agency's database can make again at any time.
    """

    before: int
    sums: Mapping[str, tuple[int, int, int]]


def _no_watermark() -> bytes | None:
    return None


@dataclass(frozen=True)
class KnownFeeds:
    """`loads`: by feed, the newest load that a look believed. `kept`, `watermark`: of the last accepted night, or None;
    the watermark is large, and read only where the sums differ."""

    loads: Mapping[str, FeedLoad] = field(default_factory=dict)
    kept: KeptRows | None = None
    watermark: Callable[[], bytes | None] = _no_watermark

    def is_moved_by(self, loads: Mapping[str, FeedLoad]) -> bool:
        """Whether a believed look found a newer load, or more rows, than what is known."""
        return any(
            feed not in self.loads
            or load.produced_at > self.loads[feed].produced_at
            or load.rows > self.loads[feed].rows
            for feed, load in loads.items()
        )

    @property
    def loads_alone(self) -> "KnownFeeds":
        """For the night, whose checks compare every row with the watermark: only the instants of the loads."""
        return KnownFeeds({feed: FeedLoad(load.produced_at, 0) for feed, load in self.loads.items()})


class FeedMemory(Protocol):
    """Where what is known of the feeds is kept: the ledger."""

    def known_feeds(self) -> KnownFeeds:
        """What a look is held against."""

    def believe_loads(self, loads: Mapping[str, FeedLoad]) -> None:
        """Keep what a look found, once it is believed; what is on record only ever moves forward."""


@dataclass(frozen=True)
class AgencySource:
    """The address of the agency's database, and where is kept what is known of its feeds: None without a ledger."""

    uri: str
    memory: FeedMemory | None = None

    def known(self) -> KnownFeeds:
        """What a look is held against."""
        return self.memory.known_feeds() if self.memory else KnownFeeds()

    def believe(self, loads: Mapping[str, FeedLoad], known: KnownFeeds) -> KnownFeeds:
        """Keep what a look found, where that moves what was `known` before it; what is known since."""
        if not self.memory or not known.is_moved_by(loads):
            return known
        self.memory.believe_loads(loads)
        return self.memory.known_feeds()

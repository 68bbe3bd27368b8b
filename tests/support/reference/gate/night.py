"""What is decided on: a world as it was known, and the answers that the gate gives."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.support.reference.gate import values
from tests.support.worlds.tables import Row, World

AHEAD = "recorded_ahead"
"""Set by now.py in a row that it dates back to now: the later instant at which our clock would have it recorded."""


class Decision(NamedTuple):
    """What became of one parent; `fields` comma-separated and alphabetical, None unless released."""

    outcome: str
    kbo: str | None
    reason: str | None
    fields: str | None


class Covered(NamedTuple):
    """A recipient that gets a drop: under which agreements and protocols, and how long it may keep it."""

    kbo: str
    agreements: tuple[str, ...]
    protocols: tuple[str, ...]
    retention_days: int


@dataclass(frozen=True)
class Night:
    """A world, decided strictly at `at`, as a replay does: what was recorded after `known_at` does not exist."""

    world: World
    at: datetime
    known_at: datetime
    child_age_limit_years: int = 3

    @property
    def day(self) -> date:
        """D: "its local date D (Europe/Brussels)"."""
        return self.at.astimezone(ZoneInfo("Europe/Brussels")).date()

    def rows(self, feed: str, **where: Any) -> list[Row]:
        """The rows with these values; the first is looked up, so that large worlds can be judged too."""
        if not where:
            return self._known(feed)
        column = next(iter(where))
        rows = self._by(feed, column).get(where[column], [])
        return [row for row in rows if all(row[name] == value for name, value in where.items())]

    def _by(self, feed: str, column: str) -> dict[Any, list[Row]]:
        if (feed, column) not in self._index:
            index = self._index[feed, column] = defaultdict(list)
            for row in self._known(feed):
                index[row[column]].append(row)
        return self._index[feed, column]

    @cached_property
    def _index(self) -> dict[tuple[str, str], dict[Any, list[Row]]]:
        return {}

    def _known(self, feed: str) -> list[Row]:
        """Reading: a row whose `recorded_at` is impossible may have been recorded by then, so it exists.

        A feed is read once it is asked for: an overview asks for none about persons.
        """
        if feed not in self._read:
            cleaned = [values.without_impossible(feed, row) for row in self.world[feed]]
            self._read[feed] = [
                row for row in cleaned if row.get("recorded_at") is None or row["recorded_at"] <= self.known_at
            ]
        return self._read[feed]

    @cached_property
    def _read(self) -> World:
        return {}

    @cached_property
    def persons(self) -> dict[str, list[int]]:
        """The parent rows of each person who has an INSZ, by its digits."""
        found: dict[str, list[int]] = defaultdict(list)
        for parent in self.rows("parent"):
            found[values.digits(parent["insz"])].append(parent["parent_id"])
        return {insz: rows for insz, rows in found.items() if insz}

    @cached_property
    def agreements(self) -> list[Row]:
        return latest_versions(self.rows("agreement"), "agreement_id")

    @cached_property
    def protocols(self) -> list[Row]:
        return latest_versions(self.rows("protocol"), "protocol_id")


def recording(row: Row) -> tuple[datetime, datetime]:
    """When a row was recorded; rows that are dated back to now keep their order among each other."""
    return row["recorded_at"], row.get(AHEAD, row["recorded_at"])


def latest_versions(rows: list[Row], key: str) -> list[Row]:
    """Of every paper "the latest version known"."""
    versions: dict[str, Row] = {}
    for row in sorted(rows, key=recording):
        versions[row[key]] = row
    return list(versions.values())

"""A night of random histories that the SQL gate decides, and decides again with other rows: for its promises."""

from pathlib import Path
from random import Random
from typing import Any

from pipeline.core.model import Moment
from tests.spec.batch import gate
from tests.support.reference import gate as reference
from tests.support.reference.gate import Decision
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import Row

HISTORIES = 60
SEEDS = ("one", "two")
Rows = set[tuple[int, Decision]]


class Night:
    """A random world, its moment, and what the gate decides on it and on its variations."""

    def __init__(self, seed: str, folder: Path) -> None:
        self.rng = Random(seed)
        self.at: Moment = a_night(self.rng)
        self.world = random_world(self.rng, self.at, HISTORIES)
        self.folder = folder
        self.runs = 0
        self.made, self.decisions = self.decide()
        assert rows(self.decisions), "a night without a row promises nothing"

    def decide(self, **feeds: list[Row]) -> tuple[Any, dict[int, Decision]]:
        self.runs += 1
        return gate(self.world | feeds, self.at, self.folder / str(self.runs))

    def rows_with(self, **feeds: list[Row]) -> Rows:
        """Who is released with these feeds instead."""
        return rows(self.decide(**feeds)[1])

    def rows_and(self, **feeds: list[Row]) -> Rows:
        """Who is released with these rows as well."""
        return self.rows_with(**{feed: self.world[feed] + more for feed, more in feeds.items()})

    def persons(self) -> list[set[int]]:
        """The parents, those with the same INSZ together."""
        found: dict[str, set[int]] = {}
        for row in self.world["parent"]:
            key = reference.digits(row["insz"]) or f"row {row['parent_id']}"
            found.setdefault(key, set()).add(row["parent_id"])
        return list(found.values())

    def persons_of(self, parents: set[int]) -> set[int]:
        """Every row of the persons whom these rows are about."""
        return {row for person in self.persons() if person & parents for row in person}

    def places(self, kbo: str) -> bool:
        """Whether a no for it is for it alone."""
        return reference.is_placed(reference.Night(self.world, self.at.at, self.at.known_at), kbo)

    def some_released(self) -> dict[int, str]:
        """Half of those who go somewhere, and where."""
        chosen = {parent: decision.kbo for parent, decision in rows(self.decisions) if self.rng.random() < 0.5}
        assert chosen
        return {parent: str(kbo) for parent, kbo in chosen.items()}


def rows(decisions: dict[int, Decision]) -> Rows:
    return {(parent, decision) for parent, decision in decisions.items() if decision.outcome == "released"}

"""The areas that make up a municipality, so that figures of before and after a merger can be added up. Pure.

Some codes outlive a merger (11002 is Antwerpen before and after Borsbeek joined it), so a code means a territory on a
given day only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

Place = tuple[str, ...]
"""Areas that never change, each named by the code it had before any merger. Sorted."""


@dataclass(frozen=True)
class Merger:
    """From `day` on the old municipality is part of the new one."""

    old_code: str
    new_code: str
    day: date


def place_of(nis_code: str, day: date, mergers: Iterable[Merger]) -> Place:
    """The areas that a code stands for on a day."""
    past = [merger for merger in mergers if merger.day <= day]
    joined = [merger for merger in past if merger.new_code == nis_code]
    if not joined:
        return (nis_code,)
    latest = max(merger.day for merger in joined)
    before = latest - timedelta(days=1)
    parts = [merger.old_code for merger in joined if merger.day == latest]
    return tuple(sorted({area for code in parts for area in place_of(code, before, past)}))


def connected_places(places: Iterable[Iterable[str]]) -> list[Place]:
    """The places, those that share an area taken together; sorted."""
    groups: list[frozenset[str]] = []
    for areas in map(frozenset, places):
        sharing = [group for group in groups if areas & group]
        groups = [group for group in groups if not areas & group]
        groups.append(areas.union(*sharing))
    return sorted(tuple(sorted(group)) for group in groups)

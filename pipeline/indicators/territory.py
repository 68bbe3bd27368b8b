"""What a municipality is made of, so that figures of before and after a merger can be added up. Pure.

Some codes outlive a merger (11002 is Antwerpen before and after Borsbeek joined it), so a code says nothing without its
day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

Place = tuple[str, ...]
"""Areas that never change: each is named by the code it had before any merger. Sorted."""


@dataclass(frozen=True)
class Merger:
    """From `day` on the old municipality is part of the new one."""

    old_code: str
    new_code: str
    day: date


def place(nis_code: str, day: date, mergers: Iterable[Merger]) -> Place:
    """The areas that a code stands for on a day."""
    past = [merger for merger in mergers if merger.day <= day]
    joined = [merger for merger in past if merger.new_code == nis_code]
    if not joined:
        return (nis_code,)
    latest = max(merger.day for merger in joined)
    before = latest - timedelta(days=1)
    areas = {area for one in joined if one.day == latest for area in place(one.old_code, before, past)}
    return tuple(sorted(areas))


def tied(places: Iterable[Iterable[str]]) -> list[Place]:
    """The places, those that share an area taken together; sorted."""
    found: list[frozenset[str]] = []
    for one in map(frozenset, places):
        found = [
            *(other for other in found if not other & one),
            one.union(*(other for other in found if other & one)),
        ]
    return sorted(tuple(sorted(one)) for one in found)

"""Children are born, brothers and sisters share a family, families have a home and sometimes move."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pipeline.demo.world.chance import Index, whole
from pipeline.demo.world.days import Days
from pipeline.demo.world.rates import expected_births
from pipeline.demo.world.reference import Places

SIBLING_GAP_DAYS = 850
SIBLING_SHARE = 0.42
TWIN_SHARE = 0.015
LEAST_GAP_DAYS = 300
MOVES_A_YEAR = 0.06
NEARBY = 0.65
"""Assumptions on young families; nothing that the gate or the index depends on."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Births:
    """Births still to be placed: from `first`, `days` long, per area of Places (`count`)."""

    first: date
    days: int
    count: Index


@dataclass(frozen=True)
class Families:
    """Per child: `birth`, `family` (an index). Per family: its first and last birth, and its homes.

    `home` is the area at the first birth; those that `moves` live in `next_home` from `moved_on` on, which may be
    announced, so later than the day the world is made.
    """

    birth: Days
    family: Index
    first_birth: Days
    last_birth: Days
    home: Index
    moves: Flags
    moved_on: Days
    move_known: Days
    next_home: Index

    def area(self, day: np.datetime64) -> Index:
        """Where each family lives on a day."""
        return np.where(self.moves & (self.moved_on <= day), self.next_home, self.home)


def births(places: Places, first: date, end: date, scale: float, rng: np.random.Generator) -> list[Births]:
    """Whole births per area, a calendar year at a time, from `first` up to but not including `end`."""
    result = []
    while first < end:
        stop = min(end, date(first.year + 1, 1, 1))
        result.append(Births(first, (stop - first).days, whole(expected_births(places, first, stop) * scale, rng)))
        first = stop
    return result


def families(born: list[Births], areas: Index, places: Places, as_of: date, rng: np.random.Generator) -> Families:
    """The families of one chunk of areas, sorted by the area of their first child."""
    area = np.concatenate([np.repeat(areas, part.count[areas]) for part in born])
    birth = np.concatenate([_days(part, int(part.count[areas].sum()), rng) for part in born])
    order = np.lexsort((birth + rng.integers(-200, 200, len(birth)).astype("timedelta64[D]"), area))
    area, birth = area[order], birth[order]
    root = _families_of(area, birth, sum(part.days for part in born), rng)
    _, first, family = np.unique(root, return_index=True, return_inverse=True)
    first_birth = np.full(len(first), np.datetime64("9999-12-31"), "datetime64[D]")
    last_birth = np.full(len(first), np.datetime64("0001-01-01"), "datetime64[D]")
    np.minimum.at(first_birth, family, birth)
    np.maximum.at(last_birth, family, birth)
    moving = _moves(first_birth, area[first], places, as_of, rng)
    return Families(birth, family, first_birth, last_birth, area[first], *moving)


def _days(part: Births, n: int, rng: np.random.Generator) -> Days:
    """Birthdays spread over the period; some around a leap day are moved onto it, so that it always occurs."""
    first = np.datetime64(part.first)
    days = first + rng.integers(0, part.days, n).astype("timedelta64[D]")
    leap = np.datetime64(f"{part.first.year}-03-01") - 1
    if isleap(part.first.year) and first <= leap < first + part.days:
        near = np.flatnonzero(np.abs((days - leap).astype(int)) <= 10)
        days[near[::8]] = leap
    return days


def _families_of(area: Index, birth: Days, span: int, rng: np.random.Generator) -> Index:
    """The family of each child, named by the position of its eldest: children a set distance apart in one area."""
    n = len(area)
    place = np.arange(n)
    start = np.searchsorted(area, area)
    size = np.searchsorted(area, area, side="right") - start
    step = np.maximum(1, size * SIBLING_GAP_DAYS // max(1, span))
    lot = rng.random(n) < TWIN_SHARE
    twin = lot & ~np.roll(lot, 1) & (place > start)
    birth[twin] = birth[place[twin] - 1]
    elder = np.where((place - start >= step) & (rng.random(n) < SIBLING_SHARE) & ~twin, place - step, place)
    apart = (birth - birth[elder]).astype(int) >= LEAST_GAP_DAYS
    elder = np.where(apart & ~twin[elder], elder, place)
    elder = np.where(twin, place - 1, elder)
    while (elder != elder[elder]).any():
        elder = elder[elder]
    return elder


def _moves(
    first_birth: Days, home: Index, places: Places, as_of: date, rng: np.random.Generator
) -> tuple[Flags, Days, Days, Index]:
    """Who moves, when, since when the agency knows, and where to: mostly nearby, else anywhere."""
    n = len(home)
    today = np.datetime64(as_of)
    years = (today - first_birth).astype(int) / 365
    moved_on = first_birth + (rng.random(n) * (years * 365 + 20)).astype("timedelta64[D]") + np.timedelta64(20, "D")
    known = moved_on + rng.integers(-15, 16, n).astype("timedelta64[D]")
    next_home = destinations(home, places, rng)
    moves = (rng.random(n) < 1 - np.exp(-MOVES_A_YEAR * years)) & (known < today) & (next_home != home)
    return moves, moved_on, known, next_home


def destinations(home: Index, places: Places, rng: np.random.Generator) -> Index:
    """Where movers go: by inhabitants, most within their arrondissement, so that no area empties into another."""
    running = np.concatenate([[0.0], np.cumsum(places.people)])
    arrondissement = np.array(places.arrondissement)
    first = np.searchsorted(arrondissement, arrondissement)  # sorted by arrondissement: see Places
    end = np.searchsorted(arrondissement, arrondissement, side="right")
    near = rng.random(len(home)) < NEARBY
    low = np.where(near, running[first[home]], 0)
    high = np.where(near, running[end[home]], running[-1])
    drawn = low + rng.random(len(home)) * (high - low)
    there: Index = np.clip(np.searchsorted(running, drawn, side="right") - 1, 0, len(arrondissement) - 1)
    return there


def eve(year: int) -> date:
    """31 December of a year, the day on which the index looks where children live."""
    return date(year, 12, 31)

"""Which hidden counts somebody who has every sheet could narrow too far. Pure, exact."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pipeline.sheets.model import Criterion, Protected
from pipeline.sheets.territory import Place
from pipeline.sheets.world import Belief, Count, Known, Sum, World

BELIEFS = tuple(Belief(closed, same) for closed, same in product((True, False), repeat=2))


@dataclass(frozen=True)
class Narrow:
    """A count that may be below the threshold, and has too few possible values."""

    count: Count
    values: tuple[int, ...]


def narrow(known: Known, criteria: Collection[Criterion]) -> tuple[Narrow, ...]:
    """Each hidden count that has fewer possible values than its line's threshold, under the first belief leading there.

    A belief that contradicts what is known tells an attacker nothing. With `criteria` empty, about children and
    deprived alone.
    """
    hidden = dict(count for place, line in known.lines for count in _hidden(place, line, criteria))
    found: dict[Count, Narrow] = {}
    for belief in BELIEFS:
        if hidden and _says_more(belief, known):
            for one in _narrow(World(known, belief, criteria), hidden):
                found.setdefault(one.count, one)
    return tuple(found[count] for count in sorted(found))


def _says_more(belief: Belief, known: Known) -> bool:
    """Whether it ties these lines together more than a smaller belief does; one line by itself is line.py's."""
    places = {place for place, _ in known.lines}
    several_editions = len(known.latest) < len(known.lines)
    several_years = len({line.year for _, line in known.lines}) > 1
    if belief == Belief(closed=False, same=False):
        return any(place not in places for place, _ in known.published)
    return (several_years or not belief.closed) and (several_editions or not belief.same)


def _hidden(place: Place, line: Protected, criteria: Collection[Criterion]) -> Iterator[tuple[Count, int]]:
    """The counts of a line that are not shown, and what is left of their wholes; each with the line's threshold."""
    weak = {criterion: line.weak[criterion] for criterion in criteria}
    for of, shown in ({"deprived": line.deprived} | weak).items():
        if shown.is_suppressed:
            yield Count(place, line.year, of), line.threshold
            yield Count(place, line.year, f"-{of}"), line.threshold


def _narrow(world: World, hidden: Mapping[Count, int]) -> Iterator[Narrow]:
    """The hidden counts (with their thresholds) that are too narrow in this world."""
    seen = _Seen(world, hidden)
    if world.is_contradictory:
        return
    seen.look_wide(max(hidden.values()))
    for count, threshold in sorted(hidden.items()):
        at_least = 0
        while len(seen.values[count]) < threshold and (value := seen.lowest(count, at_least)) is not None:
            if at_least == 0 and value >= threshold:
                break  # never small
            at_least = value + 1
        else:
            if len(seen.values[count]) < threshold:
                yield Narrow(count, tuple(sorted(seen.values[count])))


class _Seen:
    """The possible values found so far: a solution that is found for one count shows a value of every other."""

    def __init__(self, world: World, counts: Iterable[Count]) -> None:
        self._world = world
        self._sums = {count: world.sum(count) for count in counts}
        self.values: dict[Count, set[int]] = {count: set() for count in counts}

    def look_wide(self, threshold: int) -> None:
        """Let all be at least 0, 1, 2, ... at once, and as low as can be: it mostly spares looking at each."""
        for is_rest in (False, True):
            sums = [total for count, total in self._sums.items() if count.is_rest is is_rest]
            for least in range(threshold):
                self._note(self._world.lowest(sums, least))

    def lowest(self, count: Count, at_least: int) -> int | None:
        """The lowest possible value of a count from `at_least` on; None: none was found."""
        solution = self._world.lowest([self._sums[count]], at_least)
        self._note(solution)
        return None if solution is None else _value(self._sums[count], solution)

    def _note(self, solution: NDArray[np.int64] | None) -> None:
        if solution is not None:
            for count, total in self._sums.items():
                self.values[count].add(_value(total, solution))


def _value(total: Sum, solution: NDArray[np.int64]) -> int:
    return sum(int(solution[variable]) * factor for variable, factor in total.items())

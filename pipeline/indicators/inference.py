"""Which hidden counts somebody who has every sheet could narrow too far. Pure, exact.

Of a count that may be below its line's threshold, as many values must stay possible as the threshold says. So must they
when he takes a suppressed criterion, as he should, for a small count or for nearly all.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from pipeline.indicators.linear_system import Belief, Count, Known, Sum, Told, World
from pipeline.indicators.model import Criterion
from pipeline.indicators.published import Published

BELIEFS = tuple(Belief(closed, same) for closed, same in product((True, False), repeat=2))


@dataclass(frozen=True, order=True)
class Narrow:
    """A count that may be below the threshold, and has too few possible values (those that were found)."""

    count: Count
    values: tuple[int, ...]


@dataclass(frozen=True, order=True)
class _Cell:
    """A suppressed count and what is left of its whole. `is_alone`: the rest of its line is shown; `index`: of its
    municipality, where it is one of deprived children."""

    count: Count
    threshold: int
    is_alone: bool
    index: Published | None = field(compare=False)

    @property
    def rest(self) -> Count:
        return replace(self.count, of=f"-{self.count.of}")


def narrow(known: Known, criteria: Collection[Criterion]) -> tuple[Narrow, ...]:
    """The counts that are too narrow, each under the first belief that leads there.

    A belief that contradicts what is known tells an attacker nothing. With `criteria` empty, about children and
    deprived alone.
    """
    cells = sorted({cell for told in known.told for cell in _suppressed(told, criteria)})
    found: dict[Count, Narrow] = {}
    for belief in BELIEFS:
        if cells and _says_more(belief, known):
            search = _narrow if criteria else _narrow_in_groups
            for one in search(World(known, belief, criteria), cells):
                found.setdefault(one.count, one)
    return tuple(sorted(found.values()))


def _says_more(belief: Belief, known: Known) -> bool:
    """Whether it ties these lines together more than a smaller belief does; one line by itself is line.py's."""
    if belief == Belief(closed=False, same=False):
        return bool(known.published)
    several_editions = len(known.latest) < len(known.told)
    several_years = len({told.line.year for told in known.told}) > 1
    return (several_years or not belief.closed) and (several_editions or not belief.same)


def _suppressed(told: Told, criteria: Collection[Criterion]) -> Iterator[_Cell]:
    line = told.line
    weak = {criterion: line.weak[criterion] for criterion in criteria}
    if line.is_hidden:
        yield _Cell(Count(told.place, line.year, "deprived"), line.threshold, False, told.index)
    for criterion, shown in weak.items():
        if shown.is_suppressed:
            yield _Cell(Count(told.place, line.year, str(criterion)), line.threshold, not line.is_hidden, None)


def _narrow(world: World, cells: Collection[_Cell]) -> Iterator[Narrow]:
    """The counts that are too narrow in this world."""
    seen = _Seen(world, [count for cell in cells for count in (cell.count, cell.rest)])
    if world.is_contradictory:
        return
    seen.look_wide(max(cell.threshold for cell in cells))
    for cell in cells:
        few = [count for count in (cell.count, cell.rest) if seen.has_few(count, cell)]
        if not few and cell.is_alone and seen.looks_narrow(cell):
            few = [cell.count]
        yield from (Narrow(count, tuple(sorted(seen.values[count]))) for count in few)


def _narrow_in_groups(world: World, cells: Collection[_Cell]) -> Iterator[Narrow]:
    """The same among the many municipalities of a published index, by linear programming."""
    for cell, is_rest in product(cells, (False, True)):
        count = cell.rest if is_rest else cell.count
        found = world.bounds(world.sum(count))
        if found is None:
            if not world.is_contradictory:  # the solver gave up: what was not looked at is not shown
                yield Narrow(count, ())
            continue
        low, high = found
        within = (v for v in range(low, high + 1) if cell.index is None or cell.index.allows(v, rest=is_rest))
        values = tuple(islice(within, cell.threshold))
        if values and values[0] < cell.threshold and len(values) < cell.threshold:
            yield Narrow(count, values)


class _Seen:
    """The possible values found so far: a solution that is found for one count shows a value of every other."""

    def __init__(self, world: World, counts: Iterable[Count]) -> None:
        self._world = world
        self._sums = {count: world.sum(count) for count in counts}
        self.values: dict[Count, set[int]] = {count: set() for count in self._sums}

    def look_wide(self, threshold: int) -> None:
        """Let all be at least 0, 1, 2, ... at once, and as low as can be: it mostly spares looking at each."""
        for is_rest in (False, True):
            sums = [total for count, total in self._sums.items() if count.is_rest is is_rest]
            for least in range(threshold):
                self._note(self._world.lowest(sums, least))

    def has_few(self, count: Count, cell: _Cell) -> bool:
        """Whether it may be below the threshold, and has fewer possible values than that.

        A value that the index of the municipality excludes by itself is none.
        """
        at_least, found = 0, self._allowed(count, cell)
        while len(found) < cell.threshold:
            value = self._lowest(count, at_least)
            found = self._allowed(count, cell)
            if value is None:  # with nothing found the solver gave up: what was not looked at is not shown
                return not found or min(found) < cell.threshold
            if not found and value >= cell.threshold:
                return False
            at_least = value + 1
        return False

    def _allowed(self, count: Count, cell: _Cell) -> set[int]:
        return {v for v in self.values[count] if cell.index is None or cell.index.allows(v, rest=count.is_rest)}

    def looks_narrow(self, cell: _Cell) -> bool:
        """The same of somebody who supposes that it is suppressed for being small, or nearly all."""
        small = 0
        for count in (cell.count, cell.rest):
            small += self._small(count, cell.threshold)
            if small >= cell.threshold:
                return False
        return small > 0 or self._world.gave_up

    def _small(self, count: Count, threshold: int) -> int:
        """How many values below the threshold it can have."""
        at_least = 0
        while at_least < threshold:
            if at_least not in self.values[count]:
                value = self._lowest(count, at_least)
                at_least = threshold if value is None else value
            at_least += 1
        return sum(value < threshold for value in self.values[count])

    def _lowest(self, count: Count, at_least: int) -> int | None:
        """The lowest possible value from `at_least` on; None: none was found."""
        solution = self._world.lowest([self._sums[count]], at_least)
        self._note(solution)
        return None if solution is None else _value(self._sums[count], solution)

    def _note(self, solution: NDArray[np.int64] | None) -> None:
        if solution is not None:
            for count, total in self._sums.items():
                self.values[count].add(_value(total, solution))


def _value(total: Sum, solution: NDArray[np.int64]) -> int:
    return sum(int(solution[variable]) * factor for variable, factor in total.items())

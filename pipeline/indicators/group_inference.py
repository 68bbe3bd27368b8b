"""The hidden counts that an attacker could narrow too far among the many municipalities of a published index. Pure.

A count has the values between its lowest and its highest in the linear system. Two problems of linear programming tell
both of one count. But a solution of any problem shows a value of every count, and what lies between two values that
were seen is possible: so a few problems for all counts together decide on most counts, and only the others are solved
one by one. The answer is the same.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from pipeline.indicators.linear_system import MOST, NEARLY_WHOLE, CountKey, LinearSystem, Sum
from pipeline.indicators.published import PublishedIndex


@dataclass(frozen=True, order=True)
class SuppressedCount:
    """A suppressed count and the rest of its whole.

    `is_alone`: the other counts of its line are shown; `index`: of its municipality, for a count of deprived children.
    """

    count: CountKey
    threshold: int
    is_alone: bool
    index: PublishedIndex | None = field(compare=False)

    @property
    def rest(self) -> CountKey:
        return replace(self.count, of=f"-{self.count.of}")

    def allows(self, value: int, *, rest: bool) -> bool:
        """Whether the index, by itself, allows the count (rest: the rest of its whole) to have that value."""
        return self.index is None or self.index.allows(value, rest=rest)

    def next_allowed(self, value: int, *, rest: bool) -> int:
        """The first value from this one on that `allows`."""
        return value if self.index is None else self.index.next_allowed(value, rest=rest)


@dataclass
class _SeenCount:
    """A suppressed count (or its rest) with the lowest and the highest of its values that were seen."""

    key: CountKey
    cell: SuppressedCount
    total: Sum
    low: int = MOST
    high: int = -1

    def note(self, solution: NDArray[np.float64]) -> None:
        value = sum(float(solution[variable]) * factor for variable, factor in self.total.items())
        self.low = min(self.low, ceil(value - NEARLY_WHOLE))
        self.high = max(self.high, floor(value + NEARLY_WHOLE))

    def values(self, low: int, high: int) -> tuple[int, ...]:
        """The first possible values between these, at most as many as the threshold."""
        values: list[int] = []
        value, rest = low, self.key.is_rest
        while len(values) < self.cell.threshold and (value := self.cell.next_allowed(value, rest=rest)) <= high:
            values.append(value)
            value += 1
        return tuple(values)

    def is_small_from(self, low: int) -> bool:
        """Whether a count that is at least so much can be smaller than the threshold."""
        return self.cell.next_allowed(low, rest=self.key.is_rest) < self.cell.threshold

    @property
    def has_enough(self) -> bool:
        """Whether enough values were seen to be possible: what was not seen can only add to them."""
        return len(self.values(self.low, self.high)) == self.cell.threshold

    @property
    def enough(self) -> int:
        """The value up to which it would have enough."""
        return (self.values(max(self.low, 0), MOST) or (MOST,))[-1]


def narrow_in_groups(system: LinearSystem, suppressed: Collection[SuppressedCount]) -> Iterator[CountKey]:
    """The counts that are too narrow in this system."""
    for count in _undecided(system, suppressed):
        low = system.low_bound(count.total)
        if low is not None and not count.is_small_from(low):
            continue  # whatever its highest value is
        high = None if low is None else system.high_bound(count.total)
        if low is None or high is None:
            if not system.is_contradictory:  # the solver gave up: an unknown count is not shown
                yield count.key
            continue
        if 0 < len(count.values(low, high)) < count.cell.threshold:
            yield count.key


def _undecided(system: LinearSystem, suppressed: Collection[SuppressedCount]) -> Sequence[_SeenCount]:
    """The counts of which not enough values were seen in the solutions for all counts together."""
    keys = [(cell, cell.rest if is_rest else cell.count) for cell, is_rest in product(suppressed, (False, True))]
    counts: Sequence[_SeenCount] = [_SeenCount(key, cell, system.sum(key)) for cell, key in keys]
    lowest = system.low([count.total for count in counts])
    if lowest is None:
        return counts
    left, before = _not_enough(counts, lowest), len(counts) + 1
    while left and len(left) < before:
        before, solution = len(left), system.high([(count.total, count.enough) for count in left])
        left = left if solution is None else _not_enough(left, solution)
    return left


def _not_enough(counts: Sequence[_SeenCount], solution: NDArray[np.float64]) -> Sequence[_SeenCount]:
    for count in counts:
        count.note(solution)
    return [count for count in counts if not count.has_enough]

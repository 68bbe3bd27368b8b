"""The published index, which everybody knows beside the sheets, and the counts it allows. Pure, exact integers."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import count, islice


@dataclass(frozen=True)
class PublishedIndex:
    """The index of some municipalities together, as they were on `codes_on`, in one year, in percent, as published.

    Its last decimal is the one it was rounded to.
    """

    nis_codes: frozenset[str]
    codes_on: date
    year: int
    percent: Decimal

    @cached_property
    def window(self) -> tuple[int, int, int]:
        """(low, high, unit) such that low * children <= unit * deprived <= high * children."""
        sign, digits, exponent = self.percent.as_tuple()
        if sign or not isinstance(exponent, int) or exponent > 0:
            raise ValueError(f"the published index of {self.year} is no percentage written in full")
        units = int("".join(map(str, digits)))
        return 2 * units - 1, 2 * units + 1, 2 * 100 * 10**-exponent

    def allows(self, value: int, *, rest: bool) -> bool:
        """Whether so many can be deprived (rest: not be) under this index, whatever the number of children."""
        low, high, unit = self.window
        if rest:
            low, high = unit - high, unit - low
        if value == 0 or low <= 0:
            return low <= 0
        return -(-unit * value // high) * low <= unit * value

    def next_allowed(self, value: int, *, rest: bool) -> int:
        """The first value from this one on that `allows`."""
        few = self._few_allowed[rest]
        return few[bisect_left(few, value)] if value < few[-1] else value

    @cached_property
    def _few_allowed(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The values (and those of the rest) that it allows, up to one from which on it allows all: so many deprived
        go with a range of children that is at least one wide."""
        low, high, unit = self.window
        ends = [-(-max(0, lower) * upper // (unit * 2)) for lower, upper in ((low, high), (unit - high, unit - low))]
        few, of_rest = (
            (*(value for value in range(end) if self.allows(value, rest=rest)), end)
            for end, rest in zip(ends, (False, True), strict=True)
        )
        return few, of_rest

    def agrees(self, children: int, deprived: int) -> bool:
        """Whether the index can have been computed from these counts."""
        low, high, unit = self.window
        return low * children <= unit * deprived <= high * children


HUNDREDTHS = 10_000
"""Statistiek Vlaanderen publishes the index of a municipality in percent with two decimals."""


def lowest_shown(deprived: int, children: int, threshold: int, *, rest: bool = False) -> int:
    """From which value on the deprived (rest: the others) may be shown, when their index is known with two decimals.

    The threshold; but 2.46 % is 3 of 122 or 5 of 203, and "fewer than 5" would say 3. So where the index leaves a value
    below the threshold possible, it goes on until so many possible values are below it as the threshold says.
    """
    index = (2 * HUNDREDTHS * deprived + children) // (2 * children) if children else 0
    possible = list(islice((value for value in count() if _is_possible(value, index, rest)), threshold))
    return max(threshold, possible[-1] + 1) if possible[0] < threshold else threshold


def _is_possible(value: int, index: int, rest: bool) -> bool:
    """Whether some number of children gives that index, in hundredths of a percent, a half rounded up."""
    scaled = 2 * HUNDREDTHS * value
    if not rest:
        return (2 * index - 1) * (scaled // (2 * index + 1) + 1) <= scaled
    others = HUNDREDTHS - index
    return (2 * others - 1) * max(1, -(-scaled // (2 * others + 1))) < scaled

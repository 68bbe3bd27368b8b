"""What everybody knows beside the sheets: the published index, and what it says of a count. Pure, exact integers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count, islice


@dataclass(frozen=True)
class Published:
    """The index of some municipalities together, as they were on `codes_on`, in one year, in percent, as published.

    Its last decimal is the one it was rounded to.
    """

    nis_codes: frozenset[str]
    codes_on: date
    year: int
    percent: Decimal

    @property
    def window(self) -> tuple[int, int, int]:
        """(low, high, one): what was published says low * children <= one * deprived <= high * children."""
        sign, digits, exponent = self.percent.as_tuple()
        if sign or not isinstance(exponent, int) or exponent > 0:
            raise ValueError(f"the published index of {self.year} is no percentage written in full")
        units = int("".join(map(str, digits)))
        return 2 * units - 1, 2 * units + 1, 2 * 100 * 10**-exponent

    def allows(self, value: int, *, rest: bool) -> bool:
        """Whether so many can be deprived (rest: not be) behind it, whatever the number of children."""
        low, high, one = self.window
        if rest:
            low, high = one - high, one - low
        if value == 0 or low <= 0:
            return low <= 0
        return -(-one * value // high) * low <= one * value

    def agrees(self, children: int, deprived: int) -> bool:
        """Whether it was computed from these counts, as far as can be seen."""
        low, high, one = self.window
        return low * children <= one * deprived <= high * children


HUNDREDTHS = 10_000
"""Statistiek Vlaanderen publishes the index of a municipality in percent with two decimals."""


def lowest_shown(part: int, whole: int, threshold: int) -> int:
    """From which value on a part may be shown, whose share of the whole is published with two decimals.

    The threshold; but 2.46 % is 3 of 122 or 5 of 203, and "fewer than 5" would say 3. So where the share leaves a value
    below the threshold possible, it goes on until so many possible values are below it as the threshold says.
    """
    share = (2 * HUNDREDTHS * part + whole) // (2 * whole) if whole else 0
    possible = list(islice((value for value in count() if _is_possible(value, share)), threshold))
    return max(threshold, possible[-1] + 1) if possible[0] < threshold else threshold


def _is_possible(part: int, share: int) -> bool:
    """Whether some whole gives that share in hundredths of a percent; a tie, which may round either way, does not."""
    if part == 0:
        return share == 0
    whole = 2 * HUNDREDTHS * part // (2 * share + 1) + 1
    return (2 * share - 1) * whole < 2 * HUNDREDTHS * part

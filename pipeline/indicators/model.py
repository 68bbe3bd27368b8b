"""An indicator sheet before it has a form. Pure; counts of children, never of one who could be recognised.

The figures as counted stay inside the agency; what a recipient gets went through protect.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pipeline.core.model import Kbo

LEAST_WEAK = 3
"""A child is deprived from so many weak criteria on (the published definition)."""


class Criterion(StrEnum):
    """The six deprivation criteria, in the order of the agency's interface."""

    INCOME = "income"
    EDUCATION = "education"
    EMPLOYMENT = "employment"
    STIMULATION = "stimulation"
    HOUSING = "housing"
    HEALTH = "health"


@dataclass(frozen=True)
class Counted:
    """One municipality in one year, counted exactly: never leaves the agency.

    `children`: born in `year`, year-1 or year-2 and living there on 31 December of `year`; in Brussels clients.
    `deprived`: of those, with three or more weak criteria. `weak`: of the deprived ones, by criterion weak.
    """

    nis_code: str
    year: int
    children: int
    deprived: int
    weak: Mapping[Criterion, int]


@dataclass(frozen=True)
class Shown:
    """A count as it is shown: rounded down to a multiple of the threshold, never 0 (docs/decisions/0018).

    10 at a threshold of 5 says 10 to 14. None says that it is suppressed, which is not 0.
    """

    value: int | None

    @property
    def is_suppressed(self) -> bool:
        return self.value is None


@dataclass(frozen=True)
class Protected:
    """One municipality, as it was on `codes_on`, in one year, as it is shown to whichever recipient.

    `threshold`: of the day that it was made. Either the whole line is hidden, or children and deprived are shown.
    """

    nis_code: str
    codes_on: date
    year: int
    threshold: int
    children: Shown
    deprived: Shown
    weak: Mapping[Criterion, Shown]

    @property
    def is_hidden(self) -> bool:
        return self.deprived.is_suppressed


@dataclass(frozen=True)
class Line:
    """One municipality as a recipient sees it, by its Dutch name on the line's `codes_on`."""

    name: str
    shown: Protected


@dataclass(frozen=True)
class Sheet:
    """One recipient, one year, one edition; lines by NIS code. Frozen once it is released."""

    kbo: Kbo
    year: int
    edition: int
    released_on: date
    lines: tuple[Line, ...]

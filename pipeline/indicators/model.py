"""An indicator sheet before rendering: counts of children, by which no child can be recognised. Pure.

The exact figures stay inside the agency; a recipient gets those that passed protect.py. Sheet and the classes within it
are on record as JSON: their field names stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pipeline.core.model import Kbo

DEPRIVED_FROM = 3
"""A child with so many weak criteria is deprived: the published definition, which no agreement's threshold changes."""


class Criterion(StrEnum):
    """The six deprivation criteria, in the order of the agency's interface."""

    INCOME = "income"
    EDUCATION = "education"
    EMPLOYMENT = "employment"
    STIMULATION = "stimulation"
    HOUSING = "housing"
    HEALTH = "health"


@dataclass(frozen=True)
class ExactCounts:
    """One municipality, as it was on `codes_on`, in one year, counted exactly: never leaves the agency.

    `children`: born in `year`, year-1 or year-2 and living there on 31 December of `year`; in Brussels clients.
    `deprived`: of those, with DEPRIVED_FROM weak criteria or more. `weak`: of the deprived ones, by criterion.
    """

    nis_code: str
    codes_on: date
    year: int
    children: int
    deprived: int
    weak: Mapping[Criterion, int]


@dataclass(frozen=True)
class ShownCount:
    """A count as it is shown: rounded down to a multiple of the threshold, never 0 (docs/decisions/0018).

    10 at a threshold of 5 stands for 10 to 14. None stands for a suppressed count, which is not 0.
    """

    value: int | None

    @property
    def is_suppressed(self) -> bool:
        return self.value is None


@dataclass(frozen=True)
class ProtectedCounts:
    """One municipality, as it was on `codes_on`, in one year, as every recipient may see it.

    `threshold`: of the day of its making. Either all counts are hidden, or children and deprived are shown.
    """

    nis_code: str
    codes_on: date
    year: int
    threshold: int
    children: ShownCount
    deprived: ShownCount
    weak: Mapping[Criterion, ShownCount]

    @property
    def is_hidden(self) -> bool:
        return self.deprived.is_suppressed


@dataclass(frozen=True)
class SheetLine:
    """One municipality as a recipient sees it, by its Dutch name on the day `shown.codes_on`."""

    name: str
    shown: ProtectedCounts


@dataclass(frozen=True)
class Sheet:
    """One recipient, one year, one edition (from 1); lines by NIS code."""

    kbo: Kbo
    year: int
    edition: int
    released_on: date
    lines: tuple[SheetLine, ...]

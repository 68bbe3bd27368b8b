"""What is known of the counts as one linear system, and which values a count can still have in it. Pure.

Every count is a sum over cells (who was born in one year and lives in one area): whole numbers that obey the published
definition. What was shown or published is a row over them; a value is possible where the system has a solution.
Source: Hundepool et al., Handbook on Statistical Disclosure Control, 2nd edition (2024), on auditing tables.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from pipeline.indicators.model import LEAST_WEAK, Criterion, Protected
from pipeline.indicators.published import Published
from pipeline.indicators.territory import Place

MOST = 100_000
"""No municipality has so many children under three."""
NO_BOUND = 10**15
SEARCH = {"node_limit": 2_000, "mip_rel_gap": 0}
"""A value that such a search does not find possible is not counted: the audit errs on the side of hiding. By nodes, not
by time, so that it ends the same everywhere."""
FOUND, CONTRADICTION = 0, 2
"""Of the solver's answers."""
NEARLY_WHOLE = 1e-4

Sum = dict[int, int]
"""Coefficients by variable."""


@dataclass(frozen=True)
class Belief:
    """What an attacker may suppose besides.

    `closed`: nobody moved or died between two years, so that sheets share birth years.
    `same`: every edition counts the same children.
    """

    closed: bool
    same: bool


@dataclass(frozen=True, order=True)
class Count:
    """`of`: 'children', 'deprived' or a criterion; with a '-' in front what is left of its whole."""

    place: Place
    year: int
    of: str

    @property
    def part(self) -> str:
        return self.of.removeprefix("-")

    @property
    def whole(self) -> str:
        return "children" if self.part == "deprived" else "deprived"

    @property
    def is_rest(self) -> bool:
        return self.of.startswith("-")

    @property
    def is_weak(self) -> bool:
        return self.whole == "deprived"


Range = tuple[int, int]


@dataclass(frozen=True)
class Told:
    """What a line, and the published index of its municipality, say of a place; `exact` where we know the counts.

    To take children and deprived as known exactly where the line shows them only makes the attacker stronger.
    """

    place: Place
    line: Protected
    exact: tuple[int, int] | None
    index: Published | None

    @cached_property
    def ranges(self) -> tuple[Range, Range] | None:
        """Of children and deprived; None where nothing is shown."""
        if self.line.children.value is None or self.line.deprived.value is None:
            return None
        if self.exact:
            return (self.exact[0],) * 2, (self.exact[1],) * 2
        wide = self.line.threshold
        box = product(*(range(v, v + wide) for v in (self.line.children.value, self.line.deprived.value)))
        pairs = [pair for pair in box if self.index is None or self.index.agrees(*pair)]
        if not pairs:  # the index was computed from other data
            return replace(self, index=None).ranges
        children, deprived = zip(*pairs, strict=True)
        return (min(children), max(children)), (min(deprived), max(deprived))


@dataclass(frozen=True)
class Known:
    """All that was ever told of some places, oldest edition first, and the published indices of several together."""

    told: tuple[Told, ...]
    published: tuple[tuple[Place, Published], ...] = ()

    @cached_property
    def latest(self) -> tuple[Told, ...]:
        """Without the lines that a later one replaces, though it be of a merged municipality."""
        kept: list[Told] = []
        for one in reversed(self.told):
            if not any(set(one.place) & set(other.place) and one.line.year == other.line.year for other in kept):
                kept.append(one)
        return tuple(kept)


class World:
    """The system of what is known, under one belief. With `criteria` empty it is of children and deprived alone."""

    def __init__(self, known: Known, belief: Belief, criteria: Collection[Criterion]) -> None:
        self._belief, self._criteria = belief, criteria
        self._cells: dict[tuple[str, int], dict[str, int]] = {}
        self._rows: list[tuple[Sum, int, int]] = []
        self.gave_up = False
        for told in known.told if belief.same else known.latest:
            self._add_line(told)
            if told.line.is_hidden and told.index and not criteria:
                self._add_published(told.place, told.index)
        for place, one in known.published:
            self._add_published(place, one)

    def sum(self, count: Count) -> Sum:
        """The count as a sum over variables."""
        if count.is_rest:
            whole, part = (self.sum(replace(count, of=of)) for of in (count.whole, count.part))
            return whole | dict.fromkeys(part, -1)
        births = range(count.year - 2, count.year + 1) if self._belief.closed else (-count.year,)
        return {self._cell(area, birth)[count.of]: 1 for area in count.place for birth in births}

    def lowest(self, sums: Sequence[Sum], at_least: int) -> NDArray[np.int64] | None:
        """Of the solutions with each sum at least so much, one in which they are lowest; None: none was found."""
        for whole in (False, True):  # without asking for whole numbers it is faster, and they mostly are
            answer = self._solve(sums, at_least, whole)
            if answer.status == CONTRADICTION:
                return None
            if answer.status == FOUND and (found := self._checked(answer.x)) is not None:
                return found
        self.gave_up = True
        return None

    def bounds(self, total: Sum) -> Range | None:
        """The lowest and the highest whole number within the bounds of linear programming; None: a contradiction, or
        the solver gave up."""
        ends = [self._solve([{at: sign * n for at, n in total.items()}], -NO_BOUND, whole=False) for sign in (1, -1)]
        if any(end.status != FOUND for end in ends):
            return None
        return ceil(ends[0].fun - NEARLY_WHOLE), floor(-ends[1].fun + NEARLY_WHOLE)

    @cached_property
    def is_contradictory(self) -> bool:
        return bool(self._solve((), 0, whole=True).status == CONTRADICTION)

    def _checked(self, answer: NDArray[np.float64]) -> NDArray[np.int64] | None:
        """The solver's answer in whole numbers, where these are a solution indeed."""
        found = np.rint(answer).astype(np.int64)
        if np.abs(found - answer).max() > NEARLY_WHOLE:
            return None
        matrix, low, high = self._system
        exact = matrix @ found
        return found if (low <= exact).all() and (exact <= high).all() and (found >= 0).all() else None

    def _solve(self, sums: Sequence[Sum], at_least: int, whole: bool) -> Any:
        matrix, low, high = self._system
        wanted = _matrix(sums, matrix.shape[1])
        rows = [LinearConstraint(matrix, low, high), LinearConstraint(wanted, at_least, np.inf)]
        goal = np.asarray(wanted.sum(axis=0), dtype=float)
        every = np.full(len(goal), int(whole))
        return milp(goal, constraints=rows, integrality=every, bounds=Bounds(0, MOST), options=SEARCH)

    def _cell(self, area: str, birth: int) -> dict[str, int]:
        """The variables of a cell, by what they count; made, with what the definition says, when it is first asked."""
        if (area, birth) not in self._cells:
            names = ("children", "deprived", *self._criteria)
            first = len(names) * len(self._cells)
            self._cells[area, birth] = cell = {name: first + n for n, name in enumerate(names)}
            self._at_least({cell["children"]: 1, cell["deprived"]: -1}, 0)
            for criterion in self._criteria:
                self._at_least({cell["deprived"]: 1, cell[criterion]: -1}, 0)
            if self._criteria:
                weak = {cell[criterion]: 1 for criterion in self._criteria}
                self._at_least(weak | {cell["deprived"]: -LEAST_WEAK}, 0)
        return self._cells[area, birth]

    def _add_line(self, told: Told) -> None:
        """What a line says, to somebody who knows how it was made."""
        line = told.line
        for of in ("children", "deprived", *self._criteria):
            self.sum(Count(told.place, line.year, of))  # makes the cells, also of what is not shown
        if told.ranges:
            self._add_range(Count(told.place, line.year, "children"), told.ranges[0])
            self._add_range(Count(told.place, line.year, "deprived"), told.ranges[1])
            self._at_least(self.sum(Count(told.place, line.year, "-deprived")), line.threshold)
        for criterion in self._criteria:
            value = line.weak[criterion].value
            if value is not None:
                self._add_range(Count(told.place, line.year, criterion), (value, value + line.threshold - 1))
                self._at_least(self.sum(Count(told.place, line.year, f"-{criterion}")), line.threshold)

    def _add_range(self, count: Count, values: Range) -> None:
        self._rows.append((self.sum(count), *values))

    def _add_published(self, place: Place, one: Published) -> None:
        children, deprived = (self.sum(Count(place, one.year, of)) for of in ("children", "deprived"))
        low, high, percent = one.window
        part = dict.fromkeys(deprived, percent)
        self._at_least(part | dict.fromkeys(children, -low), 0)
        self._rows.append((part | dict.fromkeys(children, -high), -NO_BOUND, 0))

    def _at_least(self, total: Sum, low: int) -> None:
        self._rows.append((total, low, NO_BOUND))

    @cached_property
    def _system(self) -> tuple[Any, NDArray[np.int64], NDArray[np.int64]]:
        """The matrix (rows by variables), and what each row is at least and at most."""
        variables = sum(len(cell) for cell in self._cells.values())
        low, high = np.array([bounds for _, *bounds in self._rows], dtype=np.int64).T
        return _matrix([total for total, *_ in self._rows], variables), low, high


def _matrix(sums: Sequence[Sum], variables: int) -> Any:
    """One row a sum."""
    entries = [(row, column, value) for row, total in enumerate(sums) for column, value in total.items()]
    rows, columns, values = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    return csr_array((values, (rows, columns)), shape=(len(sums), variables))

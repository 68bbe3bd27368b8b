"""Somebody who has every sheet of every year and edition, all published indices, and the rules; written from what he
reads, without the protector's code.

He counts with linear programming: how many children of each birth year in each former municipality
there are, how many of them deprived, and how many of these weak on each criterion. For every figure he cannot read he
asks for the lowest and the highest value that fits all he knows, and takes the whole numbers between them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations
from math import ceil, floor

import numpy as np
from scipy.optimize import linprog

CRITERIA = ("income", "education", "employment", "stimulation", "housing", "health")
KINDS = ("children", "deprived", *CRITERIA)
SLACK = 1e-6


@dataclass(frozen=True)
class Row:
    """A line of a sheet as he reads it. `parts`: the former municipalities; `cells`: None where it says suppressed.

    `width`: a figure says so many values, itself the lowest; `threshold`: neither a figure nor its rest is below it.
    """

    parts: frozenset[str]
    year: int
    cells: Mapping[str, int | None]
    width: int = 5
    threshold: int = 5


@dataclass(frozen=True)
class Index:
    """A published index, in percent as printed."""

    parts: frozenset[str]
    year: int
    printed: str


@dataclass(frozen=True)
class Target:
    """What he wants to know; `rest`: how many of the whole do not belong to it."""

    parts: frozenset[str]
    year: int
    kind: str
    rest: bool = False


@dataclass
class Attacker:
    """`closed`: he supposes that nobody moved; `same`: that all editions count the same children."""

    rows: Sequence[Row]
    indices: Sequence[Index] = ()
    closed: bool = True
    same: bool = True
    _cells: list[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        if not self.same:
            self.rows = [row for at, row in enumerate(self.rows) if not self._is_replaced(at)]
        everything = [(row.parts, row.year) for row in self.rows] + [(i.parts, i.year) for i in self.indices]
        self._cells = sorted({cell for parts, year in everything for cell in self._of(parts, year)})
        self._a, self._b = self._inequalities()

    def possible(self, target: Target, at_most: int | None = None) -> tuple[int, int] | None:
        """The lowest and the highest value; None where all that he supposes cannot be true together."""
        goal = self._vector(target)
        extra = [(goal, at_most)] if at_most is not None else []
        ends = [self._optimum(sign * goal, extra) for sign in (1, -1)]
        if None in ends:
            return None
        return ceil(ends[0] - SLACK), floor(-ends[1] + SLACK)

    def values(self, target: Target) -> int | None:
        """How many values he has left. Of deprived children he leaves out what the index itself excludes."""
        found = self.possible(target)
        if found is None:
            return None
        low, high = found
        printed = [i.printed for i in self.indices if (i.parts, i.year) == (target.parts, target.year)]
        if target.kind != "deprived" or not printed:
            return high - low + 1
        return sum(_fits(value, target.rest, Decimal(printed[0])) for value in range(low, min(high, 300) + 1))

    def values_if_small(self, target: Target, threshold: int) -> int | None:
        """How many are left when he takes what is suppressed for small, or for nearly all."""
        both = [Target(target.parts, target.year, target.kind, rest) for rest in (False, True)]
        found = [self.possible(one, threshold - 1) for one in both]
        return sum(high - low + 1 for low, high in filter(None, found)) or None

    def _is_replaced(self, at: int) -> bool:
        return any(row.year == self.rows[at].year and row.parts & self.rows[at].parts for row in self.rows[at + 1 :])

    def _of(self, parts: Iterable[str], year: int) -> list[tuple[str, int]]:
        births = (year - 2, year - 1, year) if self.closed else (1000 + year,)
        return [(part, birth) for part in parts for birth in births]

    def _vector(self, target: Target) -> np.ndarray:
        vector = np.zeros((len(self._cells), len(KINDS)))
        sign = -1 if target.rest else 1
        whole = "children" if target.kind == "deprived" else "deprived"
        for cell in self._of(target.parts, target.year):
            at = self._cells.index(cell)
            vector[at, KINDS.index(target.kind)] += sign
            if target.rest:
                vector[at, KINDS.index(whole)] += 1
        return vector.ravel()

    def _inequalities(self) -> tuple[np.ndarray, np.ndarray]:
        """Everything he knows, as rows of a x <= b."""
        found = [*self._definition()]
        for row in self.rows:
            for kind in KINDS:
                found += self._read(row, kind)
        for index in self.indices:
            found += self._published(index)
        return np.array([a for a, _ in found]), np.array([b for _, b in found], dtype=float)

    def _definition(self) -> Iterable[tuple[np.ndarray, float]]:
        for at in range(len(self._cells)):
            cell = np.zeros((len(self._cells), len(KINDS)))
            cell[at, 0], cell[at, 1] = -1, 1
            yield cell.ravel(), 0  # the deprived are children
            for kind in range(2, len(KINDS)):
                cell = np.zeros((len(self._cells), len(KINDS)))
                cell[at, 1], cell[at, kind] = -1, 1
                yield cell.ravel(), 0  # the weak are deprived
            cell = np.zeros((len(self._cells), len(KINDS)))
            cell[at, 1], cell[at, 2:] = 3, -1
            yield cell.ravel(), 0  # each on three criteria at least

    def _read(self, row: Row, kind: str) -> Iterable[tuple[np.ndarray, float]]:
        value = row.cells[kind]
        if value is None:
            return
        total = self._vector(Target(row.parts, row.year, kind))
        yield total, value + row.width - 1
        yield -total, -value
        if kind != "children":
            yield -self._vector(Target(row.parts, row.year, kind, rest=True)), -row.threshold

    def _published(self, index: Index) -> Iterable[tuple[np.ndarray, float]]:
        share, half = Decimal(index.printed) / 100, Decimal(1).scaleb(Decimal(index.printed).as_tuple().exponent) / 200
        children, deprived = (self._vector(Target(index.parts, index.year, kind)) for kind in ("children", "deprived"))
        yield deprived - float(share + half) * children, 0
        yield float(share - half) * children - deprived, 0

    def _optimum(self, goal: np.ndarray, extra: Sequence[tuple[np.ndarray, float]]) -> float | None:
        a = np.vstack([self._a, *(row for row, _ in extra)])
        b = np.append(self._b, [limit for _, limit in extra])
        answer = linprog(goal, A_ub=a, b_ub=b, bounds=(0, 5_000))
        return None if answer.x is None else float(answer.fun)


def _fits(value: int, rest: bool, printed: Decimal) -> bool:
    """Whether so many deprived (or not deprived) children can be behind an index, whatever the number of children."""
    share = (100 - printed if rest else printed) / 100
    half = Decimal(1).scaleb(Decimal(printed).as_tuple().exponent) / 200
    if value == 0:
        return share <= half
    return floor(value / max(share - half, Decimal("1e-9"))) >= ceil(value / (share + half))


@dataclass(frozen=True)
class Win:
    """A count below the threshold that he narrows to so few values."""

    target: Target
    truth: int
    values: int


def wins(
    rows: Sequence[Row], truth: Mapping[Target, int], indices: Sequence[Index] = (), threshold: int = 5
) -> list[Win]:
    """Every count below the threshold of which he is left fewer values than that, and fewer than without any sheet."""
    found = []
    latest = {(row.parts, row.year): row for row in rows}
    small = {at: value for at, value in truth.items() if value < threshold and (at.parts, at.year) in latest}
    for closed, same in _suppositions(rows):
        attacker = Attacker(rows, indices, closed, same)
        without = Attacker([replace(row, cells=dict.fromkeys(KINDS)) for row in rows], indices, closed, same)
        for target, value in small.items():
            cells = latest[target.parts, target.year].cells
            left = [attacker.values(target)]
            if cells[target.kind] is None and cells["deprived"] is not None:
                left.append(attacker.values_if_small(target, threshold))
            few = min((values for values in left if values is not None), default=threshold)
            if few < threshold and few < (without.values(target) or 0):
                found.append(Win(target, value, few))
    return found


def _suppositions(rows: Sequence[Row]) -> list[tuple[bool, bool]]:
    """What he may suppose, (closed, same), as far as it makes any difference."""
    replaced = any(a.year == b.year and a.parts & b.parts for a, b in combinations(rows, 2))
    return [(closed, same) for closed in (True, False) for same in ((True, False) if replaced else (True,))]

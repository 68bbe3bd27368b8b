"""All that is known of the counts as one linear system, and the values that a count can still have in it. Pure.

A cell holds the children born in one year who live in one area: whole numbers that obey the published definition. Every
count is a sum over cells, and every shown count or published index is a row of the system. A value of a count is
possible where the system has a solution.
Source: Hundepool et al., Handbook on Statistical Disclosure Control, 2nd edition (2024), on auditing tables.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Flag
from functools import cached_property
from itertools import pairwise, product
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from pipeline.indicators.model import DEPRIVED_FROM, Criterion, ProtectedCounts
from pipeline.indicators.published import PublishedIndex
from pipeline.indicators.territory import Place

MOST = 100_000
"""No municipality has so many children under three."""
NO_BOUND = 10**15
SEARCH = {"node_limit": 2_000, "mip_rel_gap": 0}
"""A value that such a search does not find is taken as impossible: inference errs on the side of hiding. The limit is
in nodes, not in time, so that every machine gives the same answer."""
FOUND, CONTRADICTION = 0, 2
"""Statuses of the solver's answer."""
NEARLY_WHOLE = 1e-4

LATEST = -1

Sum = dict[int, int]
"""Coefficients by variable."""


class Assumption(Flag):
    """Assumptions that an attacker may add to the facts."""

    CLOSED = 1
    """Nobody moved or died between two years, so that sheets share birth years."""
    SAME = 2
    """Every edition counts the same children."""
    CORRECTED = 4
    """An edition counts the same children as the one before, and changes no figure by more than the editions show that
    one was changed; by one, where they show none (Correction)."""
    LEAST = 8
    """And a figure that both editions show is changed by no more than those two show."""


@dataclass(frozen=True, order=True)
class CountKey:
    """Names a count. `of`: 'children', 'deprived' or a criterion; with a '-' in front the rest of its whole. `edition`:
    of which line of the place and year, the oldest 0; LATEST for the last one."""

    place: Place
    year: int
    of: str
    edition: int = LATEST

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

    @property
    def in_words(self) -> str:
        """Of a place by its codes of before any merger; no value."""
        others = "the others than " if self.is_rest else ""
        edition = "" if self.edition == LATEST else f", edition {self.edition + 1}"
        return f"{others}{self.part} in {'+'.join(self.place)}, {self.year}{edition}"


Range = tuple[int, int]


@dataclass(frozen=True)
class KnownLine:
    """The shown counts of a place and the published index of its municipality.

    `exact`: children and deprived, where we know them. To take them as known where the line shows them only makes the
    attacker stronger.
    """

    place: Place
    line: ProtectedCounts
    exact: tuple[int, int] | None
    index: PublishedIndex | None

    @cached_property
    def ranges(self) -> tuple[Range, Range] | None:
        """Of children and deprived; None where neither is shown."""
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

    def range_of(self, of: str) -> Range | None:
        """Of one count; None where it is not shown."""
        if of in ("children", "deprived"):
            return self.ranges and self.ranges[of == "deprived"]
        value = self.line.weak[Criterion(of)].value
        return None if value is None else (value, value + self.line.threshold - 1)


@dataclass(frozen=True)
class Correction:
    """Two editions in a row of one place and year; `number` and `next` as in CountKey."""

    number: int
    next: int
    before: KnownLine
    after: KnownLine

    def key(self, of: str) -> CountKey:
        """Of a count of the edition before."""
        return CountKey(self.before.place, self.before.line.year, of, self.number)

    def changes(self, criteria: Collection[Criterion], *, least: bool) -> dict[str, int]:
        """By how much each count may have been changed, at most."""
        kinds = ("children", "deprived", *criteria)
        gaps = {of: self._gap(of) for of in kinds}
        most = max(1, *(gap or 0 for of, gap in gaps.items() if of != "children"))
        shown = {of: gap for of, gap in gaps.items() if gap is not None and (least or of == "children")}
        return dict.fromkeys(kinds, most) | {"children": 0} | shown

    def _gap(self, of: str) -> int | None:
        """The least change between what both show; None where one does not."""
        (a, b), (c, d) = (known.range_of(of) or (None, None) for known in (self.before, self.after))
        if a is None or b is None or c is None or d is None:
            return None
        return max(0, c - b, a - d)


def _cells(line: ProtectedCounts) -> tuple[int | None, ...]:
    return line.children.value, line.deprived.value, *(line.weak[criterion].value for criterion in Criterion)


@dataclass(frozen=True)
class PublicKnowledge:
    """All that was ever shown of some places, oldest edition first, and the published indices of several together."""

    lines: tuple[KnownLine, ...]
    published: tuple[tuple[Place, PublishedIndex], ...] = ()

    @cached_property
    def latest(self) -> tuple[KnownLine, ...]:
        """Without the lines that a later one replaces, also a later one of a merged municipality."""
        kept: list[KnownLine] = []
        covered: dict[int, set[str]] = defaultdict(set)
        for known in reversed(self.lines):
            if covered[known.line.year].isdisjoint(known.place):
                covered[known.line.year].update(known.place)
                kept.append(known)
        return tuple(kept)

    @cached_property
    def corrections(self) -> tuple[Correction, ...]:
        """Of each place and year of which two editions differ, every edition but the last beside its successor."""
        editions: dict[tuple[Place, int], list[KnownLine]] = defaultdict(list)
        for known in self.lines:
            editions[known.place, known.line.year].append(known)
        pairs = [(number, pair) for of_one in editions.values() for number, pair in enumerate(pairwise(of_one))]
        differing = {(a.place, a.line.year) for _, (a, b) in pairs if _cells(a.line) != _cells(b.line)}
        last = {key: len(of_one) - 2 for key, of_one in editions.items()}
        return tuple(
            Correction(number, LATEST if number == last[a.place, a.line.year] else number + 1, a, b)
            for number, (a, b) in pairs
            if (a.place, a.line.year) in differing
        )


class LinearSystem:
    """The system of public knowledge, under assumptions. With `criteria` empty: of children and deprived alone."""

    def __init__(self, knowledge: PublicKnowledge, assumptions: Assumption, criteria: Collection[Criterion]) -> None:
        self._assumptions, self._criteria = assumptions, criteria
        self._cells: dict[tuple[str, int], dict[str, int]] = {}
        self._rows: list[tuple[Sum, int, int]] = []
        self.gave_up = False
        for known in knowledge.lines if Assumption.SAME in assumptions else knowledge.latest:
            self._add_line(known)
            if known.line.is_hidden and known.index and not criteria:
                self._add_index(known.place, known.index)
        for place, index in knowledge.published:
            self._add_index(place, index)
        if Assumption.CORRECTED in assumptions:
            for correction in knowledge.corrections:
                self._add_correction(correction)

    def sum(self, count: CountKey) -> Sum:
        """The count as a sum over variables."""
        if count.is_rest:
            whole, part = (self.sum(replace(count, of=of)) for of in (count.whole, count.part))
            return whole | dict.fromkeys(part, -1)
        if count.edition != LATEST:
            return {self._cell(f"{'+'.join(count.place)} in edition {count.edition}", -count.year)[count.of]: 1}
        is_closed = Assumption.CLOSED in self._assumptions
        births = range(count.year - 2, count.year + 1) if is_closed else (-count.year,)
        return {self._cell(area, birth)[count.of]: 1 for area in count.place for birth in births}

    def lowest(self, sums: Sequence[Sum], at_least: int) -> NDArray[np.int64] | None:
        """A solution with the lowest sums among those with each sum at least so much; None: none was found."""
        for whole in (False, True):  # faster without asking for whole numbers, and the answer mostly has them
            answer = self._solve(sums, at_least, whole)
            if answer.status == CONTRADICTION:
                return None
            if answer.status == FOUND and (solution := self._checked(answer.x)) is not None:
                return solution
        self.gave_up = True
        return None

    def low_bound(self, total: Sum) -> int | None:
        """The lowest whole number within the bounds of linear programming.

        None: a contradiction, or the solver gave up.
        """
        answer = self._solve([total], -NO_BOUND, whole=False)
        return ceil(answer.fun - NEARLY_WHOLE) if answer.status == FOUND else None

    def high_bound(self, total: Sum) -> int | None:
        """Likewise the highest."""
        answer = self._solve([{at: -n for at, n in total.items()}], -NO_BOUND, whole=False)
        return floor(-answer.fun + NEARLY_WHOLE) if answer.status == FOUND else None

    def low(self, sums: Sequence[Sum]) -> NDArray[np.float64] | None:
        """A solution, not in whole numbers, with these sums as low as can be together; None: none was found."""
        return _found(self._solve(sums, -NO_BOUND, whole=False))

    def high(self, sums: Sequence[tuple[Sum, int]]) -> NDArray[np.float64] | None:
        """Likewise, with as many of these sums as can be together at least so much each."""
        matrix, low, high = self._system
        variables, reached = matrix.shape[1], len(sums)
        wanted = hstack([_matrix([total for total, _ in sums], variables), -eye_array(reached)])
        rows = [LinearConstraint(hstack([matrix, csr_array((len(low), reached))]), low, high)]
        most = np.array([MOST] * variables + [least for _, least in sums])
        goal = np.array([0.0] * variables + [-1.0] * reached)
        answer = milp(goal, constraints=[*rows, LinearConstraint(wanted, 0, np.inf)], bounds=Bounds(0, most))
        found = _found(answer)
        return None if found is None else found[:variables]

    @cached_property
    def is_contradictory(self) -> bool:
        return bool(self._solve((), 0, whole=True).status == CONTRADICTION)

    def _checked(self, answer: NDArray[np.float64]) -> NDArray[np.int64] | None:
        """The solver's answer in whole numbers, where they are a solution."""
        solution = np.rint(answer).astype(np.int64)
        if np.abs(solution - answer).max() > NEARLY_WHOLE:
            return None
        matrix, low, high = self._system
        exact = matrix @ solution
        return solution if (low <= exact).all() and (exact <= high).all() and (solution >= 0).all() else None

    def _solve(self, sums: Sequence[Sum], at_least: int, whole: bool) -> Any:
        matrix, low, high = self._system
        wanted = _matrix(sums, matrix.shape[1])
        rows = [LinearConstraint(matrix, low, high), LinearConstraint(wanted, at_least, np.inf)]
        goal = np.asarray(wanted.sum(axis=0), dtype=float)
        every = np.full(len(goal), int(whole))
        return milp(goal, constraints=rows, integrality=every, bounds=Bounds(0, MOST), options=SEARCH)

    def _cell(self, area: str, birth: int) -> dict[str, int]:
        """The variables of a cell, by name; made at the first call, with the rows of the definition."""
        if (area, birth) not in self._cells:
            names = ("children", "deprived", *self._criteria)
            first = len(names) * len(self._cells)
            self._cells[area, birth] = cell = {name: first + n for n, name in enumerate(names)}
            self._at_least({cell["children"]: 1, cell["deprived"]: -1}, 0)
            for criterion in self._criteria:
                self._at_least({cell["deprived"]: 1, cell[criterion]: -1}, 0)
            if self._criteria:
                weak = {cell[criterion]: 1 for criterion in self._criteria}
                self._at_least(weak | {cell["deprived"]: -DEPRIVED_FROM}, 0)
        return self._cells[area, birth]

    def _add_line(self, known: KnownLine, edition: int = LATEST) -> None:
        """The rows that an attacker who knows the rules of protection derives from a line."""
        for of in ("children", "deprived", *self._criteria):
            key = CountKey(known.place, known.line.year, of, edition)
            total = self.sum(key)  # a hidden count has its variables too
            if shown := known.range_of(of):
                self._rows.append((total, *shown))
                if of != "children":
                    self._at_least(self.sum(replace(key, of=f"-{of}")), known.line.threshold)

    def _add_correction(self, correction: Correction) -> None:
        """The edition before, with counts of its own that differ from those of the next by so much at most."""
        self._add_line(replace(correction.before, index=None), correction.number)
        changes = correction.changes(self._criteria, least=Assumption.LEAST in self._assumptions)
        for of, most in changes.items():
            before = self.sum(correction.key(of))
            after = self.sum(replace(correction.key(of), edition=correction.next))
            self._rows.append((before | {at: -n for at, n in after.items()}, -most, most))

    def _add_index(self, place: Place, index: PublishedIndex) -> None:
        children, deprived = (self.sum(CountKey(place, index.year, of)) for of in ("children", "deprived"))
        low, high, percent = index.window
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


def _found(answer: Any) -> NDArray[np.float64] | None:
    return answer.x if answer.status == FOUND else None


def _matrix(sums: Sequence[Sum], variables: int) -> Any:
    """A row per sum, a column per variable."""
    entries = [(row, column, value) for row, total in enumerate(sums) for column, value in total.items()]
    rows, columns, values = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    return csr_array((values, (rows, columns)), shape=(len(sums), variables))

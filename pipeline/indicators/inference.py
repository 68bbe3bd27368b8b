"""The hidden counts that an attacker with every sheet could narrow too far. Pure, exact.

A count that may be below its line's threshold must keep as many possible values as the threshold; also when the
attacker takes a suppressed criterion, as he should, for a small count or for nearly all.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.indicators.group_inference import SuppressedCount, narrow_in_groups
from pipeline.indicators.linear_system import (
    LATEST,
    Assumption,
    CountKey,
    KnownLine,
    LinearSystem,
    PublicKnowledge,
    Sum,
)
from pipeline.indicators.model import Criterion

ASSUMPTIONS = (Assumption.CLOSED | Assumption.SAME, Assumption.CLOSED, Assumption.SAME, Assumption(0))
OF_CORRECTIONS = tuple(
    Assumption.CORRECTED | least | closed
    for least in (Assumption.LEAST, Assumption(0))
    for closed in (Assumption.CLOSED, Assumption(0))
)


def narrow_counts(knowledge: PublicKnowledge, criteria: Collection[Criterion]) -> tuple[CountKey, ...]:
    """The counts that may be below the threshold and have too few possible values, under any assumptions; sorted.

    Assumptions that contradict the knowledge tell an attacker nothing. With `criteria` empty: of children and deprived
    alone.
    """
    narrow: set[CountKey] = set()
    for assumptions in (*ASSUMPTIONS, *OF_CORRECTIONS):
        if not _adds_facts(assumptions, knowledge):
            continue
        if suppressed := sorted(_all_suppressed(knowledge, assumptions, criteria)):
            search = _narrow if criteria else narrow_in_groups
            narrow.update(search(LinearSystem(knowledge, assumptions, criteria), suppressed))
    return tuple(sorted(narrow))


def _all_suppressed(
    knowledge: PublicKnowledge, assumptions: Assumption, criteria: Collection[Criterion]
) -> set[SuppressedCount]:
    """Of a corrected figure, each edition has a count of its own."""
    if Assumption.CORRECTED not in assumptions:
        return {cell for known in knowledge.lines for cell in _suppressed(known, criteria)}
    editions = [(known, LATEST) for known in knowledge.latest]
    editions += [(replace(each.before, index=None), each.number) for each in knowledge.corrections]
    return {cell for known, edition in editions for cell in _suppressed(known, criteria, edition)}


def _adds_facts(assumptions: Assumption, knowledge: PublicKnowledge) -> bool:
    """Whether these assumptions connect the lines more than fewer would; line.py protects one line by itself."""
    if not assumptions:
        return bool(knowledge.published)
    several_years = len({known.line.year for known in knowledge.lines}) > 1
    if Assumption.CORRECTED in assumptions:
        return bool(knowledge.corrections) and (several_years or Assumption.CLOSED not in assumptions)
    several_editions = len(knowledge.latest) < len(knowledge.lines)
    return (several_years or Assumption.CLOSED not in assumptions) and (
        several_editions or Assumption.SAME not in assumptions
    )


def _suppressed(known: KnownLine, criteria: Collection[Criterion], edition: int = LATEST) -> Iterator[SuppressedCount]:
    line = known.line
    if line.is_hidden:
        count = CountKey(known.place, line.year, "deprived", edition)
        yield SuppressedCount(count, line.threshold, False, known.index)
    for criterion in criteria:
        if line.weak[criterion].is_suppressed:
            count = CountKey(known.place, line.year, str(criterion), edition)
            yield SuppressedCount(count, line.threshold, not line.is_hidden, None)


def _narrow(system: LinearSystem, suppressed: Collection[SuppressedCount]) -> Iterator[CountKey]:
    """The counts that are too narrow in this system."""
    search = _ValueSearch(system, [count for cell in suppressed for count in (cell.count, cell.rest)])
    if system.is_contradictory:
        return
    search.raise_all(max(cell.threshold for cell in suppressed))
    for cell in suppressed:
        few = [count for count in (cell.count, cell.rest) if search.has_few(count, cell)]
        if not few and cell.is_alone and search.is_narrow_if_extreme(cell):
            few = [cell.count]
        yield from few


class _ValueSearch:
    """The possible values found so far: a solution found for one count shows a value of every other count."""

    def __init__(self, system: LinearSystem, counts: Iterable[CountKey]) -> None:
        self._system = system
        self._sums = {count: system.sum(count) for count in counts}
        self.values: dict[CountKey, set[int]] = {count: set() for count in self._sums}

    def raise_all(self, threshold: int) -> None:
        """Solve with all counts at least 0, 1, 2, ... at once, as low as can be: this spares most single searches."""
        for is_rest in (False, True):
            sums = [total for count, total in self._sums.items() if count.is_rest is is_rest]
            for least in range(threshold):
                self._note(self._system.lowest(sums, least))

    def has_few(self, count: CountKey, cell: SuppressedCount) -> bool:
        """Whether the count may be below the threshold and has fewer possible values than that.

        A value that the index of the municipality excludes by itself is not possible.
        """
        at_least, possible = 0, self._allowed(count, cell)
        while len(possible) < cell.threshold:
            value = self._lowest(count, at_least)
            possible = self._allowed(count, cell)
            if value is None:  # with no value found the solver gave up: an unknown count is not shown
                return not possible or min(possible) < cell.threshold
            if not possible and value >= cell.threshold:
                return False
            at_least = value + 1
        return False

    def _allowed(self, count: CountKey, cell: SuppressedCount) -> set[int]:
        return {value for value in self.values[count] if cell.allows(value, rest=count.is_rest)}

    def is_narrow_if_extreme(self, cell: SuppressedCount) -> bool:
        """Whether an attacker finds few values who assumes that the count is small, or nearly all."""
        small = 0
        for count in (cell.count, cell.rest):
            small += self._small(count, cell.threshold)
            if small >= cell.threshold:
                return False
        return small > 0 or self._system.gave_up

    def _small(self, count: CountKey, threshold: int) -> int:
        """The number of its possible values below the threshold."""
        at_least = 0
        while at_least < threshold:
            if at_least not in self.values[count]:
                value = self._lowest(count, at_least)
                at_least = threshold if value is None else value
            at_least += 1
        return sum(value < threshold for value in self.values[count])

    def _lowest(self, count: CountKey, at_least: int) -> int | None:
        """The lowest possible value from `at_least` on; None: none was found."""
        solution = self._system.lowest([self._sums[count]], at_least)
        self._note(solution)
        return None if solution is None else _value(self._sums[count], solution)

    def _note(self, solution: NDArray[np.int64] | None) -> None:
        if solution is not None:
            for count, total in self._sums.items():
                self.values[count].add(_value(total, solution))


def _value(total: Sum, solution: NDArray[np.int64]) -> int:
    return sum(int(solution[variable]) * factor for variable, factor in total.items())

"""The attacker of the indicator sheets with all editions of a year in hand; written without the protector's code.

Of each edition he counts children, deprived and weak anew. He supposes that a correction changed few: each figure by no
more than he must believe when he lays the editions beside one another, and by one where nothing he reads was changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tests.support.attacker import KINDS, Attacker, Index, Row, Target, Win


@dataclass
class EditionsAttacker(Attacker):
    """`rows` in the order of their release; `evenly`: he allows every figure the largest change he must believe."""

    evenly: bool = True
    editions: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        self.editions, self.same = list(self.rows), False
        super().__post_init__()
        self._cells += [(_own(at), 0) for at in self._earlier()]
        self._a, self._b = self._inequalities()

    def next_of(self, at: int) -> int | None:
        """The place of the edition that replaced this one."""
        same = (self.editions[at].parts, self.editions[at].year)
        later = range(at + 1, len(self.editions))
        return next((n for n in later if (self.editions[n].parts, self.editions[n].year) == same), None)

    def target(self, at: int, kind: str, *, rest: bool = False) -> Target:
        """A count of one edition."""
        row = self.editions[at]
        parts = row.parts if self.next_of(at) is None else frozenset([_own(at)])
        return Target(parts, row.year, kind, rest)

    def _earlier(self) -> list[int]:
        return [at for at in range(len(self.editions)) if self.next_of(at) is not None]

    def _of(self, parts: Iterable[str], year: int) -> list[tuple[str, int]]:
        own = [part for part in parts if part.startswith("#")]
        return [(own[0], 0)] if own else super()._of(parts, year)

    def _inequalities(self) -> tuple[np.ndarray, np.ndarray]:
        if not any(part.startswith("#") for part, _ in self._cells):
            return super()._inequalities()
        a, b = super()._inequalities()
        more = [each for at in self._earlier() for each in self._of_edition(at)]
        return np.vstack([a, *(row for row, _ in more)]), np.append(b, [limit for _, limit in more])

    def _of_edition(self, at: int) -> Iterator[tuple[np.ndarray, float]]:
        later = self.next_of(at)
        assert later is not None
        before, after = self.editions[at], self.editions[later]
        for kind, most in self._changes(before, after).items():
            yield from self._read(replace(before, parts=frozenset([_own(at)])), kind)
            change = self._vector(self.target(at, kind)) - self._vector(self.target(later, kind))
            yield change, most
            yield -change, most

    def _changes(self, before: Row, after: Row) -> Mapping[str, int]:
        read = {
            kind: max(0, abs(a - b) - (before.width - 1))
            for kind in KINDS
            if (a := before.cells[kind]) is not None and (b := after.cells[kind]) is not None
        }
        most = max(1, *(change for kind, change in read.items() if kind != "children"), 0)
        believed = {kind: change for kind, change in read.items() if kind == "children" or not self.evenly}
        return dict.fromkeys(KINDS, most) | {"children": 0} | believed


def _own(at: int) -> str:
    return f"#{at}"


def wins_over_editions(
    rows: Sequence[Row], truths: Sequence[Mapping[tuple[str, bool], int]], indices: Sequence[Index] = ()
) -> list[Win]:
    """Every small count of every edition of which he is left fewer values than the threshold, and fewer than without
    any sheet; `truths`: of each row, by kind and whether it is the rest of its whole."""
    found = []
    several_years = len({row.year for row in rows}) > 1
    nothing = [replace(row, cells=dict.fromkeys(KINDS)) for row in rows]
    for closed in (True, False) if several_years else (False,):
        for evenly in (True, False):
            attacker = EditionsAttacker(rows, indices, closed=closed, evenly=evenly)
            without = EditionsAttacker(nothing, indices, closed=closed, evenly=evenly)
            for at, row in enumerate(rows):
                for (kind, rest), value in truths[at].items():
                    if value >= row.threshold or row.cells[kind] is not None:
                        continue
                    target = attacker.target(at, kind, rest=rest)
                    left = [attacker.values(target)]
                    if kind != "deprived" and row.cells["deprived"] is not None:
                        left.append(attacker.values_if_small(target, row.threshold))
                    few = min((values for values in left if values is not None), default=row.threshold)
                    if few < row.threshold and few < (without.values(target) or 0):
                        found.append(Win(target, value, few))
    return found

"""Small worlds of children over some years, the sheets that are made of them, and what an attacker reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from pipeline.indicators.model import Criterion, ExactCounts, ProtectedCounts
from pipeline.indicators.protect import Protection, protect
from pipeline.indicators.published import PublishedIndex
from pipeline.indicators.territory import Merger, place_of
from tests.support.attacker import Index, Row, Target

Weak = tuple[int, int, int, int, int, int]


def counted(nis_code: str, year: int, children: int, deprived: int, weak: Weak) -> ExactCounts:
    """By the municipalities of 31 December."""
    return ExactCounts(nis_code, date(year, 12, 31), year, children, deprived, dict(zip(Criterion, weak, strict=True)))


def cells(line: ProtectedCounts) -> dict[str, int | None]:
    return {"children": line.children.value, "deprived": line.deprived.value} | {
        str(criterion): shown.value for criterion, shown in line.weak.items()
    }


@dataclass
class Years:
    """Editions released one after another, with all that was ever shown and what was true of it."""

    mergers: Sequence[Merger] = ()
    published: Sequence[PublishedIndex] = ()
    released: list[ProtectedCounts] = field(default_factory=list)
    truth: dict[Target, int] = field(default_factory=dict)
    counted: list[ExactCounts] = field(default_factory=list)
    forgets: bool = False
    """Whether the protector is not told of earlier sheets. `counted`: what each released line was made of."""

    def release(self, figures: Sequence[ExactCounts], codes_on: date | None = None) -> Protection:
        day = codes_on or date(figures[0].year, 12, 31)
        earlier = [] if self.forgets else list(self.released)
        counted_on = [replace(one, codes_on=day) for one in figures]
        made = protect(counted_on, earlier, self.published, self.mergers, 5)
        return made if made.held else self._released(made, figures, day)

    def _released(self, made: Protection, figures: Sequence[ExactCounts], day: date) -> Protection:
        """One that is held is not released."""
        self.released += made.lines
        by_code = {one.nis_code: one for one in figures}
        self.counted += [by_code[line.nis_code] for line in made.lines]
        for one in figures:
            self.truth |= _truth(one, frozenset(place_of(one.nis_code, day, self.mergers)))
        return made

    def rows(self, width: int = 5, threshold: int = 5) -> list[Row]:
        return [
            Row(
                frozenset(place_of(line.nis_code, line.codes_on, self.mergers)),
                line.year,
                cells(line),
                width,
                threshold,
            )
            for line in self.released
        ]

    def indices(self) -> list[Index]:
        return [
            Index(
                frozenset(area for code in one.nis_codes for area in place_of(code, one.codes_on, self.mergers)),
                one.year,
                str(one.percent),
            )
            for one in self.published
        ]

    def truths(self) -> list[dict[tuple[str, bool], int]]:
        """Of each released line, by kind of count and whether it is the rest of its whole."""
        return [{(at.kind, at.rest): value for at, value in _truth(one, frozenset()).items()} for one in self.counted]


def _truth(one: ExactCounts, parts: frozenset[str]) -> dict[Target, int]:
    whole: Mapping[str, int] = {"deprived": one.children} | dict.fromkeys(map(str, Criterion), one.deprived)
    value = {"deprived": one.deprived} | {str(criterion): weak for criterion, weak in one.weak.items()}
    return {Target(parts, one.year, kind): value[kind] for kind in whole} | {
        Target(parts, one.year, kind, rest=True): whole[kind] - value[kind] for kind in whole
    }


Child = frozenset[Criterion] | None
"""The criteria that a deprived child is weak on; None: not deprived."""


@dataclass(frozen=True)
class Population:
    """Children by municipality and birth year; nobody moves."""

    born: Mapping[tuple[str, int], tuple[Child, ...]]

    @classmethod
    def drawn(cls, draw: Random, codes: Sequence[str], births: range, most: int) -> "Population":
        """Up to so many children a birth year, between few and nearly all of them deprived, each criterion its own."""
        chance = {code: draw.choice((0.05, 0.15, 0.4, 0.9)) for code in codes}
        weight = {criterion: draw.choice((0.05, 0.2, 0.6, 0.95)) for criterion in Criterion}
        return cls(
            {
                (code, birth): tuple(_child(draw, chance[code], weight) for _ in range(draw.randint(0, most)))
                for code in codes
                for birth in births
            }
        )

    def counted(self, nis_code: str, parts: Sequence[str], year: int) -> ExactCounts:
        children = [one for part in parts for birth in range(year - 2, year + 1) for one in self.born[part, birth]]
        deprived = [one for one in children if one is not None]
        weak = {criterion: sum(criterion in one for one in deprived) for criterion in Criterion}
        return ExactCounts(nis_code, date(year, 12, 31), year, len(children), len(deprived), weak)

    def corrected(self, draw: Random) -> "Population":
        """The assessment of one child is another."""
        at = draw.choice([key for key, children in self.born.items() for _ in children])
        children = list(self.born[at])
        number = draw.randrange(len(children))
        known = children[number] or frozenset()
        changed = known ^ {draw.choice(list(Criterion))} if known else frozenset(draw.sample(list(Criterion), 3))
        children[number] = changed if len(changed) >= 3 else None
        return Population(dict(self.born) | {at: tuple(children)})


def _child(draw: Random, chance: float, weight: Mapping[Criterion, float]) -> Child:
    if draw.random() >= chance:
        return None
    weak = {criterion for criterion in Criterion if draw.random() < weight[criterion]}
    others = sorted(set(Criterion) - weak)
    return frozenset(weak.union(draw.sample(others, max(0, 3 - len(weak)))))


def index(figures: Sequence[ExactCounts], decimals: int = 2) -> PublishedIndex:
    """The index of some municipalities together, as it would be published."""
    share = Decimal(100 * sum(one.deprived for one in figures)) / max(1, sum(one.children for one in figures))
    codes = frozenset(one.nis_code for one in figures)
    rounded = share.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return PublishedIndex(codes, date(figures[0].year, 12, 31), figures[0].year, rounded)

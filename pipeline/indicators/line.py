"""One line by itself: rounding, primary suppression, and what its own figures would still say of one another. Pure.

It holds against somebody who knows the children and the deprived exactly (the published index often gives them), the
definition and these rules.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from pipeline.indicators.model import LEAST_WEAK, Counted, Criterion, Protected, Shown
from pipeline.indicators.published import lowest_shown

HIDDEN = Shown(None)


@dataclass(frozen=True)
class Rules:
    """One number for all: a count below the threshold is never shown, a shown one is rounded down to a multiple of it,
    and one that may be below it keeps at least so many possible values.

    `codes_on`: the day whose municipalities are counted.
    """

    threshold: int
    codes_on: date


def by_itself(counted: Counted, rules: Rules, allowed: Collection[Criterion] = tuple(Criterion)) -> Protected:
    """The line with as many of the allowed criteria as may be shown beside one another."""
    if not is_shown(counted, rules.threshold):
        return hidden(counted, rules)
    shown = {c for c in allowed if is_large(counted.weak[c], counted.deprived, rules.threshold)}
    while shown and says_too_much(counted, shown, rules.threshold):
        shown.remove(min(shown, key=lambda c: (rounded(counted.weak[c], rules.threshold), list(Criterion).index(c))))
    return _line(counted, rules, {"children", "deprived", *shown})


def hidden(counted: Counted, rules: Rules) -> Protected:
    """The line with nothing shown."""
    return _line(counted, rules, ())


def _line(counted: Counted, rules: Rules, shown: Collection[str]) -> Protected:
    def cell(of: str, value: int) -> Shown:
        return Shown(rounded(value, rules.threshold) if of in shown else None)

    return Protected(
        nis_code=counted.nis_code,
        codes_on=rules.codes_on,
        year=counted.year,
        threshold=rules.threshold,
        children=cell("children", counted.children),
        deprived=cell("deprived", counted.deprived),
        weak={criterion: cell(criterion, counted.weak[criterion]) for criterion in Criterion},
    )


def rounded(value: int, threshold: int) -> int:
    return value - value % threshold


def is_large(part: int, whole: int, threshold: int) -> bool:
    """Primary suppression: neither the part nor what is left of the whole is below the threshold."""
    return threshold <= part <= whole - threshold


def is_shown(counted: Counted, threshold: int) -> bool:
    """Whether the line shows anything: not where the published index would then give a small number away."""
    children, deprived = counted.children, counted.deprived
    enough = lowest_shown(deprived, children, threshold), lowest_shown(deprived, children, threshold, rest=True)
    return deprived >= enough[0] and children - deprived >= enough[1]


def says_too_much(counted: Counted, shown: Collection[Criterion], threshold: int) -> bool:
    """Complementary suppression: whether the weak counts that are shown narrow one that is not.

    A deprived child is weak on three criteria or more, so the six add up to at least three times the deprived. A hidden
    one is at least that, less the most that the others can be; and it is hidden for being small, or nearly all.
    """
    deprived = counted.deprived
    most = {c: _most(counted.weak[c], deprived, threshold) if c in shown else deprived for c in Criterion}
    for criterion in set(Criterion) - set(shown):
        least = LEAST_WEAK * deprived - sum(most.values()) + most[criterion]
        possible = [value for value in range(max(0, least), deprived + 1) if not is_large(value, deprived, threshold)]
        if len(possible) < threshold:
            return True
    return False


def _most(weak: int, deprived: int, threshold: int) -> int:
    """The most that a shown count can be."""
    return min(rounded(weak, threshold) + threshold - 1, deprived - threshold)

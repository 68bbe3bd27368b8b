"""The counts of one municipality: rounding, primary suppression, and what the shown counts reveal of hidden ones. Pure.

Safe against an attacker who knows the children and the deprived exactly (the published index often gives them), the
definition and these rules. One threshold for all: a count below the threshold is never shown, a shown one is rounded
down to a multiple of the threshold, and a count that may be below it keeps at least so many possible values.
"""

from collections.abc import Collection

from pipeline.indicators.model import DEPRIVED_FROM, Criterion, ExactCounts, ProtectedCounts, ShownCount
from pipeline.indicators.published import lowest_shown


def protect_line(
    exact: ExactCounts, threshold: int, allowed: Collection[Criterion] = tuple(Criterion)
) -> ProtectedCounts:
    """The counts with as many of the allowed criteria as may be shown beside one another."""
    if not is_shown(exact, threshold):
        return hidden_line(exact, threshold)
    shown = {criterion for criterion in allowed if is_large(exact.weak[criterion], exact.deprived, threshold)}
    while shown and says_too_much(exact, shown, threshold):
        shown.remove(min(shown, key=lambda c: (rounded(exact.weak[c], threshold), list(Criterion).index(c))))
    return _line(exact, threshold, {"children", "deprived", *shown})


def hidden_line(exact: ExactCounts, threshold: int) -> ProtectedCounts:
    """The municipality with no count shown."""
    return _line(exact, threshold, ())


def _line(exact: ExactCounts, threshold: int, shown: Collection[str]) -> ProtectedCounts:
    def cell(of: str, value: int) -> ShownCount:
        return ShownCount(rounded(value, threshold) if of in shown else None)

    return ProtectedCounts(
        nis_code=exact.nis_code,
        codes_on=exact.codes_on,
        year=exact.year,
        threshold=threshold,
        children=cell("children", exact.children),
        deprived=cell("deprived", exact.deprived),
        weak={criterion: cell(criterion, exact.weak[criterion]) for criterion in Criterion},
    )


def rounded(value: int, threshold: int) -> int:
    return value - value % threshold


def is_large(part: int, whole: int, threshold: int) -> bool:
    """Primary suppression: neither the part nor the rest of the whole is below the threshold."""
    return threshold <= part <= whole - threshold


def is_shown(exact: ExactCounts, threshold: int) -> bool:
    """Whether any count is shown: not where the published index would then give a small number away."""
    children, deprived = exact.children, exact.deprived
    return deprived >= lowest_shown(deprived, children, threshold) and children - deprived >= lowest_shown(
        deprived, children, threshold, rest=True
    )


def says_too_much(exact: ExactCounts, shown: Collection[Criterion], threshold: int) -> bool:
    """Complementary suppression: whether the weak counts that are shown narrow a hidden one.

    A deprived child is weak on DEPRIVED_FROM criteria or more, so the six add up to at least that times the deprived. A
    hidden count is at least this sum less the most that the others can be; and it is hidden for being small, or nearly
    all.
    """
    deprived = exact.deprived
    most = dict.fromkeys(Criterion, deprived)
    for criterion in shown:
        most[criterion] = min(rounded(exact.weak[criterion], threshold) + threshold - 1, deprived - threshold)
    for criterion in set(Criterion) - set(shown):
        least = DEPRIVED_FROM * deprived - sum(most.values()) + most[criterion]
        possible = [value for value in range(max(0, least), deprived + 1) if not is_large(value, deprived, threshold)]
        if len(possible) < threshold:
            return True
    return False

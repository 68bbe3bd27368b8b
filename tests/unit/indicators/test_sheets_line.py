"""One line by itself: the cases of the rules, as a table."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.indicators.line import is_large, protect_line, rounded
from pipeline.indicators.model import Criterion, ShownCount
from pipeline.indicators.published import lowest_shown
from tests.support.worlds.sheets_world import Weak, cells, counted

HIDDEN = [None] * 6

TABLE: list[tuple[str, int, int, Weak, list[int | None]]] = [
    (
        "every figure is rounded down to a multiple of five",
        643,
        81,
        (69, 66, 63, 20, 46, 16),
        [640, 80, 65, 65, 60, 20, 45, 15],
    ),
    ("no children at all", 0, 0, (0, 0, 0, 0, 0, 0), [None, None, *HIDDEN]),
    ("nobody is deprived: a zero is a small count", 200, 0, (0, 0, 0, 0, 0, 0), [None, None, *HIDDEN]),
    ("one is", 200, 1, (1, 1, 1, 0, 0, 0), [None, None, *HIDDEN]),
    ("four are", 200, 4, (4, 4, 4, 0, 0, 0), [None, None, *HIDDEN]),
    ("five are, but 2.50 % could be one of forty", 200, 5, (5, 5, 5, 0, 0, 0), [None, None, *HIDDEN]),
    ("five are, and 2.56 % could be one of thirty-nine", 195, 5, (5, 5, 5, 0, 0, 0), [None, None, *HIDDEN]),
    ("ten are, and no small number gives 1.52 %", 657, 10, (10, 10, 10, 0, 0, 0), [655, 10, *HIDDEN]),
    (
        "five of ten: as many have it as have not",
        657,
        10,
        (5, 10, 10, 5, 0, 0),
        [655, 10, 5, None, None, 5, None, None],
    ),
    ("four of forty", 643, 40, (4, 30, 30, 20, 20, 20), [640, 40, None, 30, 30, 20, 20, 20]),
    ("all but four of forty", 643, 40, (36, 30, 30, 20, 20, 20), [640, 40, None, 30, 30, 20, 20, 20]),
    ("all of forty", 643, 40, (40, 30, 30, 20, 20, 20), [640, 40, None, 30, 30, 20, 20, 20]),
    ("all but five of forty", 643, 40, (35, 30, 30, 20, 20, 20), [640, 40, 35, 30, 30, 20, 20, 20]),
    ("all but four children are deprived", 64, 60, (50, 50, 50, 40, 20, 20), [None, None, *HIDDEN]),
]


@pytest.mark.parametrize(
    ("children", "deprived", "weak", "shown"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_is_shown_of_a_line(children: int, deprived: int, weak: Weak, shown: list[int | None]) -> None:
    line = protect_line(counted("71002", 2025, children, deprived, weak), 5)
    assert list(cells(line).values()) == shown


def test_what_the_others_say_of_a_hidden_criterion_hides_the_smallest_of_them_too() -> None:
    """Of 20, income is hidden. If the others were all shown, at most 49 together, income would be 11 or more; once it
    would have to be 17 or more, fewer than five values are left of "nearly all"."""
    tight = protect_line(counted("71002", 2025, 657, 20, (20, 13, 11, 6, 6, 4)), 5)
    assert cells(tight)["income"] is None and cells(tight)["health"] is None
    shown = [shown.value for shown in tight.weak.values() if not shown.is_suppressed]
    most = sum(min(value + 4, 15) for value in shown if value is not None) + 20 * (5 - len(shown))
    assert 3 * 20 - most <= 16


def test_suppressed_is_not_zero() -> None:
    assert ShownCount(None).is_suppressed and not ShownCount(0).is_suppressed and ShownCount(None) != ShownCount(0)


@given(st.integers(0, 60), st.integers(0, 60), st.lists(st.integers(0, 60), min_size=6, max_size=6), st.integers(5, 12))
def test_whatever_is_shown_is_a_multiple_of_the_threshold_and_never_small(
    rest: int, deprived: int, weak: list[int], threshold: int
) -> None:
    some = tuple(min(each, deprived) for each in weak)
    line = protect_line(counted("71002", 2025, deprived + rest, deprived, some), threshold)
    values = cells(line)
    assert all(value is None or (value >= threshold and value % threshold == 0) for value in values.values())
    assert line.is_hidden == (values["children"] is None)
    assert not line.is_hidden or set(values.values()) == {None}


@given(st.integers(0, 4), st.integers(1, 400), st.booleans())
@example(3, 29, False)
@example(3, 29, True)
def test_a_small_number_is_hidden_so_that_its_index_leaves_five_values(part: int, other: int, rest: bool) -> None:
    """The published index alone says which numbers can be behind it: counted here one by one, halves rounded up."""
    whole = part + other
    deprived = other if rest else part
    index = _hundredths(deprived, whole)
    below = range(lowest_shown(deprived, whole, 5, rest=rest))
    share = 10_000 - index if rest else index
    behind = {v for v in below if any(_hundredths(n - v if rest else v, n) == index for n in _around(v, share))}
    assert len(behind) >= 5


def _hundredths(part: int, whole: int) -> int:
    return (20_000 * part + whole) // (2 * whole)


def _around(part: int, share: int) -> range:
    """Wholes of which the part may be that share."""
    if share == 0:
        return range(20_000 * part + 1, 20_000 * part + 3)
    return range(max(1, 10_000 * part // (share + 1)), 10_000 * part // max(share - 1, 1) + 2)


@pytest.mark.parametrize("threshold", [5, 7, 10])
def test_a_raised_threshold_raises_everything(threshold: int) -> None:
    line = protect_line(counted("71002", 2025, 643, 81, (69, 66, 63, 20, 46, 16)), threshold)
    assert line.threshold == threshold
    assert line.deprived.value == 81 - 81 % threshold
    assert {c: s.value for c, s in line.weak.items() if not s.is_suppressed}[Criterion.HOUSING] == 46 - 46 % threshold


@pytest.mark.parametrize(
    ("part", "is_shown"), [(0, False), (4, False), (5, True), (15, True), (16, False), (20, False)]
)
def test_neither_a_count_nor_what_is_left_is_small(part: int, is_shown: bool) -> None:
    assert is_large(part, 20, 5) is is_shown


@pytest.mark.parametrize(("value", "shown"), [(5, 5), (9, 5), (10, 10), (14, 10)])
def test_rounding_is_down(value: int, shown: int) -> None:
    assert rounded(value, 5) == shown

"""An INSZ as a person types it: a slip of the finger is no answer."""

import pytest

from pipeline.core.errors import TerminalError
from pipeline.core.insz import insz_of


@pytest.mark.parametrize(
    "typed", ["90010100024", "90.01.01-000.24", " 90 01 01 000 24\n", "90010100024\n", "90.01.01 000-24"]
)
def test_every_way_of_writing_it(typed: str) -> None:
    assert insz_of(typed) == "90010100024"


def test_of_this_century_with_a_2_in_front() -> None:
    check = 97 - int("2010101000") % 97
    assert insz_of(f"010101000{check:02}") == f"010101000{check:02}"


@pytest.mark.parametrize("place", range(11))
def test_any_one_digit_wrong_is_refused(place: int) -> None:
    right = "90010100024"
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
    with pytest.raises(TerminalError) as raised:
        insz_of(wrong)
    assert wrong not in str(raised.value) and "nothing was looked up" in str(raised.value)


@pytest.mark.parametrize("typed", ["", "9001010002", "900101000244", "9001010002a", "٩٠٠١٠١٠٠٠٢٤", "90010100024; x"])
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(TerminalError, match="no INSZ"):
        insz_of(typed)

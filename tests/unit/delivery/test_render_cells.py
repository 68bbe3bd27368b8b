"""No cell is a formula, every cell is one line, and nothing else changes."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.core.documents.cells import safe

TRIGGERS = "=+-@＝＋－＠"
NASTY = st.text(alphabet=TRIGGERS + "\t\r\n\0\v\f\x1c\x7f\x85\u00a0\u200b\u2028\u2029\u3000\ufeff\uffff ;,\"'ab")
unhurried = settings(deadline=None)  # no property here is about time, and machines are shared
TEXTS = st.one_of(st.text(), NASTY)


def made_safe(*cells: str | None) -> list[str | None]:
    return safe(pa.chunked_array([cells], pa.string())).to_pylist()


TABLE = [
    ("a formula", "=1+1", "'=1+1"),
    ("a command", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("a telephone number", "+32 9 000 00 00", "'+32 9 000 00 00"),
    ("a minus", "-1", "'-1"),
    ("a lone minus", "-", "'-"),
    ("a function of old", "@SUM(A1)", "'@SUM(A1)"),
    ("two triggers", "==1", "'==1"),
    ("full-width equals", "＝1", "'＝1"),
    ("full-width plus", "＋1", "'＋1"),
    ("full-width minus", "－1", "'－1"),
    ("full-width at", "＠A1", "'＠A1"),
    ("after a space", "  =1", "'  =1"),
    ("after a no-break space", "\u00a0=1", "'\u00a0=1"),
    ("after an ideographic space", "\u3000=1", "'\u3000=1"),
    ("after a zero-width space", "\u200b=1", "'\u200b=1"),
    ("after a byte order mark", "\ufeff=1", "'\ufeff=1"),
    ("after a NUL", "\0=1", "' =1"),
    ("after a non-character", "\uffff=1", "' =1"),
    ("after a line end", "\n=1", "' =1"),
    ("a leading tab", "\tNoor", "' Noor"),
    ("a leading carriage return", "\rNoor", "' Noor"),
    ("a leading line feed", "\nNoor", "' Noor"),
    ("a line end inside", "2\r\n3", "2  3"),
    ("a tab inside", "a\tb", "a b"),
    ("a next-line character", "a\x85b", "a b"),
    ("a line separator", "a\u2028b\u2029c", "a b c"),
    ("DEL and ESC", "a\x7fb\x1bc", "a b c"),
    ("a trigger inside", "Jan-Baptist", "Jan-Baptist"),
    ("a trigger at the end", "C+", "C+"),
    ("an e-mail address", "noor@example.org", "noor@example.org"),
    ("an apostrophe in front", "'s Gravenplein", "'s Gravenplein"),
    ("a separator and a quote", 'a;"b', 'a;"b'),
    ("a leading space", " Noor", " Noor"),
    ("accents and other scripts", "Đặng 例 مثال 🙂", "Đặng 例 مثال 🙂"),
    ("nothing", "", ""),
    ("no value", None, None),
]


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_neutralisation(before, after):
    assert made_safe(before) == [after]


def test_cells_of_one_column_do_not_touch_each_other():
    assert made_safe(*[row[1] for row in TABLE]) == [row[2] for row in TABLE]


def test_a_column_of_several_chunks_or_none():
    column = pa.chunked_array([["=1", None], [], ["a\nb"]], pa.string())
    assert safe(column).to_pylist() == ["'=1", None, "a b"]
    assert safe(pa.chunked_array([], pa.string())).to_pylist() == []


def invisible(character: str) -> bool:
    return unicodedata.category(character)[0] == "Z" or unicodedata.category(character) in ("Cc", "Cf", "Co")


def first_visible(text: str) -> str:
    return next((character for character in text if not invisible(character)), "")


@unhurried
@given(TEXTS)
@example("\ufeff\u200b =1")
def test_no_cell_begins_with_a_trigger(text):
    (cell,) = made_safe(text)
    assert first_visible(cell) not in TRIGGERS or not first_visible(cell)
    assert cell[:1] not in ("\t", "\r", "\n")


@unhurried
@given(TEXTS)
def test_every_cell_is_one_line(text):
    (cell,) = made_safe(text)
    assert len(cell.splitlines()) <= 1
    assert not any(unicodedata.category(character) == "Cc" for character in cell)


@unhurried
@given(TEXTS)
def test_harmless_text_stays_as_it_is(text):
    harmless = "x" + "".join(
        c for c in text if unicodedata.category(c) not in ("Cc", "Zl", "Zp") and c not in "\ufffe\uffff"
    )
    assert made_safe(harmless) == [harmless]


@unhurried
@given(TEXTS)
def test_a_safe_cell_is_left_alone(text):
    (once,) = made_safe(text)
    assert made_safe(once) == [once]


@unhurried
@given(TEXTS)
def test_nothing_is_lost_but_controls(text):
    (cell,) = made_safe(text)
    kept = cell.removeprefix("'") if len(cell) > len(text) else cell
    assert len(kept) == len(text)
    assert all(new == old or new == " " for new, old in zip(kept, text, strict=True))

"""Cells made safe for any format: one line of text that no spreadsheet reads as a formula. Pure.

Whole columns at once, in Arrow. The list of triggers is OWASP's ("CSV Injection"): = + - @, their full-width
forms, which Excel reads alike, tab and line ends.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.documents.table import Cell

_INVISIBLE = r"\s\p{Z}\p{C}\x{FFFE}\x{FFFF}"
_FULL_WIDTH = r"\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}"  # = + - @
_TRIGGER = rf"^([\t\r\n]|[{_INVISIBLE}]*[=+\-@{_FULL_WIDTH}])"
_NOT_ON_ONE_LINE = r"[\p{Cc}\p{Zl}\p{Zp}\x{FFFE}\x{FFFF}]"


def safe(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same cells, NULL where they were NULL.

    A cell that begins with a trigger, white space and invisible characters aside, gets an apostrophe in front;
    each control character, line end and non-character (which XML cannot hold) becomes a space.
    """
    return _replaced(_replaced(cells, _TRIGGER, r"'\1"), _NOT_ON_ONE_LINE, " ")


def safe_texts(cells: Sequence[Cell]) -> pa.ChunkedArray:
    """The cells of a small table as safe texts, None as NULL."""
    return safe(pa.chunked_array([pa.array([None if cell is None else str(cell) for cell in cells], pa.string())]))


def _replaced(cells: pa.ChunkedArray, pattern: str, by: str) -> pa.ChunkedArray:
    """Replace every match of a regular expression (RE2). Most columns have no match, and a search costs half."""
    if pc.any(pc.match_substring_regex(cells, pattern)).as_py():
        return pc.replace_substring_regex(cells, pattern, by)
    return cells


def text_column(texts: Sequence[str]) -> pa.StringArray:
    """Texts as a column, made over the bytes likewise."""
    encoded = [text.encode() for text in texts]
    ends = array("i", accumulate((len(each) for each in encoded), initial=0))
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(encoded)))


def texts_of_width(width: int, octets: bytes) -> pa.StringArray:
    """ASCII texts of equal width, one after the other in `octets`.

    Made over the bytes, since pa.array and pa.scalar of Python's texts import pandas: half a second a delivery.
    """
    buffers = [None, pa.py_buffer(octets)]
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(octets) // width, buffers).cast(pa.string())

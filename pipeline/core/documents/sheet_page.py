"""How a sheet of a workbook stands on the screen and on paper. Pure."""

from collections.abc import Sequence
from math import ceil
from typing import Any

_A4 = 9
_WIDEST_LETTER, _FILLED = 15, 0.85
"""In pixels, and how much of a line is filled where words are kept whole."""
_LINE, _HIGHEST = 15, 409
"""In points; Excel has no higher row."""


def set_up(sheet: Any, last_row: int, last_column: int, footer: str) -> None:
    """The header stays in view, filters, and is on each page; a page is a landscape A4 as wide as the sheet."""
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last_row, last_column)
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.set_footer(footer)


def make_room(sheet: Any, columns: Sequence[Sequence[str | None]], widest: int) -> None:
    """As wide as its texts is a column, but at most `widest` pixels; a row is higher for a text that is wider.

    After the cells and `set_up`. Excel would make a row higher by itself, LibreOffice does not.
    """
    from xlsxwriter.utility import xl_pixel_width  # see xlsx.py

    lines: dict[int, int] = {}
    for texts in columns:
        for row, text in enumerate(texts, 1):
            if text and len(text) > widest / _WIDEST_LETTER and (wide := xl_pixel_width(text)) > widest:
                lines[row] = max(lines.get(row, 1), ceil(wide / (widest * _FILLED)))
    for row, count in sorted(lines.items()):
        sheet.set_row(row, min(_LINE * count, _HIGHEST))
    sheet.autofit(widest)

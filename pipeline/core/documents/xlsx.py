"""Tables as XLSX workbooks, made in memory: temporary files would lie outside a drop's private folder. Pure.

The same tables give the same bytes. A workbook's shared texts stand in the order of writing: keep the order.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa

from pipeline.core.documents.cells import safe_texts
from pipeline.core.documents.sheet_limits import fitting, refuse_too_many_rows
from pipeline.core.documents.table import Cell, Table

_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_NO_CLOCK = datetime(2000, 1, 1)
_WIDEST_PIXELS, _WIDEST_OF_TABLES = 300, 420
_HEADER = {"bold": True, "bottom": 1, "bg_color": "#E8E8E8", "valign": "top"}
_RULE = {"bottom": 1, "bottom_color": "#C8C8C8"}
"""Below each row, so that the eye keeps to it on paper."""
_TEXT = {"num_format": "@", "text_wrap": True, "valign": "top"}
"""Formatted as text, so that Excel keeps the zeros of a number and reads no formula after an edit."""
_A4 = 9


@dataclass(frozen=True)
class Worksheet:
    """A sheet of texts: `name` is its tab (31 characters at most), every column of `table` is text or NULL.

    Raises TerminalError for more rows than a sheet of Excel has.
    """

    name: str
    table: pa.Table

    def __post_init__(self) -> None:
        refuse_too_many_rows(self.name, self.table.num_rows)


@dataclass(frozen=True)
class Footer:
    """What each printed page says at its foot, left and in the middle; right is "pagina 1 van 3"."""

    left: str
    middle: str = ""

    def __str__(self) -> str:
        """In Excel's codes, in which an ampersand of ours is doubled."""
        left, middle = (text.replace("&", "&&") for text in (self.left, self.middle))
        return f"&L{left}&C{middle}&Rpagina &P van &N"


def xlsx_bytes(sheets: Sequence[Worksheet], footer: Footer) -> bytes:
    """A sheet of texts for each, as a person reads, filters and prints it; a text too long for a cell is told of."""
    buffer = BytesIO()
    with _workbook(buffer, _NO_CLOCK) as book:
        text, ruled = book.add_format(_TEXT), book.add_format(_TEXT | _RULE)
        for each in sheets:
            sheet = _sheet(book, each.name, each.table.column_names)
            last_row, last = each.table.num_rows, each.table.num_columns - 1
            for place, column in enumerate(each.table.columns):
                sheet.write_column(1, place, fitting(column).to_pylist(), ruled)
            sheet.set_column(0, last, None, text)
            sheet.ignore_errors({"number_stored_as_text": _range(last_row, last)})
            _set_up(sheet, last_row, last, footer)
            sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()


def figures_xlsx_bytes(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str | int | float]], footer: Footer
) -> bytes:
    """One sheet of that name, with numbers as numbers."""
    buffer = BytesIO()
    with _workbook(buffer, _NO_CLOCK) as book:
        sheet = _sheet(book, name, header)
        for line, row in enumerate(rows, 1):
            sheet.write_row(line, 0, row)
        _set_up(sheet, len(rows), len(header) - 1, footer)
        sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()


def tables_xlsx_bytes(tables: Sequence[Table], made: datetime, footer: Footer) -> bytes:
    """A sheet for each table: numbers and days as such, all else as safe text; `made` (UTC) is in its properties."""
    buffer = BytesIO()
    with _workbook(buffer, made.replace(tzinfo=None)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        for table in tables:
            sheet = _sheet(book, table.caption, table.columns)
            for place in range(len(table.columns)):
                _write_cells(sheet, place, [row[place] for row in table.rows], (day, text))
            _set_up(sheet, len(table.rows), len(table.columns) - 1, footer)
            sheet.autofit(_WIDEST_OF_TABLES)
    return buffer.getvalue()


def _write_cells(sheet: Any, place: int, cells: Sequence[Cell], formats: tuple[object, object]) -> None:
    day, wrapped = formats
    texts = fitting(safe_texts(cells)).to_pylist()
    for line, (cell, text) in enumerate(zip(cells, texts, strict=True), 1):
        match cell:
            case int():
                sheet.write_number(line, place, cell)
            case date():
                sheet.write_datetime(line, place, cell, day)
            case str():
                sheet.write_string(line, place, text, wrapped)


@contextmanager
def _workbook(buffer: BytesIO, created: datetime) -> Iterator[Any]:
    import xlsxwriter  # only when a workbook is made: every other task would wait for the import

    with xlsxwriter.Workbook(buffer, _TEXT_ONLY) as book:
        book.set_properties({"created": created})
        yield book


def _sheet(book: Any, name: str, header: Sequence[str]) -> Any:
    """A sheet with its header line."""
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header, book.add_format(_HEADER))
    return sheet


def _set_up(sheet: Any, last_row: int, last_column: int, footer: Footer) -> None:
    """The header stays in view, filters, and is on each page; a page is a landscape A4 as wide as the sheet."""
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last_row, last_column)
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.set_footer(str(footer))


def _range(last_row: int, last_column: int) -> str:
    from xlsxwriter.utility import xl_range

    return str(xl_range(0, 0, last_row, last_column))

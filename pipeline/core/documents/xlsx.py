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
from pipeline.core.documents.sheet_page import make_room, set_up
from pipeline.core.documents.table import Cell, Table

_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_NO_CLOCK = datetime(2000, 1, 1)
_WIDEST_PIXELS, _WIDEST_OF_TABLES = 300, 420
_TOP = {"valign": "top"}
_HEADER = _TOP | {"bold": True, "bottom": 1, "bg_color": "#E8E8E8"}
_TEXT = _TOP | {"num_format": "@", "text_wrap": True}
"""Formatted as text, so that Excel keeps the zeros of a number and reads no formula after an edit."""
_RULE = {"bottom": 1, "bottom_color": "#C8C8C8"}
"""Below each row, so that the eye keeps to it on paper."""


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
            columns = [fitting(column).to_pylist() for column in each.table.columns]
            for place, texts in enumerate(columns):
                sheet.write_column(1, place, texts, ruled)
            sheet.set_column(0, last, None, text)
            sheet.ignore_errors({"number_stored_as_text": _range(last_row, last)})
            set_up(sheet, last_row, last, str(footer))
            make_room(sheet, columns, _WIDEST_PIXELS)
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
        set_up(sheet, len(rows), len(header) - 1, str(footer))
        make_room(sheet, (), _WIDEST_PIXELS)
    return buffer.getvalue()


def tables_xlsx_bytes(tables: Sequence[Table], made: datetime, footer: Footer) -> bytes:
    """A sheet for each table: numbers and days as such, all else as safe text; `made` (UTC) is in its properties."""
    buffer = BytesIO()
    with _workbook(buffer, made.replace(tzinfo=None)) as book:
        formats = _CellFormats(
            number=book.add_format(_TOP),
            day=book.add_format(_TOP | {"num_format": "dd/mm/yyyy", "align": "left"}),
            text=book.add_format(_TOP | {"text_wrap": True}),
        )
        for table in tables:
            sheet, last = _sheet(book, table.caption, table.columns), len(table.columns) - 1
            columns = [[row[place] for row in table.rows] for place in range(last + 1)]
            texts = [fitting(safe_texts(cells)).to_pylist() for cells in columns]
            for place, cells in enumerate(columns):
                _write_cells(sheet, place, list(zip(cells, texts[place], strict=True)), formats)
            set_up(sheet, len(table.rows), last, str(footer))
            make_room(sheet, texts, _WIDEST_OF_TABLES)
    return buffer.getvalue()


@dataclass(frozen=True)
class _CellFormats:
    number: object
    day: object
    text: object


def _write_cells(sheet: Any, place: int, cells: Sequence[tuple[Cell, str]], formats: _CellFormats) -> None:
    """Each cell with itself as a safe text."""
    for line, (cell, text) in enumerate(cells, 1):
        match cell:
            case int() | float():
                sheet.write_number(line, place, cell, formats.number)
            case date():
                sheet.write_datetime(line, place, cell, formats.day)
            case str():
                sheet.write_string(line, place, text, formats.text)


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


def _range(last_row: int, last_column: int) -> str:
    from xlsxwriter.utility import xl_range

    return str(xl_range(0, 0, last_row, last_column))

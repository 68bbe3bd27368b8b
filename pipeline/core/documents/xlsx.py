"""Tables as XLSX workbooks, made in memory: temporary files would lie outside a drop's private folder. Pure.

The same table gives the same bytes. A workbook's shared texts stand in the order of writing: keep the order.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa

from pipeline.core.documents.cells import safe_texts
from pipeline.core.documents.table import Cell, Table

_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_NO_CLOCK = datetime(2000, 1, 1)
_WIDEST_PIXELS, _WIDEST_OF_TABLES = 300, 420


def xlsx_bytes(table: pa.Table) -> bytes:
    """A drop: one sheet of text, the header line bold and frozen."""
    buffer, last = BytesIO(), table.num_columns - 1
    with _workbook(buffer, _NO_CLOCK) as book:
        sheet = book.add_worksheet("Aanmeldingen")
        for place, column in enumerate(table.columns):
            sheet.write_column(1, place, column.to_pylist())
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.column_names, book.add_format({"bold": True}))
        # Formatted as text, so that Excel keeps the zeros of a number and reads no formula after an edit.
        sheet.set_column(0, last, None, book.add_format({"num_format": "@"}))
        sheet.ignore_errors({"number_stored_as_text": f"A1:{chr(ord('A') + last)}{table.num_rows + 1}"})
        sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()


def figures_xlsx_bytes(name: str, header: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> bytes:
    """One sheet of that name, with numbers as numbers."""
    buffer = BytesIO()
    with _workbook(buffer, _NO_CLOCK) as book:
        sheet = _sheet(book, name, header, book.add_format({"bold": True}))
        for line, row in enumerate(rows, 1):
            sheet.write_row(line, 0, row)
        sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()


def tables_xlsx_bytes(tables: Sequence[Table], made: datetime) -> bytes:
    """A sheet for each table: numbers and days as such, all else as safe text; `made` (UTC) is in its properties."""
    buffer = BytesIO()
    with _workbook(buffer, made.replace(tzinfo=None)) as book:
        header, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        for table in tables:
            sheet = _sheet(book, table.caption, table.columns, header)
            for place in range(len(table.columns)):
                _write_cells(sheet, place, [row[place] for row in table.rows], day)
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
            sheet.autofit(_WIDEST_OF_TABLES)
    return buffer.getvalue()


def _write_cells(sheet: Any, place: int, cells: Sequence[Cell], day: object) -> None:
    texts = safe_texts(cells).to_pylist()
    for line, (cell, text) in enumerate(zip(cells, texts, strict=True), 1):
        match cell:
            case int():
                sheet.write_number(line, place, cell)
            case date():
                sheet.write_datetime(line, place, cell, day)
            case str():
                sheet.write_string(line, place, text)


@contextmanager
def _workbook(buffer: BytesIO, created: datetime) -> Iterator[Any]:
    import xlsxwriter  # only when a workbook is made: every other task would wait for the import

    with xlsxwriter.Workbook(buffer, _TEXT_ONLY) as book:
        book.set_properties({"created": created})
        yield book


def _sheet(book: Any, name: str, header: Sequence[str], bold: object) -> Any:
    """A sheet with a bold header line that stays in view."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, header, bold)
    return sheet

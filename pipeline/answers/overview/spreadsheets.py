"""The overview's tables as CSV and as one workbook; the same tables give the same bytes. Pure.

Texts are made safe as in every drop (pipeline/core/documents/cells.py): names come from a register, and spreadsheets
run formulas."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

import pyarrow as pa
import xlsxwriter

from pipeline.answers.overview.tables import Cell, Table
from pipeline.core.documents.cells import safe
from pipeline.core.documents.csv import csv_bytes

_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_WIDEST_PIXELS = 420


def csv_of(table: Table) -> bytes:
    """`;`, UTF-8 with BOM, CRLF; days as 2026-06-15, what is not there is empty."""
    columns = {name: _safe([_text(row[place]) for row in table.rows]) for place, name in enumerate(table.columns)}
    return csv_bytes(pa.table(columns))


def xlsx_of(tables: Sequence[Table], made: datetime) -> bytes:
    """A sheet a table: numbers and days as such, all else text; `made` stands in its properties, in UTC."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _TEXT_ONLY) as book:
        book.set_properties({"created": made.replace(tzinfo=None)})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        for table in tables:
            sheet = book.add_worksheet(table.title)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, table.columns, bold)
            for place in range(len(table.columns)):
                _fill(sheet, place, [row[place] for row in table.rows], day)
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
            sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()


def _fill(sheet: xlsxwriter.worksheet.Worksheet, place: int, cells: Sequence[Cell], day: object) -> None:
    texts = _safe([_text(cell) for cell in cells]).to_pylist()
    for line, (cell, text) in enumerate(zip(cells, texts, strict=True), 1):
        match cell:
            case int():
                sheet.write_number(line, place, cell)
            case date():
                sheet.write_datetime(line, place, cell, day)
            case str():
                sheet.write_string(line, place, text)


def _safe(texts: Sequence[str | None]) -> pa.ChunkedArray:
    return safe(pa.chunked_array([pa.array(texts, pa.string())]))


def _text(cell: Cell) -> str | None:
    return cell if cell is None or isinstance(cell, str) else str(cell)

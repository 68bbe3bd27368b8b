"""A drop as XLSX. pandas is imported only when a drop needs it: it costs every other task half a second."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import pyarrow as pa

_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NO_CLOCK = datetime(2000, 1, 1)
_SHEET = "Aanmeldingen"
_WIDEST_PIXELS = 300


def xlsx_bytes(table: pa.Table) -> bytes:
    """The whole workbook: one sheet of text, header line bold and frozen; the same table gives the same bytes.

    Made in memory, since XlsxWriter's temporary files would lie outside the drop's private folder.
    """
    import pandas as pd

    buffer = BytesIO()
    options = _TEXT_ONLY | {"in_memory": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        writer.book.set_properties({"created": _NO_CLOCK})
        table.to_pandas().to_excel(writer, sheet_name=_SHEET, header=False, index=False, startrow=1)
        sheet = writer.sheets[_SHEET]
        sheet.freeze_panes(1, 0)
        last = table.num_columns - 1
        sheet.write_row(0, 0, table.column_names, writer.book.add_format({"bold": True}))
        # Formatted as text, so that Excel keeps the zeros of a number and reads no formula after an edit.
        sheet.set_column(0, last, None, writer.book.add_format({"num_format": "@"}))
        sheet.ignore_errors({"number_stored_as_text": f"A1:{chr(ord('A') + last)}{table.num_rows + 1}"})
        sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()


def figures_xlsx_bytes(name: str, header: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> bytes:
    """As `xlsx_bytes`, of figures, with numbers as numbers; `name` is the sheet's."""
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _TEXT_ONLY | {"in_memory": True}) as book:
        book.set_properties({"created": _NO_CLOCK})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        for at, row in enumerate(rows, 1):
            sheet.write_row(at, 0, row)
        sheet.autofit(_WIDEST_PIXELS)
    return buffer.getvalue()

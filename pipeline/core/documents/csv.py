"""Tables as CSV: `;`, UTF-8 with BOM, CRLF, so that Excel in Belgium opens the file rightly. Pure.

Not `pyarrow.csv`, which quotes every text or none.
"""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.documents.cells import safe_texts, texts_of_width
from pipeline.core.documents.table import Table

_SEPARATOR = texts_of_width(1, b";")[0]
_SPECIAL = '[;"\r\n]'
_CELL_WITH_SPECIAL = f"(?s)^(.*{_SPECIAL}.*)$"


def csv_bytes(table: pa.Table) -> bytes:
    """The whole file, header line included; every column is text, NULL is an empty cell."""
    columns = [_quoted(column) for column in table.columns]
    lines = pc.binary_join_element_wise(*columns, _SEPARATOR, null_handling="replace").to_pylist()
    return "\r\n".join([";".join(table.column_names), *lines, ""]).encode("utf-8-sig")


def table_csv_bytes(table: Table) -> bytes:
    """Every cell made safe; a day as 2026-06-15, an empty cell empty."""
    columns = [safe_texts([row[place] for row in table.rows]) for place in range(len(table.columns))]
    return csv_bytes(pa.table(columns, list(table.columns)))


def _quoted(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    if pc.any(pc.match_substring_regex(cells, _SPECIAL)).as_py():
        doubled = pc.replace_substring(cells, '"', '""')
        return pc.replace_substring_regex(doubled, _CELL_WITH_SPECIAL, r'"\1"')
    return cells

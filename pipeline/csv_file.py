"""A drop as CSV: `;`, UTF-8 with BOM, CRLF, so that Excel in Belgium opens it rightly. Pure.

Not `pyarrow.csv`, which quotes every text or none.
"""

import pyarrow as pa
import pyarrow.compute as pc

_SPECIAL = '[;"\r\n]'


def csv_bytes(table: pa.Table) -> bytes:
    """The whole file, header line included; every column is text, NULL is an empty cell."""
    columns = [_quoted(pc.fill_null(column, "")) for column in table.columns]
    lines = pc.binary_join_element_wise(*columns, ";").to_pylist()
    return "\r\n".join([";".join(table.column_names), *lines, ""]).encode("utf-8-sig")


def _quoted(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    needed = pc.match_substring_regex(cells, _SPECIAL)
    if not pc.any(needed).as_py():
        return cells
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
    return pc.if_else(needed, quoted, cells)

"""Tables as CSV: `;`, UTF-8 with BOM, CRLF, so that Excel in Belgium opens the file rightly. Pure."""

import csv
import io

import pyarrow as pa

from pipeline.core.documents.cells import safe_texts
from pipeline.core.documents.table import Table


def csv_bytes(table: pa.Table) -> bytes:
    """The whole file, header line included; every column is text, NULL is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return stream.getvalue().encode("utf-8-sig")


def table_csv_bytes(table: Table) -> bytes:
    """Every cell made safe; a day as 2026-06-15, an empty cell empty."""
    columns = [safe_texts([row[place] for row in table.rows]) for place in range(len(table.columns))]
    return csv_bytes(pa.table(columns, list(table.columns)))

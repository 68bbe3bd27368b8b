"""A drop as a workbook, for a person who reads, filters and prints it. Pure: the rows, the night and what changed since
the last drop that the recipient took in give the bytes.

Columns and rows stand in another order than in the CSV, which programs read: docs/ontvanger/schema.md.
"""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.documents.cells import text_column
from pipeline.core.documents.xlsx import Footer, Worksheet, xlsx_bytes
from pipeline.core.engine import Engine
from pipeline.delivery.changes import STAND, DropChanges, Stand
from pipeline.delivery.columns import IN_WORKBOOK
from pipeline.delivery.manifest import DropOrder

_IN_MEMORY: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "temp_directory": ""}
"""Nothing of a drop may lie outside its private folder."""


def drop_workbook(table: pa.Table, order: DropOrder) -> bytes:
    """The list, and the references that went away; `table` has the cells and columns of the CSV, in any order.

    Raises TerminalError for more rows than a sheet has.
    """
    readable, changes = in_name_order(table), order.changes or DropChanges()
    stands = [changes.stands.get(each, Stand.UNKNOWN).value for each in readable["referentie"].to_pylist()]
    listed = readable.select([column.header for column in IN_WORKBOOK]).add_column(0, STAND, text_column(stands))
    sheets = [Worksheet("Aanmeldingen", listed), Worksheet("Verdwenen", _gone(changes))]
    return xlsx_bytes(sheets, drop_footer(order))


def _gone(changes: DropChanges) -> pa.Table:
    """Without names: whom it is about, the recipient finds by the reference in its own files."""
    since = [_as_said(changes.since)] * len(changes.gone) if changes.since else []
    return pa.table({"referentie": text_column(changes.gone), "in levering van": text_column(since)})


def _as_said(stem: str) -> str:
    """A drop by its day and number."""
    *_, day, number = stem.split("_")
    return f"{day[6:]}/{day[4:6]}/{day[:4]}, nummer {int(number)}"


def drop_footer(order: DropOrder) -> Footer:
    kind = "Testlevering" if order.test else "Levering"
    return Footer(f"{kind} van Opgroeien van {order.night:%d/%m/%Y}", "Vertrouwelijk")


def in_name_order(table: pa.Table) -> pa.Table:
    """The same rows as a Fleming looks for them: by surname with its prefix, first name and reference."""
    with duckdb.connect(config=_IN_MEMORY) as connection:
        connection.register("name", table.select(["achternaam", "voornaam", "referentie"]))
        ordered = Engine(connection).run("delivery/name_order.sql")["referentie"]
    return table.take(pc.index_in(ordered, value_set=table["referentie"]))

"""A sheet as its recipient reads it, in Dutch: one row a municipality. Pure.

A suppressed count is a word, so that nobody takes it for 0 or for a missing figure. The index and the shares are
computed from shown counts alone: from the middle of each interval that a shown count stands for.
"""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from pipeline.core.documents.cells import safe
from pipeline.core.documents.csv import csv_bytes
from pipeline.core.documents.xlsx import Footer, figures_xlsx_bytes
from pipeline.core.serialize import from_json, to_json
from pipeline.delivery.manifest import Enclosure
from pipeline.indicators.edition_file import ReleasedSheet
from pipeline.indicators.model import Criterion, Sheet, SheetLine, ShownCount
from pipeline.indicators.sheet_fields import HEADER, SHEET_FIELDS

SUPPRESSED = "onderdrukt"

SheetCell = str | int | float


def sheet_csv(sheet: Sheet) -> str:
    """The file without its BOM."""
    rows = [[_text(cell) for cell in row] for row in sheet_rows(sheet)]
    columns = {name: safe(pa.chunked_array([[row[at] for row in rows]], pa.string())) for at, name in enumerate(HEADER)}
    return csv_bytes(pa.table(columns)).decode("utf-8-sig")


def sheet_rows(sheet: Sheet) -> list[list[SheetCell]]:
    """Every row, its cells in the order of SHEET_FIELDS."""
    return [_row(sheet, line) for line in sheet.lines]


def _row(sheet: Sheet, line: SheetLine) -> list[SheetCell]:
    shown, base = line.shown, line.shown.threshold
    row: list[SheetCell] = [shown.nis_code, line.name, sheet.year, sheet.edition, base]
    row += [_count(shown.children), _count(shown.deprived), _percentage(shown.deprived, shown.children, base)]
    for criterion in Criterion:
        weak = shown.weak[criterion]
        row += [_count(weak), _percentage(weak, shown.deprived, base)]
    return row


def _count(shown: ShownCount) -> SheetCell:
    return SUPPRESSED if shown.value is None else shown.value


def _percentage(part: ShownCount, whole: ShownCount, threshold: int) -> SheetCell:
    """Of the middles of both intervals, to one decimal."""
    if part.value is None or whole.value is None:
        return SUPPRESSED
    middle = (threshold - 1) / 2
    return round(100 * (part.value + middle) / (whole.value + middle), 1)


def _text(cell: SheetCell) -> str:
    """As Excel in Belgium reads it."""
    return f"{cell:.1f}".replace(".", ",") if isinstance(cell, float) else str(cell)


def release_sheet(sheet: Sheet, at: datetime, by: str, reason: str) -> ReleasedSheet:
    """The sheet as it goes on record."""
    return ReleasedSheet(
        sheet.kbo, sheet.year, sheet.edition, to_json(sheet).decode(), sheet_csv(sheet), at, by, reason
    )


def parse_sheet(released: ReleasedSheet) -> Sheet:
    """The sheet that was released."""
    return from_json(Sheet, released.lines.encode())


def sheet_enclosure(released: ReleasedSheet, formats: Sequence[str]) -> Enclosure:
    """The sheet as it goes along with a drop: always as CSV, and as XLSX for a recipient with that format."""
    sheet = parse_sheet(released)
    contents = {"csv": released.content}
    if "xlsx" in formats:
        contents["xlsx"] = figures_xlsx_bytes(
            f"Indicatoren {sheet.year}", HEADER, sheet_rows(sheet), Footer(sheet_title(sheet))
        )
    schema = {"fields": list(SHEET_FIELDS), "primaryKey": ["niscode"], "missingValues": ["", SUPPRESSED]}
    return Enclosure(released.name, sheet_title(sheet), sheet_note(sheet), len(sheet.lines), schema, contents)


def sheet_title(sheet: Sheet) -> str:
    return f"Indicatorenfiche {sheet.year}, editie {sheet.edition}"


def sheet_note(sheet: Sheet) -> str:
    """The explanation that a reader of the figures needs."""
    year = sheet.year
    return (
        f"Kansarmoede op 31 december {year} in elke gemeente van de ontvanger; editie {sheet.edition}, vrijgegeven op "
        f"{sheet.released_on:%d/%m/%Y}. Kansarmoede-index: van de kinderen geboren in {year - 2}, {year - 1} en {year} "
        "die er toen woonden, het aandeel in een gezin dat op drie of meer van de zes criteria zwak scoort (definitie: "
        "Opgroeien, Statistiek Vlaanderen); in Brussel van de cliënten. Elk aantal is naar beneden afgerond op een "
        "veelvoud van het getal in de kolom afgerond-op: is dat 5, dan betekent 10 van 10 tot en met 14. Index en "
        "aandelen zijn berekend uit het midden van die intervallen, dus bij benadering. "
        f"'{SUPPRESSED}' betekent dat het getal niet getoond wordt, opdat niemand herkend kan worden: het is niet 0. "
        "Zonder persoonsgegevens; bron: Opgroeien (Kind en Gezin)."
    )

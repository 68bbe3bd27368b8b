"""A sheet as its recipient reads it, in Dutch: one row a municipality. Pure.

A suppressed count is a word, so that nobody takes it for 0 or for a figure that is not there. The index and the shares
are made of what is shown alone: of the middle of each interval that a shown count stands for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from pipeline.core.documents.cells import safe
from pipeline.core.documents.csv import csv_bytes
from pipeline.core.documents.xlsx import figures_xlsx_bytes
from pipeline.core.serialize import from_json, to_json
from pipeline.delivery.manifest import Enclosure
from pipeline.indicators.edition_file import Frozen
from pipeline.indicators.model import Criterion, Line, Sheet, Shown

SUPPRESSED = "onderdrukt"

Cell = str | int | float

DUTCH = {
    Criterion.INCOME: "inkomen",
    Criterion.EDUCATION: "opleiding",
    Criterion.EMPLOYMENT: "arbeid",
    Criterion.STIMULATION: "stimulatie",
    Criterion.HOUSING: "huisvesting",
    Criterion.HEALTH: "gezondheid",
}
_LONG = {
    Criterion.INCOME: "het maandinkomen van het gezin",
    Criterion.EDUCATION: "de opleiding van de ouders",
    Criterion.EMPLOYMENT: "de arbeidssituatie van de ouders",
    Criterion.STIMULATION: "de stimulatie van het kind",
    Criterion.HOUSING: "de huisvesting",
    Criterion.HEALTH: "de gezondheid",
}


@dataclass(frozen=True)
class Column:
    """`kind` is Frictionless' type; `description` is Dutch."""

    header: str
    kind: str
    description: str


def _columns() -> Iterable[Column]:
    yield Column("niscode", "string", "NIS-code van de gemeente.")
    yield Column("gemeente", "string", "Naam van de gemeente.")
    yield Column("jaar", "integer", "De cijfers zijn van 31 december van dit jaar.")
    yield Column("editie", "integer", "1, of hoger na een verbetering: de hoogste editie van een jaar telt.")
    yield Column("afgerond-op", "integer", "Elk aantal is naar beneden afgerond op een veelvoud hiervan.")
    yield Column(
        "kinderen", "integer",
        "Kinderen geboren in dat jaar of in de twee jaren ervoor die er op 31 december woonden; in Brussel alleen wie "
        "minstens eens door Kind en Gezin werd gezien.",
    )  # fmt: skip
    yield Column(
        "kansarm", "integer", "Van hen: kinderen in een gezin dat op drie of meer van de zes criteria zwak scoort."
    )
    yield Column("kansarmoede-index", "number", "Aandeel kansarm van alle kinderen, in procent; een benadering.")
    for criterion in Criterion:
        yield Column(DUTCH[criterion], "integer", f"Van de kansarme kinderen: zwak op {_LONG[criterion]}.")
        yield Column(
            f"{DUTCH[criterion]}-aandeel", "number", "Hetzelfde in procent van de kansarme kinderen; een benadering."
        )


COLUMNS = tuple(_columns())


def csv_text(sheet: Sheet) -> str:
    """The file without its BOM."""
    rows = [[_text(cell) for cell in row] for row in cells(sheet)]
    columns = {
        column.header: pa.chunked_array([[row[at] for row in rows]], pa.string()) for at, column in enumerate(COLUMNS)
    }
    return csv_bytes(pa.table({header: safe(column) for header, column in columns.items()})).decode("utf-8-sig")


def cells(sheet: Sheet) -> list[list[Cell]]:
    """Every row, in the order of COLUMNS."""
    return [_row(sheet, line) for line in sheet.lines]


def _row(sheet: Sheet, line: Line) -> list[Cell]:
    shown, base = line.shown, line.shown.threshold
    row: list[Cell] = [shown.nis_code, line.name, sheet.year, sheet.edition, base]
    row += [_count(shown.children), _count(shown.deprived), _percentage(shown.deprived, shown.children, base)]
    for criterion in Criterion:
        weak = shown.weak[criterion]
        row += [_count(weak), _percentage(weak, shown.deprived, base)]
    return row


def _count(shown: Shown) -> Cell:
    return SUPPRESSED if shown.value is None else shown.value


def _percentage(part: Shown, whole: Shown, threshold: int) -> Cell:
    """Of the middles, to one decimal."""
    if part.value is None or whole.value is None:
        return SUPPRESSED
    middle = (threshold - 1) / 2
    return round(100 * (part.value + middle) / (whole.value + middle), 1)


def _text(cell: Cell) -> str:
    """As Excel in Belgium reads it."""
    return f"{cell:.1f}".replace(".", ",") if isinstance(cell, float) else str(cell)


def frozen(sheet: Sheet, at: datetime, by: str, reason: str) -> Frozen:
    """As it goes on record, for ever."""
    return Frozen(sheet.kbo, sheet.year, sheet.edition, to_json(sheet).decode(), csv_text(sheet), at, by, reason)


def sheet_of(on_record: Frozen) -> Sheet:
    """What was frozen."""
    return from_json(Sheet, on_record.lines.encode())


def enclosure(on_record: Frozen, formats: Sequence[str]) -> Enclosure:
    """As it goes along with a drop: always as CSV, and as XLSX for who has its drops so."""
    sheet = sheet_of(on_record)
    contents = {"csv": on_record.content}
    if "xlsx" in formats:
        header = [column.header for column in COLUMNS]
        contents["xlsx"] = figures_xlsx_bytes(f"Indicatoren {sheet.year}", header, cells(sheet))
    return Enclosure(on_record.name, title(sheet), note(sheet), len(sheet.lines), _schema(), contents)


def title(sheet: Sheet) -> str:
    return f"Indicatorenfiche {sheet.year}, editie {sheet.edition}"


def note(sheet: Sheet) -> str:
    """What whoever reads the figures must know."""
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


def _schema() -> dict[str, object]:
    fields = [_field(column) for column in COLUMNS]
    return {"fields": fields, "primaryKey": ["niscode"], "missingValues": ["", SUPPRESSED]}


def _field(column: Column) -> dict[str, str]:
    texts = {"name": column.header, "description": column.description, "type": column.kind}
    return texts | ({"decimalChar": ","} if column.kind == "number" else {})

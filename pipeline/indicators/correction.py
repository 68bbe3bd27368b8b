"""The changes that a new edition of a year makes in what recipients see: only shown figures are compared. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.core.model import Kbo
from pipeline.indicators.edition import Edition
from pipeline.indicators.model import Sheet
from pipeline.indicators.sheet_fields import FIRST_FIGURE, SHEET_FIELDS
from pipeline.indicators.sheet_file import SheetCell, parse_sheet, sheet_rows

ABSENT = "-"
"""Beside a figure of a municipality that is in one of the two editions alone."""


@dataclass(frozen=True)
class FigureDifference:
    """One figure of one municipality of a recipient, as shown before and after."""

    kbo: Kbo
    municipality: str
    figure: str
    before: SheetCell
    after: SheetCell


def only_changed(edition: Edition) -> Edition:
    """The edition of those recipients alone for whom a figure changes."""
    changed = {difference.kbo for difference in figure_differences(edition)}
    return replace(edition, sheets=tuple(sheet for sheet in edition.sheets if sheet.kbo in changed))


def figure_differences(edition: Edition) -> tuple[FigureDifference, ...]:
    """From each recipient's newest edition of the year to this one, by recipient and municipality."""
    of_year = [sheet for sheet in edition.known if sheet.year == edition.year]
    before = {sheet.kbo: sheet for sheet in sorted(of_year, key=lambda sheet: sheet.edition)}
    differences: list[FigureDifference] = []
    for after in edition.sheets:
        released = before.get(after.kbo)
        differences += _differences(parse_sheet(released) if released else None, after)
    return tuple(differences)


def _differences(before: Sheet | None, after: Sheet) -> Iterator[FigureDifference]:
    old, new = _rows_by_code(before), _rows_by_code(after)
    for code in sorted({*old, *new}):
        name = str((new.get(code) or old[code])[1])
        for at, field in enumerate(SHEET_FIELDS[FIRST_FIGURE:], FIRST_FIGURE):
            was, is_ = (rows[code][at] if code in rows else ABSENT for rows in (old, new))
            if was != is_:
                yield FigureDifference(after.kbo, name, field["name"], was, is_)


def _rows_by_code(sheet: Sheet | None) -> dict[SheetCell, list[SheetCell]]:
    return {row[0]: row for row in sheet_rows(sheet)} if sheet else {}

"""What a new edition of a year would change, in what recipients see: nothing that was not shown is compared. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.core.model import Kbo
from pipeline.indicators.edition import Edition
from pipeline.indicators.edition_file import Frozen
from pipeline.indicators.model import Sheet
from pipeline.indicators.sheet_file import COLUMNS, Cell, cells, sheet_of

ABSENT = "-"
"""Beside a figure of a municipality that is in one of the two editions alone."""
_CODE, _NAME, _FIRST_FIGURE = 0, 1, 5


@dataclass(frozen=True)
class Difference:
    """One figure of one municipality of a recipient, as shown before and after."""

    kbo: Kbo
    municipality: str
    figure: str
    before: Cell
    after: Cell


def latest(known: Iterable[Frozen], year: int) -> dict[Kbo, Frozen]:
    """Each recipient's newest edition of a year."""
    of_year = sorted((sheet for sheet in known if sheet.year == year), key=lambda sheet: sheet.edition)
    return {sheet.kbo: sheet for sheet in of_year}


def correction(edition: Edition) -> Edition:
    """Of those alone for whom something changes: nobody gets an edition that says what the last one said."""
    changed = {difference.kbo for difference in differences(edition)}
    return replace(edition, sheets=tuple(sheet for sheet in edition.sheets if sheet.kbo in changed))


def differences(edition: Edition) -> tuple[Difference, ...]:
    """From each recipient's newest edition of the year to this one, by recipient and municipality."""
    before = latest(edition.known, edition.year)
    return tuple(
        difference
        for after in edition.sheets
        for difference in _between(sheet_of(before[after.kbo]) if after.kbo in before else None, sheet_of(after))
    )


def _between(before: Sheet | None, after: Sheet) -> Iterator[Difference]:
    old, new = _by_code(before), _by_code(after)
    for code in sorted({*old, *new}):
        name = str((new.get(code) or old[code])[_NAME])
        for at, column in enumerate(COLUMNS[_FIRST_FIGURE:], _FIRST_FIGURE):
            was, is_ = (rows[code][at] if code in rows else ABSENT for rows in (old, new))
            if was != is_:
                yield Difference(after.kbo, name, column.header, was, is_)


def _by_code(sheet: Sheet | None) -> dict[Cell, list[Cell]]:
    return {row[_CODE]: row for row in cells(sheet)} if sheet else {}

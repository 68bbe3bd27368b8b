"""A table of texts, numbers and days, before a page, a PDF, a CSV file or a workbook shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.core.documents import dutch

Cell = str | int | float | date | None
Row = tuple[Cell, ...]

UNKNOWN = "onbekend"
"""In a column of numbers: a number that is not known, which is not 0."""


@dataclass(frozen=True)
class Table:
    """`caption` is also the name of the table's sheet in a workbook (31 characters at most); `key` names its file.

    `widths` are shares of a page, one for each column. A line feed separates the lines of a text.
    Raises ValueError where a row has no cell for a column.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    widths: tuple[int, ...] = ()
    key: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in (self.widths or self.columns, *self.rows)):
            raise ValueError(f"table {self.caption}: every row has a cell for each column")

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The rows as a reader sees them: a day as 15/06/2026, an empty cell as a dash."""
        return tuple(
            tuple(dutch.short_day(cell) if isinstance(cell, date | None) else str(cell) for cell in row)
            for row in self.rows
        )

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column: whether the column has numbers, known or not, and nothing else."""
        columns = zip(*self.rows, strict=True) if self.rows else [[None]] * len(self.columns)
        return tuple(all(isinstance(cell, int) or cell == UNKNOWN for cell in cells) for cells in columns)

    def select(self, columns: Sequence[str]) -> "Table":
        """The same rows with these columns alone."""
        places = [self.columns.index(column) for column in columns]
        rows = tuple(tuple(row[place] for place in places) for row in self.rows)
        return Table(self.caption, tuple(columns), rows, key=self.key)

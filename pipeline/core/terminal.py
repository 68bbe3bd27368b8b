"""The terminal of the command line and the demo: its width, progress, and tables."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.measure import Measurement
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(width=None if sys.stdout.isatty() else 160)
_ANY_WIDTH = 100_000


@contextmanager
def counting(title: str) -> Iterator[Callable[[str, int], None]]:
    """A live line per table: call it with the table's name and the rows so far."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        line = progress.add_task(title)
        yield lambda table, rows: progress.update(line, description=f"{title}: {table} {rows:,}")


def new_table(title: str, texts: Sequence[str], numbers: Sequence[str] = ()) -> Table:
    """An empty table: columns of text, then columns of numbers at the right."""
    table = Table(*texts, title=title, title_justify="left")
    for column in numbers:
        table.add_column(column, justify="right")
    return table


def show_table(table: Table) -> None:
    """No cell is cut, and no word in one broken: a fingerprint is compared, and a name is typed again.

    Where the terminal is too narrow for that, each row is shown as lines of a heading and its cell.
    """
    if _narrowest(table) <= console.width:
        console.print(table)
        return
    if table.title:
        console.print(table.title, soft_wrap=True)
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        console.print("")
        for column, cell in zip(table.columns, cells, strict=True):
            if cell:
                console.print(f"{column.header}: {cell}" if column.header else cell, soft_wrap=True)


def _narrowest(table: Table) -> int:
    """The width that its longest words ask for, whatever the terminal's."""
    return Measurement.get(console, console.options.update(width=_ANY_WIDTH), table).minimum


def withheld_table(withheld: Mapping[str, int], released: int, population: int) -> Table:
    """Every outcome with its count; they add up to the population."""
    table = new_table("Decisions", ("outcome", "reason"), ("parents",))
    table.add_row("released", "", f"{released:,}")
    for reason, count in withheld.items():
        table.add_row("withheld", reason, f"{count:,}")
    table.add_section()
    table.add_row("population", "", f"{population:,}")
    return table

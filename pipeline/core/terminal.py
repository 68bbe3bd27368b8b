"""The terminal of the command line and the demo: its width, progress, and tables."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(width=None if sys.stdout.isatty() else 160)


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


def withheld_table(withheld: Mapping[str, int], released: int, population: int) -> Table:
    """Every outcome with its count; they add up to the population."""
    table = new_table("Decisions", ("outcome", "reason"), ("parents",))
    table.add_row("released", "", f"{released:,}")
    for reason, count in withheld.items():
        table.add_row("withheld", reason, f"{count:,}")
    table.add_section()
    table.add_row("population", "", f"{population:,}")
    return table

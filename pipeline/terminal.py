"""What a person sees in the terminal: tables and progress (rich), counts and names of recipients only."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.explain import Explanation
from pipeline.model import BRUSSELS, Moment

console = Console(width=None if sys.stdout.isatty() else 160)
_MARK = {True: "[green]passes[/]", False: "[red]withheld[/]", None: "[dim]not reached[/]"}


@contextmanager
def counting(title: str) -> Iterator[Callable[[str, int], None]]:
    """A live line per table: call it with the table's name and the rows so far."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        line = progress.add_task(title)
        yield lambda table, rows: progress.update(line, description=f"{title}: {table} {rows:,}")


def withheld_table(withheld: Mapping[str, int], released: int, population: int) -> Table:
    """Every outcome with its count; they add up to the population."""
    table = Table("outcome", "reason", title="Decisions", title_justify="left")
    table.add_column("parents", justify="right")
    table.add_row("released", "", f"{released:,}")
    for reason, count in withheld.items():
        table.add_row("withheld", reason, f"{count:,}")
    table.add_section()
    table.add_row("population", "", f"{population:,}")
    return table


def show_preview(summary: Mapping[str, Any], out: Path) -> None:
    console.print(withheld_table(summary["withheld"], summary["released"], summary["population"]))
    console.print(f"{len(summary['recipients'])} recipients would get a drop. Nothing was published; see {out}")


def show_explanation(explanation: Explanation, moment: Moment) -> None:
    """The gate's steps, in its order."""
    at = moment.at.astimezone(BRUSSELS)
    table = Table("#", "rule", "what was seen", "", title=f"Parent {explanation.parent_id} at {at:%Y-%m-%d %H:%M %Z}")
    for number, step in enumerate(explanation.steps, 1):
        table.add_row(str(number), step.reason.value, step.seen, _MARK[step.passes])
    if explanation.steps:
        console.print(table)
    console.print(f"Parent {explanation.parent_id}: {explanation.outcome}")

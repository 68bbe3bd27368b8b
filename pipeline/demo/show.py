"""The demo's last screen: what was delivered and withheld, what failed, how long it took, where the drops lie."""

from collections.abc import Sequence

from rich.table import Table

from pipeline.core.terminal import console, new_table, show_table, withheld_table
from pipeline.demo.home import Home
from pipeline.demo.progress import StepProgress
from pipeline.demo.world import WorldSummary
from pipeline.tasks.summary import NightSummary


def show_night(summary: NightSummary | None, home: Home, steps: Sequence[StepProgress], failures: Sequence[str]) -> int:
    """Print it all; 1 when anything failed."""
    if steps:
        show_table(_steps_table(steps))
    if summary:
        show_table(withheld_table(summary.withheld, summary.released, summary.population))
        show_table(_night_table(summary))
    for failure in failures:
        console.print(f"[red]failed[/] {failure}")
    console.print(f"Drops    {home.hosts}/<kbo>/out\nLog      {home.log}\nChecks   {home.path / 'data_docs'}")
    failed = bool(failures) or summary is None or bool(summary.failed)
    if failed:
        console.print("[red]The night is not whole.[/] `make demo` again sends what is missing, and nothing twice.")
    return int(failed)


def show_world(world: WorldSummary) -> None:
    """Rows per table of a world just written."""
    table = new_table("Synthetic Flanders", ("table",), ("rows",))
    for name, rows in world.rows.items():
        table.add_row(name, f"{rows:,}")
    show_table(table)


def _steps_table(steps: Sequence[StepProgress]) -> Table:
    table = new_table("Tonight, step by step", ("step",), ("ended well", "failed", "tried again", "seconds"))
    for step in steps:
        failed = f"[red]{step.failed}[/]" if step.failed else "0"
        table.add_row(step.step, str(step.done), failed, str(step.retried), f"{step.seconds:.1f}")
    return table


def _night_table(summary: NightSummary) -> Table:
    table = Table("", title=f"Night of {summary.night}", title_justify="left", show_header=False)
    table.add_column(justify="right")
    table.add_row("recipients with a delivery tonight", str(summary.recipients))
    for outcome, count in sorted(summary.outcomes.items()):
        table.add_row(f"recipients: {outcome.replace('_', ' ')}", str(count))
    table.add_row("recipients: failed", f"[red]{len(summary.failed)}[/]" if summary.failed else "0")
    table.add_row("rows in tonight's drops", f"{summary.rows:,}")
    table.add_row("rows that the last re-check took out", f"{summary.dropped:,}")
    if summary.longest_window_ms is not None:
        table.add_row("longest from final check to rename", f"{summary.longest_window_ms:,} ms")
    recorded, applied = summary.withdrawals_recorded, summary.withdrawals_applied
    table.add_row("withdrawals recorded, and applied", f"{recorded:,}, {applied:,}")
    table.add_row("withdrawals to send, new tonight", f"{summary.withdrawals_to_send:,}")
    noes = summary.noes
    table.add_row("grants that lose to a no of no later date", f"{noes.beaten_grants:,}")
    table.add_row("noes that cannot be placed: to everyone", f"{noes.to_everyone:,}")
    table.add_row("noes of an unknown parent", f"{noes.of_unknown_parent:,}")
    table.add_row("persons under several rows", f"{noes.persons_of_several_rows:,}")
    table.add_row("parents who said no to the recipient itself", f"{noes.said_to_recipient:,}")
    table.add_row("papers to be renewed after a merger", str(summary.papers_to_be_renewed))
    table.add_row("papers in error", str(summary.papers_in_error))
    for kbo, name in summary.failed.items():
        table.add_row("[red]got nothing[/]", f"[red]{name} ({kbo})[/]")
    return table

"""The command `withdrawals`: how far each recipient's withdrawals came, for the DPO."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from pipeline.cli.context import CommandContext
from pipeline.core.connections import from_environment
from pipeline.core.local_time import local_day
from pipeline.core.run import RunContext
from pipeline.core.terminal import console, new_table
from pipeline.followup.withdrawal_status import WithdrawalStatus, withdrawal_statuses


def withdrawals_command(options: Namespace) -> int:
    """0; with --overdue 1 when a notice is overdue."""
    context = CommandContext.load()
    run = RunContext("withdrawals", context.today, context.settings, from_environment, lambda: context.now)
    statuses = withdrawal_statuses(run)
    late = [status for status in statuses if status.overdue]
    console.print(_withdrawals_table(late if options.overdue else statuses))
    console.print(f"{len(late)} of {len(statuses)} recipients have a notice that was not acknowledged in time.")
    return 1 if options.overdue and late else 0


def _withdrawals_table(statuses: Sequence[WithdrawalStatus]) -> Table:
    """A line a recipient, and one more for each notice that is overdue. Counts and names of files only."""
    table = new_table("Withdrawals", ("recipient",), ("recorded", "to tell", "notices", "acknowledged"))
    table.add_column("overdue since")
    table.add_column("nothing fetched since")
    for status in statuses:
        counts = (status.recorded, status.not_notified, status.sent, status.acknowledged)
        waiting = f"[red]{_day(status.waiting_since)}[/]" if status.late else _day(status.waiting_since)
        name = escape(f"{status.name} ({status.kbo})".lstrip())
        table.add_row(name, *(f"{count:,}" for count in counts), _day(status.overdue_since), waiting)
        for stem, since in status.overdue.items():
            table.add_row(f"  {escape(stem)}", "", "", "", "", f"[red]{_day(since)}[/]", "")
    return table


def _day(at: datetime | None) -> str:
    return str(local_day(at)) if at else ""

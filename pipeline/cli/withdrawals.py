"""The commands `withdrawals`, how far each recipient's withdrawals came, and `withdrawals resend`."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.cli.context import CommandContext
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.terminal import console, new_table, show_table
from pipeline.delivery.recipients import settings_of
from pipeline.delivery.recipients_file import load_recipients
from pipeline.followup.notify import notify
from pipeline.followup.resend import record_resend
from pipeline.followup.withdrawal_status import WithdrawalStatus, withdrawal_statuses
from pipeline.tasks.wiring import build_delivery


def withdrawals_command(options: Namespace) -> int:
    """0; with --overdue 1 when a notice is overdue, or is gone with every repeat."""
    context = CommandContext.load()
    statuses = withdrawal_statuses(context.run("withdrawals"))
    late = [status for status in statuses if status.overdue or status.to_call]
    show_table(_withdrawals_table(late if options.overdue else statuses))
    overdue, to_call = (sum(bool(getattr(one, what)) for one in statuses) for what in ("overdue", "to_call"))
    console.print(f"{overdue} of {len(statuses)} recipients have a notice that was not acknowledged in time.")
    if to_call:
        console.print(f"[red]{to_call} must be called[/]: a notice is gone unanswered, and so is each repeat of it.")
    return 1 if options.overdue and late else 0


def resend_command(options: Namespace) -> int:
    """Send a notice again, under the next number, and say which; on record is who asked, and why."""
    context, kbo = CommandContext.load(), Kbo(options.kbo)
    run, reason = context.run("withdrawals resend"), parse_reason(options.reason)
    context.anchored_ledger(run.run)
    recipient = settings_of(load_recipients(Path(context.settings.recipients)), kbo)
    job = build_delivery(run, recipient, sending=True)
    with context.scratch("resend") as scratch, job.task() as task:
        series = record_resend(task, options.number, os_user(), reason)
        sent = notify(task, job.host, recipient, scratch, job.signing_key)
    stems = [notice.stem for notice in sent if notice.first == series.first]
    for stem in stems:
        console.print(f"{stem} lies before the recipient, with its GO file.", soft_wrap=True)
    if not stems:
        console.print("It was not seen whole at its place: the next hour of housekeeping looks again.")
    return 0 if stems else 1


def _withdrawals_table(statuses: Sequence[WithdrawalStatus]) -> Table:
    """A line a recipient, and one more for each notice that is overdue or gone. Counts and names of files only."""
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
        for stem in status.to_call:
            table.add_row(f"  {escape(stem)}", "", "", "", "", "[red]gone: call[/]", "")
    return table


def _day(at: datetime | None) -> str:
    return str(local_day(at)) if at else ""

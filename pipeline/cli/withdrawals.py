"""`gegevensdeling withdrawals`: how far each recipient's withdrawals came, for the DPO."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.core.model import BRUSSELS

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.followup.withdrawal_status import WithdrawalStatus


def add_arguments(one: argparse.ArgumentParser) -> None:
    """Those of `gegevensdeling withdrawals`."""
    one.add_argument("--overdue", action="store_true", help="only who did not acknowledge in time; exit 1 if anyone")
    one.set_defaults(run=withdrawals)


def withdrawals(options: argparse.Namespace) -> int:
    """0; with --overdue 1 when anyone is."""
    from pipeline.core.connections import from_environment
    from pipeline.core.run import RunContext
    from pipeline.core.settings import Settings
    from pipeline.core.terminal import console
    from pipeline.followup.withdrawal_status import withdrawal_statuses

    now = datetime.now(UTC)
    asked = RunContext("withdrawals", now.astimezone(BRUSSELS).date(), Settings.load(), from_environment, lambda: now)
    found = withdrawal_statuses(asked)
    late = [one for one in found if one.overdue]
    console.print(table(late if options.overdue else found))
    console.print(f"{len(late)} of {len(found)} recipients have a notice that was not acknowledged in time.")
    return 1 if options.overdue and late else 0


def table(found: "Sequence[WithdrawalStatus]") -> "Table":
    """A line a recipient, and one more for each notice that is overdue. Counts and names of files only."""
    from rich.markup import escape
    from rich.table import Table

    made = Table("recipient", title="Withdrawals", title_justify="left")
    for column in ("recorded", "to tell", "notices", "acknowledged"):
        made.add_column(column, justify="right")
    made.add_column("overdue since")
    made.add_column("nothing fetched since")
    for one in found:
        counts = [f"{n:,}" for n in (one.recorded, one.not_notified, one.sent, one.acknowledged)]
        waiting = f"[red]{_day(one.waiting_since)}[/]" if one.late else _day(one.waiting_since)
        made.add_row(escape(f"{one.name} ({one.kbo})".lstrip()), *counts, _day(one.overdue_since), waiting)
        for stem, since in one.overdue.items():
            made.add_row(f"  {escape(stem)}", "", "", "", "", f"[red]{_day(since)}[/]", "")
    return made


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(BRUSSELS):%Y-%m-%d}" if at else ""

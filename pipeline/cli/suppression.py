"""The commands `withdrawals kept` and `withdrawals lift`: noes that the ledger knows and the agency's tables lack."""

from argparse import Namespace
from collections.abc import Sequence

from rich.table import Table

from pipeline.answers.lookup import LookupKind, parse_reason
from pipeline.answers.lookup_log import os_user, record_lookup
from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed
from pipeline.core.connections import from_environment
from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo, Moment
from pipeline.core.terminal import console, new_table, show_table
from pipeline.gate.differing_noes import DifferingNo, differing_noes, lifts_of
from pipeline.ledger.db.suppression import suppression_records
from pipeline.source.extract import extract


def kept_noes_command(options: Namespace) -> int:
    """0 when the agency's tables bear out every no of the list; 1 with a table of those that they do not."""
    context = CommandContext.load()
    record_lookup(LookupKind.KEPT, options.reason, context.now, from_environment)
    found = _differing(context)
    if not found:
        console.print("The agency's tables bear out every no that the ledger knows.")
        return 0
    show_table(_table(found))
    lost = sum(no.is_lost for no in found)
    console.print(f"{len(found)} noes of the ledger differ at the agency, {lost} of them are gone: see the runbook.")
    return 1


def lift_no_command(options: Namespace) -> int:
    """Show what is lifted, ask, and put it on record. Raises SettingsError when there is nothing to lift."""
    context, kbo = CommandContext.load(), Kbo(options.recipient) if options.recipient else None
    reason = parse_reason(options.reason)
    context.anchored_ledger("withdrawals lift")
    record_lookup(LookupKind.KEPT, reason, context.now, from_environment, options.parent)
    found = _differing(context, options.parent)
    lifts = lifts_of(found, options.parent, kbo, context.now, os_user(), reason)
    if not lifts:
        raise SettingsError(
            "nothing to lift: the agency's tables bear out every no that the ledger knows of this parent for that "
            "recipient; where the gate itself counts a no, only a grant that is later in both ways ends it"
        )
    lifted = {lift.kept_no for lift in lifts}
    show_table(_table([no for no in found if no.id in lifted]))
    if not options.yes and not confirmed(f"Lift {len(lifts)} noes of parent {options.parent}, on record"):
        raise SettingsError("nothing was lifted")
    suppression_records(context.ledger.engine, from_environment).lift(lifts)
    console.print(f"{len(lifts)} noes are lifted, on record: the next decision goes by the agency's tables alone.")
    return 0


def _differing(context: CommandContext, *asked: int) -> tuple[DifferingNo, ...]:
    """By the agency's tables as they are now."""
    settings, listed = context.settings, suppression_records(context.ledger.engine, from_environment).read()
    moment = Moment.now(context.now, context.now, settings.max_clock_skew_minutes)
    with context.scratch("kept-noes") as scratch:
        loads = context.source.known().loads_alone  # rows that are gone are what is looked for
        snapshot = extract(context.agency, context.now, settings, scratch / "snapshot", loads)
        return differing_noes(listed, snapshot, moment, settings, scratch / "gate", asked)


def _table(noes: Sequence[DifferingNo]) -> Table:
    """A line a no: numbers, dates and recipients only."""
    table = new_table("Noes that the ledger knows", ("parent", "recipient", "recorded at", "kept on", "at the agency"))
    for no in noes:
        state = "[red]gone[/]" if no.is_lost else "withholds" if no.withholds else "does not count now"
        recorded = str(local_day(no.recorded_at)) if no.recorded_at else ""
        table.add_row(str(no.parent_id or "without a row"), no.kbo or "everyone", recorded, str(no.kept_on), state)
    return table

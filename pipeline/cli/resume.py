"""The command `ledger resume`: go on with a ledger whose backup was put back."""

from argparse import Namespace
from pathlib import Path

from rich.markup import escape

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed
from pipeline.core.connections import from_environment
from pipeline.core.errors import PipelineError, SettingsError
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.core.staging import private_folder
from pipeline.core.terminal import console, new_table, show_table
from pipeline.delivery.hosts import host_of
from pipeline.delivery.recipients import RecipientSettings, settings_of
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.signature import SUFFIX
from pipeline.followup.lost_drops import LostDrop, parse_lost_drop
from pipeline.followup.resume import ResumedRecipient, ResumeOrder, resume_recipient
from pipeline.ledger.anchors import goes_on_from_anchors
from pipeline.ledger.redaction import redact_all_due
from pipeline.tasks.wiring import build_delivery

TOLD_AGAIN = "what it says is told once more, then remove it there"
QUESTION = (
    "No newer backup of the ledger can be had, what is missing was written down with the DPO, "
    "and whoever was suspended since the backup is suspended again"
)


def resume_ledger_command(options: Namespace) -> int:
    """Redact first; then each recipient's lost drops are put on record. 1 when anything stays unknown."""
    context, reason = CommandContext.load(), parse_reason(options.reason)
    context.require_ledger()
    run = context.run("ledger resume")
    redact_all_due(run)
    manifests = [_read_manifest(path) for path in options.manifest]
    if not options.yes and not confirmed(QUESTION):
        raise SettingsError("nothing was put on record")
    order = ResumeOrder(os_user(), reason, manifests, not goes_on_from_anchors(run))
    resumed: list[ResumedRecipient] = []
    failed: list[tuple[Kbo, PipelineError]] = []
    known = load_recipients(Path(context.settings.recipients))
    for kbo in sorted({*known, *context.ledger.recipients(), *(drop.kbo for drop in manifests)}):
        try:
            resumed.append(_resume(context, run, settings_of(known, kbo), order))
        except PipelineError as error:
            failed.append((kbo, error))
    _show(resumed, failed)
    return 1 if failed or any(each.unknown_rows for each in resumed) else 0


def _read_manifest(path: Path) -> LostDrop:
    signature = path.with_name(path.name + SUFFIX)
    try:
        signed = signature.read_bytes() if signature.exists() else None
        return parse_lost_drop(path.name, path.read_bytes(), signed)
    except OSError:
        raise SettingsError(f"{path.name} cannot be read: give a drop's .datapackage.json") from None


def _resume(
    context: CommandContext, run: RunContext, recipient: RecipientSettings, order: ResumeOrder
) -> ResumedRecipient:
    """While the recipient's records are locked."""
    job = build_delivery(run, recipient, sending=False)
    host = host_of(recipient, from_environment, context.settings, sending=False)
    with (
        context.scratch("resume") as scratch,
        context.ledger.delivering(recipient.kbo) as records,
        host.open() as remote,
    ):
        return resume_recipient(job, records, remote, order, private_folder(scratch))


def _show(resumed: list[ResumedRecipient], failed: list[tuple[Kbo, PipelineError]]) -> None:
    table = new_table("Put on record", ("recipient", "drops"), ("rows of unknown parents", "next drop", "next notice"))
    for each in resumed:
        numbers = ("" if number is None else str(number) for number in (each.drop_number, each.notice_number))
        table.add_row(each.kbo, "\n".join(each.drops), str(each.unknown_rows), *numbers)
    show_table(table)
    for each in resumed:
        for stem in each.notices:
            console.print(f"{each.kbo}: {stem} lies there, and is not on record: {TOLD_AGAIN}", soft_wrap=True)
    for kbo, error in failed:
        console.print(f"[red]{kbo} was not resumed[/]: {escape(str(error))}", soft_wrap=True)
    console.print("Now let GEGEVENSDELING_ANCHORS name a new folder, as the runbook says, and keep the old one.")

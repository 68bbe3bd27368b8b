"""The commands `ledger verify`, `ledger redact` and `ledger take-over`."""

from argparse import Namespace
from pathlib import Path

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed, show_verified
from pipeline.core.connections import from_environment
from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.core.terminal import console, counting
from pipeline.delivery.hosts import drop_place_of, host_at, host_of
from pipeline.delivery.hosts_audit import RecipientHosts, problems_at_places, problems_of_hosts
from pipeline.delivery.recipients import RecipientSettings, settings_of
from pipeline.delivery.recipients_file import load_recipients
from pipeline.ledger.audit import Problem
from pipeline.ledger.db.audit import Progress
from pipeline.ledger.db.installations import read_owner, record_installation
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.installation import installation_here
from pipeline.ledger.redaction import redact_all_due
from pipeline.ledger.verify import verify_ledger


def verify_ledger_command(options: Namespace) -> int:
    """0 when all fits; 1 with a table of what does not."""
    context = CommandContext.load()
    settings, ledger = context.settings, context.ledger
    with counting("Verifying the ledger") as progress:
        verified = verify_ledger(ledger, context.anchors, options.manifest, context.today, progress, settings)
        problems = [*verified.problems, *(_host_problems(context, progress) if options.hosts else ())]
    show_verified(verified, problems)
    return 1 if problems else 0


def _host_problems(context: CommandContext, progress: Progress) -> list[Problem]:
    """Of each recipient that the settings or the ledger know; a host that cannot be compared is a problem too."""
    try:
        recipients = load_recipients(Path(context.settings.recipients))
    except SettingsError as error:
        return [Problem("host", f"none was compared: {error}")]
    return problems_of_hosts(
        sorted({*recipients, *context.ledger.recipients()}),
        lambda kbo: _problems_at(context, settings_of(recipients, kbo)),
        lambda done: progress("hosts", done),
    )


def _problems_at(context: CommandContext, recipient: RecipientSettings) -> list[Problem]:
    """While the recipient's ledger records are locked, so that no delivery changes its folders."""
    hosts = RecipientHosts(
        _place_of_today(recipient),
        lambda: host_of(recipient, from_environment, context.settings, sending=False).open(),
        lambda place: host_at(place, from_environment, context.settings).open(),
    )
    with context.ledger.delivering(recipient.kbo) as records:
        return problems_at_places(records, context.today, hosts)


def _place_of_today(recipient: RecipientSettings) -> DropPlace | None:
    """None where its connection is gone: then each place on record is a former one."""
    try:
        return drop_place_of(recipient, from_environment)
    except SettingsError:
        return None


def take_over_command(options: Namespace) -> int:
    """Record that the ledger is this installation's from now on; 1 when refused."""
    context, reason = CommandContext.load(), parse_reason(options.reason)
    here = installation_here(context.anchors, context.now, os_user(), reason)
    owner = read_owner(context.ledger.engine)
    if owner and owner.installation == here.installation:
        raise SettingsError(f"the ledger is that of this installation ({here.installation}) already")
    if owner:
        before = f"installation {owner.installation}, on {owner.machine} since {local_day(owner.at)}"
        console.print(f"The ledger is that of {before}. From then on that one is refused.", soft_wrap=True)
    if not options.yes and not confirmed(f"Make it that of installation {here.installation}? The other is out of use"):
        raise SettingsError("nothing was recorded")
    record_installation(context.ledger.engine, here)
    console.print(f"The ledger is that of installation {here.installation}, on record.")
    return 0


def redact_ledger_command(_options: Namespace) -> int:
    """As housekeeping does every day: show how many lines are about nobody from now on."""
    context = CommandContext.load()
    context.require_ledger()
    redacted = redact_all_due(context.run("ledger redact"))
    if redacted.again is not None:
        console.print(f"{redacted.again:,} lines redacted again: a backup of the ledger was put back")
    for kbo, (disclosures, withdrawals) in redacted.by_recipient.items():
        console.print(f"recipient {kbo}: {disclosures:,} disclosures and {withdrawals:,} withdrawals redacted")
    if redacted.look_ups:
        console.print(f"{redacted.look_ups:,} look-ups redacted")
    if redacted.noes:
        console.print(f"{redacted.noes:,} lines of the suppression list redacted")
    console.print("Done: what is not named here is still within its retention, held, or not acknowledged.")
    return 0

"""`gegevensdeling ledger verify` and `ledger redact`: wired to the environment, and shown."""

import argparse
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.model import BRUSSELS

if TYPE_CHECKING:
    from pipeline.core.settings import Settings
    from pipeline.delivery.recipients import RecipientSettings
    from pipeline.ledger.audit import Problem
    from pipeline.ledger.db.ledger import LedgerDb


def add_arguments(one: argparse.ArgumentParser) -> None:
    """Those of `gegevensdeling ledger`."""
    add = one.add_subparsers(required=True, metavar="what").add_parser
    one = add("verify", help="whether the ledger is what was appended to it; exit 1 when it is not")
    one.add_argument("--hosts", action="store_true", help="hold it against what lies before every recipient, too")
    one.add_argument("--manifest", action="append", default=[], type=Path, metavar="FILE", help="and against this one")
    one.set_defaults(run=verify)
    one = add("redact", help="let go of whom lines are about, where their retention is over and nothing is open")
    one.set_defaults(run=redact)


def verify(options: argparse.Namespace) -> int:
    """0 when all fits; 1 with a table of what does not."""
    from pipeline.cli.output import show_verified
    from pipeline.core.connections import from_environment, require
    from pipeline.core.settings import Settings
    from pipeline.core.terminal import counting
    from pipeline.ledger.db.ledger import open_existing_ledger
    from pipeline.ledger.verify import verify as chain

    settings, ledger = Settings.load(), open_existing_ledger(require(from_environment, "ledger_db").database_uri)
    today = datetime.now(UTC).astimezone(BRUSSELS).date()
    with counting("Verifying the ledger") as progress:
        found = chain(ledger, settings.anchors_folder, options.manifest, today, progress, settings.look_up_days)
        problems = [*found.problems, *(_hosts(ledger, settings, today) if options.hosts else ())]
    show_verified(found, problems)
    return 1 if problems else 0


def _hosts(ledger: "LedgerDb", settings: "Settings", today: date) -> "Iterator[Problem]":
    """Each recipient that the settings or the ledger know; one that cannot be looked at is a problem too."""
    from pipeline.core.errors import PipelineError
    from pipeline.delivery.recipients import load_recipients, settings_of
    from pipeline.ledger.audit import Problem

    known = load_recipients(Path(settings.recipients))
    for kbo in sorted({*known, *ledger.recipients()}):
        try:
            yield from _host(ledger, settings, settings_of(known, kbo), today)
        except PipelineError as error:
            yield Problem("host", f"was not compared: {error}", kbo=kbo)


def _host(ledger: "LedgerDb", settings: "Settings", recipient: "RecipientSettings", today: date) -> "list[Problem]":
    """With its pages held, so that no delivery moves on meanwhile."""
    from pipeline.core.connections import from_environment
    from pipeline.delivery.host_audit import host_problems
    from pipeline.delivery.hosts import host_of

    host = host_of(recipient, from_environment, settings, sending=False)
    with ledger.delivering(recipient.kbo) as records, host.open() as folder:
        return list(host_problems(records, today, folder))


def redact(_options: argparse.Namespace) -> int:
    """As housekeeping does every day: shows how many lines are about nobody from now on."""
    from pipeline.core.connections import from_environment
    from pipeline.core.settings import Settings
    from pipeline.core.terminal import console
    from pipeline.ledger.redaction import redact_due, redact_look_ups_due

    now, settings = datetime.now(UTC), Settings.load()
    for kbo, (disclosures, withdrawals) in redact_due(from_environment, now).items():
        console.print(f"recipient {kbo}: {disclosures:,} disclosures and {withdrawals:,} withdrawals redacted")
    if look_ups := redact_look_ups_due(from_environment, now, settings.look_up_days):
        console.print(f"{look_ups:,} look-ups redacted")
    console.print("Done: what is not named here is still within its retention, held, or not acknowledged.")
    return 0

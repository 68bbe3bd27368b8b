"""The commands behind `gegevensdeling`: each wires the steps to the environment and shows the outcome."""

import secrets
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.core.settings import Settings

if TYPE_CHECKING:
    from pipeline.delivery.references import ReferenceKey

NOTHING_COMPARED = 2
"""Exit code of `decide` without a decision on record: neither alike nor an alarm."""


def preview(options: Namespace) -> int:
    """`preview`: with --at decisions and counts; without it the drops as well."""
    from pipeline.answers.lookup import LookupKind
    from pipeline.answers.lookup_log import record_lookup
    from pipeline.cli.output import show_preview
    from pipeline.core.connections import from_environment
    from pipeline.core.model import Moment
    from pipeline.delivery.preview import write_preview

    settings, now = Settings.load(), datetime.now(UTC)
    if from_environment("ledger_db"):
        record_lookup(LookupKind.PREVIEW, options.reason, now, from_environment)
    out = Path(options.out).absolute()
    key = None if options.at else _reference_key()
    summary = write_preview(_agency(), Moment.of(options.at or now), now, settings, out, key)
    show_preview(summary, out)
    return 0


def explain(options: Namespace) -> int:
    """`explain`: the gate's steps for one parent."""
    from pipeline.answers.lookup import LookupKind
    from pipeline.answers.lookup_log import record_lookup
    from pipeline.cli.output import show_explanation
    from pipeline.core.connections import from_environment
    from pipeline.core.model import Moment
    from pipeline.core.staging import private_folder
    from pipeline.gate import explain as chain
    from pipeline.source.extract import extract

    settings, now = Settings.load(), datetime.now(UTC)
    record_lookup(LookupKind.EXPLAIN, options.reason, now, from_environment, options.parent)
    moment = Moment(options.at or now, options.known_at or options.at or now)
    with TemporaryDirectory(prefix="explain-", dir=private_folder(settings.staging_folder)) as scratch:
        snapshot = extract(_agency(), now, settings, Path(scratch) / "snapshot")
        explanation = chain.explain(options.parent, snapshot, moment, settings, Path(scratch) / "gate")
    show_explanation(explanation, moment)
    return 0


def decide(options: Namespace) -> int:
    """`decide`: a past night decided again, beside what was decided then.

    0: all alike or explained; 1: a person must look; 2: nothing was on record to compare with.
    """
    from pipeline.answers.lookup import LookupKind
    from pipeline.answers.lookup_log import record_lookup
    from pipeline.cli.output import show_replay
    from pipeline.core.connections import from_environment, require
    from pipeline.core.model import Moment
    from pipeline.core.staging import private_folder
    from pipeline.core.terminal import console
    from pipeline.gate.replay import replay as chain
    from pipeline.gate.replay.nights import decision_instant, nearest
    from pipeline.ledger.db.ledger import open_existing_ledger

    settings, now = Settings.load(), datetime.now(UTC)
    if options.out:
        record_lookup(LookupKind.DECIDE, options.reason, now, from_environment)
    ledger = open_existing_ledger(require(from_environment, "ledger_db").database_uri)
    nights = ledger.decided_instants()
    at = decision_instant(options.at, nights)
    with TemporaryDirectory(prefix="decide-", dir=private_folder(settings.staging_folder)) as scratch:
        folder, moment = Path(scratch), Moment(at, options.known_at or at)
        present = chain.read_present(_agency(), moment, now, settings, folder)
        replayed = chain.replay(present, ledger.decisions(at), from_environment, folder)
    if options.out:
        chain.write_decisions(replayed, Path(options.out).absolute())
    show_replay(replayed)
    if replayed.comparison is None:
        console.print(f"No decisions are on record at that instant, so nothing was compared; {nearest(at, nights)}.")
        return NOTHING_COMPARED
    return 1 if replayed.alarms else 0


def _agency() -> str:
    from pipeline.core.connections import from_environment, require

    return require(from_environment, "agency_db").database_uri


def _reference_key() -> "ReferenceKey":
    """The key for references, or one for this preview alone."""
    from pipeline.core.connections import from_environment
    from pipeline.delivery.references import ReferenceKey, reference_key

    known = from_environment("reference_key") is not None
    return reference_key(from_environment) if known else ReferenceKey("preview", secrets.token_bytes(32))

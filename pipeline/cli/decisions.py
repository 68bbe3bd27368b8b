"""The commands that decide: `preview`, `explain` and `decide`. Each look-up is on record before its answer is shown."""

import secrets
from argparse import Namespace
from pathlib import Path

from pipeline.answers.lookup import LookupKind
from pipeline.answers.lookup_log import record_lookup
from pipeline.cli.context import CommandContext
from pipeline.cli.output import show_explanation, show_preview, show_replay
from pipeline.core.connections import from_environment
from pipeline.core.model import Moment
from pipeline.core.terminal import console
from pipeline.delivery.preview import PreviewOfTonight, write_preview
from pipeline.delivery.references import ReferenceKey, reference_key
from pipeline.gate.explain import explain
from pipeline.gate.replay.nights import decision_instant, nearest
from pipeline.gate.replay.replay import read_present, replay, write_decisions
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.suppression import SuppressionList
from pipeline.source.extract import extract

NOTHING_COMPARED = 2
"""Exit code of `decide` without a decision on record: neither alike nor an alarm."""


def preview_command(options: Namespace) -> int:
    """With --at decisions and counts; without it the drops as well."""
    context = CommandContext.load()
    if from_environment("ledger_db"):
        record_lookup(LookupKind.PREVIEW, options.reason, context.now, from_environment)
    out = Path(options.out).absolute()
    tonight = None if options.at else PreviewOfTonight(_reference_key(), _suppression_list(context))
    skew = context.settings.max_clock_skew_minutes
    moment = Moment.of(options.at) if options.at else Moment.now(context.now, context.now, skew)
    show_preview(write_preview(context.source, moment, context.now, context.settings, out, tonight), out)
    return 0


def explain_command(options: Namespace) -> int:
    """The gate's steps for one parent."""
    context = CommandContext.load()
    record_lookup(LookupKind.EXPLAIN, options.reason, context.now, from_environment, options.parent)
    at = options.at or context.now
    skew = context.settings.max_clock_skew_minutes
    is_for_now = not options.at and not options.known_at
    moment = Moment.now(at, at, skew) if is_for_now else Moment(at, options.known_at or at)
    with context.scratch("explain") as scratch:
        snapshot = extract(context.agency, context.now, context.settings, scratch / "snapshot", context.source.known())
        listed = suppression_records(context.ledger.engine, from_environment).read(at)
        explanation = explain(options.parent, snapshot, moment, context.settings, scratch / "gate", listed)
    show_explanation(explanation, moment)
    return 0


def decide_command(options: Namespace) -> int:
    """A past night decided again, beside what was decided then.

    0: all alike or explained; 1: a person must look; 2: nothing was on record to compare with.
    """
    context = CommandContext.load()
    if options.out:
        record_lookup(LookupKind.DECIDE, options.reason, context.now, from_environment)
    nights = context.ledger.decided_instants()
    at = decision_instant(options.at, nights)
    with context.scratch("decide") as scratch:
        moment = Moment(at, options.known_at or at)
        present = read_present(context.agency, moment, context.now, context.settings, scratch)
        replayed = replay(present, context.ledger.decisions(at), from_environment, scratch)
    if options.out:
        write_decisions(replayed, Path(options.out).absolute())
    show_replay(replayed)
    if replayed.comparison is None:
        console.print(f"No decisions are on record at that instant, so nothing was compared; {nearest(at, nights)}.")
        return NOTHING_COMPARED
    return 1 if replayed.alarms else 0


def _suppression_list(context: CommandContext) -> SuppressionList | None:
    """None where there is no ledger: a preview may be made without."""
    if from_environment("ledger_db") is None:
        return None
    return suppression_records(context.ledger.engine, from_environment).read()


def _reference_key() -> ReferenceKey:
    """The key for references, or one for this preview alone."""
    known = from_environment("reference_key") is not None
    return reference_key(from_environment) if known else ReferenceKey("preview", secrets.token_bytes(32))

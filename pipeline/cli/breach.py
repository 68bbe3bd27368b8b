"""The command `breach`: who was in what leaked, as a report for the authority and a list for the agency's letters."""

from argparse import Namespace
from functools import partial
from pathlib import Path

from rich.markup import escape

from pipeline.answers.breach.collect import collect_breach, find_drop
from pipeline.answers.breach.facts import BreachFacts, BreachQuestion
from pipeline.answers.breach.report import affected_csv, breach_report
from pipeline.answers.lookup import LookupKind, parse_reason
from pipeline.answers.lookup_log import record_lookup
from pipeline.cli.answers import agency_contact
from pipeline.cli.context import CommandContext
from pipeline.core.connections import from_environment
from pipeline.core.documents.html_pdf import write_document
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.core.terminal import console
from pipeline.ledger.persons import ledger_key_of
from pipeline.source.extract import extract


def breach_command(options: Namespace) -> int:
    """HTML, PDF and CSV, which only their owner can read: the look-up is on record first. 1 when nobody was in it."""
    context, reason = CommandContext.load(), parse_reason(options.reason)
    agency, question = agency_contact(context.settings), _question(options, context)
    record_lookup(LookupKind.BREACH, reason, context.now, from_environment)
    with context.scratch("breach") as scratch:
        snapshot = extract(context.agency, context.now, context.settings, scratch, context.source.known().loads_alone)
        facts = collect_breach(question, context.ledger, snapshot, partial(ledger_key_of, from_environment))
    document = breach_report(facts, agency, context.settings, reason)
    stem = f"inbreuk-{context.now:%Y%m%d-%H%M%S-%f}"
    _show(facts, write_document(document, context.now, Path(options.out).absolute(), stem, csv=affected_csv(facts)))
    return 0 if facts.parents else 1


def _question(options: Namespace, context: CommandContext) -> BreachQuestion:
    """Raises SettingsError for a question that names neither one drop nor one recipient's nights."""
    if options.drop is not None:
        if options.recipient or options.first or options.last:
            raise SettingsError("--drop names one drop: give neither --recipient, --from nor --to with it")
        kbo, night = find_drop(context.ledger, options.drop)
        return BreachQuestion(kbo, night, night, options.drop, context.now, options.noticed)
    if not (options.recipient and options.first and options.last):
        raise SettingsError("give --drop NAME, or --recipient KBO with --from and --to")
    if options.first > options.last:
        raise SettingsError("--from is after --to: no night lies between them")
    return BreachQuestion(Kbo(options.recipient), options.first, options.last, None, context.now, options.noticed)


def _show(facts: BreachFacts, paths: tuple[Path, ...]) -> None:
    console.print(f"{len(facts.parents)} parents in {len(facts.drops)} drops; the look-up is on record.")
    console.print(escape("\n".join(map(str, paths))), soft_wrap=True, highlight=False)

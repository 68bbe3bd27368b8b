"""The command `overview`: an answer to parliament is made, kept under a number, and given again."""

from argparse import Namespace
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from pathlib import Path

from rich.markup import escape

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.answers.overview.collect import collect_overview
from pipeline.answers.overview.days import parse_day, refuse_the_future
from pipeline.answers.overview.kept import (
    KeptOverview,
    keep_overview,
    next_number,
    pack_files,
    read_kept,
    read_kept_files,
)
from pipeline.answers.overview.model import AuthorityState, Overview
from pipeline.answers.overview.write import overview_files, write_files
from pipeline.cli.context import CommandContext
from pipeline.core.documents import dutch
from pipeline.core.errors import SettingsError
from pipeline.core.terminal import new_table, show_table


def overview_command(options: Namespace) -> int:
    """Which authorities exchange, under which papers, as HTML, PDF, XLSX and CSV. No person is in it or looked up."""
    context = CommandContext.load()
    if options.list:
        return _list_kept(context)
    if not options.out:
        raise SettingsError("name the folder to write into: --out DIR")
    folder = Path(options.out).absolute()
    if options.number is not None:
        print("\n".join(map(str, write_files(read_kept_files(context.ledger.engine, options.number), folder))))
        return 0
    return _make(context, options, folder)


def _make(context: CommandContext, options: Namespace, folder: Path) -> int:
    """What is kept is on record before it is given: no record, no answer."""
    question = parse_reason(options.keep, "--keep") if options.keep is not None else None
    ledger = context.ledger_of_ours("overview") if question is not None else context.ledger
    as_of, known_at = parse_day(options.as_of), options.known_at or context.now
    refuse_the_future(as_of, known_at, context.now)
    with context.scratch("overview") as scratch:
        overview = collect_overview(context.agency, ledger, as_of, known_at, context.settings, scratch)
    if question is None:
        _show(overview, write_files(overview_files(overview), folder))
        return 0
    number = next_number(ledger.engine)
    overview = replace(overview, number=number)
    files = overview_files(overview)
    packed = pack_files(files)
    about = (context.now, os_user(), question, sha256(packed).hexdigest())
    keep_overview(ledger.engine, KeptOverview(number, as_of, known_at, *about), packed)
    _show(overview, write_files(files, folder))
    return 0


def _show(overview: Overview, paths: tuple[Path, ...]) -> None:
    states = ", ".join(f"{len(overview.of(state))} {state}" for state in AuthorityState)
    print(f"{len(overview.authorities)} authorities on {overview.as_of}: {states}")
    for remark in overview.remarks:
        print(f"- {remark}")
    print("\n".join(map(str, paths)))
    if overview.number is not None:
        print(f"Kept as answer {overview.number}; the very same files: --number {overview.number}")
        return
    known_at = overview.known_at.astimezone(UTC).isoformat()
    print(f"The same again: --as-of {overview.as_of} --known-at {known_at}")


def _list_kept(context: CommandContext) -> int:
    table = new_table("Answers kept in the ledger", ("number", "day", "known at", "kept at", "by", "question"))
    for kept in read_kept(context.ledger.engine):
        known_at, at = dutch.instant(kept.known_at), dutch.instant(kept.at)
        table.add_row(str(kept.number), str(kept.as_of), known_at, at, escape(kept.who), escape(kept.reason))
    show_table(table)
    return 0

"""The commands `sheets list`, `sheets preview` and `sheets correct`."""

from argparse import Namespace
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.cli.context import CommandContext
from pipeline.core.errors import TerminalError
from pipeline.core.local_time import local_day
from pipeline.core.model import Moment
from pipeline.core.staging import private_folder, writing
from pipeline.core.terminal import console, counting, new_table, show_table
from pipeline.indicators.correction import FigureDifference, figure_differences, only_changed
from pipeline.indicators.edition import Edition, checked_agency_engine, make_edition
from pipeline.indicators.edition_file import ReleasedSheet, sheets_to_send
from pipeline.indicators.ledger import read_sheets, record_edition
from pipeline.indicators.sheet_file import sheet_enclosure

_PREVIEWED = "a preview: nothing was released"


def list_sheets_command(_options: Namespace) -> int:
    """Show every edition on record."""
    context = CommandContext.load()
    sheets = read_sheets(context.ledger.engine)
    waiting: set[ReleasedSheet] = set()
    for kbo in {sheet.kbo for sheet in sheets}:
        own = [sheet for sheet in sheets if sheet.kbo == kbo]
        waiting.update(sheets_to_send(own, context.ledger.recipient(kbo).delivery_state(context.today)))
    show_table(_editions_table(sheets, waiting))
    return 0


def preview_sheets_command(options: Namespace) -> int:
    """Write a CSV and a workbook per recipient."""
    out = private_folder(Path(options.out).absolute())
    with _next_edition(CommandContext.load(), options.year) as edition:
        for sheet in edition.released(os_user(), _PREVIEWED):
            for format_, content in sheet_enclosure(sheet, ("xlsx",)).contents.items():
                with writing(out / f"{sheet.kbo}.{sheet.name}.{format_}") as part:
                    part.write_bytes(content)
    console.print(f"{len(edition.sheets)} sheets, {_PREVIEWED}; see {out}", soft_wrap=True)
    return 0


def correct_sheets_command(options: Namespace) -> int:
    """Release a correction: 0 when it was released, 1 when there is nothing to correct or nobody said yes."""
    context, year, reason = CommandContext.load(), options.year, parse_reason(options.reason)
    with _next_edition(context, year) as complete:
        edition = only_changed(complete)
    if (
        edition.number == 1 and year >= context.now.year - 1 and not options.accept_held
    ):  # the figures of an older year came in too late for a night
        raise TerminalError(f"no indicator sheet of {year} is on record: a night releases the first edition")
    if not edition.sheets:
        console.print(f"Nothing that was shown of {year} changes: no new edition.")
        return 1
    show_table(_changes_table(figure_differences(edition), edition))
    if not options.accept_held:
        edition.require_not_held()
    elif edition.held and os_user() not in context.settings.approver_ids:
        raise TerminalError("only an approver accepts an edition that is held: see GEGEVENSDELING_APPROVERS")
    if not (options.yes or _confirmed_by_year(year)):
        console.print("Nothing was released.")
        return 1
    reason += f" (held for {len(edition.held)} counts, accepted)" if edition.held else ""
    record_edition(
        context.ledger_of_ours("indicators release").engine, edition.released(os_user(), reason), edition.known
    )
    whom = f"{len(edition.sheets)} recipients"
    console.print(f"Edition {edition.number} of {edition.year} is released: the next drops bring it to {whom}.")
    return 0


def _confirmed_by_year(year: int) -> bool:
    """Whether a person types the year that is to be corrected; no where nobody can be asked."""
    question = "What was released is never taken back. To release this, type the year: "
    try:
        return console.input(question).strip() == str(year)
    except EOFError:
        return False


@contextmanager
def _next_edition(context: CommandContext, year: int) -> Iterator[Edition]:
    """The next edition of a year by the agency's data now, checked as a night checks it."""
    settings, ledger, source = context.settings, context.ledger, context.source
    with (
        context.scratch("sheets") as scratch,
        counting(f"Counting and protecting {year}"),
        checked_agency_engine(source, context.now, settings, ledger.last_watermark(), scratch) as run,
    ):
        yield make_edition(run, year, Moment.of(context.now), settings, read_sheets(ledger.engine))


def _editions_table(released: Sequence[ReleasedSheet], waiting: Collection[ReleasedSheet]) -> Table:
    """A line an edition: who released it when and why, for how many, and how many are not known to have it."""
    table = new_table("Indicator sheets", ("year", "edition", "released", "by", "why"), ("recipients", "to be fetched"))
    for year, number in sorted({(sheet.year, sheet.edition) for sheet in released}):
        sheets = [sheet for sheet in released if (sheet.year, sheet.edition) == (year, number)]
        first, left = sheets[0], sum(sheet in waiting for sheet in sheets)
        day = local_day(first.released_at).isoformat()
        reasons = (escape(first.released_by), escape(first.reason))
        table.add_row(str(year), str(number), day, *reasons, f"{len(sheets):,}", f"{left:,}")
    return table


def _changes_table(changes: Sequence[FigureDifference], edition: Edition) -> Table:
    """A line a figure, as it was shown and as it would be."""
    title = f"{edition.year}: what edition {edition.number} changes in what is shown"
    table = new_table(title, ("recipient", "municipality", "figure"), ("before", "after"))
    for change in changes:
        table.add_row(change.kbo, escape(change.municipality), change.figure, str(change.before), str(change.after))
    return table

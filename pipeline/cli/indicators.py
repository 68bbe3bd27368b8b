"""`gegevensdeling sheets`: what is on record, a preview of the next edition, and a correction released by a person."""

import argparse
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.core.model import BRUSSELS

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.indicators.correction import Difference
    from pipeline.indicators.edition import Edition
    from pipeline.indicators.edition_file import Frozen
    from pipeline.ledger.db.ledger import LedgerDb

PREVIEWED = "a preview: nothing was released"


def add_arguments(one: argparse.ArgumentParser) -> None:
    """Those of `gegevensdeling sheets`."""
    add = one.add_subparsers(required=True, metavar="what").add_parser
    one = add("list", help="every edition on record, and how many recipients have it")
    one.set_defaults(run=list_)
    one = add("preview", help="write a year's next edition as it would be now, and release nothing")
    _add_year(one)
    one.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    one.set_defaults(run=preview)
    one = add("correct", help="release a new edition of a year: the next night's drops bring it")
    _add_year(one)
    one.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record")
    one.add_argument("--yes", action="store_true", help="do not ask: the differences were looked at")
    one.set_defaults(run=correct)


def _add_year(one: argparse.ArgumentParser) -> None:
    one.add_argument("--year", required=True, type=int, metavar="Y", help="the figures of 31 December of this year")


def list_(_options: argparse.Namespace) -> int:
    """`sheets list`."""
    from pipeline.core.terminal import console
    from pipeline.indicators.edition_file import to_send
    from pipeline.indicators.ledger import read_sheets

    ledger, today = _ledger(), datetime.now(UTC).astimezone(BRUSSELS).date()
    found = read_sheets(ledger.engine)
    by_kbo = {kbo: [sheet for sheet in found if sheet.kbo == kbo] for kbo in {sheet.kbo for sheet in found}}
    waiting = {one for kbo, sheets in by_kbo.items() for one in to_send(sheets, ledger.recipient(kbo).standing(today))}
    console.print(editions(found, waiting))
    return 0


def preview(options: argparse.Namespace) -> int:
    """`sheets preview`: a CSV and a workbook per recipient."""
    from pipeline.core.staging import private_folder, writing
    from pipeline.core.terminal import console
    from pipeline.indicators.sheet_file import enclosure

    out = private_folder(Path(options.out).absolute())
    with _made(options.year, PREVIEWED) as edition:
        for sheet in edition.sheets:
            for format_, content in enclosure(sheet, ("xlsx",)).contents.items():
                with writing(out / f"{sheet.kbo}.{sheet.name}.{format_}") as part:
                    part.write_bytes(content)
    console.print(f"{len(edition.sheets)} sheets, {PREVIEWED}; see {out}", soft_wrap=True)
    return 0


def correct(options: argparse.Namespace) -> int:
    """`sheets correct`: 0 when it was released, 1 when there is nothing to correct or nobody said yes."""
    from pipeline.answers.lookup import parse_reason
    from pipeline.core.errors import TerminalError
    from pipeline.core.terminal import console
    from pipeline.indicators.correction import correction, differences
    from pipeline.indicators.ledger import freeze

    with _made(options.year, parse_reason(options.reason)) as made:
        edition = correction(made)
    if edition.number == 1 and options.year >= datetime.now(UTC).year - 1:  # an older one came in too late for a night
        raise TerminalError(f"no indicator sheet of {options.year} is on record: a night releases the first edition")
    if not edition.sheets:
        console.print(f"Nothing that was shown of {options.year} changes: no new edition.")
        return 1
    console.print(changes(differences(edition), edition))
    if not (options.yes or _typed(options.year)):
        console.print("Nothing was released.")
        return 1
    freeze(_ledger().engine, edition.sheets, edition.known)
    whom = f"{len(edition.sheets)} recipients"
    console.print(f"Edition {edition.number} of {edition.year} is released: the next drops bring it to {whom}.")
    return 0


def _typed(year: int) -> bool:
    """Whether a person types the year that is to be corrected; no where nobody can be asked."""
    from pipeline.core.terminal import console

    question = "What was released is never taken back. To release this, type the year: "
    try:
        return console.input(question).strip() == str(year)
    except EOFError:
        return False


def _ledger() -> "LedgerDb":
    from pipeline.core.connections import from_environment, require
    from pipeline.ledger.db.ledger import open_existing_ledger

    return open_existing_ledger(require(from_environment, "ledger_db").database_uri)


@contextmanager
def _made(year: int, reason: str) -> "Iterator[Edition]":
    """The next edition of a year by what the agency says now, checked as a night checks it."""
    from pipeline.answers.lookup_log import os_user
    from pipeline.core.connections import from_environment, require
    from pipeline.core.model import Moment
    from pipeline.core.settings import Settings
    from pipeline.core.staging import private_folder
    from pipeline.core.terminal import counting
    from pipeline.indicators.edition import Release, make, of_now
    from pipeline.indicators.ledger import read_sheets

    settings, ledger, now = Settings.load(), _ledger(), datetime.now(UTC)
    uri, release = require(from_environment, "agency_db").database_uri, Release(Moment.of(now), os_user(), reason)
    with (
        TemporaryDirectory(prefix="sheets-", dir=private_folder(settings.staging_folder)) as scratch,
        counting(f"Counting and protecting {year}"),
        of_now(uri, now, settings, ledger.last_watermark(), Path(scratch)) as run,
    ):
        yield make(run, year, release, settings, read_sheets(ledger.engine))


def editions(found: "Sequence[Frozen]", waiting: "Collection[Frozen]") -> "Table":
    """A line an edition: who released it when and why, for how many, and how many are not known to have it."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("year", "edition", "released", "by", "why", title="Indicator sheets", title_justify="left")
    for column in ("recipients", "to be fetched"):
        table.add_column(column, justify="right")
    for key in sorted({(sheet.year, sheet.edition) for sheet in found}):
        sheets = [sheet for sheet in found if (sheet.year, sheet.edition) == key]
        left = sum(sheet in waiting for sheet in sheets)
        first, day = sheets[0], f"{sheets[0].released_at.astimezone(BRUSSELS):%Y-%m-%d}"
        said = (escape(first.released_by), escape(first.reason))
        table.add_row(str(key[0]), str(key[1]), day, *said, f"{len(sheets):,}", f"{left:,}")
    return table


def changes(found: "Sequence[Difference]", edition: "Edition") -> "Table":
    """A line a figure, as it was shown and as it would be."""
    from rich.markup import escape
    from rich.table import Table

    title = f"{edition.year}: what edition {edition.number} changes in what is shown"
    table = Table("recipient", "municipality", "figure", title=title, title_justify="left")
    for column in ("before", "after"):
        table.add_column(column, justify="right")
    for each in found:
        table.add_row(each.kbo, escape(each.municipality), each.figure, str(each.before), str(each.after))
    return table

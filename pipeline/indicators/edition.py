"""An edition of a year's sheets: counted, protected for all recipients at once, and frozen in one transaction."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from pipeline.core.engine import Engine
from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.indicators.edition_file import NIGHTLY, Frozen, next_edition
from pipeline.indicators.figures import Figures, figures, of_snapshot
from pipeline.indicators.indices import mergers, of_groups, of_municipalities
from pipeline.indicators.ledger import freeze, read_sheets
from pipeline.indicators.line import Rules
from pipeline.indicators.model import Line, Protected, Sheet
from pipeline.indicators.protect import protect
from pipeline.indicators.sheet_file import frozen, sheet_of
from pipeline.indicators.years import complete_years, years
from pipeline.source.check import check
from pipeline.source.extract import extract

log = logging.getLogger(__name__)

BIRTH_YEARS = 3
"""Those who are counted were born in so many years: years less than that apart share some."""

FIRST = "the figures of 31 December are in"


@dataclass(frozen=True)
class Edition:
    """What may be frozen; `known` are the sheets that its protection took into account.

    `not_made`: by NIS code, why a municipality is in no sheet.
    """

    year: int
    number: int
    sheets: tuple[Frozen, ...]
    known: tuple[Frozen, ...]
    not_made: Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """Who releases an edition, when, and why. For a first edition it is NIGHTLY."""

    moment: Moment
    by: str
    reason: str


def freeze_year(
    ledger: sa.Engine, checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path
) -> Edition | None:
    """Freeze the first edition of the last 31 December; None when it is on record, or its figures are not in yet.

    Raises FeedError, LedgerUnavailable or LedgerConflict; then nothing is frozen, and any later night does it.
    """
    known, year = read_sheets(ledger), moment.day.year - 1
    if next_edition(known, year) > 1:
        return None
    with of_snapshot(checked, moment, settings, folder) as run:
        (seen,) = [one for one in years(run, moment, settings) if one.year == year]
        if not seen.is_in:
            log.warning("no indicator sheets of %d yet: its figures are not in (%s)", year, seen.problem)
            return None
        made = make(run, year, Release(moment, NIGHTLY, FIRST), settings, known)
    freeze(ledger, made.sheets, made.known)
    return made


@contextmanager
def of_now(
    agency_uri: str, at: datetime, settings: Settings, watermark: bytes | None, folder: Path
) -> Iterator[Engine]:
    """An engine for `make` over what agency_db says now, checked against what the last night accepted.

    Raises AgencyUnreachable, FeedError, or TerminalError where it is so far from it that a night would be held.
    """
    snapshot = extract(agency_uri, at, settings, folder / "snapshot")
    checked = check(snapshot, Moment.of(at), at, settings, watermark, None).checked
    if isinstance(checked, HeldSnapshot):
        raise TerminalError(f"held: {checked.message}; correct once a night has accepted the feeds")
    with of_snapshot(checked, Moment.of(at), settings, folder / "spill") as run:
        yield run


def make(run: Engine, year: int, release: Release, settings: Settings, known: Sequence[Frozen]) -> Edition:
    """The next edition of a year, of every recipient that serves a municipality whose figures can be made.

    `run`: an engine that holds the feeds. Raises FeedError where the figures of the year are not in, and TerminalError
    where nobody serves a municipality.
    """
    day, number = release.moment.day, next_edition(known, year)
    found = figures(run, year, release.moment, settings, codes_on=day)
    lines = {line.nis_code: line for line in _protected(run, found, release.moment, settings, known)}
    sheets = [
        Sheet(kbo, year, number, day, served)
        for kbo, served in _served(run.run("indicators/served.sql", day=day).to_pylist(), lines).items()
    ]
    if not sheets:
        raise TerminalError(f"no recipient serves a municipality with figures of {year}: see recipient_municipality")
    for code, why in found.not_made.items():
        log.warning("municipality %s is in no sheet of %d: %s", code, year, why)
    made = tuple(frozen(sheet, release.moment.at, release.by, release.reason) for sheet in sheets)
    return Edition(year, number, made, tuple(known), found.not_made)


def _protected(
    run: Engine, found: Figures, moment: Moment, settings: Settings, known: Sequence[Frozen]
) -> tuple[Protected, ...]:
    """What may be shown, beside all that ever was, and all indices that are published of this year and those.

    Raises FeedError where the feeds have lost a year that was shown and shares birth years with this one: its index is
    public all the same, and what it gives away together with this year could not be seen.
    """
    earlier, day = shown_before(known), found.codes_on
    published = [*of_municipalities(found.counted, day), *of_groups(run, found.counted, day)]
    shown, there = {line.year for line in earlier} - {found.year}, set(complete_years(run, moment, settings))
    for year in sorted(year for year in shown if year in there or abs(year - found.year) < BIRTH_YEARS):
        published += of_municipalities(figures(run, year, moment, settings, codes_on=day).counted, day)
    rules = Rules(settings.small_cell_threshold, day)
    made = protect(found.counted, earlier, published, mergers(run), rules)
    if made.given_away:
        log.warning("%d counts of %d are narrowed by what was shown before", len(made.given_away), found.year)
    return made.lines


def _served(rows: Sequence[Mapping[str, str]], lines: Mapping[str, Protected]) -> dict[Kbo, tuple[Line, ...]]:
    served: dict[Kbo, list[Line]] = defaultdict(list)
    for row in rows:
        if shown := lines.get(row["nis_code"]):
            served[Kbo(row["kbo"])].append(Line(row["name"], shown))
    return {kbo: tuple(mine) for kbo, mine in served.items()}


def shown_before(known: Sequence[Frozen]) -> list[Protected]:
    """Every line of every sheet on record, oldest edition first, each once: recipients may share a municipality."""
    lines = [line.shown for one in known for line in sheet_of(one).lines]
    return [line for at, line in enumerate(lines) if line not in lines[:at]]

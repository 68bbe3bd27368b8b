"""An edition of a year's sheets: counted, protected for all recipients at once, and released in one transaction."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from pipeline.core.engine import Engine, snapshot_engine
from pipeline.core.errors import TerminalError
from pipeline.core.loads import AgencySource
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.indicators.edition_file import NIGHTLY, ReleasedSheet, next_edition
from pipeline.indicators.figures import Figures, count_figures
from pipeline.indicators.indices import group_indices, municipality_indices, read_mergers
from pipeline.indicators.ledger import read_sheets, record_edition
from pipeline.indicators.model import ProtectedCounts, Sheet, SheetLine
from pipeline.indicators.sheet_file import parse_sheet, release_sheet
from pipeline.indicators.years import complete_years, year_problems
from pipeline.source.check import check
from pipeline.source.extract import extract

log = logging.getLogger(__name__)

BIRTH_YEARS = 3
"""The children counted were born in so many years: years less than that apart share some."""

FIRST = "the figures of 31 December are in"


@dataclass(frozen=True)
class Edition:
    """An edition that may be released; `known` are the sheets that its protection took into account.

    `not_made`: by NIS code, why a municipality is in no sheet. `held`: in words, each small count that this edition and
    those before it would give away together, whatever it hides: then a person decides.
    """

    year: int
    number: int
    moment: Moment
    sheets: tuple[Sheet, ...]
    known: tuple[ReleasedSheet, ...]
    not_made: Mapping[str, str]
    held: tuple[str, ...] = ()

    def require_not_held(self) -> None:
        """Raises TerminalError with the reason and what a person can do."""
        if self.held:
            raise TerminalError(
                f"edition {self.number} of {self.year} is held: with the editions before it, it would give away "
                f"{'; '.join(self.held)}; leave it, or release it all the same by name and on record: "
                f"`gegevensdeling sheets correct --year {self.year} --accept-held`"
            )

    def released(self, by: str, reason: str) -> tuple[ReleasedSheet, ...]:
        """The sheets as they go on record, released at the moment of the count by NIGHTLY or a person."""
        return tuple(release_sheet(sheet, self.moment.at, by, reason) for sheet in self.sheets)


def release_first_edition(
    ledger: sa.Engine, checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path
) -> Edition | None:
    """Release the first edition of the last 31 December; None when released before, or its figures are not complete.

    Raises FeedError, LedgerUnavailable or LedgerConflict; then nothing is released, and a later night tries again.
    Raises TerminalError for one that is held, as long as no person released it.
    """
    known, year = read_sheets(ledger), moment.day.year - 1
    if next_edition(known, year) > 1:
        return None
    with snapshot_engine(checked.snapshot, moment, settings, folder) as run:
        if problem := year_problems(run, moment, settings)[year]:
            log.warning("no indicator sheets of %d yet: its figures are not in (%s)", year, problem)
            return None
        edition = make_edition(run, year, moment, settings, known)
    edition.require_not_held()
    record_edition(ledger, edition.released(NIGHTLY, FIRST), edition.known)
    return edition


@contextmanager
def checked_agency_engine(
    agency: AgencySource, at: datetime, settings: Settings, watermark: bytes | None, folder: Path
) -> Iterator[Engine]:
    """An engine for `make_edition` over agency_db as it is now, checked against the last accepted night.

    Raises AgencyUnreachable, FeedError, or TerminalError where a night with these feeds would be held.
    """
    snapshot = extract(agency.uri, at, settings, folder / "snapshot", agency.known().loads_alone)
    checked = check(snapshot, Moment.of(at), at, settings, watermark, None).checked
    if isinstance(checked, HeldSnapshot):
        raise TerminalError(f"held: {checked.message}; correct once a night has accepted the feeds")
    with snapshot_engine(checked.snapshot, Moment.of(at), settings, folder / "spill") as run:
        yield run


def make_edition(run: Engine, year: int, moment: Moment, settings: Settings, known: Sequence[ReleasedSheet]) -> Edition:
    """The next edition of a year, of every recipient that serves a municipality whose figures can be made.

    `run`: an engine that holds the feeds. Raises FeedError where the figures of the year are not complete, and
    TerminalError where no recipient serves a municipality.
    """
    day, number = moment.day, next_edition(known, year)
    figures = count_figures(run, year, moment, settings, codes_on=day)
    protected, held = _protected(run, figures, moment, settings, known)
    by_code = {line.nis_code: line for line in protected}
    lines: dict[Kbo, list[SheetLine]] = defaultdict(list)
    for row in run.run("indicators/served.sql", day=day).to_pylist():
        if shown := by_code.get(row["nis_code"]):
            lines[Kbo(row["kbo"])].append(SheetLine(row["name"], shown))
    if not lines:
        raise TerminalError(f"no recipient serves a municipality with figures of {year}: see recipient_municipality")
    for code, why in figures.not_made.items():
        log.warning("municipality %s is in no sheet of %d: %s", code, year, why)
    sheets = tuple(Sheet(kbo, year, number, day, tuple(served)) for kbo, served in lines.items())
    return Edition(year, number, moment, sheets, tuple(known), figures.not_made, held)


def _protected(
    run: Engine, figures: Figures, moment: Moment, settings: Settings, known: Sequence[ReleasedSheet]
) -> tuple[tuple[ProtectedCounts, ...], tuple[str, ...]]:
    """The counts that may be shown beside every sheet on record and every published index of this year and those; and
    what holds the edition, in words.

    Raises FeedError where the feeds have lost a shown year that shares birth years with this one: its index stays
    public, so the two years could not be protected together.
    """
    from pipeline.indicators.protect import protect  # with the solver, which takes 0.4 s to import

    earlier = shown_before(known)
    published = [*municipality_indices(figures.counted), *group_indices(run, figures.counted)]
    shown, complete = {line.year for line in earlier} - {figures.year}, set(complete_years(run, moment, settings))
    for year in sorted(year for year in shown if year in complete or abs(year - figures.year) < BIRTH_YEARS):
        published += municipality_indices(count_figures(run, year, moment, settings, codes_on=figures.codes_on).counted)
    protection = protect(figures.counted, earlier, published, read_mergers(run), settings.small_cell_threshold)
    if protection.given_away:
        log.warning("%d counts of %d are narrowed by what was shown before", len(protection.given_away), figures.year)
    return protection.lines, tuple(count.in_words for count in protection.held)


def shown_before(known: Sequence[ReleasedSheet]) -> list[ProtectedCounts]:
    """The counts in every sheet on record, oldest edition first, each once: recipients may share a municipality."""
    shown: list[ProtectedCounts] = []
    for sheet in known:
        for line in parse_sheet(sheet).lines:
            if line.shown not in shown:
                shown.append(line.shown)
    return shown

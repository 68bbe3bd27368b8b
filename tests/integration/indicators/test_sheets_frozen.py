"""The first edition of a year, from the agency's feeds to the ledger: once, protected, and for good."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copy

import pytest
import sqlalchemy as sa

from pipeline.core.engine import snapshot_engine
from pipeline.core.errors import FeedError, LedgerConflict, TerminalError
from pipeline.core.model import CheckedSnapshot, Moment
from pipeline.core.settings import Settings
from pipeline.indicators import edition
from pipeline.indicators.correction import figure_differences, only_changed
from pipeline.indicators.edition import Edition, make_edition, release_first_edition
from pipeline.indicators.edition_file import NIGHTLY, ReleasedSheet
from pipeline.indicators.ledger import read_sheets, record_edition
from pipeline.indicators.sheet_fields import FIRST_FIGURE, HEADER, SHEET_FIELDS
from pipeline.indicators.sheet_file import SUPPRESSED
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.sheets import with_children
from tests.support.worlds.small_world import AALST, BRUGGE, GENT, LEUVEN, small_world
from tests.support.worlds.tables import World, stage

NOW = Moment.of(datetime(2026, 6, 15, 1, 30, tzinfo=UTC))
FIGURES = {"44021": (1003, 124), "31005": (212, 3), "24062": (402, 61)}
"""Gent and Leuven may be shown; in Brugge three children could be recognised."""
RECIPIENTS = {BRUGGE: 1, LEUVEN: 1, GENT: 1}


@pytest.fixture(autouse=True)
def _no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    without_groups(monkeypatch)


def without_groups(patched: pytest.MonkeyPatch) -> None:
    """Of three inhabited municipalities they take seconds and say nothing; see test_sheets_indices.py."""
    patched.setattr(edition, "group_indices", lambda *_: [])


def agency(figures: dict[str, tuple[int, int]] | None = None, year: int = 2025) -> World:
    return with_children(small_world(RECIPIENTS, NOW.day), year, FIGURES if figures is None else figures)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> CheckedSnapshot:
    return stage(agency(), tmp_path_factory.mktemp("staged"), NOW.at)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    if request.param == "sqlite":
        return new_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}").engine
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return new_ledger(fresh()).engine


@pytest.fixture
def sqlite(tmp_path: Path) -> sa.Engine:
    return new_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}").engine


@pytest.fixture(scope="module")
def first_edition(snapshot: CheckedSnapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in SQLite with the first edition, to be copied."""
    folder = tmp_path_factory.mktemp("first")
    ledger = new_ledger(f"sqlite:///{folder / 'ledger.sqlite'}").engine
    with pytest.MonkeyPatch.context() as patched:
        without_groups(patched)
        assert frozen_now(ledger, snapshot, folder)
    ledger.dispose()
    return folder / "ledger.sqlite"


@pytest.fixture
def frozen(first_edition: Path, tmp_path: Path) -> sa.Engine:
    """The first edition is on record."""
    return new_ledger(f"sqlite:///{copy(first_edition, tmp_path / 'ledger.sqlite')}").engine


def frozen_now(ledger: sa.Engine, checked: CheckedSnapshot, folder: Path, at: Moment = NOW) -> Edition | None:
    return release_first_edition(ledger, checked, at, Settings(), folder / "spill")


def next_of(ledger: sa.Engine, checked: CheckedSnapshot, folder: Path) -> Edition:
    """As a person has it made."""
    with snapshot_engine(checked.snapshot, NOW, Settings(), folder / "spill") as run:
        return make_edition(run, 2025, NOW, Settings(), read_sheets(ledger))


def row(sheet: ReleasedSheet) -> dict[str, str]:
    (only,) = csv.DictReader(io.StringIO(sheet.csv, newline=""), delimiter=";")
    return only


def test_every_recipient_gets_its_own_municipalities(
    ledger: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path
) -> None:
    frozen_now(ledger, snapshot, tmp_path)
    sheets = read_sheets(ledger)
    assert [(one.kbo, one.year, one.edition) for one in sheets] == [(kbo, 2025, 1) for kbo in sorted(RECIPIENTS)]
    assert {(one.released_at, one.released_by) for one in sheets} == {(NOW.at, NIGHTLY)}
    gent = row(next(one for one in sheets if one.kbo == GENT))
    assert (gent["gemeente"], gent["kinderen"], gent["kansarm"]) == ("Gent", "1000", "120")
    assert (gent["kansarmoede-index"], gent["inkomen"]) == ("12,2", "60")


def test_what_is_small_is_in_no_sheet_at_all(frozen: sa.Engine) -> None:
    for one in read_sheets(frozen):
        for field in SHEET_FIELDS[FIRST_FIGURE:]:
            cell = row(one)[field["name"]]
            assert cell == SUPPRESSED or field["type"] == "number" or (int(cell) >= 5 and int(cell) % 5 == 0), cell
    (brugge,) = read_sheets(frozen, BRUGGE)
    assert {row(brugge)[name] for name in HEADER[FIRST_FIGURE:]} == {SUPPRESSED}
    assert "212" not in brugge.lines + brugge.csv, "nor on record"
    assert not any(exact in one.csv for one in read_sheets(frozen) for exact in (";1003;", ";124;", ";402;", ";61;"))


def test_it_is_frozen_once_whatever_the_agency_says_later(
    ledger: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path
) -> None:
    frozen_now(ledger, snapshot, tmp_path)
    before = read_sheets(ledger)
    other = stage(agency({"44021": (900, 300)}), tmp_path / "other", NOW.at)
    assert frozen_now(ledger, other, tmp_path) is None and frozen_now(ledger, snapshot, tmp_path) is None
    assert read_sheets(ledger) == before


@pytest.mark.parametrize("year", [2024, 2026])
def test_before_the_figures_are_in_there_is_none(sqlite: sa.Engine, tmp_path: Path, year: int) -> None:
    other = stage(agency(year=year), tmp_path / "staged", NOW.at)
    assert frozen_now(sqlite, other, tmp_path) is None and read_sheets(sqlite) == ()


def test_a_first_edition_that_is_held_is_not_released(
    sqlite: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = next_of(sqlite, snapshot, tmp_path)
    monkeypatch.setattr(edition, "make_edition", lambda *_: replace(made, held=("income in 44021, 2024, edition 1",)))
    with pytest.raises(TerminalError, match=r"income in 44021, 2024, edition 1; .*--accept-held"):
        frozen_now(sqlite, snapshot, tmp_path)
    assert read_sheets(sqlite) == ()


def test_the_next_year_is_made_beside_the_last(frozen: sa.Engine, tmp_path: Path) -> None:
    later = with_children(agency(), 2026, {nis: (children + 9, n + 7) for nis, (children, n) in FIGURES.items()}, 1)
    at = Moment.of(datetime(2027, 3, 1, 1, 30, tzinfo=UTC))
    assert frozen_now(frozen, stage(later, tmp_path / "later", at.at), tmp_path, at)
    assert [(one.year, one.edition) for one in read_sheets(frozen, GENT)] == [(2025, 1), (2026, 1)]


def test_a_shown_year_that_the_feeds_have_lost_stops_the_next(frozen: sa.Engine, tmp_path: Path) -> None:
    """Its index stays public: what both years together give away could not be seen."""
    later = Moment.of(datetime(2027, 6, 15, 1, 30, tzinfo=UTC))
    only = with_children(small_world(RECIPIENTS, later.day), 2026, FIGURES)
    with pytest.raises(FeedError, match="figures of 31 December 2025 are not in"):
        frozen_now(frozen, stage(only, tmp_path / "next", later.at), tmp_path, later)
    assert {one.year for one in read_sheets(frozen)} == {2025}


def test_nobody_who_serves_is_an_error_and_nothing_is_frozen(sqlite: sa.Engine, tmp_path: Path) -> None:
    made = agency()
    for served in made["recipient_municipality"]:
        served["valid_until"] = date(2026, 6, 14)
    with pytest.raises(TerminalError, match="no recipient serves"):
        frozen_now(sqlite, stage(made, tmp_path / "staged", NOW.at), tmp_path)
    assert read_sheets(sqlite) == ()


def test_a_recipient_without_figures_gets_no_sheet(sqlite: sa.Engine, tmp_path: Path) -> None:
    """A municipality with too many children in doubt has no line."""
    made = agency()
    doubtful = [home | {"nis_code": "24062"} for home in made["child_on_31_december"] if home["nis_code"] == "44021"]
    made["child_on_31_december"] += doubtful[:30]
    found = frozen_now(sqlite, stage(made, tmp_path / "staged", NOW.at), tmp_path)
    assert found and set(found.not_made) >= {"24062"}
    assert LEUVEN not in {one.kbo for one in read_sheets(sqlite)}


@pytest.mark.parametrize("after", [False, True])
def test_killed_beside_the_transaction_it_is_one_edition(
    ledger: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    def killed(*given: object) -> None:
        if after:
            record_edition(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(edition, "record_edition", killed)
        with pytest.raises(KeyboardInterrupt):
            frozen_now(ledger, snapshot, tmp_path)
    assert len(read_sheets(ledger)) == (3 if after else 0)
    frozen_now(ledger, snapshot, tmp_path)
    assert [one.edition for one in read_sheets(ledger)] == [1, 1, 1]


def test_another_run_that_was_first_wins(sqlite: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path) -> None:
    mine = next_of(sqlite, snapshot, tmp_path)
    frozen_now(sqlite, snapshot, tmp_path)
    with pytest.raises(LedgerConflict):
        record_edition(sqlite, mine.released("anna", "wrong count"), mine.known)
    assert {one.released_by for one in read_sheets(sqlite)} == {NIGHTLY}


def test_a_correction_is_of_those_alone_for_whom_something_changes(
    frozen: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path
) -> None:
    assert only_changed(next_of(frozen, snapshot, tmp_path)).sheets == ()
    other = stage(agency(FIGURES | {"44021": (1103, 224)}), tmp_path / "other", NOW.at)
    made = only_changed(next_of(frozen, other, tmp_path))
    released = made.released("anna", "wrong count")
    assert [(one.kbo, one.edition, one.released_by, one.reason) for one in released] == [
        (GENT, 2, "anna", "wrong count")
    ]
    record_edition(frozen, released, made.known)
    assert only_changed(next_of(frozen, other, tmp_path)).sheets == ()


def test_differences_are_of_what_was_shown(frozen: sa.Engine, tmp_path: Path) -> None:
    other = stage(agency(FIGURES | {"44021": (1103, 126), "31005": (212, 4)}), tmp_path / "other", NOW.at)
    found = figure_differences(next_of(frozen, other, tmp_path))
    assert {one.kbo for one in found} == {GENT}, "Brugge's three or four were never shown"
    shown = {one.figure: (one.before, one.after) for one in found}
    assert shown["kinderen"] == (1000, 1100) and shown["kansarm"] == (120, 125)


def test_a_year_that_is_not_in_cannot_be_corrected(
    sqlite: sa.Engine, snapshot: CheckedSnapshot, tmp_path: Path
) -> None:
    with (
        snapshot_engine(snapshot.snapshot, NOW, Settings(), tmp_path / "spill") as run,
        pytest.raises(FeedError, match="2019"),
    ):
        make_edition(run, 2019, NOW, Settings(), ())


def test_who_is_covered_or_not_plays_no_part(sqlite: sa.Engine, tmp_path: Path) -> None:
    """It is frozen for all at once, so that who joins later gets the same as everybody; only drops bring it."""
    made = agency()
    made["agreement"] = []
    frozen_now(sqlite, stage(made, tmp_path / "staged", NOW.at), tmp_path)
    assert {one.kbo for one in read_sheets(sqlite)} == set(RECIPIENTS) and AALST not in RECIPIENTS

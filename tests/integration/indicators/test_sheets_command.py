"""`gegevensdeling sheets`: what a policy officer lists, previews and corrects."""

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from pipeline.answers.lookup_log import os_user
from pipeline.cli import indicators as sheet_commands
from pipeline.cli.main import main
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.core.terminal import console
from pipeline.indicators import edition, protect
from pipeline.indicators.ledger import read_sheets, record_edition
from pipeline.indicators.linear_system import CountKey
from pipeline.indicators.sheet_file import release_sheet
from pipeline.ledger.db.ledger import open_ledger
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.sheets import line, sheet, with_children
from tests.support.worlds.small_world import GENT, execute, produce, small_world
from tests.support.worlds.tables import to_sqlite

NOW = datetime.now(UTC)
YEAR = NOW.astimezone(BRUSSELS).year - 1
AS_COUNTED = release_sheet(
    sheet(1, YEAR, GENT, (line(children=1000, deprived=120, weak=60, year=YEAR),)), NOW, "nightly", "in"
)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency where Gent has a thousand children and some."""
    folder = tmp_path_factory.mktemp("laid")
    made = with_children(small_world({GENT: 1}, local_day(NOW)), YEAR, {"44021": (1103, 126)})
    to_sqlite(made, folder / "agency.db", produced_at=NOW)
    return folder


@pytest.fixture
def ledger(laid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """With Gent's first sheet, of other figures, on record. Without groups, as in test_sheets_frozen.py."""
    shutil.copy(laid / "agency.db", tmp_path / "agency.db")
    uri = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setattr(edition, "group_indices", lambda *_: [])
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", uri)
    monkeypatch.setenv("AIRFLOW_CONN_AGENCY_DB", f"sqlite:///{tmp_path / 'agency.db'}")
    monkeypatch.setenv("GEGEVENSDELING_STAGING", str(tmp_path / "staging"))
    (tmp_path / "anchors").mkdir()
    monkeypatch.setenv("GEGEVENSDELING_ANCHORS", str(tmp_path / "anchors"))
    record_edition(new_ledger(uri).engine, [AS_COUNTED], ())
    return uri


def on_record(uri: str) -> list[tuple[int, int]]:
    return [(one.year, one.edition) for one in read_sheets(open_ledger(uri).engine)]


def test_every_edition_is_listed(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sheets", "list"]) == 0
    (shown,) = [each for each in capsys.readouterr().out.splitlines() if "nightly" in each]
    cells = [cell.strip() for cell in shown.split("│")[1:-1]]
    assert cells == [str(YEAR), "1", f"{NOW.astimezone(BRUSSELS):%Y-%m-%d}", "nightly", "in", "1", "1"]


def test_a_preview_releases_nothing(ledger: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["sheets", "preview", "--year", str(YEAR), "--out", str(out)]) == 0
    assert "nothing was released" in capsys.readouterr().out and on_record(ledger) == [(YEAR, 1)]
    names = [f"{GENT}.indicatoren-{YEAR}-2.{end}" for end in ("csv", "xlsx")]
    assert sorted(path.name for path in out.iterdir()) == names
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    with (out / names[0]).open(encoding="utf-8-sig", newline="") as stream:
        (gent,) = csv.DictReader(stream, delimiter=";")
    assert (gent["kinderen"], gent["kansarm"], gent["editie"]) == ("1100", "125", "2")
    assert openpyxl.load_workbook(out / names[1]).active["F2"].value == 1100
    assert list((tmp_path / "staging").iterdir()) == [], "no row stays"


@pytest.mark.parametrize("typed", [str(YEAR - 1), "", "yes", None])
def test_only_the_year_itself_is_a_yes(typed: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_question: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr(console, "input", answer)
    assert not sheet_commands._confirmed_by_year(YEAR)


def test_who_does_not_type_the_year_releases_nothing(
    ledger: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "input", lambda _: "yes")
    assert main(["sheets", "correct", "--year", str(YEAR), "--reason", "file 12"]) == 1
    said = capsys.readouterr().out
    assert "Nothing was released." in said and on_record(ledger) == [(YEAR, 1)]


def test_who_types_it_releases_the_next_edition_by_name(
    ledger: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "input", lambda _: f"{YEAR}\n")
    assert main(["sheets", "correct", "--year", str(YEAR), "--reason", "file 12"]) == 0
    shown = [[cell.strip() for cell in each.split("│")[1:-1]] for each in capsys.readouterr().out.splitlines()]
    assert [GENT, "Gent", "kinderen", "1000", "1100"] in shown and [GENT, "Gent", "kansarm", "120", "125"] in shown
    assert "1103" not in str(shown) and "126" not in str(shown)
    (_, second) = read_sheets(open_ledger(ledger).engine)
    assert (second.edition, second.reason) == (2, "file 12") and second.released_by not in ("", "nightly")


def test_what_says_the_same_is_no_new_edition(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sheets", "correct", "--year", str(YEAR), "--reason", "file 12", "--yes"]
    assert main(arguments) == 0
    assert main(arguments) == 1
    assert "no new edition" in capsys.readouterr().out and on_record(ledger) == [(YEAR, 1), (YEAR, 2)]


def test_a_year_of_which_nothing_is_on_record_cannot_be_corrected(
    ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    new_ledger(empty)
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", empty)
    assert main(["sheets", "correct", "--year", str(YEAR), "--reason", "file 12", "--yes"]) == 1
    assert "a night releases the first edition" in capsys.readouterr().err and on_record(empty) == []


def test_feeds_that_cannot_be_trusted_correct_nothing(
    ledger: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agency = f"sqlite:///{tmp_path / 'agency.db'}"
    execute(agency, "delete from indicator_assessment")
    produce(agency, datetime.now(UTC))
    execute(agency, "update feed_control set row_count = 5 where feed = 'child'")
    assert main(["sheets", "correct", "--year", str(YEAR), "--reason", "file 12", "--yes"]) == 1
    assert "feed" in capsys.readouterr().err and on_record(ledger) == [(YEAR, 1)]


def test_a_reason_is_one_line_without_a_persons_number(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sheets", "correct", "--year", str(YEAR), "--yes", "--reason"]
    assert [main([*arguments, reason]) for reason in ("", "a\nb", "90010100024")] == [1, 1, 1]
    assert on_record(ledger) == [(YEAR, 1)] and "--reason" in capsys.readouterr().err


def test_a_year_whose_figures_came_in_too_late_for_a_night_is_released_by_a_person(
    ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = f"sqlite:///{tmp_path / 'late.db'}"
    new_ledger(late)
    made = with_children(small_world({GENT: 1}, local_day(NOW)), YEAR - 1, {"44021": (1103, 126)})
    agency = to_sqlite(made, tmp_path / "late agency.db", produced_at=NOW)
    monkeypatch.setenv("AIRFLOW_CONN_AGENCY_DB", f"sqlite:///{agency}")
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", late)
    assert main(["sheets", "correct", "--year", str(YEAR - 1), "--reason", "came in March", "--yes"]) == 0
    assert on_record(late) == [(YEAR - 1, 1)]


def test_one_that_is_held_says_why_and_waits_for_an_approver(
    ledger: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = CountKey(("44021",), YEAR, "deprived")
    monkeypatch.setattr(protect, "narrow_counts", lambda knowledge, _: (narrow,) if knowledge.corrections else ())
    arguments = ["sheets", "correct", "--year", str(YEAR), "--reason", "file 12", "--yes"]
    assert main(arguments) == 1
    assert f"is held: with the editions before it, it would give away deprived in 44021, {YEAR}" in _err(capsys)
    assert main([*arguments, "--accept-held"]) == 1
    assert "only an approver" in _err(capsys) and on_record(ledger) == [(YEAR, 1)]
    monkeypatch.setenv("GEGEVENSDELING_APPROVERS", os_user())
    assert main([*arguments, "--accept-held"]) == 0
    (_, second) = read_sheets(open_ledger(ledger).engine)
    assert second.reason == "file 12 (held for 1 counts, accepted)"


def _err(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())

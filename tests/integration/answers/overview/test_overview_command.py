"""`gegevensdeling overview` as it is typed: on a small world and on a synthetic Flanders."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from pipeline.answers.overview.kept import read_kept
from pipeline.cli.main import main
from pipeline.core.local_time import local_day
from pipeline.demo.world import synthesize
from tests.support.night import bare_environment
from tests.support.overseen import GENT, RecordedAgency, begun
from tests.support.worlds.small_world import person, small_world

PROGRAM = Path(sys.executable).with_name("gegevensdeling")
TODAY = local_day(datetime.now(UTC))


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordedAgency:
    """A small agency whose addresses are in the environment; Gent got a drop today."""
    made = RecordedAgency.of(small_world(), tmp_path / "world", begun(tmp_path, (GENT, str(TODAY - timedelta(days=1)))))
    for name, value in environment(made.uri, tmp_path).items():
        monkeypatch.setenv(name, value)
    return made


def environment(agency: str, folder: Path) -> dict[str, str]:
    return {
        "AIRFLOW_CONN_AGENCY_DB": agency,
        "AIRFLOW_CONN_LEDGER_DB": f"sqlite:///{folder / 'ledger.sqlite'}",
        "GEGEVENSDELING_STAGING": str(folder / "staging"),
        "GEGEVENSDELING_ANCHORS": str(folder / "anchors"),
    }


def test_it_writes_every_form_without_any_person_and_says_how_to_repeat_it(
    agency: RecordedAgency, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["overview", "--as-of", str(TODAY), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "5 authorities" in said and "4 in_force, 1 exchanging" in said
    again = said.rpartition("The same again: ")[2].split()
    assert main(["overview", *again, "--out", str(tmp_path / "again")]) == 0
    first, second = contents(tmp_path / "out"), contents(tmp_path / "again")
    assert first == second and len(first) == 10
    assert list((tmp_path / "staging").iterdir()) == []
    values = [value for value in person(101).values() if len(value) > 4]
    assert [(name, value) for name, form in first.items() for value in values if value.encode() in form] == []


def test_an_answer_is_given_again_byte_for_byte_by_its_number(
    agency: RecordedAgency, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever became of the registers since, whose rows tell what is and not what was."""
    (tmp_path / "anchors").mkdir()
    day = "2022-06-15"  # few months to count
    asked = ["overview", "--as-of", day, "--out"]
    assert main([*asked, str(tmp_path / "first"), "--keep", "vraag 84 van 29/02/2024"]) == 0
    assert "Kept as answer 1; the very same files: --number 1" in capsys.readouterr().out
    with closing(sqlite3.connect(agency.uri.removeprefix("sqlite:///"))) as database:
        database.execute("update recipient set name = name || ' (nu)'")
        database.commit()
    assert main([*asked, str(tmp_path / "second"), "--keep", "vraag 85"]) == 0
    for number, folder in ((1, "first"), (2, "second")):
        assert main(["overview", "--number", str(number), "--out", str(tmp_path / f"again{number}")]) == 0
        assert contents(tmp_path / f"again{number}") == contents(tmp_path / folder)
    first, second = (contents(tmp_path / folder) for folder in ("first", "second"))
    assert len(first) == len(second) == 10
    page = f"overzicht-{day}.html"
    assert b"Antwoord nr. 1: stand op" in first[page] and b"(nu)" not in first[page]
    assert b"Antwoord nr. 2: stand op" in second[page] and b"(nu)" in second[page]
    capsys.readouterr()
    assert main(["overview", "--list"]) == 0
    said = capsys.readouterr().out
    assert "vraag 84 van 29/02/2024" in said and "vraag 85" in said
    assert [kept.number for kept in read_kept(agency.ledger.engine)] == [1, 2]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as-of", "2026-02-30"], "--as-of is not a day: write it as 2026-06-15"),
        (["--as-of", str(TODAY + timedelta(days=1))], "is in the future: an overview can be made up to today"),
        (["--as-of", str(TODAY), "--known-at", "2999-01-01"], "--known-at 2999-01-01T00:00:00+01:00 is in the future"),
        (["--number", "3"], "no answer has number 3: `gegevensdeling overview --list` shows those on record"),
        (["--as-of", str(TODAY), "--keep", " "], "--keep is one line of 1 to 200 characters"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    agency: RecordedAgency, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["overview", *arguments, "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1 and not (tmp_path / "out").exists()


def test_without_a_ledger_nothing_is_answered_and_none_is_made(
    agency: RecordedAgency, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", f"sqlite:///{tmp_path / 'none'}")
    assert main(["overview", "--as-of", str(TODAY), "--out", str(tmp_path / "out")]) == 1
    assert "there is no ledger at the address" in capsys.readouterr().err
    assert not (tmp_path / "none").exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize("day", ["2022-03-10", "1970-01-01"])
def test_a_day_before_the_decree_is_a_clear_page(agency: RecordedAgency, tmp_path: Path, day: str) -> None:
    assert main(["overview", "--as-of", day, "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / f"overzicht-{day}.html").read_text("utf-8")
    assert "verscheen" in page and "11 maart 2022" in page


def test_a_synthetic_flanders_within_seconds(tmp_path: Path) -> None:
    """As a process of its own, from the shell: what a policy officer waits for."""
    as_of = date(2026, 6, 15)
    uri = f"sqlite:///{tmp_path / 'agency.db'}"
    synthesize(uri, 1, 0.02, as_of)
    begun(tmp_path, (GENT, "2026-06-15"))
    command = [str(PROGRAM), "overview", "--as-of", str(as_of), "--out", str(tmp_path / "out")]
    started = monotonic()
    done = subprocess.run(
        command,
        env=bare_environment() | environment(uri, tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "286 authorities on 2026-06-15" in done.stdout and "1 exchanging" in done.stdout
    assert "meer dan één bestuur instaat" in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 10
    print(f"overview of a synthetic Flanders: {monotonic() - started:.1f} s")

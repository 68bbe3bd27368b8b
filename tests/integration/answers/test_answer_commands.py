"""`person` and `register` as they are typed, and what goes on record of every look-up."""

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from pipeline.cli.main import main
from pipeline.ledger.anchors import put_anchor
from pipeline.ledger.db.chain import head
from pipeline.ledger.persons import person_hashes
from tests.e2e.search import canaries, found_under, search
from tests.support.answers import GENT, Desk, ledger_key
from tests.support.night import bare_environment
from tests.support.worlds.small_world import execute, person, small_world
from tests.support.worlds.tables import to_sqlite

PROGRAM = Path(sys.executable).with_name("gegevensdeling")
HERS, HIS = 101, 102
INSZ = person(HERS)["insz"]
Type = Callable[..., int]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = small_world({GENT: 2})
    made["parent"][1]["family_id"] = HERS
    (tmp_path / "house").mkdir()
    agency = to_sqlite(made, tmp_path / "agency.db", datetime.now(UTC))
    found = Desk(tmp_path, f"sqlite:///{agency}", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    found.deliver(GENT, date(2026, 6, 1), [(HERS, INSZ), (HIS, person(HIS)["insz"])])
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


def look_ups(desk: Desk) -> list[tuple[str, str]]:
    with desk.ledger.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.text("select what, reason from look_up order by id"))]


def out(desk: Desk) -> Path:
    return desk.folder / "out"


def by_pipe(desk: Desk, insz: str, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [str(PROGRAM), "person", "--insz", "--out", str(out(desk)), "--reason", "INZ-7", *more]
    environment = bare_environment() | desk.environment
    return subprocess.run(
        command, input=insz, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def test_the_number_is_asked_for_and_shown_nowhere(desk: Desk) -> None:
    """In a terminal of its own: not echoed, and neither in the arguments nor in the environment of the process."""
    arguments = [str(PROGRAM), "person", "--insz", "--out", str(out(desk)), "--reason", "INZ-7"]
    child, terminal = pty.fork()
    if child == 0:
        os.execve(PROGRAM, arguments, bare_environment() | desk.environment)
    shown = _read_until(terminal, b"INSZ (not shown): ")
    of_process = [Path(f"/proc/{child}/{name}").read_bytes() for name in ("cmdline", "environ")]
    os.write(terminal, INSZ.encode() + b"\n")
    shown += _read_until(terminal, b"no such text, so up to the end")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    os.close(terminal)
    assert all(search(content, {INSZ: "insz"}) == set() for content in (shown, *of_process))
    assert len(list(out(desk).iterdir())) == 3


def _read_until(terminal: int, wanted: bytes) -> bytes:
    shown, deadline = b"", time.monotonic() + 300
    with suppress(OSError):  # EIO: the other side is closed
        while wanted not in shown and (chunk := os.read(terminal, 1024)):
            assert time.monotonic() < deadline
            shown += chunk
    return shown


def test_from_standard_input_where_that_is_no_terminal(desk: Desk) -> None:
    done = by_pipe(desk, f"{INSZ[:6]}-{INSZ[6:9]}.{INSZ[9:]}\n")
    assert done.returncode == 0, done.stderr
    assert INSZ not in done.stdout + done.stderr
    html, data, pdf = sorted(out(desk).iterdir())
    assert (html.suffix, data.suffix, pdf.suffix, html.stem) == (".html", ".json", ".pdf", pdf.stem)
    assert {path.stat().st_mode & 0o777 for path in (html, data, pdf)} == {0o600}
    assert out(desk).stat().st_mode & 0o777 == 0o700
    assert look_ups(desk) == [("person", "INZ-7")]


def test_nothing_of_anybody_is_in_the_files_their_names_the_ledger_or_what_is_left_behind(desk: Desk) -> None:
    assert by_pipe(desk, INSZ).returncode == 0
    agency = Path(desk.agency.removeprefix("sqlite:///"))
    assert found_under(desk.folder, canaries([HERS, HIS]), but=[agency]) == {}
    assert not list((desk.folder / "staging").iterdir())
    with closing(sqlite3.connect(agency)) as connection:
        assert connection.execute("select count(*) from parent").fetchone() == (2,)


def test_the_pdf_says_what_the_page_says(desk: Desk) -> None:
    assert by_pipe(desk, INSZ).returncode == 0
    html, data, pdf = sorted(out(desk).iterdir())
    deliveries = json.loads(data.read_text("utf-8"))["onderdelen"]["Wat met wie is gedeeld"]
    assert [row["Nacht"] for row in deliveries[1]["Elke levering"]] == ["01/06/2026"]
    printed = " ".join("".join(page.extract_text() for page in PdfReader(pdf).pages).split())
    for figure in ("OCMW Gent", "01/06/2026", "INZ-7", f"P{GENT}", "toestemming", "365 dagen"):
        assert figure in printed and figure in html.read_text()


@pytest.mark.parametrize("typed", [INSZ, f"={INSZ}"])
def test_a_number_on_the_command_line_is_refused_unread(
    desk: Desk, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    given = ["--insz" + typed] if typed.startswith("=") else ["--insz", typed]
    assert main(["person", *given, "--out", str(out(desk)), "--reason", "x"]) == 1
    said = capsys.readouterr()
    assert INSZ not in said.out + said.err and "never typed on the command line" in said.err
    assert not out(desk).exists() and look_ups(desk) == []


def test_a_slip_of_the_finger_is_no_answer(desk: Desk) -> None:
    done = by_pipe(desk, INSZ[:-1] + str((int(INSZ[-1]) + 1) % 10))
    assert done.returncode == 1 and "that is no INSZ" in done.stderr
    assert not out(desk).exists() and look_ups(desk) == []


def test_by_the_row_for_a_parent_without_a_number(desk: Desk) -> None:
    assert main(["person", "--parent", str(HERS), "--out", str(out(desk)), "--reason", "INZ-8"]) == 0
    assert look_ups(desk) == [("person", "INZ-8")]
    html, data, pdf = sorted(path.name for path in out(desk).iterdir())
    assert re.fullmatch(r"inzage-\d{8}-\d{6}-\d{6}\.html", html), "an instant, and nothing about whom"
    assert (data, pdf) == (html.replace(".html", ".json"), html.replace(".html", ".pdf"))


@pytest.mark.parametrize("command", [["person", "--parent", "101"], ["register"]])
def test_a_reason_is_required(desk: Desk, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--out", str(out(desk))])
    assert "--reason" in capsys.readouterr().err
    assert main([*command, "--out", str(out(desk)), "--reason", "  "]) == 1
    assert look_ups(desk) == [] and not out(desk).exists()


def test_the_register(desk: Desk) -> None:
    assert main(["register", "--out", str(out(desk)), "--reason", "jaarverslag"]) == 0
    html, pdf, book = sorted(out(desk).iterdir())
    assert html.name.startswith("register-") and pdf.read_bytes().startswith(b"%PDF") and book.suffix == ".xlsx"
    assert "OCMW Gent (KBO 0212.214.125)" in html.read_text() and "van kracht" in html.read_text()
    assert found_under(out(desk), canaries([HERS, HIS])) == {}
    assert look_ups(desk) == [("register", "jaarverslag")]


def test_an_explanation_goes_on_record_with_whom_it_is_about(desk: Desk) -> None:
    assert main(["explain", "--parent", str(HERS)]) == 0
    assert main(["explain", "--parent", str(HIS), "--reason", "INZ-9"]) == 0
    assert look_ups(desk) == [("explain", "none given"), ("explain", "INZ-9")]
    with desk.ledger.engine.begin() as connection:
        hashes = [bytes(row.person) for row in connection.execute(sa.text("select person from look_up order by id"))]
    assert hashes == person_hashes(desk.key, [HERS, HIS])


def test_decisions_written_to_a_file_go_on_record_and_counts_do_not(desk: Desk, tmp_path: Path) -> None:
    now = datetime.now(UTC).isoformat()
    main(["decide", "--at", now])
    assert look_ups(desk) == []
    main(["decide", "--at", now, "--out", str(tmp_path / "decisions.csv"), "--reason", "audit"])
    assert look_ups(desk) == [("decide", "audit")] and (tmp_path / "decisions.csv").exists()


COMMANDS = [
    ["person", "--parent", "101", "--out", "OUT", "--reason", "x"],
    ["register", "--out", "OUT", "--reason", "x"],
    ["explain", "--parent", "101"],
    ["decide", "--at", "2026-06-15T03:30", "--out", "OUT/decisions.csv"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each[0])
@pytest.mark.parametrize("broken", ["cannot be written", "is not there"])
def test_without_a_ledger_there_is_no_answer(
    desk: Desk, command: list[str], broken: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken == "is not there":
        monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", f"sqlite:///{desk.folder / 'mistyped.sqlite'}")
    else:
        execute(desk.ledger_uri, "create trigger full before insert on look_up begin select raise(abort, 'full'); end")
    assert main([part.replace("OUT", str(out(desk))) for part in command]) == 1
    said = capsys.readouterr()
    assert "ledger" in said.err and said.out == ""
    assert not out(desk).exists() and not (desk.folder / "mistyped.sqlite").exists()


def test_a_key_that_is_not_kept_is_no_answer(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.keys = [ledger_key("second")]
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_KEY", desk.environment["AIRFLOW_CONN_LEDGER_KEY"])
    assert main(["person", "--parent", str(HERS), "--out", str(out(desk)), "--reason", "x"]) == 1
    assert "keep it as ledger_key_first" in capsys.readouterr().err
    assert not out(desk).exists()


def test_the_agencys_own_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    words = desk.folder / "contact.txt"
    words.write_text("# note\nHet echte agentschap\n\nBel ons <nu> & altijd.\n")
    monkeypatch.setenv("GEGEVENSDELING_CONTACT", str(words))
    assert main(["person", "--parent", str(HERS), "--out", str(out(desk)), "--reason", "x"]) == 0
    (html,) = out(desk).glob("*.html")
    assert "Het echte agentschap" in html.read_text() and "Bel ons &lt;nu&gt; &amp; altijd." in html.read_text()


@pytest.mark.parametrize("text", [None, "", "# only a note\n", "Only a name\n"])
def test_words_that_say_nothing_are_refused(
    desk: Desk, text: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = desk.folder / "contact.txt"
    if text is not None:
        words.write_text(text)
    monkeypatch.setenv("GEGEVENSDELING_CONTACT", str(words))
    assert main(["register", "--out", str(out(desk)), "--reason", "x"]) == 1
    assert "contact" in capsys.readouterr().err.lower()


def test_look_ups_stand_in_the_chain_and_one_that_is_changed_shows(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "anchors").mkdir()
    with desk.ledger.engine.begin() as connection:
        put_anchor(desk.folder / "anchors", head(connection), None, "night", datetime.now(UTC))
    monkeypatch.setenv("GEGEVENSDELING_ANCHORS", str(desk.folder / "anchors"))
    assert main(["explain", "--parent", str(HERS)]) == 0
    assert main(["person", "--parent", str(HERS), "--out", str(out(desk)), "--reason", "INZ-7"]) == 0
    assert main(["ledger", "verify"]) == 0
    execute(desk.ledger_uri, "drop trigger look_up_no_update")
    execute(desk.ledger_uri, "update look_up set who = 'nobody' where id = 1")
    capsys.readouterr()
    assert main(["ledger", "verify"]) == 1
    assert "look_up" in capsys.readouterr().out

"""A whole night and its ledger: heads in manifests and anchors, nothing sent without, and `ledger verify --hosts`.

The first night and the second are taken once: a test that begins after one of them finds the house as it was then."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core.errors import LedgerUnavailable, TerminalError
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.ledger.anchors import Anchor, read_anchors
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.installation import require_installation
from pipeline.tasks import housekeeping
from tests.support.night import House, run_night
from tests.support.saved_house import SavedHouse, save, saved
from tests.support.worlds.books import Book
from tests.support.worlds.small_world import BRUGGE, LEUVEN, small_world


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    with saved(tmp_path_factory.mktemp("anchored"), small_world({BRUGGE: 2, LEUVEN: 2})) as house:
        yield house


@pytest.fixture(scope="module")
def after_one(fresh: SavedHouse) -> SavedHouse:
    return after_another_night(fresh, "first", 0)


@pytest.fixture(scope="module")
def after_two(after_one: SavedHouse) -> SavedHouse:
    return after_another_night(after_one, "second", 1)


def after_another_night(before: SavedHouse, run: str, days: int) -> SavedHouse:
    """So many days from now."""
    house = before.anew()
    assert run_night(house.night(run, at=datetime.now(UTC) + timedelta(days))).errors == {}
    return save(house, before.copy.with_name(run))


@pytest.fixture
def new_house(fresh: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    """Before any night."""
    return fresh.entered(monkeypatch)


@pytest.fixture
def house(after_one: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    """After a night."""
    return after_one.entered(monkeypatch)


@pytest.fixture
def house_after_two(after_two: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    return after_two.entered(monkeypatch)


def put(house: House) -> list[Anchor]:
    return read_anchors(house.home.anchors)


def manifests(house: House, kbo: str = BRUGGE) -> list[Path]:
    return sorted(house.out(kbo).glob("*.datapackage.json"))


def ledger(house: House, *statements: str) -> None:
    """As whoever owns the file."""
    with closing(sqlite3.connect(house.home.ledger)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_night_begins_and_ends_with_an_anchor_and_its_manifests_show_the_first(house: House) -> None:
    assert next(anchor.head.n for anchor in put(house) if anchor.head) == 1, "whose the ledger is"
    run_night(house.night("second"))
    heads = [anchor.head for anchor in put(house) if anchor.head]
    assert len(heads) == 4 and heads[1] == heads[2], "nothing is appended between two nights"
    assert heads[3] == open_ledger(house.ledger).head()
    shown = json.loads(manifests(house)[-1].read_bytes())["ledger_head"]
    assert shown in [vars(head) for head in heads[::2]]


def test_verify_finds_nothing_after_a_night(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "verify", "--hosts", "--manifest", str(manifests(house)[0])]) == 0
    said = capsys.readouterr().out
    assert "The ledger holds." in said and "2 anchors, the last " in said
    assert "would not be missed here if they were removed" in said


def test_a_ledger_as_long_as_its_anchor_with_another_head_stops_the_night_and_the_hour(house: House) -> None:
    """Made anew to the very length that is anchored: nothing is missing, and nothing is as it was."""
    newest = max(house.home.anchors.glob("*Z-*.json"), key=lambda path: path.name)
    newest.chmod(0o640)
    newest.write_text(newest.read_text().replace(open_ledger(house.ledger).head().sha256, "ab" * 32))
    before = house.footprint(BRUGGE)
    said = run_night(house.night("second")).errors["before"]
    assert isinstance(said, TerminalError) and "does not go on from what was anchored last" in str(said)
    with pytest.raises(TerminalError, match="does not go on"):
        housekeeping.recipients_to_follow_up(house.night("hour"))
    assert house.footprint(BRUGGE) == before


# Nothing is sent without


def test_without_the_anchors_folder_nothing_is_sent(new_house: House) -> None:
    new_house.home.anchors.rmdir()
    run = run_night(new_house.night())
    assert isinstance(run.errors["before"], LedgerUnavailable)
    assert "GEGEVENSDELING_ANCHORS" in str(run.errors["before"])
    assert list(new_house.out(BRUGGE).iterdir()) == list(new_house.out(LEUVEN).iterdir()) == []
    assert new_house.ledger_lines() == []


def test_a_night_that_cannot_be_anchored_at_its_end_is_red(new_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.tasks import nightly_delivery as tasks

    closed, gone = tasks.close_night, new_house.home.anchors.with_name("gone")

    def close(*told: object) -> object:
        new_house.home.anchors.rename(gone)
        return closed(*told)

    monkeypatch.setattr(tasks, "close_night", close)
    assert isinstance(run_night(new_house.night()).errors["close"], LedgerUnavailable)
    gone.rename(new_house.home.anchors)
    monkeypatch.setattr(tasks, "close_night", closed)
    assert run_night(new_house.night("again")).errors == {}
    assert main(["ledger", "verify"]) == 0


def test_without_the_chain_nothing_is_sent(new_house: House) -> None:
    require_installation(new_house.night())
    ledger(new_house, "create trigger stop before insert on link begin select raise(abort, 'no'); end")
    run = run_night(new_house.night())
    assert {BRUGGE, LEUVEN, "close"} == run.errors.keys()
    assert list(new_house.out(BRUGGE).iterdir()) == list(new_house.out(LEUVEN).iterdir()) == []


def back_up(ledger: Path, copy: Path) -> None:
    with closing(sqlite3.connect(ledger)) as now, closing(sqlite3.connect(copy)) as then:
        now.backup(then)


@pytest.mark.parametrize("restored, emptied", [(True, False), (False, False), (True, True)])
def test_a_ledger_that_does_not_go_on_from_its_anchor_stops_the_night(
    house_after_two: House, after_one: SavedHouse, restored: bool, emptied: bool
) -> None:
    """A backup put back, or a new database: what was sent since is not known to it. Whoever empties the anchors of
    since as well leaves their names, which tell how long the chain was."""
    house = house_after_two
    before = house.footprint(BRUGGE)
    for path in house.home.state.glob("ledger.db*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if restored:
        back_up(after_one.copy / house.home.ledger.relative_to(house.path), house.home.ledger)
    for anchor in put(house)[2:] if emptied else ():
        (house.home.anchors / anchor.name).chmod(0o600)
        (house.home.anchors / anchor.name).write_bytes(b"")
    run = run_night(house.night("third", at=datetime.now(UTC) + timedelta(days=2)))
    assert isinstance(run.errors["before"], TerminalError)
    assert "does not go on from what was anchored last" in str(run.errors["before"])
    assert house.footprint(BRUGGE) == before
    assert main(["ledger", "verify"]) == 1


# What lies before a recipient, against the ledger


def problems(capsys: pytest.CaptureFixture[str]) -> str:
    """What verify says, once it ended with 1."""
    capsys.readouterr()
    assert main(["ledger", "verify", "--hosts"]) == 1
    return " ".join(capsys.readouterr().out.split())


def test_what_was_done_on_the_host_shows(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (data,) = house.out(BRUGGE).glob("*[0-9].csv")
    whole = data.read_bytes()
    data.write_bytes(whole.replace(b"Voorbeeld", b"Voorbeelt", 1) if b"Voorbeeld" in whole else whole + b"x")
    assert "is not what was put there" in problems(capsys)
    data.unlink()
    assert "1 files are gone and the others lie there" in problems(capsys)
    data.mkdir()
    assert f"{data.name} is a folder, not the file that was put there" in problems(capsys)
    data.rmdir()
    (house.path / "same.csv").write_bytes(whole)
    data.symlink_to(house.path / "same.csv")
    assert f"{data.name} is a link, not the file that was put there" in problems(capsys)
    data.unlink()
    data.write_bytes(whole)
    stray = data.with_name(data.name.replace("_000001", "_000009"))
    stray.write_bytes(whole)
    said = problems(capsys)
    assert "lies there, and by the ledger it should not" in said and "1 problems." in said
    stray.unlink()
    for path in house.out(BRUGGE).iterdir():
        path.unlink()
    assert main(["ledger", "verify", "--hosts"]) == 0, "the recipient took it"


def test_a_host_that_cannot_be_compared_is_a_line_among_those_of_the_others(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """One refuses our account, and later is not sealed any more; the other is compared all the same."""
    known = load_recipients(house.home.recipients)
    (refusing,) = {*known} - {BRUGGE}
    house.refuse(refusing)
    (data,) = house.out(BRUGGE).glob("*[0-9].csv")
    data.write_bytes(data.read_bytes() + b"x")
    said = problems(capsys)
    assert "is not what was put there" in said and said.count("was not compared") == 1 and "2 problems." in said
    assert refusing in said and BRUGGE in said and "refuses our key" in said
    save_recipients(
        house.home.recipients, [replace(one, seal="") if one.kbo == refusing else one for one in known.values()]
    )
    said = problems(capsys)
    assert "is not what was put there" in said and said.count("was not compared") == 1 and "2 problems." in said
    house.home.recipients.write_text("[recipient]")
    assert "none was compared" in problems(capsys)


def test_a_drop_that_was_cut_from_the_ledger_shows_on_the_host(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when every anchor and manifest was made to fit."""
    book = Book(f"sqlite:///{house.home.ledger}", house.path / "none")
    book.cut(0)
    shutil.rmtree(house.home.anchors)
    house.home.anchors.mkdir()
    assert main(["ledger", "verify"]) == 0, "an empty ledger contradicts nothing"
    assert main(["ledger", "verify", "--hosts"]) == 1
    assert f"{BRUGGE}_" in capsys.readouterr().out


def test_references_that_are_not_the_lines_show(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book(f"sqlite:///{house.home.ledger}", house.path / "none")
    book.tamper(
        f"update disclosure set reference = 'R' where kbo = '{BRUGGE}' and id = (select min(id) from disclosure)"
    )
    (data,) = house.out(BRUGGE).glob("*[0-9].csv")
    with data.open(encoding="utf-8-sig", newline="") as file:
        rows = len(list(csv.DictReader(file, delimiter=";")))
    said = problems(capsys)
    assert f"has {rows} rows, {rows - 1} of them on record, of {rows} lines" in said
    assert "1 lines: whom it is about was changed" in said


def test_a_host_that_cannot_be_looked_at_is_a_problem(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.refuse(LEUVEN)
    said = problems(capsys)
    assert "was not compared" in said and LEUVEN in said and "1 problems." in said


def test_no_person_is_named(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    ledgers = open_ledger(house.ledger)
    held = [one for kbo in ledgers.recipients() for one in ledgers.recipient(kbo).holdings()]
    Book(f"sqlite:///{house.home.ledger}", house.path / "none").tamper("update disclosure set fields = 'x'")
    said = problems(capsys)
    assert held and not any(one.reference in said or one.person.hex() in said for one in held)


def test_redact_says_what_it_did(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "redact"]) == 0
    assert capsys.readouterr().out.startswith("Done: ")

"""`gegevensdeling decide` as an auditor types it, on a house in which nights were run, on SQLite and PostgreSQL."""

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from pipeline.cli.main import main
from pipeline.core.errors import SettingsError, TerminalError
from pipeline.core.run import RunContext
from pipeline.core.staging import purge
from pipeline.gate.replay.record import read_record
from pipeline.ledger.db.ledger import open_existing_ledger, open_ledger
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.persons import LedgerKey, ledger_key
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import end_run
from tests.e2e.search import canaries, found_under, search
from tests.support.night import House, lay
from tests.support.worlds.small_world import BRUGGE, LEUVEN, execute, small_world, to_postgresql
from tests.support.worlds.tables import World

Said = Callable[..., tuple[int, str]]


def a_world() -> World:
    return small_world({BRUGGE: 3, LEUVEN: 2})


def release(night: RunContext) -> None:
    """A night as far as its decisions: what is delivered after it does not matter here."""
    tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    end_run(night)


@pytest.fixture(scope="module")
def sqlite_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A night was run in it, and nobody changes its ledger."""
    with lay(tmp_path_factory.mktemp("sqlite") / "house", a_world()) as laid:
        release(laid.night("night"))
        yield laid


@pytest.fixture(scope="module")
def postgresql_night(tmp_path_factory: pytest.TempPathFactory, postgres: Callable[[], str]) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("postgresql") / "house"
    with lay(folder, a_world(), agency=postgres(), ledger=postgres()) as laid:
        release(laid.night("night"))
        yield laid


def with_agency(house: House, agency: str) -> House:
    """The house with another database of the agency, which a test may change."""
    return replace(house, agency=agency, environment=house.environment | {"AIRFLOW_CONN_AGENCY_DB": agency})


@pytest.fixture
def sqlite_house(sqlite_night: House, tmp_path: Path) -> House:
    """The agency's database is a copy of the night's."""
    return with_agency(sqlite_night, f"sqlite:///{shutil.copy(sqlite_night.home.world, tmp_path / 'agency.db')}")


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    if request.param == "sqlite":
        return cast(House, request.getfixturevalue("sqlite_house"))
    night, agency = request.getfixturevalue("postgresql_night"), request.getfixturevalue("postgres")()
    to_postgresql(a_world(), agency, tmp_path)
    return with_agency(night, agency)


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """For who runs another night in it, or looks through all of it."""
    with lay(tmp_path / "house", a_world()) as laid:
        release(laid.night("night"))
        yield laid


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[House], Said]:
    """What a person types in a house: the exit code, and all that was said."""

    def at_home(house: House) -> Said:
        for name, value in house.environment.items():
            if name.startswith(("AIRFLOW_CONN", "GEGEVENSDELING")):
                monkeypatch.setenv(name, value)

        def typed(*arguments: str) -> tuple[int, str]:
            code = main([*arguments])
            said = capsys.readouterr()
            return code, " ".join((said.out + said.err).split())

        return typed

    return at_home


def on_record(house: House) -> tuple[str, datetime]:
    """The only night's date, and the instant of its decision."""
    ((night, at),) = open_ledger(house.ledger).decided_instants()
    return str(night), at


def test_a_night_is_replayed_by_its_date_and_is_alike(house: House, types: Callable[[House], Said]) -> None:
    night, at = on_record(house)
    code, said = types(house)("decide", "--at", night)
    assert (code, "alarm" in said) == (0, False)
    assert "Parents 5: 5 alike, 0 not." in said and "Beside what run night decided then" in said
    code, again = types(house)("decide", "--at", at.isoformat())
    assert (code, again) == (0, said)


def test_what_was_recorded_since_changes_nothing_and_a_death_is_named(
    house: House, types: Callable[[House], Said]
) -> None:
    night, _ = on_record(house)
    now = datetime.now(UTC).isoformat(sep=" ", timespec="microseconds")
    grant = "select 1000 + event_id, parent_id, kbo, 'withdrawal', null, null, null, ?, ? from consent_event"
    house.change(f"insert into consent_event {grant}", now, now)
    typed = types(house)
    code, said = typed("decide", "--at", night)
    assert code == 0 and "5 alike" in said
    house.change("update parent set deceased_on = '2026-01-01' where parent_id = 101")
    code, said = typed("decide", "--at", night)
    assert code == 0 and "4 alike, 1 not" in said
    assert "released │ deceased │ parent │ 1" in said


def test_a_grant_that_vanished_is_an_alarm(house: House, types: Callable[[House], Said]) -> None:
    night, _ = on_record(house)
    house.change("delete from consent_event where parent_id = 102")
    code, said = types(house)("decide", "--at", night)
    assert code == 1
    assert "released │ no_consent │ consent_event, altered │ 1" in said
    assert "alarm: append-only table consent_event: 1 rows fewer than were known" in said


def test_known_at_a_later_instant_names_what_was_learned(sqlite_house: House, types: Callable[[House], Said]) -> None:
    """A withdrawal of before the night, told after it."""
    house = sqlite_house
    night, at = on_record(house)
    told = datetime.now(UTC)
    came = "select 1000, parent_id, kbo, 'withdrawal', null, null, null, ?, ? from consent_event where parent_id = 201"
    before = (at - timedelta(hours=1)).isoformat(sep=" ")
    house.change(f"insert into consent_event {came}", before, told.isoformat(sep=" "))
    typed = types(house)
    assert "5 alike" in typed("decide", "--at", night)[1]
    code, said = typed("decide", "--at", night, "--known-at", told.isoformat())
    assert code == 0 and "released │ withdrawn │ known since: consent_event │ 1" in said
    assert f"as it held at {_brussels(at)}, with what was recorded by {_brussels(told)}" in said
    _, said = typed("explain", "--parent", "201", "--at", at.isoformat())
    assert "consent_event 1000: withdrawal, not known yet" in said and "Parent 201: released" in said
    _, said = typed("explain", "--parent", "201", "--at", at.isoformat(), "--known-at", told.isoformat())
    assert "consent_event 1000: withdrawal, counts" in said and "Parent 201: withheld: withdrawn" in said


def _brussels(instant: datetime) -> str:
    from pipeline.gate.replay.nights import exact_instant

    return exact_instant(instant)


def test_an_instant_without_a_record_is_decided_and_the_nearest_named(
    sqlite_house: House, types: Callable[[House], Said]
) -> None:
    night, _ = on_record(sqlite_house)
    typed = types(sqlite_house)
    code, said = typed("decide", "--at", f"{night}T00:00:01")
    assert code == 2 and "released │ │ 5" in said
    assert f"nothing was compared; the nearest on record: {night} (at " in said
    code, said = typed("decide", "--at", "2020-01-01")
    assert code == 1 and "no decisions of the night of 2020-01-01 are on record; the nearest" in said


def test_a_mistyped_ledger_is_refused_and_not_made(
    house: House, types: Callable[[House], Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No file, on the file of something else, and in a database that holds something else."""
    typed, mistyped = types(house), tmp_path / "mistyped.db"
    for uri in (f"sqlite:///{mistyped}", house.agency):
        monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", uri)
        code, said = typed("decide", "--at", "2026-06-15")
        assert (code, "there is no ledger at the address in the connection ledger_db" in said) == (1, True)
    assert not mistyped.exists()
    with pytest.raises(SettingsError):
        open_existing_ledger(house.agency)


def test_the_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["decide", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "0: all alike" in said and "1: an alarm" in said and "2: no decision is on record" in said


def test_the_decisions_as_a_file_for_its_owner_alone(
    sqlite_house: House, types: Callable[[House], Said], tmp_path: Path
) -> None:
    night, _ = on_record(sqlite_house)
    sqlite_house.change("update parent set last_name = '' where parent_id = 101")
    out = tmp_path / "decisions.csv"
    assert types(sqlite_house)("decide", "--at", night, "--out", str(out))[0] == 0
    assert out.stat().st_mode & 0o777 == 0o600
    with out.open(newline="") as file:
        rows = {row["parent_id"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["101", "102", "103", "201", "202"]
    assert rows["101"] == {
        "parent_id": "101", "outcome": "withheld", "kbo": "", "reason": "quarantined", "fields": "",
        "said_then": "released", "because": "parent",
    }  # fmt: skip
    assert rows["102"]["outcome"] == "released" and rows["102"]["because"] == ""


def test_a_broken_feed_stops_a_replay_and_an_old_one_does_not(
    sqlite_house: House, types: Callable[[House], Said]
) -> None:
    night, at = on_record(sqlite_house)
    typed = types(sqlite_house)
    execute(
        sqlite_house.agency, "update feed_control set produced_at = ?", (at - timedelta(hours=20)).isoformat(sep=" ")
    )
    assert typed("decide", "--at", night)[0] == 0
    execute(sqlite_house.agency, "delete from child where child_id = 101")
    code, said = typed("decide", "--at", night)
    assert code == 1 and "feed child has 4 of the 5 rows that feed_control says" in said


def test_after_a_rotation_the_key_of_then_is_found_by_its_id(
    sqlite_house: House, types: Callable[[House], Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    night, _ = on_record(sqlite_house)
    typed = types(sqlite_house)
    old = sqlite_house.environment["AIRFLOW_CONN_LEDGER_KEY"]
    new = '{"conn_type": "generic", "login": "next", "password": "' + "A" * 43 + '="}'
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_KEY", new)
    code, said = typed("decide", "--at", night)
    assert code == 1 and "ledger key demo, used then, is no longer connection ledger_key: keep it as" in said
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_KEY_DEMO", old)
    code, said = typed("decide", "--at", night)
    assert code == 0 and "5 alike" in said
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_KEY_DEMO", new)
    code, said = typed("decide", "--at", night)
    assert code == 1 and "connection ledger_key_demo holds ledger key next" in said


def test_nothing_on_record_nor_said_holds_a_value_of_a_person(
    own_house: House, types: Callable[[House], Said], tmp_path: Path
) -> None:
    house, wanted = own_house, canaries([101, 102, 103, 201, 202])
    night, at = on_record(house)
    own_house.change("update parent set phone = null, deceased_on = '2026-01-01' where parent_id = 101")
    typed, said = types(house), b""
    for arguments in (
        ["decide", "--at", night, "--out", str(tmp_path / "out" / "decisions.csv")],
        ["explain", "--parent", "101"],
    ):
        said += typed(*arguments)[1].encode()
    purge(house.night("night").folder / "snapshot")  # as close does
    kept = open_ledger(house.ledger).decisions(at)
    assert kept and search(said + kept.decisions, wanted) == set()
    assert found_under(tmp_path, wanted, but=[house.home.world, house.home.hosts]) == {}
    assert not any(house.home.staging.glob("decide-*")), "what it read is gone"


def test_no_record_no_drop(own_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.core.errors import LedgerUnavailable
    from pipeline.ledger.db.nights import NightRecords

    def fails(*_: object) -> None:
        raise LedgerUnavailable("the ledger cannot be read or written")

    monkeypatch.setattr(NightRecords, "save_decisions", fails)
    with pytest.raises(LedgerUnavailable):
        release(own_house.night("again"))
    assert not list(own_house.night("again").folder.rglob("release.json")), "there is nothing to deliver"


def test_of_two_runs_of_a_night_the_last_is_meant_and_either_can_be(
    own_house: House, types: Callable[[House], Said]
) -> None:
    night, first = on_record(own_house)
    own_house.change("update parent set deceased_on = '2026-01-01' where parent_id = 101")
    release(own_house.night("again"))
    typed = types(own_house)
    assert "Beside what run again decided then" in typed("decide", "--at", night)[1]
    code, said = typed("decide", "--at", first.isoformat())
    assert code == 0 and "Beside what run night decided then" in said and "4 alike, 1 not" in said


@pytest.mark.parametrize("harm", ["cut", "altered", "another key", "another form"])
def test_a_record_that_cannot_be_trusted_is_refused(sqlite_house: House, harm: str) -> None:
    _, at = on_record(sqlite_house)
    kept = open_ledger(sqlite_house.ledger).decisions(at)
    assert isinstance(kept, NightDecisions)
    key = ledger_key(sqlite_house.night().connections)
    packed = kept.decisions
    match harm:
        case "cut":
            packed = packed[: len(packed) // 2]
        case "altered":
            packed = packed[:40] + bytes([packed[40] ^ 255]) + packed[41:]
        case "another key":
            key = LedgerKey(key.id, bytes(32))
        case "another form":
            packed = packed.replace(b'"form": 2', b'"form": 9')
    says = {"another key": "is not the key", "another form": "in form 9"}.get(harm, "cannot be read from the ledger")
    assert read_record(kept.decisions, ledger_key(sqlite_house.night().connections)).moment.at == at
    with pytest.raises(TerminalError, match=says):
        read_record(packed, key)

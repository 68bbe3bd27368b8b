"""`gegevensdeling doctor` on a whole installation and on broken ones: what it names, its exit code, and no trace."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.ledger.db.ledger import open_ledger
from tests.e2e.search import canaries, search
from tests.support.night import House, lay, run_night
from tests.support.saved_house import SavedHouse, save
from tests.support.worlds.small_world import BRUGGE, GENT, execute, small_world

AIRFLOWS = """
create table dag (dag_id, is_paused, is_stale);
create table slot_pool (pool, slots);
create table import_error (id);
create table dag_run (dag_id, state, end_date);
insert into slot_pool values ('deliveries', 8);
insert into dag values ('nightly_delivery', 0, 0), ('housekeeping', 0, 0), ('authorities_overview', 0, 0);
"""
"""What it reads of Airflow's own database."""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    folder = tmp_path_factory.mktemp("doctor")
    with lay(folder / "house", small_world({BRUGGE: 1, GENT: 2})) as laid:
        assert not run_night(laid.night("night")).errors
        yield save(laid, folder / "copy")


@pytest.fixture
def house(after_a_night: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    house = after_a_night.anew()
    (home := house.path / "airflow").mkdir(exist_ok=True)
    (home / "airflow.db").unlink(missing_ok=True)
    with closing(sqlite3.connect(home / "airflow.db")) as connection, connection:
        connection.executescript(AIRFLOWS)
        ended = (datetime.now(UTC) - timedelta(hours=1)).isoformat(" ")
        connection.execute("insert into dag_run select dag_id, 'success', ? from dag", (ended,))
    for name, value in house.environment.items():
        if name.startswith(("AIRFLOW", "GEGEVENSDELING_")):
            monkeypatch.setenv(name, value)
    return house


Doctor = Callable[[], tuple[int, dict[str, list[str]]]]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """The exit code, and by standing each thing with what was said of it."""

    def asked() -> tuple[int, dict[str, list[str]]]:
        code = main(["doctor", "--json"])
        found: dict[str, list[str]] = {}
        for each in json.loads(capsys.readouterr().out):
            found.setdefault(each["standing"], []).append(f"{each['about']}, {each['what']}: {each['says']}")
        return code, found

    return asked


def footprint(house: House) -> dict[str, str]:
    """Of all that lies in the house, but SQLite's own lock files."""
    files = [
        path for path in house.path.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal", ".log"))
    ]
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_of_a_whole_installation_nothing_is_broken_and_nothing_changes(house: House, doctor: Doctor) -> None:
    before = footprint(house)
    code, found = doctor()
    assert code == 0 and "broken" not in found, found
    assert footprint(house) == before
    said = "\n".join(line for lines in found.values() for line in lines)
    assert "hosts, reached: 2 of 2 reached" in said and "ledger, chain: " in said and "not looked at" in said
    people = [parent for (parent,) in execute(house.agency, "select parent_id from parent")]
    assert not search(said.encode(), canaries(people))


def put(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def airflow(house: House, statement: str) -> None:
    execute(f"sqlite:///{house.path / 'airflow' / 'airflow.db'}", statement)


def older_ledger(house: House) -> None:
    with open_ledger(house.ledger).engine.begin() as connection:
        connection.exec_driver_sql("update ledger_version set version_num = '0018'")


def two_secrets_alike(house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AIRFLOW_CONN_REFERENCE_KEY", house.environment["AIRFLOW_CONN_LEDGER_KEY"])


def another_place(house: House) -> None:
    file = house.home.recipients
    put(file, file.read_text("utf-8").replace('folder = "/out"', 'folder = "/elsewhere"', 1))


Break = Callable[[House, pytest.MonkeyPatch], object]
BROKEN: dict[str, tuple[Break, str]] = {
    "agency gone": (lambda house, _: house.home.world.unlink(), "agency, reached: agency_db "),
    "feed without a column": (
        lambda house, _: execute(house.agency, "alter table parent drop column phone"),
        "agency, reached: feed parent lacks 1 of its columns .phone.",
    ),
    "feeds of days ago": (
        lambda house, _: execute(house.agency, "update feed_control set produced_at = '2026-01-01 00:00:00+00:00'"),
        "agency, freshness: feeds .* are older than 26 hours",
    ),
    "ledger of before": (lambda house, _: older_ledger(house), "ledger, version: it is of version 0018.*to migrate it"),
    "ledger gone": (lambda house, _: house.home.ledger.unlink(), "ledger, reached: there is no ledger at the address"),
    "anchors not mounted": (
        lambda house, _: house.home.anchors.rename(house.path / "unmounted"),
        "anchors, folder: .* is not there, and is never made",
    ),
    "ledger cut": (
        lambda house, _: put(house.home.anchors / "20990101T000000000000Z-99999.json", "{}"),
        "ledger, chain: it ends at link .*does not go on from what was anchored last",
    ),
    "staging open to all": (lambda house, _: house.home.staging.chmod(0o755), "staging, mode: .* 0755: chmod 700"),
    "two secrets alike": (two_secrets_alike, "secrets, distinct: ledger_key and reference_key hold the same secret"),
    "no signing key": (
        lambda _, patch: patch.delenv("AIRFLOW_CONN_SIGNING_KEY"),
        "secrets, signing_key: connection signing_key is missing",
    ),
    "settings not as sealed": (
        lambda house, _: another_place(house),
        f"recipient {BRUGGE}, host: .*settings are not those that were sealed",
    ),
    "account unknown to the host": (lambda house, _: house.refuse(GENT), f"recipient {GENT}, host: .*ocmw-{GENT}@"),
    "no pool": (lambda house, _: airflow(house, "delete from slot_pool"), "Airflow, pool: no delivery starts"),
    "night paused": (
        lambda house, _: airflow(house, "update dag set is_paused = 1 where dag_id = 'nightly_delivery'"),
        "Airflow, nightly_delivery: is paused",
    ),
    "Celery with a file": (
        lambda _, patch: patch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor"),
        "Airflow, executor: CeleryExecutor may run tasks elsewhere",
    ),
    "unknown setting": (
        lambda _, patch: patch.setenv("GEGEVENSDELING_STAGNG", "/x"),
        "settings, environment: unknown setting GEGEVENSDELING_STAGNG",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_named_with_what_to_do(
    house: House, doctor: Doctor, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    spoil, says = BROKEN[what]
    spoil(house, monkeypatch)
    code, found = doctor()
    assert code == 1
    lines = "\n".join(found["broken"])
    assert re.search(says, lines), lines


def test_a_person_reads_marks_and_counts(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.home.staging.chmod(0o755)
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "✔ agency, contract: 13 feeds" in shown and "✘ staging, mode: " in shown and "! hosts, writing: not" in shown
    assert shown.splitlines()[-1].endswith(" not looked at")

"""After `check` nothing fails on a value: a night on a world with every odd value that a check lets through ends well,
and so does all that is asked after it; the clean parents get what they get without them.
"""

import csv
import io
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.person.collect import collect_facts
from pipeline.answers.person.facts import AccessRequest
from pipeline.answers.person.report import person_report
from pipeline.cli.main import main
from pipeline.core.documents.html_pdf import write_document
from pipeline.core.engine import snapshot_engine
from pipeline.core.local_time import local_day
from pipeline.core.model import Moment, Outcome
from pipeline.core.settings import Settings
from pipeline.gate import explain
from pipeline.gate.release import run_gate
from pipeline.indicators import edition
from pipeline.ledger.db.ledger import open_ledger
from pipeline.source.extract import extract
from pipeline.tasks import housekeeping
from tests.support.answers import AGENCY
from tests.support.drops import whole_drops
from tests.support.night import House, Run, lay, run_night
from tests.support.reference import gate as naive
from tests.support.worlds.planted import CLEAN, IMPOSSIBLE, PlantedWorld, planted_world
from tests.support.worlds.small_world import BRUGGE, GENT
from tests.support.worlds.tables import to_sqlite

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = local_day(NOW)
LENIENT: dict[str, Any] = {"min_rows_for_shares": 1000}


@pytest.fixture(scope="module")
def planted() -> PlantedWorld:
    return planted_world(TODAY)


@pytest.fixture(scope="module")
def house(planted: PlantedWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with lay(tmp_path_factory.mktemp("odd") / "house", planted.world) as laid:
        laid.environment |= {f"GEGEVENSDELING_{name.upper()}": str(value) for name, value in LENIENT.items()}
        yield laid


@pytest.fixture(scope="module")
def said(house: House) -> Iterator[io.StringIO]:
    """All that is logged while the tests of this file run."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger("pipeline").addHandler(handler)
    yield written
    logging.getLogger("pipeline").removeHandler(handler)


@pytest.fixture(scope="module")
def night(house: House, said: io.StringIO) -> Run:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(edition, "group_indices", lambda *_: [])  # as in test_sheets_frozen.py
        return run_night(house.night("night", at=NOW))


@pytest.fixture
def types(
    house: House, night: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """A command in the house after its night: what it says."""
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)

    def typed(*arguments: str) -> str:
        code = main([str(each) for each in arguments])
        said = capsys.readouterr()
        assert code == 0 and "kanarie" not in said.out.lower(), said.err
        return said.out + said.err

    return typed


def test_the_night_ends_well_and_the_clean_parents_get_the_same(
    house: House, night: Run, planted: PlantedWorld, tmp_path: Path, types: Callable[..., str]
) -> None:
    assert night.errors == {}
    assert [one.outcome for one in night.publications] == [Outcome.PUBLISHED] * 2
    agency = to_sqlite(planted.clean, tmp_path / "clean.db", NOW)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AIRFLOW_CONN_AGENCY_DB", f"sqlite:///{agency}")
        patched.delenv("AIRFLOW_CONN_LEDGER_DB")  # which knows the loads of the other agency
        types("preview", "--out", str(tmp_path / "clean"))
    for kbo in (BRUGGE, GENT):
        (drop,), (clean,) = whole_drops(house.out(kbo)), list((tmp_path / "clean" / kbo).glob("*.csv"))
        wanted = rows(clean.read_text("utf-8-sig"))
        assert len(wanted) == CLEAN
        assert [row for row in rows(drop.text) if row in wanted] == wanted


def rows(text: str) -> list[list[str]]:
    csv.field_size_limit(2_000_000)
    return sorted(list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:])


def test_everybody_ends_as_the_text_says(planted: PlantedWorld, types: Callable[..., str], tmp_path: Path) -> None:
    types("preview", "--out", str(tmp_path / "now"))
    with (tmp_path / "now" / "decisions.csv").open(newline="") as file:
        found = {
            int(row["parent_id"]): tuple(row[name] or None for name in ("outcome", "kbo", "reason", "fields"))
            for row in csv.DictReader(file)
        }
    now = datetime.now(UTC)
    wanted = naive.decide_for_now(naive.Night(planted.world, now, now), timedelta(minutes=5))
    differ = {id_: (found.get(id_), wanted.get(id_)) for id_ in {*found, *wanted} if found.get(id_) != wanted.get(id_)}
    assert {id_: (str(planted.values.get(id_))[:150], both) for id_, both in differ.items()} == {}


def test_a_replay_finds_all_alike(types: Callable[..., str], house: House) -> None:
    at = min(at for _, at in open_ledger(house.ledger).decided_instants())
    said = types("decide", "--at", at.isoformat())
    assert " 0 not." in said and "alarm" not in said


def test_each_is_explained(
    house: House, planted: PlantedWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one run of the gate: as `explain` does, for each value that is missing, and a text of each feed."""
    settings = Settings(**LENIENT)
    snapshot = extract(house.agency, NOW, settings, tmp_path / "snapshot")
    with snapshot_engine(snapshot, Moment.of(datetime.now(UTC)), settings, tmp_path / "gate") as run:
        run_gate(run)
        monkeypatch.setattr(explain, "run_gate", lambda _: None)
        for id_ in (id_ for id_ in of_other_kinds(planted) if not isinstance(alone(planted)[id_][1], date)):
            made = explain._explained(run, id_)
            rows = [*made.population, *(row for step in made.steps for row in (*step.rows, step.facts))]
            assert not [row for row in rows if row.startswith("None") or ": None" in row], planted.values[id_]


def alone(planted: PlantedWorld) -> dict[int, tuple[tuple[str, str], Any]]:
    """The one value of each parent who has no other."""
    return {id_: next(iter(values.items())) for id_, values in planted.values.items() if len(values) == 1}


def of_other_kinds(planted: PlantedWorld, *feeds: str) -> list[int]:
    """The parents with one value that is no text, and one with a text of each feed."""
    kinds = {
        (feed, "a text" if isinstance(value, str) else (column, None if value is IMPOSSIBLE else value)): id_
        for id_, ((feed, column), value) in alone(planted).items()
        if not feeds or feed in feeds
    }
    return list(kinds.values())


def test_each_gets_an_answer(house: House, night: Run, planted: PlantedWorld, tmp_path: Path) -> None:
    """Of the parents with an odd consent event, which alone an answer repeats, and of a clean one."""
    ledger, settings = open_ledger(house.ledger), Settings(**LENIENT)
    for id_ in (201, *of_other_kinds(planted, "consent_event")):
        request = AccessRequest(None, id_, datetime.now(UTC), "anna", "INZ-7")
        facts = collect_facts(request, house.agency, ledger, house.connections, settings, tmp_path / "scratch")
        values = planted.values.get(id_, {})
        assert len(facts.consents) == (("consent_event", "parent_id") not in values), values
        write_document(person_report(facts, AGENCY), request.at, tmp_path / "answers", f"of-{id_}")


ANSWERS = {
    "overview": ("overview", "--as-of", str(TODAY)),
    "register": ("register", "--reason", "INZ-7"),
    "preview": ("preview",),
    "person": ("person", "--parent", "201", "--reason", "INZ-7"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_command_ends_well(types: Callable[..., str], tmp_path: Path, name: str) -> None:
    assert types(*ANSWERS[name], "--out", tmp_path / "out")


def test_the_ledger_holds(types: Callable[..., str]) -> None:
    assert "The ledger holds." in types("ledger", "verify") and types("withdrawals")


def test_housekeeping_finds_nothing_to_do(house: House, night: Run) -> None:
    hour = house.night("hour")
    due = housekeeping.recipients_to_follow_up(hour)
    results = [housekeeping.follow_up_recipient(hour, kbo) for kbo in due]
    assert housekeeping.close_housekeeping(hour, due, results) == [BRUGGE, GENT]
    assert all(result.withdrawals == 0 for result in results)
    assert run_night(house.night("again", at=NOW + timedelta(days=1))).errors == {}, "beside the night before"


def test_no_log_has_a_value(night: Run, said: io.StringIO) -> None:
    logged = said.getvalue().lower()
    assert logged
    assert "kanarie" not in logged and "x" * 1_000_000 not in logged

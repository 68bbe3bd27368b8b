"""A run that is cleared and runs again: no earlier try's release is taken for this one's, and nobody is forgotten."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from pipeline.core.errors import FeedError, LoadUnderWay, TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Outcome, Publication, StagedFile
from pipeline.core.run import RunContext
from pipeline.core.serialize import serialize
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import end_run
from pipeline.tasks.summary import NightSummary
from tests.support.drops import whole_drops
from tests.support.night import House, run_night
from tests.support.saved_house import SavedHouse, save, saved
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, execute, produce, small_world


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    with saved(tmp_path_factory.mktemp("again"), small_world({BRUGGE: 2, LEUVEN: 2, GENT: 2})) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse) -> House:
    return house_of_the_module.anew()


@dataclass(frozen=True)
class Whole:
    """A night that ended well, with all that its tasks handed on."""

    house: House
    night: RunContext
    snapshot: StagedFile
    release: StagedFile
    sent: list[Publication]

    def close(self) -> NightSummary:
        return tasks.close_night(self.night, self.release, self.sent)


@pytest.fixture(scope="module")
def whole_of_the_module(
    house_of_the_module: SavedHouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SavedHouse, Whole]:
    house = house_of_the_module.anew()
    night = house.night("cleared")
    snapshot = tasks.extract_night(night)
    released = tasks.release_night(night, tasks.check_night(night, snapshot))
    sent = [tasks.deliver_night(night, released.staged_release, kbo) for kbo in released.recipients]
    whole = Whole(house, night, snapshot, released.staged_release, sent)
    assert not whole.close().failed
    return save(house, tmp_path_factory.mktemp("whole") / "copy"), whole


@pytest.fixture
def whole(whole_of_the_module: tuple[SavedHouse, Whole]) -> Whole:
    saved_house, whole = whole_of_the_module
    return replace(whole, house=saved_house.anew())


def test_close_does_not_take_an_earlier_trys_release_for_this_ones(whole: Whole) -> None:
    produce(whole.house.agency, datetime.now(UTC) - timedelta(days=2))
    with pytest.raises(LoadUnderWay, match="before the load of"):
        tasks.extract_night(whole.night)
    with pytest.raises(TerminalError, match=r"release\.json of this run is gone: clear the run from its first task"):
        whole.close()


def test_a_check_that_is_cleared_alone_leaves_close_nothing_to_be_content_with(whole: Whole) -> None:
    with pytest.raises(TerminalError, match="is gone"):
        tasks.check_night(whole.night, whole.snapshot)
    with pytest.raises(TerminalError, match="is gone"):
        whole.close()


def test_half_a_drop_is_taken_back_from_who_is_covered_no_more(house: House) -> None:
    """Deliveries killed before their drops counted, as far as each, and then the agreements ended."""
    reached = {LEUVEN: (Kind.INTENT,), GENT: (Kind.INTENT, Kind.RELEASING)}
    night = house.night("after")
    for kbo, kinds in reached.items():
        half = Contents(1, "AANMELDING_OPGROEIEN_half", 1, {"AANMELDING_OPGROEIEN_half.csv": "0" * 64}, "m.json", kbo)
        (house.out(kbo) / "AANMELDING_OPGROEIEN_half.csv").write_text("rows of a person")
        if Kind.RELEASING not in kinds:
            (house.out(kbo) / half.manifest).write_text("{}")
        with open_ledger(night.ledger).delivering(kbo) as log:
            for kind in kinds:
                log.record(Event(kbo, night.night - timedelta(days=1), "killed", kind, night.clock(), half))
        execute(house.agency, "update agreement set ended_on = '2026-01-01' where kbo = ?", kbo)
    run = run_night(night)
    assert {one.kbo: one.outcome for one in run.publications} == {
        BRUGGE: Outcome.PUBLISHED, **dict.fromkeys(reached, Outcome.NOT_COVERED),
    }  # fmt: skip
    assert len(whole_drops(house.out(BRUGGE))) == 1
    left = {kinds[-1].value: list(house.out(kbo).iterdir()) for kbo, kinds in reached.items()}
    assert left == {"intent": [], "releasing": []}


def test_a_run_that_is_cleared_is_held_to_what_it_accepted_itself(house: House) -> None:
    """An older backup, restored between a run and its clearing: no other run is there to compare with."""
    night = house.night("cleared")
    says_no(house, 201)
    tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    execute(house.agency, "delete from consent_event where kind = 'withdrawal'")
    produce(house.agency, datetime.now(UTC))
    with pytest.raises(FeedError, match=r"feed consent_event: 1 of \d+ rows of last night gone or altered"):
        tasks.check_night(night, tasks.extract_night(night))


def says_no(house: House, parent: int) -> None:
    now = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    execute(
        house.agency,
        "insert into consent_event (event_id, parent_id, kbo, kind, occurred_at, recorded_at)"
        " select max(event_id) + 1, ?, ?, 'withdrawal', ?, ? from consent_event",
        parent,
        LEUVEN,
        now,
        now,
    )
    produce(house.agency, datetime.now(UTC))


@dataclass(frozen=True)
class Overtaken:
    """An older run up to its release, and a newer one that has checked its snapshot."""

    house: House
    then: RunContext
    older: tasks.StagedRelease
    now: RunContext
    checked: CheckedSnapshot | HeldSnapshot


@pytest.fixture(scope="module")
def overtaken_of_the_module(
    house_of_the_module: SavedHouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SavedHouse, Overtaken]:
    house = house_of_the_module.anew()
    then, now = house.night("then", datetime.now(UTC) - timedelta(days=1)), house.night("now")
    older = tasks.release_night(then, tasks.check_night(then, tasks.extract_night(then)))
    end_run(then)
    dies = execute(house.agency, "select min(parent_id) from consent_event where kbo = ?", LEUVEN)[0][0]
    house.change("update parent set deceased_on = '2026-01-01' where parent_id = ?", dies)
    checked = tasks.check_night(now, tasks.extract_night(now))
    return save(house, tmp_path_factory.mktemp("overtaken") / "copy"), Overtaken(house, then, older, now, checked)


@pytest.fixture
def overtaken(overtaken_of_the_module: tuple[SavedHouse, Overtaken]) -> Overtaken:
    saved_house, overtaken = overtaken_of_the_module
    return replace(overtaken, house=saved_house.anew())


def test_an_older_runs_delivery_is_bounded_by_the_newer_run_too_and_superseded_once_that_one_counts(
    overtaken: Overtaken,
) -> None:
    """Who died and then, by a mistake at the agency, did not: the newer run's decisions alone know of it."""
    house, then, older, now = overtaken.house, overtaken.then, overtaken.older, overtaken.now
    newer = tasks.release_night(now, overtaken.checked)
    house.change("update parent set deceased_on = null")
    sent = {kbo: tasks.deliver_night(then, older.staged_release, kbo) for kbo in older.recipients}
    assert {kbo: (one.outcome, one.rows) for kbo, one in sent.items()} == {
        BRUGGE: (Outcome.PUBLISHED, 2),
        LEUVEN: (Outcome.PUBLISHED, 1),
        GENT: (Outcome.PUBLISHED, 2),
    }
    for kbo in older.recipients:
        assert tasks.deliver_night(now, newer.staged_release, kbo).outcome is Outcome.PUBLISHED
        assert tasks.deliver_night(then, older.staged_release, kbo).outcome is Outcome.ALREADY_PUBLISHED
    for run in (then, now):
        end_run(run)
    yet_older = house.night("yet older", then.clock() - timedelta(days=2))
    assert {one.outcome for one in run_night(yet_older).publications} == {Outcome.SUPERSEDED}
    assert [len(whole_drops(house.out(kbo))) for kbo in older.recipients] == [1, 1, 1]


def test_without_what_was_accepted_last_nothing_is_sent(overtaken: Overtaken) -> None:
    """An older ledger was put back: this run's release would be held against nothing."""
    house, then, older = overtaken.house, overtaken.then, overtaken.older
    for lost in ("delete from night_decisions", "delete from accepted_night"):
        with sqlite3.connect(urlsplit(house.ledger).path) as ledger:
            ledger.execute("update accepted_night set at = '2100-01-01 00:00:00.000000+00:00'")
            ledger.execute(lost)
        with pytest.raises(TerminalError, match="does not have what was accepted last, so nothing was sent: clear"):
            tasks.deliver_night(then, older.staged_release, BRUGGE)
    assert house.ledger_lines() == []


def test_another_runs_release_is_not_taken_for_this_ones(overtaken: Overtaken) -> None:
    """What a task hands to the next travels through Airflow, where it can be edited."""
    now, older = overtaken.now, overtaken.older
    for use in (
        lambda: tasks.deliver_night(now, older.staged_release, BRUGGE),
        lambda: tasks.recipient_label(now, older.staged_release, BRUGGE),
        lambda: tasks.close_night(now, older.staged_release, []),
        lambda: tasks.check_night(now, older.staged_release),
    ):
        with pytest.raises(TerminalError, match="another run's, or was altered on its way"):
            use()


def test_what_extract_hands_on_is_one_reference(whole: Whole) -> None:
    """A value in Airflow's database for every night: where each of the feeds lies stands in a staged file."""
    wire = json.dumps(serialize(whole.snapshot))
    assert len(wire.replace(str(whole.night.folder), "")) < 160

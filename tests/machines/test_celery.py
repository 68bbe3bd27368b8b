"""Nights on two workers that share no disk, what can happen to them, and what is left of them anywhere."""

from collections.abc import Iterator

import pytest

from pipeline.core.model import Kbo
from tests.e2e.nights import due, states, ui_name, withdraw
from tests.e2e.scheduler import DAG, PAUSE
from tests.machines.fleet import ACCOUNTS, SCRATCH, Fleet
from tests.machines.leftovers import assert_nothing_left, assert_nothing_on
from tests.machines.moods import LOSING, OPEN, REFUSING, SLOW
from tests.support.drops import whole_drops
from tests.support.servers.services import wait_for
from tests.support.worlds.small_world import GENT
from tests.support.worlds.tables import World

pytestmark = pytest.mark.in_order
"""Nights follow one another, and the last tests search what all of them left."""

ALL = {ui_name(kbo): "success" for kbo in ACCOUNTS}
STEPS = dict.fromkeys(("extract", "check", "approve", "release", "sheets", "close"), "success")
SHAKEN_HANDS = 12_000
"""Bytes that clients send until some are about to write and others still agree on keys."""


@pytest.fixture(autouse=True)
def all_well(fleet: Fleet) -> Iterator[None]:
    """Each night begins and ends with open doors, and with both workers."""
    yield
    for door in (fleet.parts.door, fleet.parts.store_door):
        door.hold_after, door.mood = None, OPEN
    for name, worker in fleet.workers.items():
        if not worker.runs:
            fleet.begin(name)


def assert_delivered(fleet: Fleet, run: str, nights: int) -> None:
    """Every recipient has this night's drop, once, whole, and no other."""
    assert states(fleet.airflow.instances(run)) == STEPS | ALL
    lines = fleet.airflow.house.ledger_lines()
    for kbo in ACCOUNTS:
        (drop,) = whole_drops(fleet.out(kbo))
        assert drop.manifest["rows"] == 3 - (kbo == GENT and nights > 2)
        assert lines.count((kbo, "published")) == nights


def test_a_whole_night(fleet: Fleet) -> None:
    run = fleet.airflow.trigger(due(nights_ago=4))
    assert fleet.airflow.ended(run) == "success"
    assert_delivered(fleet, run, nights=1)
    assert {fleet.ran_on(run, task) for task in ALL} == set(fleet.workers), "both delivered"


def test_a_worker_that_dies_in_the_middle_of_deliveries(fleet: Fleet, made: World) -> None:
    """The other one takes over what it had begun and what it had only been given."""
    door = fleet.parts.door
    run = fleet.airflow.trigger(due(nights_ago=3))
    fleet.airflow.waits_for(run, "release", "success")
    door.hold_after = door.taken + SHAKEN_HANDS
    began = wait_for("deliveries under way on both", lambda: under_way(fleet, run), 120, PAUSE)
    dead, alive = sorted(fleet.workers)
    fleet.workers[dead].switch_off()
    assert_nothing_on(fleet.workers[dead], made, but=[SCRATCH])  # which the next task there empties
    door.hold_after, door.mood = None, OPEN
    assert fleet.airflow.ended(run) == "success"
    assert_delivered(fleet, run, nights=2)
    ended = fleet.deliveries(run)
    assert {ended[place]["hostname"] for place, name in began.items() if name == dead} == {alive}


def under_way(fleet: Fleet, run: str) -> dict[int, str] | None:
    """Delivery to machine, once the host's door is held and each machine has one."""
    found = fleet.deliveries(run).items()
    began = {place: str(one["hostname"]) for place, one in found if one["state"] == "running"}
    return began if fleet.parts.door.held and set(began.values()) == set(fleet.workers) else None


def test_a_recipient_that_is_cleared_and_runs_on_the_other_worker(fleet: Fleet) -> None:
    key = fleet.parts.host.chroots / "keys" / ACCOUNTS[GENT]
    key.rename(key.with_suffix(".away"))
    run = fleet.airflow.trigger(due(nights_ago=2))
    assert fleet.airflow.ended(run) == "failed"
    failed_on = fleet.ran_on(run, ui_name(GENT))
    assert states(fleet.airflow.instances(run)) == STEPS | ALL | {ui_name(GENT): "failed", "close": "failed"}
    key.with_suffix(".away").rename(key)
    withdraw(fleet.airflow.house, GENT, parent_of(GENT))
    fleet.workers[failed_on].switch_off()
    fleet.airflow.clear(run, ui_name(GENT), downstream=True)
    assert fleet.airflow.ended(run) == "success"
    assert_delivered(fleet, run, nights=3)
    assert fleet.ran_on(run, ui_name(GENT)) == fleet.the_other(failed_on)


def test_a_night_while_the_store_is_slow_refuses_and_loses_answers(fleet: Fleet) -> None:
    """One after the other; what is tried again comes to the same."""
    door = fleet.parts.store_door
    door.mood = SLOW
    run = fleet.airflow.trigger(due(nights_ago=1))
    fleet.airflow.waits_for(run, "extract", "success")
    door.mood = REFUSING
    wait_for("a task that the store refused", lambda: refused(fleet, run), 200, PAUSE)
    door.mood = LOSING
    assert fleet.airflow.ended(run) == "success"
    assert door.lost, "answers were lost"
    assert_delivered(fleet, run, nights=4)
    assert {fleet.ran_on(run, task) for task in ALL} == set(fleet.workers)


def refused(fleet: Fleet, run: str) -> bool:
    return any(one["state"] == "up_for_retry" for one in fleet.airflow.instances(run).values())


def parent_of(kbo: Kbo) -> int:
    return 100 * (sorted(ACCOUNTS).index(kbo) + 1) + 1


def test_nothing_personal_is_left_anywhere(fleet: Fleet, made: World) -> None:
    """Whichever workers were switched off had tasks after that."""
    runs = fleet.airflow.call("GET", f"{DAG}/dagRuns")["dag_runs"]
    assert {run["state"] for run in runs} == {"success"}
    assert_nothing_left(fleet, made, runs[0]["dag_run_id"])

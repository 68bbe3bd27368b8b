"""Publication over a real ledger: processes killed with -9 at every step, and several at once."""

import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier, Event

import pytest

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Outcome, Publication
from pipeline.ledger.anchors import put_anchor
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.verify import verify_ledger
from tests.support.crashes import Gallows
from tests.support.forks import is_killed
from tests.support.publishing import FIRST_NIGHT, World, clock
from tests.support.worlds.ledgers import address_beside, copied_ledger, new_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_uri(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Gives the address of a fresh ledger."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.sqlite"
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return lambda _name: fresh()


def killed_at(world: World, at: int) -> bool:
    """Whether a process that delivers the second night died at that step, or got through."""
    return is_killed(lambda: world.deliver(1, Gallows(at), parts=2))


def after_the_first_night(root: Path, ledger: LedgerDb) -> World:
    """One drop lies there, and the ledger is anchored."""
    world = World(root, ledger)
    world.deliver(0)
    (anchors := root / "anchors").mkdir()
    put_anchor(anchors, ledger.head(), None, "run", clock())
    return world


def copied(world: World, root: Path, ledger: LedgerDb) -> World:
    shutil.copytree(world.root, root)
    again = World(root, ledger)
    again.view = replace(deepcopy(world.view), path=again.view.path)
    return again


def test_killed_dead_at_every_step(ledger_uri: Callable[[str], str], tmp_path: Path) -> None:
    """Locks and transactions end with their process."""
    at, died = 0, True
    ledger = new_ledger(ledger_uri("first"))
    first = after_the_first_night(tmp_path / "first", ledger)
    while died:
        at += 1
        (beside := tmp_path / f"ledger {at}").mkdir()
        world = copied(first, tmp_path / str(at), copied_ledger(ledger, address_beside(ledger, beside)))
        died = killed_at(world, at)
        world.view.look()
        eventually(partial(world.finish, 1, rows=1 + at % 2))
        world.view.agrees(world.delivery_state(1))
        assert verify_ledger(world.ledger, world.root / "anchors", [], FIRST_NIGHT).problems == ()
    assert at > 39


def eventually(deliver: Callable[[], Publication]) -> Publication:
    """As Airflow does: try again while another task is at it, or PostgreSQL believes so of a dead one."""
    for _ in range(1000):
        try:
            return deliver()
        except LedgerConflict:
            Event().wait(0.01)
    raise AssertionError("it never ended")


def test_two_tasks_for_one_night_deliver_it_once(ledger_uri: Callable[[str], str], tmp_path: Path) -> None:
    uri, start = ledger_uri("one"), Barrier(4)

    def task(number: int) -> Publication:
        world = World(tmp_path / "one", open_ledger(uri))
        world.root = tmp_path / f"staging {number}"
        start.wait()
        return eventually(lambda: world.deliver(0, rows=number + 1))

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(task, range(4)))
    assert sorted(publication.outcome for publication in ended) == [Outcome.ALREADY_PUBLISHED] * 3 + [Outcome.PUBLISHED]
    assert len({(publication.stem, publication.rows) for publication in ended}) == 1
    world = World(tmp_path / "one", open_ledger(uri))
    world.view.agrees(world.delivery_state())


def test_tasks_for_several_nights_leave_the_newest(ledger_uri: Callable[[str], str], tmp_path: Path) -> None:
    """Whichever is first: an older one is sent before a newer one, or not at all."""
    uri, start = ledger_uri("nights"), Barrier(4)

    def task(night: int) -> Publication:
        world = World(tmp_path / "nights", open_ledger(uri))
        world.root = tmp_path / f"staging {night}"
        start.wait()
        return eventually(lambda: world.deliver(night))

    nights = random.Random(2026).sample(range(4), 4)
    with ThreadPoolExecutor(4) as pool:
        ended = dict(zip(nights, pool.map(task, nights), strict=True))
    assert ended[3].outcome is Outcome.PUBLISHED
    world = World(tmp_path / "nights", open_ledger(uri))
    standing = world.delivery_state(3)
    assert world.view.go_files() == [ended[3].stem]
    assert not standing.unfinished and not standing.outdated
    published = [drop.contents for drop in standing.drops]
    assert [contents.sequence for contents in published] == list(range(1, len(published) + 1))

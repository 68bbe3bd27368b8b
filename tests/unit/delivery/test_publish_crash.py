"""Killed at every single step, then run again: the recipient never sees what it must not, and the ledger agrees.

The recipient looks at its folder after each step of every try (tests/support/publishing.py, View.look).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryTransient, TerminalError
from pipeline.core.model import Outcome
from pipeline.delivery.publish import cancel_coverage
from pipeline.ledger.events import Kind
from tests.support.publishing import Fuse, Killed, MemoryLedger, View, World, clock, delivery, withdraw

Sequel = Callable[[World], int]
"""What happens after the death; gives the night at which the ledger is read in the end."""


def fresh(folder: Path) -> World:
    """A recipient with one drop that it has not fetched."""
    world = World(folder, MemoryLedger())
    world.deliver(0, rows=5)
    return world


def stop() -> None:
    raise TerminalError("withdrawn a moment ago")


def same_again(world: World) -> int:
    world.finish(1)
    return 1


def fewer_rows_again(world: World) -> int:
    world.finish(1, rows=2)
    return 1


def fewer_files_again(world: World) -> int:
    world.finish(1, parts=1)
    return 1


def next_night(world: World) -> int:
    world.finish(2)
    return 2


def older_night(world: World) -> int:
    assert world.deliver(-1).outcome is Outcome.SUPERSEDED, "the first night counted"
    world.finish(1)
    return 1


def fetched_meanwhile(world: World) -> int:
    world.view.look()
    for stem in world.view.go_files():
        world.view.fetch(stem)
    return same_again(world)


def being_fetched_meanwhile(world: World) -> int:
    world.view.look()
    for stem in world.view.go_files():
        world.view.fetch(stem, steps=1)
    return same_again(world)


def go_file_taken_meanwhile(world: World) -> int:
    """All that is left looks like a try that never counted."""
    world.view.look()
    for stem in world.view.go_files():
        world.view.take_go(stem)
    return same_again(world)


def go_file_taken_and_fewer_rows_the_next_night(world: World) -> int:
    world.view.look()
    for stem in world.view.go_files():
        world.view.take_go(stem)
    world.finish(2, rows=1)
    return 2


def stopped_then_again(world: World) -> int:
    try:
        world.deliver(1, final_check=stop)
    except TerminalError:
        assert len(list(world.view.path.glob("*_000002*"))) == 0
    return same_again(world)


def no_longer_covered(world: World) -> int:
    cancel_coverage(delivery(world.host(Fuse()), world.ledger))
    assert list(world.view.path.iterdir()) == []
    return 1


def taken_by_a_clean_up_job(world: World) -> int:
    """Every file that has its own name and does not count: whoever was in it may be known to somebody."""
    return _taken(world, lambda _: True)


def first_file_taken(world: World) -> int:
    return _taken(world, lambda name: name.endswith(".0.csv"))


def _taken(world: World, names: Callable[[str], bool]) -> int:
    world.view.look()
    taken = world.view.take_early(names)
    night = fewer_rows_again(world)
    assert isinstance(world.ledger, MemoryLedger)
    early = [event for event in world.ledger.history if event.kind is Kind.TAKEN_EARLY]
    assert len(early) == any(name.endswith(".csv") for name in taken), taken
    newest = {one.reference: one.sequence for one in world.ledger.holdings()}
    assert bool(early) <= (newest["R2"] == 2), "who was in what was taken, and not in what came after it"
    return night


SEQUELS = (
    same_again,
    fewer_rows_again,
    fewer_files_again,
    next_night,
    older_night,
    fetched_meanwhile,
    being_fetched_meanwhile,
    go_file_taken_meanwhile,
    go_file_taken_and_fewer_rows_the_next_night,
    stopped_then_again,
    no_longer_covered,
    taken_by_a_clean_up_job,
    first_file_taken,
)


def steps_of_a_night(tmp_path: Path) -> int:
    steps = Fuse()
    fresh(tmp_path / "dry").deliver(1, steps, parts=2)
    return len(steps.seen)


def left_behind(world: World) -> str:
    """All that whatever follows can depend on: files by their bytes, the ledger, and what the recipient saw and did."""
    files = {path.name: path.read_bytes() for path in sorted(world.view.path.iterdir())}
    seen = world.view.counted, *map(sorted, (world.view.opened, world.view.taken, world.view.gone))
    return repr((files, world.ledger, seen))


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    """A night killed at every step: one of all deaths that left the same behind."""
    folder = tmp_path_factory.mktemp("dead")
    steps = steps_of_a_night(folder)
    assert steps >= 39
    worlds: dict[str, World] = {}
    for at in range(1, steps + 1):
        world = fresh(folder / str(at))
        with pytest.raises(Killed):
            world.deliver(1, Fuse(at), parts=2)
        worlds.setdefault(left_behind(world), world)
    return list(worlds.values())


@pytest.mark.parametrize("sequel", SEQUELS)
def test_killed_anywhere_once(tmp_path: Path, dead: list[World], sequel: Sequel) -> None:
    for number, one in enumerate(dead):
        world = one.copy(tmp_path / str(number))
        night = sequel(world)
        world.view.agrees(world.delivery_state(night))


def test_killed_anywhere_twice(tmp_path: Path, dead: list[World]) -> None:
    """The second try, with another rendering, dies at every step as well; the third is left alone."""
    followed: set[str] = set()
    for first, one in enumerate(dead):
        second, died = 0, True
        while died:
            second += 1
            world = one.copy(tmp_path / f"{first}-{second}")
            try:
                world.deliver(1, Fuse(second), rows=2)
                died = False
            except Killed:
                pass
            if (left := left_behind(world)) in followed:
                continue
            followed.add(left)
            world.finish(1, rows=1)
            world.view.agrees(world.delivery_state(1))


@dataclass
class Taker:
    """A step at whose n-th call somebody takes the data that do not count yet: `taken`."""

    view: View
    at: int
    seen: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        self.seen.append(step)
        if len(self.seen) == self.at:
            self.taken = self.view.take_early(lambda name: name.endswith(".csv"))
            self.view.opened |= {name.split(".")[0] for name in self.taken}


def test_taken_at_any_step_of_a_delivery_that_goes_on(tmp_path: Path) -> None:
    """Whoever was in what was taken may be known to somebody, and a withdrawal is told of them."""
    stopped = taken = 0
    for at in range(1, steps_of_a_night(tmp_path) + 1):
        world = fresh(tmp_path / str(at))
        assert isinstance(world.ledger, MemoryLedger)
        taker = Taker(world.view, at)
        try:
            world.deliver(1, taker, rows=6, parts=2)
        except DeliveryTransient as error:
            stopped += 1
            assert "was not delivered" in str(error) or "gone already" in str(error)
        taken += bool(taker.taken)
        assert bool(taker.taken) <= ("R5" in {one.reference for one in world.ledger.holdings()}), taker.seen[at - 1]
        world.view.opened &= world.view.counted.keys()
        world.finish(1, rows=2)
        world.view.agrees(world.delivery_state(1))
        assert bool(taker.taken) <= ("R5" in {one.reference for one in world.ledger.holdings()}), (
            "as long as it matters"
        )
        withdraw(world.ledger, clock(), "R5")
        assert bool(taker.taken) <= bool(world.ledger.not_notified())
    assert taken > 10 and stopped > 8


def test_standing_down_killed_anywhere(tmp_path: Path) -> None:
    """With a drop out and another begun."""
    for at in range(1, 99):
        world, fuse = fresh(tmp_path / str(at)), Fuse(at)
        with pytest.raises(Killed):
            world.deliver(1, Fuse(25), parts=2)
        try:
            cancel_coverage(delivery(world.host(fuse), world.ledger))
        except Killed:
            cancel_coverage(delivery(world.host(Fuse()), world.ledger))
        else:
            break
        assert list(world.view.path.iterdir()) == []
        world.view.agrees(world.delivery_state(1))
    assert at > 10

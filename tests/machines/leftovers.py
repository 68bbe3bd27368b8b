"""Where personal values lie after the nights: on the machines' disks, in the broker, in the store, in Airflow's
database and in the ledger."""

from collections.abc import Sequence

from tests.e2e.search import cells_of, forms, found_under, person_values, search
from tests.machines.fleet import Fleet
from tests.machines.machine import Machine
from tests.support.worlds.tables import World


def assert_nothing_on(machine: Machine, made: World, but: Sequence[str] = ()) -> None:
    """On its disk, logs included, outside the folders `but`."""
    left_out = [machine.disk / name for name in but]
    assert found_under(machine.disk, person_values(made), left_out) == {}, f"on the disk of {machine.name}"


def assert_nothing_left(fleet: Fleet, made: World, run: str) -> None:
    """Anywhere but at the agency and before the recipients, once no run needs it. `run` was one of the nights."""
    wanted, parts = person_values(made), fleet.parts
    assert len(search(cells_of(parts.agency), wanted)) == len(wanted), "the search itself finds every value"
    for machine in (fleet.office, *fleet.workers.values()):
        assert_nothing_on(machine, made)
    messages = b"".join(path.read_bytes() for path in parts.broker.kept.iterdir())
    assert any(form in messages for form in forms(run)), "the broker kept each message"
    for what, folder in (("the broker", parts.broker.kept.parent), ("the anchors", parts.anchors)):
        assert found_under(folder, wanted) == {}, f"in {what}"
    assert parts.store.unfinished() == []
    assert {
        key: search(content, wanted) for key, content in parts.store.contents().items() if search(content, wanted)
    } == {}
    for what, database in (("Airflow's database", parts.metadata), ("the ledger", parts.ledger)):
        assert search(cells_of(database), wanted) == set(), f"in {what}"

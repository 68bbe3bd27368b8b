"""Lets a world live on: what happens between the day it was made and a later one is added, nothing vanishes."""

from collections.abc import Callable
from datetime import date

from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.demo.world import life
from pipeline.demo.world.chance import Ids, Spread
from pipeline.demo.world.families import births
from pipeline.demo.world.generate import chunks, populate
from pipeline.demo.world.new_papers import new_papers
from pipeline.demo.world.scene import Scene
from pipeline.demo.world.store import Store, as_instant, nothing_to_advance


def advance_world(store: Store, seed: int, scale: float, as_of: date, tell: Callable[[str, int], None]) -> bool:
    """Add what was recorded from the world's own day up to `as_of`; False when that is the same day.

    Raises SettingsError when the world is already later than that.
    """
    since = world_day(store)
    if as_of < since:
        raise SettingsError(f"the world at --out has already lived until {since}: give a later --as-of")
    if as_of == since:
        return False
    covered = frozenset(store.read("recipients_with_agreement")["kbo"].to_pylist())
    spread = Spread(seed + as_of.toordinal())
    scene = Scene(as_of, seed, scale, covered, last_ids(store), spread, first_index_year=since.year)
    steps = (
        ("index", life.eves), ("papers", new_papers), ("moves", life.moves), ("deaths", life.deaths),
        ("visits", life.visits), ("consents", life.new_consents), ("births", _births),
    )  # fmt: skip
    written = 0
    for number, (part, step) in enumerate(steps):
        for name, rows in step(store, scene, since, scene.rng(10 + number)):
            written += store.append(name, rows)
        tell(part, written)
    store.replace_control(scene.produced_at)
    return True


def world_day(store: Store) -> date:
    """The local day on which the world's feeds were produced; raises SettingsError when there are none."""
    (produced_at,) = store.read("produced_at")["produced_at"].to_pylist()
    if produced_at is None:
        raise nothing_to_advance()
    return local_day(as_instant(produced_at))


def last_ids(store: Store) -> Ids:
    """Numbers go on where they stopped."""
    (last,) = store.read("last_ids").to_pylist()
    return Ids({kind: number or 0 for kind, number in last.items()})


def _births(store: Store, scene: Scene, since: date, rng: life.Dice) -> life.Batches:
    born = births(scene.places, since, scene.as_of, scene.scale, rng)
    for number, (_, areas) in enumerate(chunks(scene.places)):
        if any(part.count[areas].any() for part in born):
            yield from populate(scene, born, areas, scene.rng(30, number))

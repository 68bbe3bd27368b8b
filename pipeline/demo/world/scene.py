"""The scene of a world: its day, seed and scale, and the places, registry and rates that all its parts share."""

from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from pipeline.demo.world.chance import Floats, Ids, Spread
from pipeline.demo.world.days import midnight
from pipeline.demo.world.rates import deprivation
from pipeline.demo.world.reference import Places, load_places
from pipeline.demo.world.registries import Registry, make_registry


@dataclass(frozen=True)
class Scene:
    """What every chunk needs to know. `covered`: recipients whose families are asked for consent. `ids` and `spread`
    move on from chunk to chunk. `first_index_year`: the first 31 December that is looked back on."""

    as_of: date
    seed: int
    scale: float
    covered: frozenset[str]
    ids: Ids
    spread: Spread
    first_index_year: int
    places: Places = field(default_factory=load_places)
    register: Registry = field(default_factory=lambda: make_registry(load_places()))
    rate: Floats = field(default_factory=lambda: deprivation(load_places()))

    @property
    def produced_at(self) -> datetime:
        """When the agency produced its feeds: local midnight at the start of the day."""
        return midnight(self.as_of)

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.as_of)

    @property
    def latest(self) -> np.datetime64:
        return np.datetime64(self.produced_at.replace(tzinfo=None), "s") - np.timedelta64(60, "s")

    def rng(self, *what: int) -> np.random.Generator:
        return dice(self.seed, self.as_of, *what)


def dice(seed: int, as_of: date, *what: int) -> np.random.Generator:
    """A generator for one purpose: the same for the same seed, day and purpose."""
    return np.random.default_rng([seed, as_of.toordinal(), *what])

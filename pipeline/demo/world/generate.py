"""One world out of its parts: registries and papers first, then the people, a chunk of municipalities at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

import numpy as np
import pyarrow as pa

from pipeline.demo.world.assessments import assessments
from pipeline.demo.world.chance import Floats, Ids, Index, Purpose, Spread, assign
from pipeline.demo.world.consents import BYSTANDERS, Asked, Diary
from pipeline.demo.world.days import instant, midnight
from pipeline.demo.world.families import Births, Families, Flags, eve, families, index_day
from pipeline.demo.world.people import INSZ_SHARE, ROOM, Parents, parents
from pipeline.demo.world.rates import BRUSSELS_CLIENTS, FLEMISH_CLIENTS, deprivation
from pipeline.demo.world.reference import Places, places
from pipeline.demo.world.registries import Registry, register
from pipeline.demo.world.residences import residences
from pipeline.demo.world.schema import table
from pipeline.demo.world.stories import STORIES

YEARS_BEFORE = 5
"""Children born from 1 January that many years before: enough for the index of the last three complete years."""
PARENTS_AT_SCALE_1 = 620_000
"""About as many; it decides how thinly the INSZ that exist for synthetic persons are spread."""
OTHER_TEAM = 0.004
"""Assumption: share of families followed by the team of another municipality."""
AGE_LIMIT_DAYS = 3 * 365
NEWLY_ASKED = 0.6
"""Assumption: share of movers asked again by their new municipality."""

Batch = tuple[str, pa.Table]


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
    places: Places = field(default_factory=places)
    register: Registry = field(default_factory=lambda: register(places()))
    rate: Floats = field(default_factory=lambda: deprivation(places()))

    @property
    def produced_at(self) -> datetime:
        """When the agency produced its feeds: local midnight at the start of the day."""
        return midnight(self.as_of)

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.as_of)

    @property
    def latest(self) -> np.datetime64:
        return instant(self.produced_at) - np.timedelta64(60, "s")

    @property
    def insz_density(self) -> float:
        return min(INSZ_SHARE, ROOM / (PARENTS_AT_SCALE_1 * self.scale))

    def rng(self, *what: int) -> np.random.Generator:
        return dice(self.seed, self.as_of, *what)


def dice(seed: int, as_of: date, *what: int) -> np.random.Generator:
    """A generator for one purpose: the same for the same seed, day and purpose."""
    return np.random.default_rng([seed, as_of.toordinal(), *what])


def chunks(places: Places) -> list[tuple[str, Index]]:
    """The areas of each arrondissement: what is generated and written at a time."""
    grouped = groupby(range(len(places.code)), lambda area: places.arrondissement[area])
    return [(name, np.array(list(areas))) for name, areas in grouped]


def populate(scene: Scene, born: list[Births], areas: Index, rng: np.random.Generator) -> Iterator[Batch]:
    """The families of some areas: every table about people, each once."""
    homes = families(born, areas, scene.places, scene.as_of, rng)
    family_ids = scene.ids.take("family", len(homes.home))
    yield "family", _family_table(scene, homes, family_ids, rng)
    deprived, client = _deprived(scene, homes, rng)
    couple = scene.ids.peek("parent", 2 * len(family_ids))
    people = parents(homes, family_ids, couple, scene.insz_density, scene.today, scene.spread, rng)
    scene.ids.take("parent", len(people.ids))
    yield "parent", table("parent", people.columns)
    yield "residence", residences(people, homes, scene.places, scene.latest, rng)
    children = scene.ids.take("child", len(homes.birth))
    clients = client[homes.family]
    columns = {
        "child_id": children,
        "family_id": family_ids[homes.family],
        "birth_date": homes.birth,
        "client": clients,
    }
    yield "child", table("child", columns)
    yield from _index_rows(scene, homes, children)
    seen = np.flatnonzero(clients)
    rate = np.minimum(scene.rate[homes.area(scene.today)][homes.family[seen]], 0.9)
    yield "indicator_assessment", assessments(
        children[seen], homes.birth[seen], deprived[homes.family[seen]], rate, scene.today, scene.latest,
        scene.ids, scene.spread, rng,
    )  # fmt: skip
    yield "consent_event", _consents(scene, homes, people, deprived, rng)


def _family_table(scene: Scene, homes: Families, ids: Index, rng: np.random.Generator) -> pa.Table:
    followed_in = homes.area(scene.today)
    other = assign(scene.spread(Purpose.FAMILY, len(ids)), {"other": OTHER_TEAM})["other"]
    followed_in[other] = rng.integers(0, len(scene.places.code), len(other))
    teams = pa.array(scene.register.team).take(pa.array(followed_in))
    return table("family", {"family_id": ids, "local_team_id": teams})


def _deprived(scene: Scene, homes: Families, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Which families live in deprivation, by the rate of where they lived on the index day, and which are clients."""
    area = homes.area(np.datetime64(index_day(scene.as_of)))
    drawn = scene.spread(Purpose.DEPRIVED, len(area)) < scene.rate[area]
    brussels = scene.places.brussels[area]
    visited = rng.random(len(area)) < np.where(brussels, BRUSSELS_CLIENTS, FLEMISH_CLIENTS)
    client = visited | (drawn & ~brussels)
    return drawn & client, client


def _index_rows(scene: Scene, homes: Families, children: Index) -> Iterator[Batch]:
    """Where children lived on each 31 December, as it was called then; only those who count for that year's index."""
    for year in range(scene.first_index_year, scene.as_of.year):
        born = homes.birth.astype("datetime64[Y]").astype(int) + 1970
        who = np.flatnonzero((born <= year) & (born > year - 3))
        area = homes.area(np.datetime64(eve(year)))[homes.family[who]]
        codes = scene.places.old if year < 2025 else scene.places.code
        columns = {
            "child_id": children[who],
            "year": np.full(len(who), year),
            "nis_code": pa.array(codes).take(pa.array(area)),
        }
        yield "child_on_31_december", table("child_on_31_december", columns)


def _consents(scene: Scene, homes: Families, people: Parents, deprived: Flags, rng: np.random.Generator) -> pa.Table:
    """Who takes part is asked where it takes part; movers had often consented for where they lived before."""
    kbos = sorted(scene.register.people)
    recipient = np.array([kbos.index(kbo) for kbo in scene.register.kbo])
    takes_part = np.array([kbo in scene.covered for kbo in kbos])
    now, before = recipient[homes.area(scene.today)], recipient[homes.home]
    moved = homes.moves & (homes.moved_on <= scene.today)
    young = homes.last_birth > scene.today - AGE_LIMIT_DAYS
    first = np.maximum(np.where(moved, homes.moved_on, homes.first_birth) + 5, scene.today - 1000)
    family = people.family
    asked = Asked(people.ids, now[family], first[family], np.full(len(family), scene.today - 3))
    need = (deprived & young & takes_part[now])[family]
    moved_away = (moved & (now != before))[family]
    again = rng.random(len(family)) < NEWLY_ASKED
    diary = Diary(kbos, scene.latest, rng)
    diary.stories(asked.only(np.flatnonzero(need & (~moved_away | again))), scene.spread)
    earlier = Asked(people.ids, before[family], homes.first_birth[family] + 3, homes.moved_on[family] - 1)
    diary.story(earlier.only(np.flatnonzero(need & moved_away & takes_part[before][family])), STORIES["grant"][1])
    others = np.flatnonzero(~need)
    bystanders = assign(scene.spread(Purpose.BYSTANDER, len(others)), {"consented": BYSTANDERS})["consented"]
    diary.story(asked.only(others[bystanders]), STORIES["grant"][1])
    return diary.table(scene.ids)


def first_day(as_of: date) -> date:
    """The first birthday in a new world."""
    return date(as_of.year - YEARS_BEFORE, 1, 1)

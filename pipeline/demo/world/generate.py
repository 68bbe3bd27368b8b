"""One world out of its parts: registries and papers first, then the people, a chunk of municipalities at a time."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import pyarrow as pa

from pipeline.demo.world.assessments import make_assessments
from pipeline.demo.world.chance import Index, Purpose, assign
from pipeline.demo.world.consents import BYSTANDERS, ConsentRequests, Diary
from pipeline.demo.world.families import Births, Families, Flags, eve, families
from pipeline.demo.world.people import Parents, make_parents
from pipeline.demo.world.rates import BRUSSELS_CLIENTS, FLEMISH_CLIENTS
from pipeline.demo.world.reference import Places
from pipeline.demo.world.residences import residences
from pipeline.demo.world.scene import Scene
from pipeline.demo.world.schema import world_table
from pipeline.demo.world.stories import STORIES

YEARS_BEFORE = 5
"""Children born from 1 January that many years before: enough for the index of the last three complete years."""
OTHER_TEAM = 0.004
"""Assumption: share of families followed by the team of another municipality."""
AGE_LIMIT_DAYS = 3 * 365
NEWLY_ASKED = 0.6
"""Assumption: share of movers asked again by their new municipality."""

Batch = tuple[str, pa.Table]


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
    people = make_parents(scene, homes, family_ids, rng)
    yield "parent", world_table("parent", people.columns)
    yield "residence", residences(people, homes, scene.places, scene.latest, rng)
    children = scene.ids.take("child", len(homes.birth))
    clients = client[homes.family]
    child = {"child_id": children, "family_id": family_ids[homes.family], "birth_date": homes.birth, "client": clients}
    yield "child", world_table("child", child)
    yield from _index_rows(scene, homes, children)
    seen = np.flatnonzero(clients)
    rate = np.minimum(scene.rate[homes.area(scene.today)][homes.family[seen]], 0.9)
    deprived_child = deprived[homes.family[seen]]
    yield "indicator_assessment", make_assessments(scene, children[seen], homes.birth[seen], deprived_child, rate, rng)
    yield "consent_event", _consents(scene, homes, people, deprived, rng)


def _family_table(scene: Scene, homes: Families, ids: Index, rng: np.random.Generator) -> pa.Table:
    followed_in = homes.area(scene.today)
    other = assign(scene.spread(Purpose.FAMILY, len(ids)), {"other": OTHER_TEAM})["other"]
    followed_in[other] = rng.integers(0, len(scene.places.code), len(other))
    teams = pa.array(scene.register.team).take(pa.array(followed_in))
    return world_table("family", {"family_id": ids, "local_team_id": teams})


def _deprived(scene: Scene, homes: Families, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Which families live in deprivation, by the rate of their last 31 December's area, and which are clients."""
    area = homes.area(np.datetime64(eve(scene.as_of.year - 1)))
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
        yield "child_on_31_december", world_table("child_on_31_december", columns)


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
    requests = ConsentRequests(people.ids, now[family], first[family], np.full(len(family), scene.today - 3))
    need = (deprived & young & takes_part[now])[family]
    moved_away = (moved & (now != before))[family]
    again = rng.random(len(family)) < NEWLY_ASKED
    diary = Diary(kbos, scene.latest, rng)
    diary.stories(requests.only(np.flatnonzero(need & (~moved_away | again))), scene.spread)
    earlier = ConsentRequests(people.ids, before[family], homes.first_birth[family] + 3, homes.moved_on[family] - 1)
    diary.story(earlier.only(np.flatnonzero(need & moved_away & takes_part[before][family])), STORIES["grant"][1])
    others = np.flatnonzero(~need)
    bystanders = assign(scene.spread(Purpose.BYSTANDER, len(others)), {"consented": BYSTANDERS})["consented"]
    diary.story(requests.only(others[bystanders]), STORIES["grant"][1])
    return diary.table(scene.ids)

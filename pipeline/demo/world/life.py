"""What happens to people who are there already: a New Year, moves, deaths, visits, consents and withdrawals."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from pipeline.demo.world.assessments import CHANGED, assessment_table, findings
from pipeline.demo.world.chance import Index
from pipeline.demo.world.consents import ConsentRequests, Diary
from pipeline.demo.world.days import Days, office_hours
from pipeline.demo.world.families import MOVES_A_YEAR, destinations, eve
from pipeline.demo.world.generate import AGE_LIMIT_DAYS, Batch
from pipeline.demo.world.residences import address, codes
from pipeline.demo.world.scene import Scene
from pipeline.demo.world.schema import world_table
from pipeline.demo.world.store import Store
from pipeline.demo.world.stories import STORIES, StoryEvent

Dice = np.random.Generator
Batches = Iterator[Batch]

DEATHS_A_YEAR = 0.0005
VISITS_A_DAY, GRANTS_A_DAY, WITHDRAWALS_A_DAY = 0.0012, 0.004, 0.0004
"""Assumptions: shares of the young children, of the parents in need not yet asked, of the open grants."""
FIRST_VISIT_DAYS = 4


def eves(store: Store, scene: Scene, since: date, rng: Dice) -> Batches:
    """Where children live on each 31 December that passes, for the index of that year."""
    for year in range(since.year, scene.as_of.year):
        families, area = _homes(store, scene, eve(year))
        children = store.read("children", date(year - 2, 1, 1))
        home = _lookup(families, area, _numbers(children, "family_id"))
        who = np.flatnonzero((home >= 0) & (_days(children, "birth_date") <= np.datetime64(eve(year))))
        columns = {
            "child_id": _numbers(children, "child_id")[who],
            "year": np.full(len(who), year),
            "nis_code": pa.array(scene.places.code).take(pa.array(home[who])),
        }
        yield "child_on_31_december", world_table("child_on_31_december", columns)


def moves(store: Store, scene: Scene, since: date, rng: Dice) -> Batches:
    """Families move, all parents together; a protected address stays protected, and the local team changes."""
    homes = store.read("parents_at_home", scene.as_of)
    families, area = _by_family(homes, scene)
    moving = _some(len(families), MOVES_A_YEAR / 365, since, scene, rng)
    moving = moving[area[moving] >= 0]
    to = destinations(area[moving], scene.places, rng)
    moving, to = moving[to != area[moving]], to[to != area[moving]]
    followed: list[tuple[object, ...]] = [
        (scene.register.team[a], int(f)) for f, a in zip(families[moving], to, strict=True)
    ]
    store.change("family_followed_by", followed)
    day, house = _window(len(moving), since, scene, rng), rng.integers(0, 1 << 40, len(moving))
    place = _lookup(families[moving], np.arange(len(moving)), _numbers(homes, "family_id"))
    who = np.flatnonzero(place >= 0)
    at = place[who]
    recorded = office_hours(day, scene.latest, rng)[at]
    columns = {"parent_id": _numbers(homes, "parent_id")[who], "valid_from": day[at], "recorded_at": recorded}
    columns |= address(house[at], to[at], scene.places)
    columns |= {"nis_code": codes(to[at], recorded, scene.places, rng)}
    columns |= {"confidential": _numbers(homes, "confidential")[who] == 1}
    yield "residence", world_table("residence", columns)


def deaths(store: Store, scene: Scene, since: date, rng: Dice) -> Batches:
    """A few parents die; their row says so from then on."""
    parents = _numbers(store.read("parents_at_home", scene.as_of), "parent_id")
    who = parents[_some(len(parents), DEATHS_A_YEAR / 365, since, scene, rng, least=0)]
    days = _window(len(who), since, scene, rng)
    store.change("parent_died", [(day.item(), int(parent)) for day, parent in zip(days, who, strict=True)])
    yield from ()


def visits(store: Store, scene: Scene, since: date, rng: Dice) -> Batches:
    """Newborns get the first visit that was still to come; some young children are assessed again."""
    today = np.datetime64(scene.as_of)
    children = store.read("children", (today - AGE_LIMIT_DAYS).item())
    child, birth = _numbers(children, "child_id"), _days(children, "birth_date")
    weak = _weak(store, scene, child)
    families, area = _homes(store, scene, scene.as_of)
    home = _lookup(families, area, _numbers(children, "family_id"))
    rate = np.where(home >= 0, scene.rate[home], scene.rate.mean())
    newborn = (_numbers(children, "client") == 1) & (weak < 0) & (birth > np.datetime64(since) - 40)
    newborn &= birth + FIRST_VISIT_DAYS < today
    again = np.flatnonzero(weak >= 0)
    again = again[_some(len(again), VISITS_A_DAY, since, scene, rng)]
    who = np.concatenate([np.flatnonzero(newborn), again])
    before = weak[who] >= 3
    chance = np.where(weak[who] < 0, rate[who], np.where(before, 1 - CHANGED, CHANGED * rate[who] / (1 - rate[who])))
    earliest = np.maximum(birth[who] + FIRST_VISIT_DAYS, np.datetime64(since))
    days = earliest + (rng.random(len(who)) * (today - earliest).astype(int)).astype("timedelta64[D]")
    status = rng.random(len(who)) < chance
    found = (child[who], days, office_hours(days, scene.latest, rng), findings(status, rng), np.zeros(len(who), bool))
    yield "indicator_assessment", assessment_table(scene.ids.take("assessment", len(who)), found, rng)


def new_consents(store: Store, scene: Scene, since: date, rng: Dice) -> Batches:
    """Parents in need who were never asked for consent; others withdraw."""
    kbos = sorted(scene.register.people)
    covered = set(store.read("recipients_with_agreement")["kbo"].to_pylist())
    diary = Diary(kbos, scene.latest, rng)
    homes = store.read("parents_at_home", scene.as_of)
    parent, area = _numbers(homes, "parent_id"), _areas(homes, scene)
    recipient = np.array([kbos.index(kbo) for kbo in scene.register.kbo])[area]
    takes_part = np.array([kbo in covered for kbo in kbos])[recipient] & (area >= 0)
    asked_before = _numbers(store.read("parents_asked"), "parent_id")
    need = np.isin(_numbers(homes, "family_id"), _families_in_need(store, scene))
    open_to = np.flatnonzero(need & takes_part & ~np.isin(parent, asked_before))
    willing = open_to[_some(len(open_to), GRANTS_A_DAY, since, scene, rng)]
    diary.story(_asked(parent[willing], recipient[willing], since, scene), STORIES["grant"][1])
    grants = store.read("open_grants")
    leaving = _some(len(grants), WITHDRAWALS_A_DAY, since, scene, rng)
    of = np.array([kbos.index(kbo) for kbo in grants["kbo"].take(pa.array(leaving)).to_pylist()], np.int64)
    withdrawal = (StoryEvent("withdrawal", text=None, fields=None),)
    diary.story(_asked(_numbers(grants, "parent_id")[leaving], of, since, scene), withdrawal)
    yield "consent_event", diary.table(scene.ids)


def _families_in_need(store: Store, scene: Scene) -> Index:
    children = store.read("children", (np.datetime64(scene.as_of) - AGE_LIMIT_DAYS).item())
    return _numbers(children, "family_id")[_weak(store, scene, _numbers(children, "child_id")) >= 3]


def _weak(store: Store, scene: Scene, child: Index) -> Index:
    """Weak criteria of each child in its latest assessment, -1 without one."""
    known = store.read("weak_criteria", (np.datetime64(scene.as_of) - AGE_LIMIT_DAYS).item(), scene.as_of)
    return _lookup(_numbers(known, "child_id"), _numbers(known, "weak"), child)


def _asked(parent: Index, recipient: Index, since: date, scene: Scene) -> ConsentRequests:
    first, last = np.datetime64(since), np.datetime64(scene.as_of) - 1
    return ConsentRequests(parent, recipient, np.full(len(parent), first), np.full(len(parent), last))


def _homes(store: Store, scene: Scene, day: date) -> tuple[Index, Index]:
    return _by_family(store.read("parents_at_home", day), scene)


def _by_family(homes: pa.Table, scene: Scene) -> tuple[Index, Index]:
    """Families (sorted) and the area where the first parent of each lives."""
    families, first = np.unique(_numbers(homes, "family_id"), return_index=True)
    return families, _areas(homes, scene)[first]


def _areas(homes: pa.Table, scene: Scene) -> Index:
    """The area that each row's NIS code stands for, -1 for a code that is none of this flow."""
    known = {code: area for area, code in reversed(list(enumerate(scene.places.code)))}
    known |= {code: area for area, code in enumerate(scene.places.old) if code not in known}
    return np.array([known.get(code, -1) for code in homes["nis_code"].to_pylist()], np.int64)


def _lookup(keys: Index, values: Index, wanted: Index) -> Index:
    """The value of each wanted key (`keys` sorted), -1 where there is none."""
    if not len(keys):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], -1)


def _some(n: int, a_day: float, since: date, scene: Scene, rng: Dice, least: int = 1) -> Index:
    """Positions of those to whom something happens in the days since: at least one, so that small worlds live too."""
    share = 1 - (1 - a_day) ** (scene.as_of - since).days
    number = min(n, max(least, int(rng.binomial(n, share))))
    return np.sort(rng.choice(n, number, replace=False)) if number else np.zeros(0, np.int64)


def _window(n: int, since: date, scene: Scene, rng: Dice) -> Days:
    """Days from the world's own up to the day before the new one."""
    return np.datetime64(since) + rng.integers(0, (scene.as_of - since).days, n).astype("timedelta64[D]")


def _numbers(rows: pa.Table, column: str) -> Index:
    """A column of numbers or booleans as integers, whatever the engine gave."""
    values: Index = rows[column].cast(pa.int64()).to_numpy()
    return values


def _days(rows: pa.Table, column: str) -> Days:
    values: Days = rows[column].cast(pa.date32()).to_numpy()
    return values

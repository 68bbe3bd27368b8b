"""The overview against a naive reference on random histories; and of any: nothing is lost, nothing rewritten."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.answers.overview import collect
from pipeline.answers.overview.content import key_figures, legend, papers_table
from pipeline.answers.overview.days import month_ends
from pipeline.answers.overview.model import DECREE_DAY, AuthorityState, Overview, PaperState
from pipeline.answers.overview.places import served_places
from pipeline.answers.overview.tables import overview_tables
from pipeline.answers.overview.texts import STATES, answer
from pipeline.core.documents.table import UNKNOWN, Table
from pipeline.core.model import Kbo
from tests.support.overseen import RecordedAgency, begun
from tests.support.reference.overview import Drops, Naive
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import World

SEEDS = range(6)
MONTHS = 6
"""How many of the last months an overview has here, but in the one test of all of them: each takes a tenth of a second.
"""
Overviews = Callable[[int], Overview]


@cache
def drawn(seed: int) -> tuple[World, date, datetime, Drops]:
    """A random world with the day and instant that it is asked of, and drops to some of its recipients."""
    rng = Random(f"overview/{seed}")
    at = a_night(rng)
    world = random_world(rng, at, 25)
    for row in world["protocol"]:
        row["fields"] = row["fields"] or ""  # NULL is refused before anything is counted
    kbos = [row["kbo"] for row in world["recipient"]]
    drops = {(kbo, at.day + timedelta(days=rng.randint(-40, 1))) for kbo in rng.sample(kbos, 20) for _ in range(3)}
    return world, at.day, at.known_at, sorted(drops)


@pytest.fixture(autouse=True, scope="module")
def last_months() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collect, "month_ends", lambda as_of: list(month_ends(as_of))[-MONTHS:])
        yield patch


@pytest.fixture(params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def overviews(last_months: object, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Overview]:
    """Of each seed's world, made once."""

    @cache
    def made(seed: int) -> Overview:
        _, day, known_at, _ = drawn(seed)
        return agency(seed, tmp_path_factory.mktemp("world")).ask(day, known_at)

    return made


def agency(seed: int, folder: Path, world: World | None = None) -> RecordedAgency:
    made, _, _, drops = drawn(seed)
    ledger = begun(folder, *((Kbo(kbo), str(night)) for kbo, night in drops), since="2015-01-01")
    return RecordedAgency.of(world or made, folder, ledger)


def naive(seed: int, day: date | None = None) -> Naive:
    """Drops are known from half past one of their night on, in UTC."""
    world, as_of, known_at, drops = drawn(seed)
    known = [(kbo, night) for kbo, night in drops if (night.isoformat() + " 01:30") <= f"{known_at:%Y-%m-%d %H:%M}"]
    return Naive(world, day or as_of, known_at, known)


def test_every_figure_is_that_of_the_reference(seed: int, overviews: Overviews) -> None:
    found, expected = overviews(seed), naive(seed)
    if found.as_of < DECREE_DAY:
        assert nothing(found)
        return
    assert {one.kbo: one.state.value for one in found.authorities} == expected.states()
    papers = {
        (p.kind.value, p.paper_id): (p.kbo, p.state.value, p.legal_basis) for a in found.authorities for p in a.papers
    }
    assert papers == expected.papers()
    counts = {(c.kind.value, c.legal_basis): {s.value: n for s, n in c.states.items() if n} for c in found.counts}
    assert {key: states for key, states in counts.items() if states} == expected.counts()
    assert {m.nis_code: a.kbo for a in found.authorities for m in a.municipalities} == expected.served()


def test_every_month_is_that_of_the_reference(seed: int, overviews: Overviews) -> None:
    found = overviews(seed)
    assert [one.day for one in found.months] == list(month_ends(found.as_of))[-MONTHS:]
    for one in found.months:
        _, *counted = asdict(one).values()
        assert tuple(counted) == naive(seed, one.day).month(), one.day


def test_all_months_since_the_decree(monkeypatch: pytest.MonkeyPatch, overviews: Overviews, tmp_path: Path) -> None:
    """None is left out, what was signed stays signed, and the last ones are those of the other tests here."""
    with monkeypatch.context() as all_of_them:
        all_of_them.setattr(collect, "month_ends", month_ends)
        found = agency(latest(), tmp_path).ask(*drawn(latest())[1:3])
    assert [one.day for one in found.months] == list(month_ends(found.as_of))
    assert len(found.months) > 40
    signed_stays_signed(found)
    for one in found.months:
        _, *counted = asdict(one).values()
        assert tuple(counted) == naive(latest(), one.day).month(), one.day
    assert found.months[-MONTHS:] == overviews(latest()).months


def test_nothing_is_counted_twice_or_lost(seed: int, overviews: Overviews) -> None:
    found = overviews(seed)
    assert sum(len(found.of(state)) for state in AuthorityState) == len({one.kbo for one in found.authorities})
    papers = [paper for one in found.authorities for paper in one.papers]
    assert all(paper.kbo == one.kbo for one in found.authorities for paper in one.papers)
    assert sum(sum(one.states.values()) for one in found.counts) == len(papers)
    assert sum(one.signed for one in found.counts) == sum(paper.is_signed(found.as_of) for paper in papers)
    served = [place.nis_code for one in found.authorities for place in one.municipalities]
    assert max(Counter(served).values(), default=1) == 1
    if found.months:
        last = found.months[-1]
        states = Counter(one.state for one in found.authorities)
        is_known = naive(seed).is_known
        assert last.authorities_exchanging == (states[AuthorityState.EXCHANGING] if is_known else None)
        assert last.authorities_in_force == states[AuthorityState.EXCHANGING] + states[AuthorityState.IN_FORCE]
        assert (last.agreements_signed, last.protocols_signed) == tuple(one.signed for one in found.counts[:2])
        in_force = tuple(one.states[PaperState.IN_FORCE] for one in found.counts[:2])
        assert (last.agreements_in_force, last.protocols_in_force) == in_force


def test_the_sum_of_the_parts_is_the_total_wherever_it_stands(seed: int, overviews: Overviews) -> None:
    """Every table, the map, the figures in large print and the sentences count the same things."""
    the_parts_make_the_total(overviews(seed))


def the_parts_make_the_total(found: Overview) -> None:
    tables = {table.key: columns_of(table) for table in overview_tables(found)}
    provinces, teams, listed = tables["provincies"], tables["teams"], tables["besturen"]
    states = [STATES[state].capitalize() for state in AuthorityState]
    is_known = UNKNOWN not in provinces[states[-1]]
    for column in ("Gemeenten", "Waarvan zonder bestuur"):
        assert sum(provinces[column][:-1]) == provinces[column][-1]
    for place in range(len(provinces["Besturen"]) if is_known else 0):
        assert sum(provinces[state][place] for state in states) == provinces["Besturen"][place]
    assert provinces["Besturen"][-1] == len(listed["Bestuur"])
    if found.as_of >= DECREE_DAY:
        places = served_places(found)
        assert len(places) == provinces["Gemeenten"][-1]
        assert not is_known or sum(int(re.findall(r"\((\d+) ", text)[0]) for _, text in legend(found, places)) == len(
            places
        )
    agreements, protocols = found.counts[:2]
    for count, name in ((agreements, "Overeenkomsten"), (protocols, "Protocollen")):
        assert sum(listed[f"{name} gesloten"]) == count.signed
        assert sum(listed[f"{name} van kracht"]) == count.states[PaperState.IN_FORCE]
    for column in (name for name in teams if name not in ("Lokaal team", *list(teams)[-2:])):
        assert sum(teams[column][:-1]) == (teams[column] or [0])[-1]
    assert (teams["Gesloten"] or [0])[-1] == agreements.signed
    assert (teams["Besturen met een lopende overeenkomst"] or [0])[-1] == agreements.recipients
    for row in papers_table(found).rows:
        assert sum(row[3 : 3 + len(PaperState)]) == row[2]
    assert sum(row[2] for row in papers_table(found).rows) == len(tables["papieren"]["Nummer"])
    figures = [one["number"] for one in key_figures(found)]
    of_the_day = [count.states[PaperState.IN_FORCE] for count in (agreements, protocols)]
    assert figures == [str(provinces[states[-1]][-1]), *map(str, of_the_day)]
    if agreements.signed or protocols.signed:
        numbers = [int(number) for number in re.findall(r"\b\d+(?= (?:samenwerkings|protocol))", answer(found)[1])]
        assert numbers == [agreements.signed, protocols.signed, *of_the_day]


def columns_of(table: Table) -> dict[str, list[Any]]:
    return {column: [row[place] for row in table.rows] for place, column in enumerate(table.columns)}


def test_what_was_signed_stays_signed(seed: int, overviews: Overviews) -> None:
    signed_stays_signed(overviews(seed))


def signed_stays_signed(found: Overview) -> None:
    for before, after in pairwise(found.months):
        assert before.agreements_signed <= after.agreements_signed
        assert before.protocols_signed <= after.protocols_signed


def test_nothing_recorded_later_changes_what_was_known(seed: int, overviews: Overviews, tmp_path: Path) -> None:
    """Whatever was recorded after K, and every drop after it, might as well not exist."""
    world, day, known_at, _ = drawn(seed)
    then = {
        feed: [row for row in rows if row.get("recorded_at") is None or row["recorded_at"] <= known_at]
        for feed, rows in world.items()
    }
    (tmp_path / "then").mkdir()
    of_then = [(Kbo(kbo), str(night)) for kbo, night in naive(seed).drops]
    ledger = begun(tmp_path / "then", *of_then, since="2015-01-01")
    assert RecordedAgency.of(then, tmp_path / "then", ledger).ask(day, known_at) == overviews(seed)


def test_the_evolution_says_of_a_day_what_an_overview_of_it_says(overviews: Overviews, tmp_path: Path) -> None:
    months = overviews(latest()).months
    then = agency(latest(), tmp_path).ask(months[-2].day, drawn(latest())[2]).months
    assert then[1:] == months[:-1]


def latest() -> int:
    """A seed whose overview has many months."""
    return next(seed for seed in SEEDS if drawn(seed)[1] > date(2026, 1, 1))


def test_the_draws_hold_what_they_are_for() -> None:
    states: Counter[str] = Counter()
    papers: Counter[str] = Counter()
    for seed in SEEDS:
        if drawn(seed)[1] >= DECREE_DAY:
            states.update(naive(seed).states().values())
            papers.update(state for _, state, _ in naive(seed).papers().values())
    assert set(states) == set(AuthorityState) and set(papers) == set(PaperState)


def nothing(found: Overview) -> bool:
    return not found.months and {one.state for one in found.authorities} <= {AuthorityState.NONE}

"""The proof can fail: a reference that reads a rule wrongly is told apart by the histories alone.

Where gate and reference agree, what tells a wrong reference apart tells a wrong gate apart; no SQL is needed for it.
The mutants of the SQL (tests/mutation) fall to the tables first, so they do not show what the histories are worth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

import tests.support.reference.gate as gate
from tests.spec.tables import cases
from tests.support.reference.gate import RULES, Covered, Decision, Night, covered, decide
from tests.support.reference.misread import MISREAD
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import moment, world

WORLDS = 100
Told = list[tuple[dict[int, Decision], list[Covered]]]


@contextmanager
def mutated(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    (module, attribute), value = MISREAD[name][0].split("."), MISREAD[name][1]
    with monkeypatch.context() as patch:
        if module == "RULES":
            patch.setitem(RULES, attribute, value)
        else:
            patch.setattr(getattr(gate, module), attribute, value, raising=False)
        yield


@pytest.fixture(scope="module")
def nights() -> list[Night]:
    made = []
    for number in range(WORLDS):
        rng = Random(f"bite/{number}")
        at = a_night(rng)
        made.append(Night(random_world(rng, at, 20), at.at, at.known_at))
    return made


def told(nights: list[Night]) -> Iterator[tuple[dict[int, Decision], list[Covered]]]:
    """What a reference makes of fresh nights (a night remembers what it looked up)."""
    for night in nights:
        fresh = Night(night.world, night.at, night.known_at)
        yield decide(fresh), covered(fresh)


@pytest.fixture(scope="module")
def truth(nights: list[Night]) -> Told:
    return list(told(nights))


@pytest.mark.parametrize("name", MISREAD)
def test_the_histories_tell(name: str, monkeypatch: pytest.MonkeyPatch, nights: list[Night], truth: Told) -> None:
    with mutated(monkeypatch, name):
        assert any(mutant != right for mutant, right in zip(told(nights), truth, strict=False))


MISREADINGS = (
    "a no counts from its date alone",
    "a period begins a day early",
    "a period ends a day late",
    "it suffices to occur later",
    "a no for nobody counts for nobody",
    "a no is of one row",
    "any digits make an INSZ",
    "blank is empty",
    "a field may be unknown",
    "no code is mapped",
)
"""What no single turn of the SQL amounts to."""


@pytest.mark.parametrize("name", MISREADINGS)
def test_the_tables_tell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with mutated(monkeypatch, name):
        assert any(not holds(case) for _, case in cases())


def holds(case: Any) -> bool:
    at = moment(case.at, case.known_at)
    found = next(told([Night(world(case.change), at.at, at.known_at)]))[0]
    return found.get(case.parent) == case.expected


@pytest.mark.parametrize("instant", ["2026-06-14 22:30", "2026-01-14 23:30"])
def test_the_local_day_is_not_that_of_utc(instant: str) -> None:
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert Night({}, at, at).day == at.date() + timedelta(days=1)

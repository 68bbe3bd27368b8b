"""The proof can fail: a reference that reads a rule wrongly is told apart by the histories alone.

Where gate and reference agree, what tells a wrong reference apart tells a wrong gate apart; no SQL is needed for it.
The mutants of the SQL (tests/mutation) fall to the tables first, so they do not show what the histories are worth.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

import tests.support.reference.gate as gate
from tests.spec.tables import cases
from tests.support.reference.gate import RULES, Covered, Decision, Night, covered, decide
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import Row, moment, world

WORLDS = 30
Told = list[tuple[dict[int, Decision], list[Covered]]]


def latest_by(*names: str) -> Callable[[Night, Row], Row]:
    def latest(night: Night, parent: Row) -> Row:
        events = gate.events_that_count(night, parent)
        keys: dict[str, Callable[[Row], Any]] = {
            "instant": gate.counts_from,
            "stops": lambda event: not gate.is_grant(event),
            "recorded": lambda event: event["recorded_at"],
            "id": lambda event: event["event_id"],
            "lowest": lambda event: -event["event_id"],
        }
        return max(events, key=lambda event: [keys[name](event) for name in names])

    return latest


def within_but(first: int, last: int) -> Callable[..., bool]:
    """The period shifted at an end."""
    as_it_is, step = gate.is_within, timedelta(days=1)

    def is_within(day: date, start: date | None, *ends: date | None) -> bool:
        moved = None if start is None else start + first * step
        return as_it_is(day, moved, *(None if end is None else end + last * step for end in ends))

    return is_within


def assessed_by(*columns: str) -> Callable[[Night, Row], Row]:
    return lambda night, child: max(gate.valid_assessments(night, child), key=lambda r: [r[c] for c in columns])


def lived_by(*columns: str) -> Callable[[Night, Row], Row | None]:
    def residence(night: Night, parent: Row) -> Row | None:
        rows = [r for r in night.rows("residence", parent_id=parent["parent_id"]) if r["valid_from"] <= night.day]
        return max(rows, key=lambda row: [row[column] for column in columns], default=None)

    return residence


MUTANTS: dict[str, tuple[str, Any]] = {
    "a withdrawal counts from its date alone": ("counts_from", lambda event: event["occurred_at"]),
    "a grant counts from its recording too": ("counts_from", lambda e: min(e["occurred_at"], e["recorded_at"])),
    "a grant wins a tie": ("latest_event", latest_by("instant", "recorded", "id")),
    "of two grants the higher id at once": ("latest_event", latest_by("instant", "stops", "id")),
    "of two grants alike the lowest id": ("latest_event", latest_by("instant", "stops", "recorded", "lowest")),
    "the latest recorded event counts": ("latest_event", latest_by("recorded", "stops", "id")),
    "events of the future count": (
        "events_that_count",
        lambda night, parent: night.rows(
            "consent_event", parent_id=parent["parent_id"], kbo=gate.recipient_of(night, parent)
        ),
    ),
    "consent for anyone is consent": (
        "events_that_count",
        lambda night, parent: [
            event
            for event in night.rows("consent_event", parent_id=parent["parent_id"])
            if gate.counts_from(event) <= night.at
        ],
    ),
    "a period begins a day late": ("is_within", within_but(1, 0)),
    "a period begins a day early": ("is_within", within_but(-1, 0)),
    "a period ends a day early": ("is_within", within_but(0, -1)),
    "a period ends a day late": ("is_within", within_but(0, 1)),
    "nothing is suspended": ("is_suspended", lambda night, paper: False),
    "the lowest threshold": ("max", lambda values, **more: min(values) if not more else max(values, **more)),
    "an assessment tie goes to any": ("latest_assessment", assessed_by("assessed_on", "assessment_id")),
    "the latest recorded assessment": ("latest_assessment", assessed_by("recorded_at", "assessment_id")),
    "the latest recorded residence": ("residence", lived_by("recorded_at")),
    "what is not assessed is weak": ("weak_criteria", lambda row: sum(row[c] is not False for c in gate.CRITERIA)),
    "29 February has its birthday on the 28th": (
        "birthday",
        lambda born, years: (
            date(born.year + years, 2, 28)
            if (born.month, born.day) == (2, 29)
            else born.replace(year=born.year + years)
        ),
    ),
    "no code is mapped": ("municipality_on", lambda code, day: code if code in gate.codes_on(day) else None),
    "mergers of the future map": ("mergers_by", lambda day: gate.reference("mergers")),
    "INSZ of before 2000 only": (
        "is_insz",
        lambda text: text.isdigit() and len(text) == 11 and 97 - int(text[:9]) % 97 == int(text[9:]),
    ),
    "any digits make an INSZ": (
        "is_insz",
        lambda text: (
            len(text) == 11
            and text.isdigit()
            and any(97 - int(century + text[:9]) % 97 == int(text[9:]) for century in ("", "2"))
        ),
    ),
    "blank is empty": ("is_blank", lambda text: not text),
    "a field may be unknown": ("DECREE", {*gate.DECREE, "insz", "Name", "", "name;phone", "name;address"}),
    **{f"rule {name} never bites": (f"RULES.{name}", lambda night, parent: False) for name in list(RULES)[:5]},
    **{f"rule {name} never bites": (f"RULES.{name}", lambda night, parent: False) for name in list(RULES)[10:]},
}


@contextmanager
def mutated(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    where, value = MUTANTS[name]
    with monkeypatch.context() as patch:
        if where.startswith("RULES."):
            patch.setitem(RULES, where.removeprefix("RULES."), value)
        else:
            patch.setattr(gate, where, value, raising=False)
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


@pytest.mark.parametrize("name", MUTANTS)
def test_the_histories_tell(name: str, monkeypatch: pytest.MonkeyPatch, nights: list[Night], truth: Told) -> None:
    with mutated(monkeypatch, name):
        assert any(mutant != right for mutant, right in zip(told(nights), truth, strict=False))


MISREADINGS = (
    "a withdrawal counts from its date alone",
    "a period begins a day early",
    "a period ends a day late",
    "the latest recorded event counts",
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

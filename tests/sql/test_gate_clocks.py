"""Clocks differ: what is decided for now heeds the rows that say they are recorded a little later (DOMAIN)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.engine import Engine, engine
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.gate.clocks import unchanged_until
from pipeline.gate.release import release
from pipeline.source.conform import make_empty
from tests.spec.batch import gate_on
from tests.spec.case import ALL, Change
from tests.support.reference.gate import Decision
from tests.support.worlds.tables import AT, GENT, instant, stage, world

NOW = Moment.now(instant(AT), instant(AT), 5)
AHEAD = "2026-06-15 01:33"
LAST = "2026-06-15 01:35"
TOO_FAR = "2026-06-15 01:35:01"
DAY = 24 * 3600
NO = {"kind": "withdrawal", "occurred_at": AHEAD, "recorded_at": AHEAD}
OTHER = "0999999922"
RELEASED = Decision("released", GENT, None, ALL)


def decided(change: Change, folder: Path, at: Moment = NOW) -> Decision:
    _, found = gate_on(stage(world(change), folder / "in"), at, folder)
    return found[1]


def withheld(reason: str, kbo: str | None = GENT) -> Decision:
    return Decision("withheld", kbo, reason, None)


CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], Decision]] = {
    "a no counts at once": ({"consent_event": [{}, NO]}, withheld("withdrawn")),
    "a no dated by day too": ({"consent_event": [{}, NO | {"occurred_at": "2026-06-16 00:00"}]}, withheld("withdrawn")),
    "a grant waits for its time": (
        {"consent_event": [{"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD}]},
        withheld("no_consent"),
    ),
    "a grant after a no that was recorded ahead with it does not undo it": (
        {"consent_event": [{}, NO | {"occurred_at": "2026-06-15 01:00"}, {"recorded_at": AHEAD}]},
        withheld("withdrawn"),
    ),
    "a grant with less leaves what both name": (
        {"consent_event": [{}, {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD, "fields": "name,phone"}]},
        Decision("released", GENT, None, "name,phone"),
    ),
    "a grant with more adds nothing": (
        {
            "consent_event": [
                {"fields": "name,phone"},
                {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD, "fields": "name,phone,email"},
            ]
        },
        Decision("released", GENT, None, "name,phone"),
    ),
    "two grants with only the name in common do not suffice": (
        {
            "consent_event": [
                {"fields": "name,phone"},
                {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD, "fields": "name,email"},
            ]
        },
        withheld("fields"),
    ),
    "what both name is blank for this parent": (
        {
            "parent": [{"phone": None}],
            "consent_event": [
                {"fields": "name,phone,email"},
                {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD, "fields": "name,phone,address"},
            ],
        },
        withheld("fields"),
    ),
    "what both name cannot be reached later": (
        {
            "parent": [{"phone": None}],
            "residence": [{}, {"recorded_at": AHEAD, "street": None}],
            "consent_event": [
                {"fields": "name,address,phone"},
                {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD, "fields": "name,address,email"},
            ],
        },
        withheld("fields"),
    ),
    "what both name cannot be reached yet": (
        {
            "parent": [{"email": None}],
            "residence": [{"street": None}, {"recorded_at": AHEAD}],
            "consent_event": [
                {"fields": "name,address,phone"},
                {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD, "fields": "name,address,email"},
            ],
        },
        withheld("fields"),
    ),
    "a protection counts at once": (
        {"residence": [{}, {"recorded_at": AHEAD, "confidential": True}]},
        withheld("confidential_address", None),
    ),
    "a move to where another recipient serves": (
        {
            "recipient": [{}, {"kbo": OTHER}],
            "recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11001"}],
            "agreement": [{}, {"agreement_id": "A2", "kbo": OTHER}],
            "protocol": [{}, {"protocol_id": "P2", "kbo": OTHER}],
            "consent_event": [{}, {"kbo": OTHER}],
            "residence": [{}, {"valid_from": "2026-06-15", "recorded_at": AHEAD, "nis_code": "11001"}],
        },
        withheld("not_served", None),
    ),
    "an agreement that ended": (
        {"agreement": [{}, {"recorded_at": AHEAD, "ended_on": "2026-06-14"}]},
        withheld("no_agreement"),
    ),
    "an agreement with a higher threshold": (
        {"agreement": [{}, {"agreement_id": "A2", "recorded_at": AHEAD, "min_criteria": 4}]},
        withheld("no_need"),
    ),
    "an agreement with a lower threshold": (
        {
            "agreement": [{"min_criteria": 4}, {"min_criteria": 3, "recorded_at": AHEAD}],
        },
        withheld("no_need"),
    ),
    "the reason is that of the first that withholds": (
        {"consent_event": [], "residence": [{}, {"recorded_at": AHEAD, "confidential": True}]},
        withheld("no_consent"),
    ),
    "in the last instant that a check allows": (
        {"consent_event": [{}, NO | {"occurred_at": LAST, "recorded_at": LAST}]},
        withheld("withdrawn"),
    ),
    "the highest threshold is asked of the assessments of both": (
        {
            "agreement": [{"min_criteria": 4}, {"min_criteria": 3, "recorded_at": AHEAD}],
            "indicator_assessment": [{"stimulation": True}, {"assessed_on": "2026-06-01", "recorded_at": AHEAD}],
        },
        withheld("no_need"),
    ),
    "the minutes that a check allows are the end": (
        {"consent_event": [{}, NO | {"recorded_at": TOO_FAR, "occurred_at": AT}]},
        RELEASED,
    ),
    "the minutes that a check allows are the end, also where another row is ahead": (
        {
            "consent_event": [{}, NO | {"recorded_at": TOO_FAR, "occurred_at": AT}],
            "residence": [{}, {"recorded_at": AHEAD, "street": "Andere Straat"}],
        },
        RELEASED,
    ),
    "nothing is recorded ahead": ({}, RELEASED),
}


@pytest.mark.parametrize("name", CASES)
def test_released_only_if_both_release(name: str, tmp_path: Path) -> None:
    change, expected = CASES[name]
    assert decided(change, tmp_path) == expected


def test_a_replay_takes_the_instant_strictly(tmp_path: Path) -> None:
    change, _ = CASES["a no counts at once"]
    assert decided(change, tmp_path, Moment.of(instant(AT))) == RELEASED


def test_covered_only_if_both_say_so_under_the_shorter_retention(tmp_path: Path) -> None:
    def covers(name: str, protocol: list[dict[str, Any]]) -> list[tuple[tuple[str, ...], int]]:
        checked = stage(world({"protocol": protocol}), tmp_path / name)
        made = release(checked, NOW, Settings(), tmp_path / name / "out")
        return [(papers.protocols, papers.retention_days) for papers in made.recipients]

    assert covers("ended", [{}, {"recorded_at": AHEAD, "ended_on": "2026-06-14"}]) == []
    assert covers("begun", [{"signed_on": None}, {"recorded_at": AHEAD}]) == []
    assert covers("shorter", [{}, {"recorded_at": AHEAD, "retention_days": 30}]) == [(("P1",), 30)]
    assert covers("longer", [{"retention_days": 30}, {"recorded_at": AHEAD}]) == [(("P1",), 30)]


def test_the_release_says_whether_it_was_decided_twice(tmp_path: Path) -> None:
    for name, twice in (("a no counts at once", True), ("nothing is recorded ahead", False)):
        checked = stage(world(CASES[name][0]), tmp_path / name)
        made = release(checked, NOW, Settings(), tmp_path / name / "out")
        assert made.moment == (NOW if twice else Moment.of(instant(AT)))
    assert NOW.ahead_until == NOW.at + timedelta(minutes=5)
    later = Moment.now(NOW.at, NOW.at + timedelta(minutes=10), 5)
    assert later.ahead_until == NOW.at + timedelta(minutes=15), "rows that the check let pass, by its own clock"


def test_what_is_recorded_at_the_instant_is_not_ahead(tmp_path: Path) -> None:
    checked = stage(world({"consent_event": [{"recorded_at": AT}]}), tmp_path)
    assert release(checked, NOW, Settings(), tmp_path / "out").moment == Moment.of(instant(AT))


# Until when a decision stays the same


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(Settings(), tmp_path_factory.mktemp("feeds")) as run:
        yield run


def until(run: Engine, feed: str, column: str, stamp: datetime | None) -> float:
    """In seconds after the instant, where that is the only one in any row."""
    for each in FEEDS.values():
        make_empty(each, run.connection)
    run.connection.execute(f"insert into {feed} ({column}) values ($1)", [stamp])
    return (unchanged_until(run, NOW.at, Settings()) - NOW.at).total_seconds()


INSTANTS = [(feed, column) for feed in FEEDS for column, kind in FEEDS[feed].columns.items() if kind == "timestamptz"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (0, DAY),
        (1, 1),
        (0.000001, 0.000001),
        (DAY - 1, DAY - 1),
        (DAY, DAY),
        (DAY + 1, DAY),
        (-2 * DAY, DAY),
        (None, DAY),
    ],
)
def test_a_decision_stays_until_the_next_instant_of_any_row(
    feeds: Engine, after: float | None, expected: float
) -> None:
    stamp = None if after is None else NOW.at + timedelta(seconds=after)
    found = {(feed, column): until(feeds, feed, column, stamp) for feed, column in INSTANTS}
    assert found == dict.fromkeys(INSTANTS, expected)


@pytest.mark.parametrize(("hours", "expected"), [(2, DAY), (2.5, DAY - 1800), (25.5, 1800), (26, DAY), (27, DAY)])
def test_a_decision_stays_until_a_load_is_stale(feeds: Engine, hours: float, expected: float) -> None:
    """At 26 hours."""
    assert until(feeds, "feed_control", "produced_at", NOW.at - timedelta(hours=hours)) == expected

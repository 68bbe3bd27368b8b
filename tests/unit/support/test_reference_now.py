"""The naive reference where clocks differ: decided twice, of rows that are recorded ahead of our clock."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.reference.gate import Covered, Decision, Night, covered_for_now, decide, decide_for_now
from tests.support.worlds.tables import GENT, moment, world

AT = "2026-06-15 01:30"
AHEAD, FAR = "2026-06-15 01:33", "2026-06-15 01:36"
SKEW = timedelta(minutes=5)
ALL = "address,email,name,phone"
ANTWERPEN = "0212214124"


def night(change: Any) -> Night:
    at = moment(AT)
    return Night(world(change), at.at, at.known_at)


def now(change: Any) -> Decision | None:
    return decide_for_now(night(change), SKEW).get(1)


def no(reason: str, kbo: str | None = GENT) -> Decision:
    return Decision("withheld", kbo, reason, None)


def yes(fields: str = ALL) -> Decision:
    return Decision("released", GENT, None, fields)


WITHDRAWAL = {"kind": "withdrawal", "text_version": None, "fields": None}
NOW_IS_WITHHELD: dict[str, tuple[Any, Decision | None]] = {
    "a withdrawal recorded ahead": (
        {"consent_event": [{}, WITHDRAWAL | {"occurred_at": AHEAD, "recorded_at": AHEAD}]},
        no("withdrawn"),
    ),
    "a protected address recorded ahead": (
        {"residence": [{}, {"valid_from": "2019-01-01", "recorded_at": AHEAD, "confidential": True}]},
        no("confidential_address", None),
    ),
    "an agreement that is ended ahead": (
        {"agreement": [{}, {"recorded_at": AHEAD, "ended_on": "2026-06-14"}]},
        no("no_agreement"),
    ),
    "an agreement that asks for more ahead": (
        {"agreement": [{}, {"recorded_at": AHEAD, "min_criteria": 4}]},
        no("no_need"),
    ),
    "of two versions ahead the later": (
        {
            "agreement": [
                {},
                {"recorded_at": AHEAD, "ended_on": "2026-06-14"},
                {"recorded_at": "2026-06-15 01:32", "ended_on": None},
            ]
        },
        no("no_agreement"),
    ),
    "a protocol that drops the name ahead": (
        {"protocol": [{}, {"recorded_at": AHEAD, "fields": "phone"}]},
        no("fields"),
    ),
    "a grant recorded ahead waits for its time": ({"consent_event": [{"recorded_at": AHEAD}]}, no("no_consent")),
    "an agreement recorded ahead waits too": ({"agreement": [{"recorded_at": AHEAD}]}, no("no_agreement")),
    "a new grant ahead does not lift a no": (
        {
            "consent_event": [
                {},
                WITHDRAWAL | {"occurred_at": "2026-06-01 10:00", "recorded_at": "2026-06-01 10:00"},
                {"occurred_at": "2026-06-15 01:00", "recorded_at": AHEAD},
            ]
        },
        no("withdrawn"),
    ),
    "a no and a later yes, both ahead": (
        {
            "consent_event": [
                {},
                WITHDRAWAL | {"occurred_at": "2026-06-15 01:00", "recorded_at": "2026-06-15 01:32"},
                {"occurred_at": "2026-06-15 01:10", "recorded_at": AHEAD},
            ]
        },
        no("withdrawn"),
    ),
    "released to one as of now and to another as if": (
        {
            "recipient": [{}, {"kbo": ANTWERPEN}],
            "recipient_municipality": [{}, {"kbo": ANTWERPEN, "nis_code": "11002"}],
            "agreement": [{}, {"agreement_id": "A2", "kbo": ANTWERPEN}],
            "protocol": [{}, {"protocol_id": "P2", "kbo": ANTWERPEN}],
            "consent_event": [{}, {"kbo": ANTWERPEN}],
            "residence": [{}, {"valid_from": "2026-06-01", "recorded_at": AHEAD, "nis_code": "11002"}],
        },
        no("not_served", None),
    ),
    "what both leave is a name alone": (
        {
            "protocol": [{"fields": "name,phone"}, {"fields": "name,email", "recorded_at": AHEAD}],
        },
        no("fields"),
    ),
    "the highest threshold is asked of both assessments": (
        {
            "agreement": [{"min_criteria": 3}, {"min_criteria": 4, "recorded_at": AHEAD}],
            "indicator_assessment": [{}, {"assessed_on": "2026-06-01", "housing": True, "recorded_at": AHEAD}],
        },
        no("no_need"),
    ),
}


@pytest.mark.parametrize("title", NOW_IS_WITHHELD)
def test_what_is_recorded_ahead_can_withhold(title: str) -> None:
    change, expected = NOW_IS_WITHHELD[title]
    assert now(change) == expected


NOW_IS_RELEASED: dict[str, tuple[Any, Decision]] = {
    "nothing is recorded ahead": ({}, yes()),
    "a withdrawal recorded further ahead than clocks differ": (
        {"consent_event": [{}, WITHDRAWAL | {"occurred_at": FAR, "recorded_at": FAR}]},
        yes(),
    ),
    "the fields of both": ({"protocol": [{}, {"recorded_at": AHEAD, "fields": "name,phone"}]}, yes("name,phone")),
    "the fields of both, the other way": (
        {"protocol": [{"fields": "name,phone"}, {"recorded_at": AHEAD}]},
        yes("name,phone"),
    ),
}


@pytest.mark.parametrize("title", NOW_IS_RELEASED)
def test_what_both_release_goes(title: str) -> None:
    change, expected = NOW_IS_RELEASED[title]
    assert now(change) == expected


def test_a_replay_takes_the_instant_strictly() -> None:
    ahead = night({"consent_event": [{}, WITHDRAWAL | {"occurred_at": AHEAD, "recorded_at": AHEAD}]})
    assert decide(ahead)[1] == yes()


def test_who_is_brought_in_by_a_row_ahead_is_not_decided_on_yet() -> None:
    assert now({"indicator_assessment": [{"recorded_at": AHEAD}]}) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [Covered(GENT, ("A1",), ("P1",), 365)]),
        ({"agreement": [{"recorded_at": AHEAD}]}, []),
        ({"protocol": [{}, {"recorded_at": AHEAD, "ended_on": "2026-06-01"}]}, []),
        ({"protocol": [{}, {"recorded_at": AHEAD, "retention_days": 30}]}, [Covered(GENT, ("A1",), ("P1",), 30)]),
        ({"protocol": [{"retention_days": 30}, {"recorded_at": AHEAD}]}, [Covered(GENT, ("A1",), ("P1",), 30)]),
        (
            {"protocol": [{}, {"recorded_at": AHEAD, "protocol_id": "P2", "retention_days": 400}]},
            [Covered(GENT, ("A1",), ("P1", "P2"), 365)],
        ),
    ],
)
def test_a_recipient_is_covered_only_if_both_say_so(change: Any, expected: list[Covered]) -> None:
    assert covered_for_now(night(change), SKEW) == expected

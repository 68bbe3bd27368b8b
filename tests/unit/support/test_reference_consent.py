"""The naive reference on what a no is, whom it is for, and which grant holds against it: one small world a sentence."""

from datetime import date
from typing import Any

import pytest

from tests.support.reference.gate import Night, decide, digits
from tests.support.reference.gate.values import impossible
from tests.support.worlds.tables import GENT, moment, world

AT = "2026-06-15 01:30"
OTHER = "0212214124"
GRANT = {"occurred_at": "2026-03-10 10:00", "recorded_at": "2026-03-10 11:00"}
NO = {"kind": "withdrawal", "text_version": None, "fields": None}


def outcome(change: Any, parent: int = 1) -> str | None:
    at = moment(AT)
    found = decide(Night(world(change), at.at, at.known_at)).get(parent)
    return found and (found.reason or found.outcome)


def with_no(occurred: str | None, recorded: str, **more: Any) -> Any:
    """The grant of 10 March, and a no."""
    return {"consent_event": [GRANT, NO | {"occurred_at": occurred, "recorded_at": recorded} | more]}


IN_BOTH_WAYS = [
    ("before it in both ways", "2026-03-09 10:00", "2026-03-09 11:00", "released"),
    ("of the day, dated at midnight, recorded after it", "2026-03-10 00:00", "2026-03-11 09:00", "withdrawn"),
    ("of the day, dated at midnight, recorded before it", "2026-03-10 00:00", "2026-03-10 10:59", "released"),
    ("late: of before, recorded after", "2026-02-01 10:00", "2026-03-10 11:01", "withdrawn"),
    ("recorded at once", "2026-02-01 10:00", "2026-03-10 11:00", "withdrawn"),
    ("occurred at once", "2026-03-10 10:00", "2026-03-10 10:30", "withdrawn"),
    ("dated ahead, recorded before it occurred", "2026-12-31 10:00", "2026-03-10 09:59", "released"),
    ("dated ahead, recorded as it occurred", "2026-12-31 10:00", "2026-03-10 10:00", "withdrawn"),
    ("without a date, recorded before it occurred", None, "2026-03-10 09:59", "released"),
    ("without a date, recorded after", None, "2026-03-12 10:00", "withdrawn"),
    ("recorded tomorrow", "2026-03-12 10:00", "2026-06-16 10:00", "released"),
]


@pytest.mark.parametrize(("title", "occurred", "recorded", "expected"), IN_BOTH_WAYS)
def test_a_grant_holds_only_if_it_is_later_in_both_ways(
    title: str, occurred: str | None, recorded: str, expected: str
) -> None:
    assert outcome(with_no(occurred, recorded)) == expected


LATER = ("2026-04-01 10:00", "2026-04-01 10:00")
PLACED = [
    ("for the other recipient, that serves", {"kbo": OTHER}, "released"),
    ("blank", {"kbo": ""}, "withdrawn"),
    ("without the zero", {"kbo": GENT[1:]}, "withdrawn"),
    ("with dots", {"kbo": "0212.214.125"}, "withdrawn"),
    ("not registered", {"kbo": "0999999999"}, "withdrawn"),
    ("an unknown kind for nobody", {"kbo": "", "kind": "intrekking"}, "withdrawn"),
    ("an unknown kind for the other", {"kbo": OTHER, "kind": "intrekking"}, "released"),
    ("an unknown kind", {"kind": "Grant"}, "withdrawn"),
    ("a grant without text", {"kind": "grant", "fields": "name,phone"}, "withdrawn"),
    ("a grant without fields", {"kind": "grant", "text_version": "v1"}, "withdrawn"),
    ("a grant with another field", {"kind": "grant", "text_version": "v1", "fields": "name,insz"}, "withdrawn"),
    ("a malformed grant for the other", {"kind": "grant", "kbo": OTHER}, "released"),
    ("a malformed grant for nobody", {"kind": "grant", "kbo": ""}, "released"),
    (
        "a sound grant for nobody",
        {"kind": "grant", "kbo": "", "text_version": "v1", "fields": "name,phone"},
        "released",
    ),
]
SERVED = {
    "recipient": [{}, {"kbo": OTHER}],
    "recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11002"}],
}


@pytest.mark.parametrize(("title", "more", "expected"), PLACED)
def test_a_no_is_for_its_recipient_or_for_everyone(title: str, more: dict[str, Any], expected: str) -> None:
    assert outcome(SERVED | with_no(*LATER, **more)) == expected


@pytest.mark.parametrize(
    ("title", "service"),
    [
        ("it serves nowhere", {"valid_until": "2026-06-14"}),
        ("it does not serve yet", {"valid_from": "2026-06-16"}),
        ("its municipality was merged away", {"nis_code": "44012"}),
    ],
)
def test_a_no_for_a_recipient_that_serves_no_municipality_is_for_everyone(title: str, service: dict[str, Any]) -> None:
    services = {"recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11002"} | service]}
    assert outcome(SERVED | services | with_no(*LATER, kbo=OTHER)) == "withdrawn"


TWINS = [
    ("the same", "90010100024", "withdrawn"),
    ("with dots", "90.01.01-000.24", "withdrawn"),
    ("in full-width digits", "９００１０１０００２４", "withdrawn"),
    ("another person", "05030300065", "released"),
    ("nobody's", None, "released"),
]


@pytest.mark.parametrize(("title", "insz", "expected"), TWINS)
def test_a_no_of_one_row_is_a_no_of_the_person(title: str, insz: str | None, expected: str) -> None:
    twin = {"parent": [{}, {"family_id": 2, "insz": insz}]}
    assert outcome(twin | with_no(*LATER, parent_id=2)) == expected


def test_a_yes_of_one_row_is_not_a_yes_of_the_person() -> None:
    family = {"family": [{}, {}], "child": [{}, {"family_id": 2}], "residence": [{}, {"parent_id": 2}]}
    twins = {"parent": [{}, {"family_id": 2}], "indicator_assessment": [{}, {"child_id": 2}]}
    assert [outcome(family | twins, parent) for parent in (1, 2)] == ["released", "no_consent"]


def test_rows_without_an_insz_are_not_one_person() -> None:
    for insz in (None, ""):
        pair = {"parent": [{"insz": insz}, {"family_id": 2, "insz": insz}]}
        assert outcome(pair | with_no(*LATER, parent_id=2)) == ("released" if insz is None else "quarantined")
    assert digits(None) == digits("-") == ""


APART = [
    ("parent", {"deceased_on": None, "unparsable": "deceased_on"}),
    ("parent", {"deceased_on": "1899-12-31"}),
    ("residence", {"confidential": None}),
    ("residence", {"valid_from": None}),
    ("residence", {"recorded_at": None}),
    ("child", {"client": None}),
    ("indicator_assessment", {"recorded_at": None}),
    ("consent_event", {"kind": None}),
    ("consent_event", {"kbo": None}),
    ("consent_event", {"valid_until": "1026-01-01"}),
    ("consent_event", {"recorded_at": None}),
]


@pytest.mark.parametrize(("feed", "values"), APART)
def test_an_impossible_value_in_a_row_about_a_person_sets_that_person_apart(feed: str, values: dict[str, Any]) -> None:
    assert outcome({feed: [values]}) == "quarantined"


def test_a_day_at_the_end_of_time_is_a_day_like_any_other() -> None:
    assert outcome({"consent_event": [{"valid_until": "9999-12-31"}], "child": [{}, {"birth_date": "9999-12-31"}]}) == (
        "released"
    )
    assert impossible("parent", {"parent_id": 1, "family_id": 1, "deceased_on": date(1900, 1, 1)}) == set()


def test_an_event_without_a_date_does_not_set_apart() -> None:
    assert outcome({"consent_event": [GRANT, GRANT | {"occurred_at": None}]}) == "withdrawn"
    assert outcome({"consent_event": [{"occurred_at": None, "recorded_at": "2026-03-01 10:00"}, GRANT]}) == "released"


HOME = {"valid_from": "2026-02-01", "recorded_at": "2026-02-01 10:00"}
PROTECTED = [
    (
        "of before, recorded later",
        {"valid_from": "2025-01-01", "recorded_at": "2026-03-01 10:00"},
        "confidential_address",
    ),
    ("of before, recorded before", {"valid_from": "2025-01-01", "recorded_at": "2026-01-01 10:00"}, "released"),
    ("of before, recorded at once", {"valid_from": "2025-01-01", "recorded_at": "2026-02-01 10:00"}, "released"),
    (
        "of today, recorded later",
        {"valid_from": "2026-06-15", "recorded_at": "2026-03-01 10:00"},
        "confidential_address",
    ),
    ("of tomorrow, recorded later", {"valid_from": "2026-06-16", "recorded_at": "2026-03-01 10:00"}, "released"),
]


@pytest.mark.parametrize("who", [1, 2])
@pytest.mark.parametrize(("title", "row", "expected"), PROTECTED)
def test_protection_recorded_after_the_current_address_counts(
    title: str, row: dict[str, Any], expected: str, who: int
) -> None:
    homes = [HOME, HOME | {"parent_id": 2}, row | {"parent_id": who, "confidential": True}]
    assert outcome({"parent": [{}, {"insz": None}], "residence": homes}) == expected


@pytest.mark.parametrize(
    "missing", ["published_url", "recipient_published_url", "dpo_advice_on", "recipient_dpo_advice_on"]
)
def test_a_protocol_needs_both_parties(missing: str) -> None:
    assert outcome({"protocol": [{missing: None}]}) == "no_protocol"
    late = " " if missing.endswith("url") else "2026-06-16"
    assert outcome({"protocol": [{missing: late}]}) == "no_protocol"

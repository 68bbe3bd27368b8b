"""Spec: which no beats which grant, whom a no is for, and whose it is (rule 10; DOMAIN: consent)."""

from functools import partial
from typing import Any

from pipeline.core.model import Reason
from tests.spec.case import Case, Change, released, withheld
from tests.spec.places import OTHER
from tests.support.worlds.tables import insz_of_row

withdrawn = partial(withheld, Reason.WITHDRAWN)

NOW = "2026-06-15 01:30"
SECOND_LATER = "2026-06-15 01:30:01"
WITHDRAWAL: dict[str, Any] = {"kind": "withdrawal", "text_version": None, "fields": None}
MARCH = {"occurred_at": "2026-03-01 10:00", "recorded_at": "2026-03-01 10:05"}
NO_OF_MARCH = WITHDRAWAL | MARCH
TWIN = insz_of_row(1)
"""The INSZ of the baseline's parent, which a second row has too."""


def then(*events: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """The baseline's grant, and then these."""
    return {"consent_event": [{}, *events]}


def before(*events: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """These events, and then the baseline's grant, of 1 May 2025."""
    return {"consent_event": [*events, {}]}


LATER_IN_BOTH_WAYS: tuple[Case, ...] = (
    withdrawn(
        "a withdrawal of earlier that day, dated by day alone",
        before(WITHDRAWAL | {"occurred_at": "2025-05-01 00:00", "recorded_at": "2025-05-02 09:00"}),
        note="the grant occurred later, but was on record before it",
    ),
    withdrawn(
        "a withdrawal that happened before the grant, recorded a second after it",
        before(WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-05-01 10:05:01"}),
    ),
    withdrawn(
        "a withdrawal recorded at the instant at which the grant was",
        before(WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-05-01 10:05"}),
        note="not later is not enough",
    ),
    released(
        "a withdrawal recorded a second before the grant was",
        before(WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-05-01 10:04:59"}),
    ),
    withdrawn(
        "a grant recorded later, that occurred before the no counts from",
        {"consent_event": [NO_OF_MARCH, {"occurred_at": "2026-02-01 10:00", "recorded_at": "2026-04-01 10:00"}]},
    ),
    withdrawn(
        "of two noes the grant is later than each in one way only",
        {
            "consent_event": [
                WITHDRAWAL | {"occurred_at": "2026-01-01 10:00", "recorded_at": "2026-05-01 10:00"},
                WITHDRAWAL | {"occurred_at": "2026-03-01 10:00", "recorded_at": "2026-03-01 10:05"},
                {"occurred_at": "2026-02-01 10:00", "recorded_at": "2026-04-01 10:00"},
            ]
        },
    ),
    withdrawn(
        "a later grant loses, and an earlier one is no fallback",
        then(NO_OF_MARCH, {"occurred_at": "2026-04-01 10:00", "recorded_at": "2026-03-01 10:05"}),
    ),
    released(
        "a withdrawal that was dated ahead of a day that has come, and a grant between its recording and that day",
        {
            "consent_event": [
                WITHDRAWAL | {"occurred_at": "2026-06-14 10:00", "recorded_at": "2026-06-01 10:00"},
                {"occurred_at": "2026-06-10 10:00", "recorded_at": "2026-06-10 10:05"},
            ]
        },
        note="the grant looked at is a grant, however late a no is dated",
    ),
    released(
        "recorded anew after an undated no",
        then(
            WITHDRAWAL | {"occurred_at": None, "recorded_at": "2026-03-01 10:05"},
            {"occurred_at": "2026-04-01 10:00", "recorded_at": "2026-04-01 10:05"},
        ),
    ),
    withdrawn(
        "a withdrawal with an empty date",
        then(WITHDRAWAL | {"occurred_at": None, "recorded_at": "2026-03-01 10:05"}),
        note="it counts from when it was recorded",
    ),
    withdrawn(
        "a withdrawal of the year 1",
        then(WITHDRAWAL | {"occurred_at": "0001-01-01 00:00", "recorded_at": "2026-03-01 10:05"}),
        note="an impossible date: it counts from when it was recorded",
    ),
    withdrawn(
        "a grant with an empty date",
        {"consent_event": [{"occurred_at": None}]},
        note="malformed, and so a no",
    ),
    withdrawn("a grant with an empty date after a sound one", then(MARCH | {"occurred_at": None})),
    released(
        "a sound grant after a grant with an empty date",
        {"consent_event": [{"occurred_at": None}, MARCH]},
    ),
)


def elsewhere(kbo: str | None, *more: dict[str, object]) -> Change:
    """A second recipient, which serves another municipality, and a withdrawal that names `kbo`."""
    return then(NO_OF_MARCH | {"kbo": kbo}, *more) | {
        "recipient": [{}, {"kbo": OTHER}],
        "recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11001"}],
    }


TO_EVERYONE: tuple[Case, ...] = (
    released("a withdrawal for another recipient", elsewhere(OTHER)),
    withdrawn("a withdrawal for a recipient that is not registered", then(NO_OF_MARCH | {"kbo": OTHER})),
    withdrawn(
        "a withdrawal for a recipient that is registered and serves nowhere",
        then(NO_OF_MARCH | {"kbo": OTHER}) | {"recipient": [{}, {"kbo": OTHER}]},
    ),
    withdrawn(
        "a withdrawal for a recipient that serves and is not registered",
        then(NO_OF_MARCH | {"kbo": OTHER}) | {"recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11001"}]},
    ),
    withdrawn(
        "a withdrawal for a recipient that served until yesterday, as before a merger",
        elsewhere(OTHER)
        | {"recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11001", "valid_until": "2026-06-14"}]},
    ),
    withdrawn(
        "a withdrawal for a recipient whose only code on the list was merged away",
        elsewhere(OTHER) | {"recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "44012"}]},
        note="De Pinte is no municipality since 2025",
    ),
    released(
        "a withdrawal for a recipient with an old code and a current one on the list",
        elsewhere(OTHER)
        | {
            "recipient_municipality": [
                {},
                {"kbo": OTHER, "nis_code": "44012"},
                {"kbo": OTHER, "nis_code": "44086"},
            ]
        },
    ),
    withdrawn("a withdrawal without the KBO's leading zero", elsewhere(OTHER[1:])),
    withdrawn("a withdrawal with a space behind the KBO", elsewhere(f"{OTHER} ")),
    withdrawn("a withdrawal with an empty KBO", elsewhere("")),
    withdrawn(
        "an unknown kind of event for a recipient that is not registered",
        then(NO_OF_MARCH | {"kbo": OTHER, "kind": "renewal"}),
    ),
    released(
        "a malformed grant for a recipient that is not registered",
        then(MARCH | {"kbo": OTHER, "fields": None}),
        note="it is a grant: a no for that recipient alone",
    ),
    released(
        "a grant that is later in both ways than a no to everyone",
        then(NO_OF_MARCH | {"kbo": OTHER}, {"occurred_at": "2026-04-01 10:00", "recorded_at": "2026-04-01 10:05"}),
    ),
    withdrawn("a no to everyone, and no grant at all", {"consent_event": [NO_OF_MARCH | {"kbo": OTHER}]}),
    withdrawn(
        "a no to this recipient that the grant is later than, and a later one to everyone",
        {
            "consent_event": [
                WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-04-01 10:05"},
                {},
                NO_OF_MARCH | {"kbo": OTHER},
            ]
        },
    ),
    withdrawn(
        "of two noes to everyone the grant was recorded between the two",
        {
            "consent_event": [
                WITHDRAWAL | {"kbo": OTHER, "occurred_at": "2025-01-01 10:00", "recorded_at": "2025-01-01 10:05"},
                WITHDRAWAL | {"kbo": OTHER, "occurred_at": "2025-01-02 10:00", "recorded_at": "2026-01-01 10:05"},
                {},
            ]
        },
    ),
    released(
        "a no to everyone that was not recorded yet",
        then(NO_OF_MARCH | {"kbo": OTHER, "recorded_at": SECOND_LATER}),
    ),
)


def rows(insz: str | None, other: str | None, *events: dict[str, object]) -> Change:
    """A second row, of another family, with these numbers; and the second row's events after the baseline's grant."""
    return then(*({"parent_id": 2} | event for event in events)) | {
        "parent": [{"insz": insz}, {"family_id": 2, "insz": other}],
    }


ONE_PERSON: tuple[Case, ...] = (
    withdrawn("the same INSZ on another row, withdrawn there", rows(TWIN, TWIN, NO_OF_MARCH)),
    withdrawn(
        "the same digits on another row, written with dots and dashes, withdrawn there",
        rows(TWIN, f"{TWIN[:2]}.{TWIN[2:4]}.{TWIN[4:6]}-{TWIN[6:9]}.{TWIN[9:]}", NO_OF_MARCH),
        alone=True,
    ),
    withdrawn(
        "the same digits on another row, one of them of full width, withdrawn there",
        rows(TWIN, f"９{TWIN[1:]}", NO_OF_MARCH),
        alone=True,
    ),
    released("another INSZ on another row, withdrawn there", rows(TWIN, insz_of_row(2), NO_OF_MARCH)),
    released("no INSZ on either row, withdrawn on the other", rows(None, None, NO_OF_MARCH)),
    released("a row whose INSZ has no digits, withdrawn there", rows(None, "onbekend", NO_OF_MARCH)),
    withdrawn("a malformed grant on the other row of this person", rows(TWIN, TWIN, MARCH | {"fields": "name,income"})),
    withdrawn("a no to everyone on the other row of this person", rows(TWIN, TWIN, NO_OF_MARCH | {"kbo": OTHER})),
    released(
        "a no on the other row of this person that the grant is later than",
        {
            "parent": [{}, {"family_id": 2, "insz": TWIN}],
            "consent_event": [
                WITHDRAWAL | {"parent_id": 2, "occurred_at": "2025-04-01 10:00", "recorded_at": "2025-04-01 10:05"},
                {},
            ],
        },
    ),
    withdrawn("no INSZ, and withdrawn on the same row", {"parent": [{"insz": None}]} | then(NO_OF_MARCH)),
    withdrawn(
        "a no on the other row of this person that does not say for whom", rows(TWIN, TWIN, NO_OF_MARCH | {"kbo": None})
    ),
    withdrawn(
        "an event without a kind on the other row of this person, for a recipient that is not registered",
        rows(TWIN, TWIN, NO_OF_MARCH | {"kbo": OTHER, "kind": None}),
    ),
    withdrawn(
        "a no on the other row of this person that does not say when it was recorded",
        rows(TWIN, TWIN, WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": None}),
    ),
    withdrawn(
        "a no on the other row of this person without any instant",
        rows(TWIN, TWIN, WITHDRAWAL | {"occurred_at": None, "recorded_at": None}),
    ),
    withheld(
        Reason.NO_CONSENT,
        "a grant on the other row of this person alone",
        {"parent": [{}, {"family_id": 2, "insz": TWIN}], "consent_event": [{"parent_id": 2}]},
        note="one person, one no; a yes is of its own row",
    ),
    released("a no of a parent that no row knows", then(NO_OF_MARCH | {"parent_id": 99})),
)

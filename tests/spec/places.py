"""Spec: where a parent lives, and who serves there (rules 3 to 5). The municipalities and mergers are the real ones."""

from functools import partial

from pipeline.core.model import Reason
from tests.spec.case import Section, released, withheld

no_residence = partial(withheld, Reason.NO_RESIDENCE)
confidential = partial(withheld, Reason.CONFIDENTIAL_ADDRESS)
not_served = partial(withheld, Reason.NOT_SERVED)

OTHER = "0999999922"
"""A recipient that was made up."""


def lives_and_served(nis_at_home: str | None, served: str, **papers: str) -> dict[str, list[dict[str, object]]]:
    return {
        "residence": [{"nis_code": nis_at_home}],
        "recipient_municipality": [{"nis_code": served}],
        "agreement": [dict(papers)],
        "protocol": [dict(papers)],
    }


BEFORE_2025 = "2024-12-31 22:59:59"
FROM_2025 = "2024-12-31 23:00"
OLD_ENOUGH = {
    "agreement": [{"recorded_at": "2018-01-15 09:00", "signed_on": "2018-01-10", "valid_from": "2018-02-01"}],
    "protocol": [
        {
            "recorded_at": "2018-01-15 09:00",
            "signed_on": "2018-01-10",
            "dpo_advice_on": "2018-01-05",
            "recipient_dpo_advice_on": "2018-01-05",
            "valid_from": "2018-02-01",
        }
    ],
    "consent_text": [{"accepted_from": "2018-01-01"}],
}
"""Papers and a text from before the baseline's, for decisions before 2025."""
FAMILY_OF_2024 = {
    "child": [{"birth_date": "2024-02-01"}],
    "indicator_assessment": [{"assessed_on": "2024-03-01", "recorded_at": "2024-03-01 15:00"}],
    "consent_event": [{"occurred_at": "2024-05-01 10:00", "recorded_at": "2024-05-01 10:05"}],
}
FAMILY_OF_2018 = {
    "child": [{"birth_date": "2018-02-01"}],
    "residence": [{"valid_from": "2018-02-01", "recorded_at": "2018-02-02 09:00", "nis_code": "44083"}],
    "recipient_municipality": [{"nis_code": "44083", "valid_from": "2018-01-01"}],
    "indicator_assessment": [{"assessed_on": "2018-03-01", "recorded_at": "2018-03-01 15:00"}],
    "consent_event": [{"occurred_at": "2018-05-01 10:00", "recorded_at": "2018-05-01 10:05"}],
}

NO_RESIDENCE = Section(
    Reason.NO_RESIDENCE,
    "Of several rows the one with the latest `valid_from` up to the day counts, then the latest recorded. Flanders had"
    " 308 municipalities up to 2018, 300 from 2019, and has 285 from 2025-01-01; Brussels has 19.",
    (
        no_residence("no row at all", {"residence": []}),
        no_residence("only another parent's", {"residence": [{"parent_id": 2}]}),
        released("lives there from today", {"residence": [{"valid_from": "2026-06-15"}]}),
        no_residence("lives there from tomorrow", {"residence": [{"valid_from": "2026-06-16"}]}),
        released("recorded at the very instant", {"residence": [{"recorded_at": "2026-06-15 01:30"}]}),
        no_residence("recorded a second later", {"residence": [{"recorded_at": "2026-06-15 01:30:01"}]}),
        no_residence("no NIS code", {"residence": [{"nis_code": None}]}),
        no_residence("a NIS code that never was", {"residence": [{"nis_code": "99999"}]}),
        no_residence("a NIS code with a space behind", {"residence": [{"nis_code": "44021 "}]}),
        no_residence("a municipality of Wallonia", {"residence": [{"nis_code": "62063"}]}),
        no_residence(
            "moved to an unknown code today",
            {"residence": [{}, {"valid_from": "2026-06-15", "nis_code": "99999"}]},
            note="an earlier address is no fallback",
        ),
        released("moves tomorrow", {"residence": [{}, {"valid_from": "2026-06-16", "nis_code": "99999"}]}),
        released(
            "a correction of the same day, recorded later, wins",
            {"residence": [{"nis_code": "99999"}, {"recorded_at": "2020-01-03 09:00"}]},
        ),
        no_residence(
            "and so it does the other way round",
            {"residence": [{}, {"recorded_at": "2020-01-03 09:00", "nis_code": "99999"}]},
        ),
        released(
            "a correction of an older address, recorded later, does not",
            {"residence": [{}, {"valid_from": "2019-01-01", "recorded_at": "2026-06-01 09:00", "nis_code": "99999"}]},
        ),
        released(
            "a correction that was not recorded yet",
            {"residence": [{}, {"recorded_at": "2026-06-15 01:30:01", "nis_code": "99999"}]},
        ),
        released("in Brussels", lives_and_served("21004", "21004")),
        released("an old code: De Pinte became Nazareth-De Pinte on 2025-01-01", lives_and_served("44012", "44086")),
        released("the new code", lives_and_served("44086", "44086")),
        released("an old code of 2018: Puurs became Puurs-Sint-Amands", lives_and_served("12030", "12041")),
        released("a code that a merger kept: Antwerpen", lives_and_served("11002", "11002")),
        released("Borsbeek went into Antwerpen", lives_and_served("11007", "11002")),
        released(
            "the last second of 2024: De Pinte is still De Pinte",
            OLD_ENOUGH
            | FAMILY_OF_2024
            | {
                "residence": [{"nis_code": "44012"}],
                "recipient_municipality": [{"nis_code": "44012"}],
            },
            at=BEFORE_2025,
        ),
        no_residence(
            "the last second of 2024: Nazareth-De Pinte does not exist yet",
            OLD_ENOUGH
            | FAMILY_OF_2024
            | {
                "residence": [{"nis_code": "44086"}],
                "recipient_municipality": [{"nis_code": "44086"}],
            },
            at=BEFORE_2025,
        ),
        no_residence(
            "on 31 December 2018 Deinze still has its old code",
            OLD_ENOUGH | FAMILY_OF_2018,
            at="2018-12-31 02:30",
        ),
        withheld(
            Reason.NO_AGREEMENT,
            "on 1 January 2019 it has its new one",
            OLD_ENOUGH | FAMILY_OF_2018,
            at="2019-01-01 02:30",
            note="and its papers are suspended: see 6",
        ),
        no_residence(
            "no residence, and the other parent at a protected address",
            {"parent": [{}, {}], "residence": [{"parent_id": 2, "confidential": True}]},
        ),
    ),
    ("A code with anything round it is not that code.",),
)

CONFIDENTIAL = Section(
    Reason.CONFIDENTIAL_ADDRESS,
    "One parent's protected address withholds every parent of the family. So does a protected address that is not the"
    " current one, when it was recorded after it and has begun: a protection may be dated back.",
    (
        confidential("protected", {"residence": [{"confidential": True}]}),
        withheld(
            Reason.QUARANTINED,
            "nobody knows whether it is protected",
            {"residence": [{"confidential": None}]},
            note="not filled in against the contract: an impossible value, see 1",
        ),
        confidential(
            "the other parent's is, elsewhere",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2, "nis_code": "11002", "confidential": True}]},
        ),
        confidential(
            "the other parent's is, in a municipality that is not known",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2, "nis_code": "99999", "confidential": True}]},
        ),
        confidential(
            "the other parent's is; that parent died",
            {
                "parent": [{}, {"deceased_on": "2026-01-01"}],
                "residence": [{}, {"parent_id": 2, "confidential": True}],
            },
        ),
        confidential(
            "the other parent's is; that parent's row is quarantined",
            {"parent": [{}, {"insz": "1"}], "residence": [{}, {"parent_id": 2, "confidential": True}]},
        ),
        confidential(
            "of three parents the third's is",
            {"parent": [{}, {}, {}], "residence": [{}, {"parent_id": 2}, {"parent_id": 3, "confidential": True}]},
        ),
        confidential(
            "nobody knows whether the other parent's is",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2, "confidential": None}]},
        ),
        released(
            "a parent of another family has a protected address",
            {"parent": [{}, {"family_id": 2}], "residence": [{}, {"parent_id": 2, "confidential": True}]},
        ),
        released("the other parent has no residence", {"parent": [{}, {}]}),
        confidential(
            "protected from today",
            {"residence": [{}, {"valid_from": "2026-06-15", "confidential": True}]},
        ),
        released(
            "protected from tomorrow",
            {"residence": [{}, {"valid_from": "2026-06-16", "confidential": True}]},
        ),
        released(
            "protected until yesterday",
            {"residence": [{"confidential": True}, {"valid_from": "2026-06-15"}]},
        ),
        released(
            "the other parent's was, before a move",
            {
                "parent": [{}, {}],
                "residence": [{}, {"parent_id": 2, "confidential": True}, {"parent_id": 2, "valid_from": "2026-06-15"}],
            },
        ),
        confidential(
            "a protection dated back: recorded after the current residence, begun before it",
            {
                "residence": [
                    {},
                    {"valid_from": "2019-01-01", "recorded_at": "2026-06-01 09:00", "confidential": True},
                ]
            },
        ),
        confidential(
            "the other parent's, dated back",
            {
                "parent": [{}, {}],
                "residence": [
                    {},
                    {"parent_id": 2},
                    {
                        "parent_id": 2,
                        "valid_from": "2019-01-01",
                        "recorded_at": "2026-06-01 09:00",
                        "confidential": True,
                    },
                ],
            },
        ),
        confidential(
            "nobody knows whether the other parent's, dated back, is protected",
            {
                "parent": [{}, {}],
                "residence": [
                    {},
                    {"parent_id": 2},
                    {
                        "parent_id": 2,
                        "valid_from": "2019-01-01",
                        "recorded_at": "2026-06-01 09:00",
                        "confidential": None,
                    },
                ],
            },
        ),
        released(
            "a protection dated back that was recorded at the instant of the current residence",
            {
                "residence": [
                    {},
                    {"valid_from": "2019-01-01", "confidential": True},
                ]
            },
        ),
        released(
            "a protection dated back that was not recorded yet",
            {
                "residence": [
                    {},
                    {"valid_from": "2019-01-01", "recorded_at": "2026-06-15 01:30:01", "confidential": True},
                ]
            },
        ),
        confidential(
            "a protection dated back, recorded at the very instant",
            {
                "residence": [
                    {},
                    {"valid_from": "2019-01-01", "recorded_at": "2026-06-15 01:30", "confidential": True},
                ]
            },
        ),
        released(
            "a protection to come, recorded after the current residence",
            {
                "residence": [
                    {},
                    {"valid_from": "2026-06-16", "recorded_at": "2026-06-01 09:00", "confidential": True},
                ]
            },
        ),
        released(
            "a correction dated back, recorded after the current residence, that is not protected",
            {"residence": [{}, {"valid_from": "2019-01-01", "recorded_at": "2026-06-01 09:00"}]},
        ),
        confidential(
            "protection recorded later for the same day wins",
            {"residence": [{}, {"recorded_at": "2026-06-15 01:30", "confidential": True}]},
        ),
        released(
            "protection that was not recorded yet",
            {"residence": [{}, {"recorded_at": "2026-06-15 01:30:01", "confidential": True}]},
        ),
        confidential(
            "the other parent's older address is protected, beside one without a first day",
            {
                "parent": [{}, {}],
                "residence": [
                    {},
                    {"parent_id": 2},
                    {"parent_id": 2, "valid_from": "2019-01-01", "confidential": True},
                    {"parent_id": 2, "valid_from": None},
                ],
            },
            note="nobody knows which of them is the current one",
        ),
        confidential(
            "the other parent's only address is protected, and does not say when it was recorded",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2, "recorded_at": None, "confidential": True}]},
        ),
        released(
            "the other parent's older address is protected, beside an impossible one that was not recorded yet",
            {
                "parent": [{}, {}],
                "residence": [
                    {},
                    {"parent_id": 2},
                    {"parent_id": 2, "valid_from": "2019-01-01", "confidential": True},
                    {"parent_id": 2, "valid_from": None, "recorded_at": "2026-06-15 01:30:01"},
                ],
            },
        ),
        confidential("protected, where nobody serves", {"residence": [{"confidential": True, "nis_code": "11001"}]}),
        confidential(
            "protected, and withdrawn",
            {"residence": [{"confidential": True}], "consent_event": [{"kind": "withdrawal"}]},
        ),
    ),
    (
        "A flag that is missing protects.",
        "Where an impossible date hides which address is the current one, every protected address of that parent"
        " counts.",
        "The other parent's address protects wherever it is, and whoever that is.",
    ),
)

NOT_SERVED = Section(
    Reason.NOT_SERVED,
    "Where nobody serves there is nobody to send to; where two serve, the agency's list contradicts itself.",
    (
        not_served("nobody serves anywhere", {"recipient_municipality": []}),
        not_served("lives where nobody serves", {"residence": [{"nis_code": "11001"}]}),
        released("serves from today", {"recipient_municipality": [{"valid_from": "2026-06-15"}]}),
        not_served("serves from tomorrow", {"recipient_municipality": [{"valid_from": "2026-06-16"}]}),
        released("serves until today", {"recipient_municipality": [{"valid_until": "2026-06-15"}]}),
        not_served("served until yesterday", {"recipient_municipality": [{"valid_until": "2026-06-14"}]}),
        not_served(
            "two recipients serve there",
            {"recipient": [{}, {"kbo": OTHER}], "recipient_municipality": [{}, {"kbo": OTHER}]},
        ),
        released(
            "a second recipient served there until yesterday",
            {
                "recipient": [{}, {"kbo": OTHER}],
                "recipient_municipality": [{}, {"kbo": OTHER, "valid_until": "2026-06-14"}],
            },
        ),
        released(
            "the same recipient, twice on the list",
            {"recipient_municipality": [{}, {"valid_from": "2020-01-01"}]},
        ),
        not_served("a recipient that is not in the register", {"recipient": [{"kbo": OTHER}]}),
        not_served(
            "a second recipient that is not in the register",
            {"recipient_municipality": [{}, {"kbo": OTHER}]},
            note="contradictory: withheld",
        ),
        released(
            "a recipient that serves two municipalities",
            {"recipient_municipality": [{"nis_code": "11001"}, {}]},
        ),
        not_served(
            "the recipient's own list still has De Pinte's old code",
            lives_and_served("44012", "44012"),
            note="codes are mapped on addresses only",
        ),
        withheld(
            Reason.NO_AGREEMENT,
            "moved today to where another recipient serves",
            {
                "recipient": [{}, {"kbo": OTHER}],
                "recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11001"}],
                "residence": [{}, {"valid_from": "2026-06-15", "nis_code": "11001"}],
            },
            kbo=OTHER,
        ),
        withheld(
            Reason.NO_CONSENT,
            "moved today to where another recipient serves, under papers of its own",
            {
                "recipient": [{}, {"kbo": OTHER}],
                "recipient_municipality": [{}, {"kbo": OTHER, "nis_code": "11001"}],
                "residence": [{}, {"valid_from": "2026-06-15", "nis_code": "11001"}],
                "agreement": [{}, {"agreement_id": "A2", "kbo": OTHER}],
                "protocol": [{}, {"protocol_id": "P2", "kbo": OTHER}],
            },
            kbo=OTHER,
            note="consent does not move along",
        ),
        not_served("not served, and without an agreement", {"recipient_municipality": [], "agreement": []}),
    ),
    (
        "A recipient is one that stands in the register of recipients; one that serves and does not, contradicts it.",
        "An old code maps to its successor on an address only; on a recipient's own list it names nothing.",
    ),
)

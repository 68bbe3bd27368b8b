"""Spec: agreements and protocols (rules 6 and 8), and what a merger does to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pipeline.core.model import Reason
from tests.spec.case import Case, Section, released, withheld
from tests.spec.places import BEFORE_2025, FAMILY_OF_2024, FROM_2025, OLD_ENOUGH, OTHER, lives_and_served
from tests.support.worlds.tables import AT

no_agreement = partial(withheld, Reason.NO_AGREEMENT)
no_protocol = partial(withheld, Reason.NO_PROTOCOL)


def term(feed: str, reason: Reason) -> tuple[Case, ...]:
    """Both ends of every date that an agreement and a protocol have in common."""

    def in_force(title: str, *versions: Mapping[str, Any], at: str = AT, note: str = "") -> Case:
        return released(title, {feed: versions}, at=at, note=note)

    def not_in_force(title: str, *versions: Mapping[str, Any], at: str = AT, note: str = "") -> Case:
        return withheld(reason, title, {feed: versions}, at=at, note=note)

    return (
        not_in_force("none"),
        not_in_force("not signed yet", {"signed_on": None}),
        in_force("signed today", {"signed_on": "2026-06-15"}),
        not_in_force("to be signed tomorrow", {"signed_on": "2026-06-16"}),
        in_force("valid from today", {"valid_from": "2026-06-15"}),
        not_in_force("valid from tomorrow", {"valid_from": "2026-06-16"}),
        not_in_force("without a first day", {"valid_from": None}, note="an end may be open, a beginning may not"),
        in_force("valid until today", {"valid_until": "2026-06-15"}),
        not_in_force("valid until yesterday", {"valid_until": "2026-06-14"}),
        in_force("ended early, today its last day", {"ended_on": "2026-06-15"}),
        not_in_force("ended early, yesterday its last day", {"ended_on": "2026-06-14"}),
        in_force("to be ended early, tomorrow its last day", {"ended_on": "2026-06-16"}),
        not_in_force(
            "ended yesterday, would have run for years", {"ended_on": "2026-06-14", "valid_until": "2030-01-01"}
        ),
        not_in_force(
            "ran out yesterday, ended on a later day", {"ended_on": "2030-01-01", "valid_until": "2026-06-14"}
        ),
        not_in_force("ended before it began", {"ended_on": "2025-01-01"}),
        in_force("recorded at the very instant", {"recorded_at": "2026-06-15 01:30"}),
        not_in_force("recorded a second later", {"recorded_at": "2026-06-15 01:30:01"}),
        not_in_force("a later version ends it", {}, {"recorded_at": "2026-06-01 09:00", "ended_on": "2026-06-01"}),
        in_force(
            "a later version that was not recorded yet", {}, {"recorded_at": "2026-06-15 01:30:01", "signed_on": None}
        ),
        in_force("a later version extends it", {"valid_until": "2026-01-01"}, {"recorded_at": "2026-01-01 09:00"}),
        not_in_force(
            "a later version that is not signed: the earlier one counts no more",
            {},
            {"recorded_at": "2026-06-01 09:00", "signed_on": None},
        ),
        not_in_force(
            "a later version that begins tomorrow: the earlier one counts no more",
            {},
            {"recorded_at": "2026-06-01 09:00", "valid_from": "2026-06-16"},
        ),
        in_force(
            "the latest recorded counts, in whatever order the versions come",
            {"recorded_at": "2026-06-01 09:00"},
            {"ended_on": "2025-06-01"},
        ),
        not_in_force("with another recipient", {"kbo": OTHER}),
        not_in_force("a later version names another recipient", {}, {"recorded_at": "2026-06-01 09:00", "kbo": OTHER}),
        in_force(
            "begins on a day that had begun in Brussels but not in UTC",
            {"valid_from": "2026-06-15"},
            at="2026-06-14 22:00",
        ),
        not_in_force("the last second before that day", {"valid_from": "2026-06-15"}, at="2026-06-14 21:59:59"),
        in_force(
            "the night of 23 hours, its first second",
            {"valid_from": "2026-03-29"},
            at="2026-03-28 23:00",
            note="29 March 2026 runs from 23:00 to 22:00 UTC",
        ),
        in_force("the night of 23 hours, its last second", {"valid_until": "2026-03-29"}, at="2026-03-29 21:59:59"),
        not_in_force("the second after it", {"valid_until": "2026-03-29"}, at="2026-03-29 22:00"),
        not_in_force("the second before it", {"valid_from": "2026-03-29"}, at="2026-03-28 22:59:59"),
        in_force(
            "the night of 25 hours, its first second",
            {"valid_from": "2026-10-25"},
            at="2026-10-24 22:00",
            note="25 October 2026 runs from 22:00 to 23:00 UTC",
        ),
        in_force("the night of 25 hours, its last second", {"valid_until": "2026-10-25"}, at="2026-10-25 22:59:59"),
        not_in_force("the second after that one", {"valid_until": "2026-10-25"}, at="2026-10-25 23:00"),
        not_in_force("the second before that one", {"valid_from": "2026-10-25"}, at="2026-10-24 21:59:59"),
        in_force("valid for this one day", {"valid_from": "2026-06-15", "valid_until": "2026-06-15"}),
    )


def mergers(feed: str, reason: Reason) -> tuple[Case, ...]:
    """An agreement or a protocol from before a merger, the other one from after it."""

    def served(nis: str, more: str | None = None) -> dict[str, Any]:
        places = [{"nis_code": nis}] + ([{"nis_code": more}] if more else [])
        return {"residence": [{"nis_code": nis}], "recipient_municipality": places}

    def begun(day: str) -> dict[str, Any]:
        return {
            feed: [
                {
                    "valid_from": day,
                    "signed_on": "2018-12-01",
                    "dpo_advice_on": "2018-11-01",
                    "recipient_dpo_advice_on": "2018-11-01",
                }
                if feed == "protocol"
                else {"valid_from": day, "signed_on": "2018-12-01"}
            ]
        }

    return (
        withheld(
            reason,
            "begun the day before the merger that made Nazareth-De Pinte",
            served("44086") | begun("2024-12-31"),
            note="suspended, to be renewed",
        ),
        released("begun on the day of that merger", served("44086") | begun("2025-01-01")),
        released("begun before 2025, in Gent, which no merger touched", begun("2019-06-01")),
        withheld(
            reason,
            "Antwerpen kept its code, and was merged with Borsbeek all the same",
            served("11002") | begun("2024-12-31"),
            note="nothing extends silently to new territory",
        ),
        released("Antwerpen, renewed on the day", served("11002") | begun("2025-01-01")),
        released(
            "Puurs-Sint-Amands was made in 2019, its paper begun on that day", served("12041") | begun("2019-01-01")
        ),
        withheld(reason, "Puurs-Sint-Amands, begun the day before", served("12041") | begun("2018-12-31")),
        withheld(
            reason,
            "lives in Gent, served by a recipient that also serves Antwerpen",
            served("44021", "11002") | begun("2024-12-31"),
            note="a municipality, not the family's",
        ),
        released("in Brussels, begun before 2025", served("21004") | begun("2019-06-01")),
        withheld(
            reason,
            "signed anew after the merger, begun before it",
            served("44086") | {feed: [{"valid_from": "2024-12-31", "signed_on": "2025-03-01"}]},
            note="the beginning of the term decides",
        ),
        released(
            "a later version that begins after the merger",
            served("44086") | {feed: [{"valid_from": "2024-01-01"}, {"recorded_at": "2025-02-15 09:00"}]},
        ),
    )


AGREEMENT = Section(
    Reason.NO_AGREEMENT,
    "In force on a day: the latest version known is signed on or before it, and the day lies from `valid_from` to the"
    " earliest of `valid_until` and `ended_on`, both included. An agreement whose `min_criteria` is filled and not 1 to"
    " 6 is an error, and not in force. One whose term began before the latest merger that shaped a municipality its"
    " recipient serves is suspended, and to be renewed.",
    (
        *term("agreement", Reason.NO_AGREEMENT),
        *mergers("agreement", Reason.NO_AGREEMENT),
        released(
            "the last second of 2024: no merger has touched Antwerpen yet",
            OLD_ENOUGH
            | FAMILY_OF_2024
            | lives_and_served("11002", "11002")
            | {"agreement": OLD_ENOUGH["agreement"], "protocol": OLD_ENOUGH["protocol"]},
            at=BEFORE_2025,
        ),
        no_agreement(
            "a second later it is 2025, and its papers are suspended",
            OLD_ENOUGH
            | FAMILY_OF_2024
            | lives_and_served("11002", "11002")
            | {"agreement": OLD_ENOUGH["agreement"], "protocol": OLD_ENOUGH["protocol"]},
            at=FROM_2025,
        ),
        no_agreement("with another team", {"agreement": [{"local_team_id": "T2"}]}),
        no_agreement("the family's team changed", {"family": [{"local_team_id": "T2"}]}),
        no_agreement(
            "a later version names another team",
            {"agreement": [{}, {"recorded_at": "2026-06-01 09:00", "local_team_id": "T2"}]},
        ),
        released("with this team and with another", {"agreement": [{"agreement_id": "A2", "local_team_id": "T2"}, {}]}),
        released(
            "one ended, another in force",
            {"agreement": [{"ended_on": "2026-01-01"}, {"agreement_id": "A2", "valid_from": "2026-01-02"}]},
        ),
        no_agreement("a threshold of 0", {"agreement": [{"min_criteria": 0}]}),
        no_agreement("a threshold of 7", {"agreement": [{"min_criteria": 7}]}),
        no_agreement("a threshold of -1", {"agreement": [{"min_criteria": -1}]}),
        released(
            "one with a threshold of 7 is no agreement, another is",
            {"agreement": [{"min_criteria": 7}, {"agreement_id": "A2"}]},
        ),
        no_agreement(
            "no agreement, and no need",
            {"agreement": [], "indicator_assessment": [{"income": False}]},
        ),
        no_agreement("no agreement and no protocol", {"agreement": [], "protocol": []}),
    ),
)

PROTOCOL = Section(
    Reason.NO_PROTOCOL,
    "To be in force it needs what an agreement needs, and besides: `legal_basis` 'decree-2022-02-04', `kind`"
    " 'protocol', publication by both parties (`published_url`, `recipient_published_url`), the advice of both data"
    " protection officers on or before the day (`dpo_advice_on`, `recipient_dpo_advice_on`), and no field outside the"
    " decree: one that asks for more is an error that is reported, and not in force. Mergers suspend protocols as they"
    " do agreements.",
    (
        *term("protocol", Reason.NO_PROTOCOL),
        *mergers("protocol", Reason.NO_PROTOCOL),
        no_protocol("another flow", {"protocol": [{"legal_basis": "decree-2014-04-25"}]}),
        no_protocol("of no flow", {"protocol": [{"legal_basis": None}]}),
        no_protocol("a processing agreement", {"protocol": [{"kind": "processing_agreement"}]}),
        no_protocol("of no kind", {"protocol": [{"kind": None}]}),
        no_protocol("not published by the agency", {"protocol": [{"published_url": None}]}),
        no_protocol("published nowhere by the agency", {"protocol": [{"published_url": ""}]}),
        no_protocol("not published by the recipient", {"protocol": [{"recipient_published_url": None}]}),
        no_protocol("published nowhere by the recipient", {"protocol": [{"recipient_published_url": " "}]}),
        *(
            case
            for whose, column in (("agency's", "dpo_advice_on"), ("recipient's", "recipient_dpo_advice_on"))
            for case in (
                no_protocol(f"no advice of the {whose} DPO", {"protocol": [{column: None}]}),
                released(f"the advice of the {whose} DPO is of today", {"protocol": [{column: "2026-06-15"}]}),
                no_protocol(f"the advice of the {whose} DPO is of tomorrow", {"protocol": [{column: "2026-06-16"}]}),
            )
        ),
        no_protocol("asks for the INSZ besides", {"protocol": [{"fields": "name,address,insz"}]}),
        no_protocol("asks for a field with a capital", {"protocol": [{"fields": "Name,address"}]}),
        no_protocol("a comma too many", {"protocol": [{"fields": "name,address,"}]}, note="an empty name is no field"),
        released(
            "one asks for more and is in error, another is in force",
            {"protocol": [{"fields": "name,address,insz"}, {"protocol_id": "P2", "fields": "name,phone"}]},
            fields="name,phone",
        ),
        released(
            "a later version that asked for more was mended by a still later one",
            {
                "protocol": [
                    {},
                    {"recorded_at": "2025-02-01 09:00", "fields": "name,insz"},
                    {"recorded_at": "2025-03-01 09:00", "fields": "name,email"},
                ]
            },
            fields="email,name",
        ),
        no_protocol(
            "a later version becomes a processing agreement",
            {"protocol": [{}, {"recorded_at": "2026-06-01 09:00", "kind": "processing_agreement"}]},
        ),
        no_protocol("no protocol and no consent", {"protocol": [], "consent_event": []}),
        no_protocol("no protocol, and withdrawn", {"protocol": [], "consent_event": [{"kind": "withdrawal"}]}),
    ),
    (
        "Spaces round a field's name are forgiven; anything else that is not the name of a field is a field outside the"
        " decree.",
        "A blank address of publication is none.",
    ),
)

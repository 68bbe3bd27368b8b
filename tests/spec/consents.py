"""Spec: consent, its end, its text and its fields (rules 9 to 13)."""

from functools import partial

from pipeline.core.model import Reason
from tests.spec.case import Section, released, withheld
from tests.spec.noes import (
    LATER_IN_BOTH_WAYS,
    NOW,
    ONE_PERSON,
    SECOND_LATER,
    TO_EVERYONE,
    WITHDRAWAL,
    then,
    withdrawn,
)
from tests.spec.places import OTHER

no_consent = partial(withheld, Reason.NO_CONSENT)
expired = partial(withheld, Reason.CONSENT_EXPIRED)
text_not_accepted = partial(withheld, Reason.TEXT_NOT_ACCEPTED)
fields = partial(withheld, Reason.FIELDS)

NO_CONSENT = Section(
    Reason.NO_CONSENT,
    "Consent is this parent's alone, for this recipient alone. Only what was recorded by the instant of the decision is"
    " known; a grant counts from `occurred_at`, and a no (see 10) from the earlier of its two instants.",
    (
        no_consent("no event", {"consent_event": []}),
        no_consent(
            "only the other parent consented",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2}], "consent_event": [{"parent_id": 2}]},
        ),
        released(
            "that other parent",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2}], "consent_event": [{"parent_id": 2}]},
            parent=2,
        ),
        no_consent("for another recipient", {"consent_event": [{"kbo": OTHER}]}),
        released("given at the very instant", {"consent_event": [{"occurred_at": NOW, "recorded_at": NOW}]}),
        no_consent("given a second later", {"consent_event": [{"occurred_at": SECOND_LATER, "recorded_at": NOW}]}),
        no_consent("recorded a second later", {"consent_event": [{"recorded_at": SECOND_LATER}]}),
        no_consent("dated tomorrow", {"consent_event": [{"occurred_at": "2026-06-16 10:00"}]}),
        released(
            "a grant dated tomorrow does not undo today's",
            then({"occurred_at": "2026-06-16 10:00", "recorded_at": "2026-06-01 10:00", "fields": "name"}),
        ),
        no_consent(
            "a withdrawal for this recipient that was not recorded yet, and no grant",
            {"consent_event": [WITHDRAWAL | {"recorded_at": SECOND_LATER}]},
        ),
        no_consent(
            "in the hour that comes twice: the second time is later",
            {"consent_event": [{"occurred_at": "2025-10-26 01:15", "recorded_at": "2025-10-26 00:15"}]},
            at="2025-10-26 00:30",
            note="both read 02:15 and 02:30 on the clock in Brussels",
        ),
        released(
            "in the hour that comes twice: the first time is earlier",
            {"consent_event": [{"occurred_at": "2025-10-26 00:45", "recorded_at": "2025-10-26 00:45"}]},
            at="2025-10-26 01:30",
        ),
        released(
            "replayed: decided then, with what was recorded later",
            {"consent_event": [{"recorded_at": "2026-07-01 09:00"}]},
            known_at="2026-07-01 09:00",
        ),
        no_consent(
            "replayed: what happened after the instant does not count, however well it is known",
            {"consent_event": [{"occurred_at": SECOND_LATER, "recorded_at": SECOND_LATER}]},
            known_at="2026-07-01 09:00",
        ),
        no_consent("no consent, under a text that is not accepted", {"consent_event": [], "consent_text": []}),
    ),
)

WITHDRAWN = Section(
    Reason.WITHDRAWN,
    "A no is a withdrawal, an event of unknown kind, or a malformed grant: one without text version or fields, with a"
    " field outside the decree, or without a possible `occurred_at`. It counts from `occurred_at` or `recorded_at`,"
    " whichever is earlier. The grant looked at is the well-formed one that occurred latest, then the later recorded,"
    " then the higher id. It holds only against a no that it is later than in both ways: it occurred after the no"
    " counts from, and was recorded after the no was. A no that is not a grant, and that names no registered recipient"
    " that serves on the day, is a no to everyone. A no of one row of a person counts for every row with the same"
    " INSZ. After the gate, the ledger's suppression list may withhold a parent under this reason too: by a no that the"
    " agency lost sight of, or by one that the recipient itself returned (`geen_contact`), for that recipient alone"
    " ([runbook](runbook.md#what-recipients-returned)).",
    (
        withdrawn("only a withdrawal", {"consent_event": [WITHDRAWAL]}),
        withdrawn("granted, then withdrawn", then(WITHDRAWAL | {"occurred_at": "2026-01-01 10:00"})),
        released(
            "withdrawn, then granted",
            {
                "consent_event": [
                    WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-04-01 10:05"},
                    {},
                ]
            },
        ),
        released(
            "withdrawn and granted, listed the other way round",
            then(WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2025-04-01 10:05"}),
        ),
        withdrawn("withdrawn at the instant of the grant", then(WITHDRAWAL)),
        withdrawn(
            "at the instant of the grant, with a lower id and recorded earlier",
            {"consent_event": [WITHDRAWAL | {"recorded_at": "2025-05-01 10:01"}, {}]},
        ),
        withdrawn("withdrawn at the very instant", then(WITHDRAWAL | {"occurred_at": NOW, "recorded_at": NOW})),
        withdrawn(
            "dated tomorrow, recorded today",
            then(WITHDRAWAL | {"occurred_at": "2026-06-16 10:00", "recorded_at": NOW}),
            note="it counts from when it was recorded",
        ),
        released(
            "recorded a second later",
            then(WITHDRAWAL | {"occurred_at": "2026-06-01 10:00", "recorded_at": SECOND_LATER}),
            note="not known yet; the publication looks once more",
        ),
        withdrawn(
            "recorded late", then(WITHDRAWAL | {"occurred_at": "2026-01-01 10:00", "recorded_at": "2026-06-14 10:00"})
        ),
        withdrawn(
            "a grant after a withdrawal that was recorded still later",
            {
                "consent_event": [
                    WITHDRAWAL | {"occurred_at": "2025-04-01 10:00", "recorded_at": "2026-06-01 10:00"},
                    {},
                ]
            },
            note="the grant is later in one way only",
        ),
        released(
            "a withdrawal dated ahead, and a grant between its recording and its date",
            {
                "consent_event": [
                    WITHDRAWAL | {"occurred_at": "2026-06-20 10:00", "recorded_at": "2026-06-01 10:00"},
                    {"occurred_at": "2026-06-10 10:00", "recorded_at": "2026-06-10 10:05"},
                ]
            },
            note="the withdrawal counts from its recording, which the grant follows in both ways",
        ),
        withdrawn(
            "a withdrawal dated ahead and recorded at the instant of the grant",
            {
                "consent_event": [
                    {},
                    WITHDRAWAL | {"occurred_at": "2026-06-20 10:00", "recorded_at": "2025-05-01 10:00"},
                ]
            },
        ),
        withdrawn(
            "a withdrawal of another kind of spelling",
            {"consent_event": [{}, {"kind": "Withdrawal", "occurred_at": "2026-01-01 10:00"}]},
            note="unknown, so malformed",
        ),
        withdrawn("a grant with a capital", {"consent_event": [{"kind": "Grant"}]}),
        withheld(
            Reason.QUARANTINED,
            "no kind",
            {"consent_event": [{"kind": None}]},
            note="not filled in against the contract: an impossible value, see 1",
        ),
        withdrawn("an unknown kind after a grant", then({"kind": "renewal", "occurred_at": "2026-01-01 10:00"})),
        withdrawn("a grant without a text version", {"consent_event": [{"text_version": None}]}),
        withdrawn("a grant with a blank text version", {"consent_event": [{"text_version": " "}]}),
        withdrawn("a grant without fields", {"consent_event": [{"fields": None}]}),
        withdrawn("a grant with blank fields", {"consent_event": [{"fields": " "}]}),
        withdrawn("a grant with a field outside the decree", {"consent_event": [{"fields": "name,address,insz"}]}),
        withdrawn("a grant with a field with a capital", {"consent_event": [{"fields": "Name,address"}]}),
        withdrawn("a grant with a comma too many", {"consent_event": [{"fields": "name,,address"}]}),
        withdrawn("a grant with semicolons", {"consent_event": [{"fields": "name;address"}]}),
        withdrawn("a malformed grant after a sound one", then({"fields": "all", "occurred_at": "2026-01-01 10:00"})),
        withdrawn(
            "a malformed grant at the instant of a sound one, lower in id", {"consent_event": [{"fields": None}, {}]}
        ),
        withdrawn(
            "a malformed grant dated tomorrow",
            then({"fields": None, "occurred_at": "2026-06-16 10:00", "recorded_at": "2026-06-01 10:00"}),
            note="like a withdrawal it counts from its recording",
        ),
        released(
            "a sound grant after a malformed one",
            {
                "consent_event": [
                    {"fields": None, "occurred_at": "2025-04-01 10:00", "recorded_at": "2025-04-01 10:05"},
                    {},
                ]
            },
        ),
        released(
            "the other parent withdrew",
            {
                "parent": [{}, {}],
                "residence": [{}, {"parent_id": 2}],
                "consent_event": [{}, WITHDRAWAL | {"parent_id": 2, "occurred_at": "2026-01-01 10:00"}],
            },
        ),
        withdrawn(
            "withdrawn with fields outside the decree",
            then({"kind": "withdrawal", "fields": "everything", "occurred_at": "2026-01-01 10:00"}),
        ),
        withdrawn(
            "withdrawn, and expired as well",
            then(WITHDRAWAL | {"valid_until": "2025-12-31", "occurred_at": "2026-01-01 10:00"}),
        ),
        withdrawn(
            "withdrawn in the hour that comes twice, the second time",
            {
                "consent_event": [
                    {"occurred_at": "2025-10-26 00:45", "recorded_at": "2025-10-26 00:45"},
                    WITHDRAWAL | {"occurred_at": "2025-10-26 01:15", "recorded_at": "2025-10-26 01:15"},
                ]
            },
            note="02:45 is before 02:15 here",
        ),
        released(
            "granted at the same instant, the later recorded has less",
            {"consent_event": [{}, {"recorded_at": "2025-05-01 10:06", "fields": "name,phone"}]},
            fields="name,phone",
        ),
        released(
            "the same, listed the other way round",
            {"consent_event": [{"recorded_at": "2025-05-01 10:06", "fields": "name,phone"}, {}]},
            fields="name,phone",
        ),
        released(
            "two grants alike in time: the higher id",
            {"consent_event": [{}, {"fields": "email,name"}]},
            fields="email,name",
        ),
        released(
            "the higher id, as a number and not as text",
            {"consent_event": [{"event_id": 9}, {"event_id": 10, "fields": "email,name"}]},
            fields="email,name",
            alone=True,
        ),
        released(
            "a later grant with less",
            then({"occurred_at": "2026-01-01 10:00", "fields": "name,phone"}),
            fields="name,phone",
        ),
        released(
            "an earlier grant, recorded later",
            then({"occurred_at": "2025-04-01 10:00", "recorded_at": "2026-01-01 10:00", "fields": "name,phone"}),
        ),
        *LATER_IN_BOTH_WAYS,
        *TO_EVERYONE,
        *ONE_PERSON,
    ),
    (
        "The digits of two numbers are compared, also where they are of full width or Arabic; a number without any"
        " digit is of its own row alone.",
        "A no that does not say when it was recorded sets its own row apart (rule 1); for the person's other rows it is"
        " a no that no grant is later than.",
    ),
)

EXPIRED = Section(
    Reason.CONSENT_EXPIRED,
    "The last day for which this parent gave consent has passed. Consent without such a day does not expire by itself.",
    (
        released("valid until today", {"consent_event": [{"valid_until": "2026-06-15"}]}),
        expired("valid until yesterday", {"consent_event": [{"valid_until": "2026-06-14"}]}),
        released("valid until tomorrow", {"consent_event": [{"valid_until": "2026-06-16"}]}),
        released(
            "29 February, on that day",
            {"consent_event": [{"valid_until": "2028-02-29"}], "child": [{"birth_date": "2025-03-01"}]},
            at="2028-02-28 23:00",
            note="midnight in Brussels",
        ),
        expired(
            "on the first of March",
            {"consent_event": [{"valid_until": "2028-02-29"}], "child": [{"birth_date": "2025-03-02"}]},
            at="2028-02-29 23:00",
        ),
        released("renewed", {"consent_event": [{"valid_until": "2026-01-31"}, {"occurred_at": "2026-01-01 10:00"}]}),
        expired(
            "a later grant that expired sooner",
            then({"occurred_at": "2026-01-01 10:00", "valid_until": "2026-06-14"}),
            note="the earlier one is no fallback",
        ),
        expired("valid until before it was given", {"consent_event": [{"valid_until": "2025-04-30"}]}),
        expired("the day ends in Brussels", {"consent_event": [{"valid_until": "2026-06-14"}]}, at="2026-06-14 22:00"),
        released("and not before", {"consent_event": [{"valid_until": "2026-06-14"}]}, at="2026-06-14 21:59:59"),
        expired(
            "expired, and its text is not accepted",
            {"consent_event": [{"valid_until": "2026-06-14"}], "consent_text": []},
        ),
    ),
)

TEXT = Section(
    Reason.TEXT_NOT_ACCEPTED,
    "A parent consents by signing a text, whose versions the agency keeps. Consent counts only while the version that"
    " was signed is accepted.",
    (
        text_not_accepted("an unknown text", {"consent_event": [{"text_version": "v9"}]}),
        text_not_accepted("a text with a capital", {"consent_event": [{"text_version": "V1"}]}),
        text_not_accepted("no text is known", {"consent_text": []}),
        released("accepted from today", {"consent_text": [{"accepted_from": "2026-06-15"}]}),
        text_not_accepted("accepted from tomorrow", {"consent_text": [{"accepted_from": "2026-06-16"}]}),
        released("accepted until today", {"consent_text": [{"accepted_until": "2026-06-15"}]}),
        text_not_accepted("accepted until yesterday", {"consent_text": [{"accepted_until": "2026-06-14"}]}),
        text_not_accepted(
            "another text is accepted", {"consent_text": [{"accepted_until": "2026-06-14"}, {"text_version": "v2"}]}
        ),
        released(
            "consented under a text that was accepted only later",
            {"consent_text": [{"accepted_from": "2026-01-01"}]},
            note="accepted today is what is asked",
        ),
        text_not_accepted(
            "not accepted, and the fields do not suffice", {"consent_text": [], "consent_event": [{"fields": "phone"}]}
        ),
    ),
)

FIELDS = Section(
    Reason.FIELDS,
    "Only what the decree, every protocol in force and this parent's own consent all name may pass. Those are the"
    " fields of a release, whether or not a column is blank for this parent.",
    (
        released(
            "the grant has name and address", {"consent_event": [{"fields": "name,address"}]}, fields="address,name"
        ),
        released("spaces after the commas", {"consent_event": [{"fields": "name, phone"}]}, fields="name,phone"),
        released("a field named twice", {"consent_event": [{"fields": "name,phone,name"}]}, fields="name,phone"),
        released("the protocol has name and email", {"protocol": [{"fields": "name,email"}]}, fields="email,name"),
        released(
            "the grant has more than the protocol",
            {"protocol": [{"fields": "name,phone"}], "consent_event": [{"fields": "address,name,phone"}]},
            fields="name,phone",
        ),
        released(
            "the protocol has more than the grant",
            {"protocol": [{"fields": "name,phone,email"}], "consent_event": [{"fields": "name,email"}]},
            fields="email,name",
        ),
        fields("the grant has no name", {"consent_event": [{"fields": "address,phone,email"}]}),
        fields("the protocol has no name", {"protocol": [{"fields": "address,phone,email"}]}),
        fields("a name alone", {"consent_event": [{"fields": "name"}]}),
        fields(
            "protocol and grant have but the name in common",
            {"protocol": [{"fields": "name,phone"}], "consent_event": [{"fields": "name,email"}]},
        ),
        fields("a protocol without fields", {"protocol": [{"fields": ""}]}, note="in force, and leaves nothing"),
        released(
            "two protocols: what both name",
            {"protocol": [{"fields": "name,phone,email"}, {"protocol_id": "P2", "fields": "name,email,address"}]},
            fields="email,name",
        ),
        fields(
            "two protocols that have nothing but the name in common",
            {"protocol": [{"fields": "name,phone"}, {"protocol_id": "P2", "fields": "name,email"}]},
        ),
        fields("of two protocols one has no fields", {"protocol": [{}, {"protocol_id": "P2", "fields": " "}]}),
        released(
            "a second protocol that is not in force takes nothing away",
            {"protocol": [{}, {"protocol_id": "P2", "fields": "name,email", "signed_on": None}]},
        ),
        released(
            "a second protocol of another recipient takes nothing away",
            {"protocol": [{}, {"protocol_id": "P2", "fields": "name,email", "kbo": OTHER}]},
        ),
        released("no telephone", {"parent": [{"phone": None}]}, note="the field is allowed, the cell is empty"),
        released("no telephone and no e-mail: the address suffices", {"parent": [{"phone": None, "email": ""}]}),
        released("no street: telephone and e-mail suffice", {"residence": [{"street": None}]}),
        fields("nothing filled", {"parent": [{"phone": None, "email": None}], "residence": [{"street": None}]}),
        fields(
            "a street without a postal code",
            {"parent": [{"phone": None, "email": None}], "residence": [{"postal_code": None}]},
        ),
        fields(
            "a postal code without a street",
            {"parent": [{"phone": " ", "email": "\u00a0"}], "residence": [{"street": ""}]},
        ),
        released(
            "an address without a house number",
            {"parent": [{"phone": None, "email": None}], "residence": [{"house_number": None}]},
        ),
        fields(
            "the telephone is allowed, and blank",
            {"consent_event": [{"fields": "name,phone"}], "parent": [{"phone": ""}]},
        ),
        fields(
            "the telephone is allowed, and a no-break space",
            {"consent_event": [{"fields": "name,phone"}], "parent": [{"phone": "\u00a0"}]},
        ),
        fields(
            "the e-mail is allowed, and a tab",
            {"consent_event": [{"fields": "name,email"}], "parent": [{"email": "\t"}]},
        ),
        fields(
            "the address is allowed, and its street a zero-width space",
            {"consent_event": [{"fields": "name,address"}], "residence": [{"street": "\u200b"}]},
        ),
        released(
            "a telephone of no known form",
            {"consent_event": [{"fields": "name,phone"}], "parent": [{"phone": "unknown"}]},
            fields="name,phone",
            note="counted, and goes as it stands",
        ),
        released(
            "the address is that of today",
            {
                "consent_event": [{"fields": "name,address"}],
                "residence": [{"street": None}, {"valid_from": "2026-06-15"}],
            },
            fields="address,name",
        ),
        fields(
            "the address of before a move is no fallback",
            {
                "consent_event": [{"fields": "name,address"}],
                "residence": [{}, {"valid_from": "2026-06-15", "street": None}],
            },
        ),
        fields(
            "the other parent's telephone is no fallback",
            {"consent_event": [{"fields": "name,phone"}], "parent": [{"phone": None}, {}]},
        ),
    ),
)

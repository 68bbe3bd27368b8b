"""Spec: who is decided on, and what is judged of the parent's own row (rules 1 and 2)."""

from functools import partial

from pipeline.core.model import Reason
from tests.spec.case import Section, outside, released, withheld

quarantined = partial(withheld, Reason.QUARANTINED)
deceased = partial(withheld, Reason.DECEASED)

UNFILLED = {name: None for name in ("income", "education", "employment", "stimulation", "housing", "health")}

POPULATION = Section(
    None,
    "Every parent of a family with a child under 3 (the third birthday is not reached; the age is a setting) that has"
    " a valid assessment. An assessment is invalid, and passed over, when no criterion is filled, when it dates from"
    " before the birth, or when it lies in the future.",
    (
        released("the baseline: one family, everything in order", {}),
        released("the day before the third birthday", {"child": [{"birth_date": "2023-06-16"}]}),
        outside("the third birthday", {"child": [{"birth_date": "2023-06-15"}]}),
        outside("a child of five", {"child": [{"birth_date": "2021-01-01"}]}),
        released(
            "born on 29 February: 28 February three years on",
            {"child": [{"birth_date": "2024-02-29"}]},
            at="2027-02-28 02:30",
            note="the birthday is 1 March",
        ),
        outside(
            "born on 29 February: 1 March three years on",
            {"child": [{"birth_date": "2024-02-29"}]},
            at="2027-03-01 02:30",
        ),
        released(
            "born on 28 February 2024: 27 February 2027",
            {"child": [{"birth_date": "2024-02-28"}]},
            at="2027-02-27 02:30",
        ),
        outside(
            "born on 28 February 2024: 28 February 2027",
            {"child": [{"birth_date": "2024-02-28"}]},
            at="2027-02-28 02:30",
        ),
        outside("a family without a child", {"child": []}),
        outside("a child of another family", {"child": [{"family_id": 2}]}),
        outside("a child that was never assessed", {"indicator_assessment": []}),
        outside("assessed, no criterion filled", {"indicator_assessment": [UNFILLED]}),
        withheld(
            Reason.NO_NEED,
            "assessed, one criterion filled and not weak",
            {"indicator_assessment": [UNFILLED | {"health": False}]},
            note="valid: a family without need is decided on, and withheld",
        ),
        released("assessed on the day of birth", {"indicator_assessment": [{"assessed_on": "2025-03-01"}]}),
        outside("assessed the day before birth", {"indicator_assessment": [{"assessed_on": "2025-02-28"}]}),
        released("assessed on the day itself", {"indicator_assessment": [{"assessed_on": "2026-06-15"}]}),
        outside("assessed tomorrow", {"indicator_assessment": [{"assessed_on": "2026-06-16"}]}),
        released(
            "an assessment recorded at the very instant",
            {"indicator_assessment": [{"recorded_at": "2026-06-15 01:30"}]},
        ),
        outside(
            "an assessment recorded a second later", {"indicator_assessment": [{"recorded_at": "2026-06-15 01:30:01"}]}
        ),
        outside(
            "a child not born yet, assessed",
            {"child": [{"birth_date": "2026-06-16"}], "indicator_assessment": [{"assessed_on": "2026-06-15"}]},
        ),
        released(
            "an older brother besides",
            {"child": [{"birth_date": "2019-01-01"}, {}], "indicator_assessment": [{"child_id": 2}]},
        ),
        outside(
            "the child under 3 was not assessed, only the older one",
            {"child": [{"birth_date": "2019-01-01"}, {}], "indicator_assessment": [{}]},
        ),
        outside("a parent of another family", {"parent": [{"family_id": 2}]}),
        withheld(
            Reason.NO_AGREEMENT,
            "a family that is missing from its own table",
            {"family": []},
            note="decided on all the same; without a team there is no agreement",
        ),
    ),
    ("A family is whoever shares its number, also when the register of families does not know it.",),
)

QUARANTINED = Section(
    Reason.QUARANTINED,
    "An INSZ (the number of the national register, or a BIS number) ends in two check digits; where they do not fit,"
    " the number is not to be trusted, nor is its row. Having no INSZ is no error. An impossible value is a date or"
    " instant outside the years 1900 to 9999 or infinite, or a NULL where the agency's interface says not null; of a"
    " consent event `occurred_at` alone may be one (see 10).",
    (
        released("no INSZ", {"parent": [{"insz": None}]}),
        released("born before 2000", {"parent": [{"insz": "90010199924"}]}, note="24 is right with a 2 in front only"),
        released("modulo without the 2", {"parent": [{"insz": "90010199992"}]}),
        released("born from 2000 on", {"parent": [{"insz": "05030300065"}]}),
        released("a BIS number: month + 20", {"parent": [{"insz": "90210100067"}]}),
        released("a BIS number: month + 40", {"parent": [{"insz": "90410100013"}]}),
        released("a date that does not exist", {"parent": [{"insz": "90139900078"}]}, note="the date is not judged"),
        quarantined("check digits one off", {"parent": [{"insz": "90010100025"}]}),
        quarantined("two digits swapped", {"parent": [{"insz": "09010100024"}]}),
        quarantined("ten digits", {"parent": [{"insz": "9001010002"}]}),
        quarantined("twelve digits", {"parent": [{"insz": "900101000240"}]}),
        quarantined("with its usual dots and dashes", {"parent": [{"insz": "90.01.01-000.24"}]}),
        quarantined("a letter O for a zero", {"parent": [{"insz": "9001O100024"}]}),
        quarantined("full-width digits", {"parent": [{"insz": "９００１０１０００２４"}]}),
        quarantined("one Arabic-Indic digit", {"parent": [{"insz": "9001010002٤"}]}),
        quarantined("a space behind", {"parent": [{"insz": "90010100024 "}]}),
        quarantined("a line end behind", {"parent": [{"insz": "90010100024\n"}]}),
        quarantined("a minus in front", {"parent": [{"insz": "-0010100024"}]}),
        quarantined("empty text", {"parent": [{"insz": ""}]}, note="present, and not 11 digits"),
        quarantined("eleven zeros", {"parent": [{"insz": "00000000000"}]}),
        quarantined("no first name", {"parent": [{"first_name": None}]}),
        quarantined("an empty first name", {"parent": [{"first_name": ""}]}),
        quarantined("no last name", {"parent": [{"last_name": None}]}),
        quarantined("a last name of spaces", {"parent": [{"last_name": "   "}]}),
        quarantined("a last name of a no-break space", {"parent": [{"last_name": "\u00a0"}]}),
        quarantined("a first name of a tab and a line end", {"parent": [{"first_name": "\t\n"}]}),
        quarantined("a first name of a zero-width space", {"parent": [{"first_name": "\u200b"}]}),
        quarantined("a first name of an ideographic space", {"parent": [{"first_name": "\u3000"}]}),
        released("a first name of one letter", {"parent": [{"first_name": "Ö"}]}),
        released("a first name with a space before it", {"parent": [{"first_name": " Noor"}]}),
        quarantined("a date of death in the year 1", {"parent": [{"deceased_on": "0001-01-01"}]}),
        quarantined("a date of death in 1899", {"parent": [{"deceased_on": "1899-12-31"}]}),
        deceased("a date of death in 1900", {"parent": [{"deceased_on": "1900-01-01"}]}),
        quarantined(
            "a residence with an impossible first day, beside a right one",
            {"residence": [{}, {"valid_from": "0001-01-01"}]},
        ),
        quarantined("a residence that does not say when it was recorded", {"residence": [{}, {"recorded_at": None}]}),
        released(
            "an impossible residence that was not recorded yet",
            {"residence": [{}, {"valid_from": None, "recorded_at": "2026-06-15 01:30:01"}]},
        ),
        quarantined(
            "an impossible residence, recorded at the very instant",
            {"residence": [{}, {"valid_from": None, "recorded_at": "2026-06-15 01:30"}]},
        ),
        quarantined("a consent with an impossible end", {"consent_event": [{"valid_until": "1899-12-31"}]}),
        quarantined(
            "an event for another recipient that does not say for whom",
            {"consent_event": [{}, {"kind": "withdrawal", "kbo": None}]},
        ),
        quarantined(
            "an event that says neither when it was said nor when it was recorded",
            {"consent_event": [{}, {"occurred_at": None, "recorded_at": None}]},
        ),
        released(
            "an impossible event that was not recorded yet",
            {"consent_event": [{}, {"valid_until": "0001-01-01", "recorded_at": "2026-06-15 01:30:01"}]},
        ),
        withheld(
            Reason.WITHDRAWN,
            "an event without a possible `occurred_at`",
            {"consent_event": [{}, {"kind": "withdrawal", "occurred_at": None}]},
            note="the one value that may be impossible: the event is a no",
        ),
        quarantined("a child of the family without a birth date", {"child": [{}, {"birth_date": None}]}),
        quarantined(
            "of an older child nobody knows whether it was ever seen",
            {"child": [{}, {"birth_date": "2015-01-01", "client": None}]},
        ),
        released(
            "a child of another family without a birth date", {"child": [{}, {"family_id": 2, "birth_date": None}]}
        ),
        quarantined(
            "the only assessment does not say when it was recorded",
            {"indicator_assessment": [{"recorded_at": None}]},
            note="it may have been known: decided on, and set apart",
        ),
        quarantined(
            "an assessment of an impossible day", {"indicator_assessment": [{}, {"assessed_on": "0001-01-01"}]}
        ),
        released(
            "an impossible assessment that was not recorded yet",
            {"indicator_assessment": [{}, {"assessed_on": None, "recorded_at": "2026-06-15 01:30:01"}]},
        ),
        released(
            "the other parent's residence is impossible",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2, "valid_from": None}]},
            note="that sets apart the other parent alone",
        ),
        quarantined(
            "the other parent, whose residence is impossible",
            {"parent": [{}, {}], "residence": [{}, {"parent_id": 2, "valid_from": None}]},
            parent=2,
        ),
        quarantined(
            "the other parent, of the family of a child without a birth date",
            {"parent": [{}, {}], "child": [{}, {"birth_date": None}]},
            parent=2,
        ),
        released("the other parent's row is wrong", {"parent": [{}, {"insz": "1"}]}, note="only one's own row counts"),
        quarantined("wrong, and deceased as well", {"parent": [{"insz": "1", "deceased_on": "2026-01-01"}]}),
        quarantined("wrong, and without a residence", {"parent": [{"insz": "1"}], "residence": []}),
        quarantined("wrong, and withdrawn", {"parent": [{"last_name": ""}], "consent_event": [{"kind": "withdrawal"}]}),
    ),
    ("Blank is: nothing that can be seen (white space of every alphabet, control and format characters).",),
)

DECEASED = Section(
    Reason.DECEASED,
    "The date of death lies on or before the day of the decision, as the calendar in Brussels has it.",
    (
        deceased("died yesterday", {"parent": [{"deceased_on": "2026-06-14"}]}),
        deceased("died today", {"parent": [{"deceased_on": "2026-06-15"}]}),
        released("a date of death tomorrow", {"parent": [{"deceased_on": "2026-06-16"}]}),
        released("the other parent died", {"parent": [{}, {"deceased_on": "2026-01-01"}]}),
        deceased("died, and without a residence", {"parent": [{"deceased_on": "2026-01-01"}], "residence": []}),
        deceased(
            "died, at a protected address",
            {"parent": [{"deceased_on": "2026-01-01"}], "residence": [{"confidential": True}]},
        ),
        deceased(
            "died on a day that had begun in Brussels but not in UTC",
            {"parent": [{"deceased_on": "2026-06-15"}]},
            at="2026-06-14 22:00",
        ),
        released(
            "the last second before that day",
            {"parent": [{"deceased_on": "2026-06-15"}]},
            at="2026-06-14 21:59:59",
        ),
        deceased(
            "in winter the day begins at 23:00 UTC",
            {"parent": [{"deceased_on": "2026-01-15"}]},
            at="2026-01-14 23:00",
        ),
        released(
            "and not at 22:00 UTC",
            {"parent": [{"deceased_on": "2026-01-15"}]},
            at="2026-01-14 22:00",
        ),
    ),
)

"""Single values: what is impossible, blank, an INSZ, within a term, a list of fields."""

import unicodedata
from datetime import date
from typing import Any

from tests.support.worlds.tables import Row

DECREE = {"name", "address", "phone", "email"}
NEVER_NULL = {
    "parent": ("parent_id", "family_id"),
    "residence": ("parent_id", "valid_from", "recorded_at", "confidential"),
    "child": ("child_id", "family_id", "birth_date", "client"),
    "indicator_assessment": ("assessment_id", "child_id", "assessed_on", "recorded_at"),
    "consent_event": ("event_id", "parent_id", "kbo", "kind", "occurred_at", "recorded_at"),
}
"""The interface's "not null", in the tables of rows about one person; elsewhere an impossible value stops the run."""
IMPOSSIBLE = "unparsable"
"""The text column that names the columns of a row whose values are impossible: "a, b" or "a,b"; the values are NULL."""


def without_impossible(feed: str, row: Row) -> Row:
    """The row with NULL for every impossible value, and their columns named."""
    columns = impossible(feed, row) if feed in NEVER_NULL else set()
    return row | dict.fromkeys(columns) | {IMPOSSIBLE: ",".join(sorted(columns))} if columns else row


def impossible(feed: str, row: Row) -> set[str]:
    """ "A date or instant outside the years 1900 to 9999 or infinite (NULL alone means open; 9999-12-31 is a day like
    any other) and a NULL where the contract says not null"."""
    named = {name.strip() for name in (row.get(IMPOSSIBLE) or "").split(",")} - {""}
    missing = {name for name in NEVER_NULL[feed] if row[name] is None}
    return named | missing | {name for name, value in row.items() if isinstance(value, date) and value.year < 1900}


def sets_apart(feed: str, row: Row) -> bool:
    """ "In a row about one person they set that person apart (rule 1) … Only `occurred_at` of a consent event may be
    impossible"."""
    return bool(impossible(feed, row) - ({"occurred_at"} if feed == "consent_event" else set()))


def is_insz(text: str) -> bool:
    """ "11 ASCII digits with a right modulo 97 (either century; its date part is not judged)": 97 minus the first nine
    modulo 97 is the last two, with "2" put in front from 2000 on."""
    if len(text) != 11 or not all(character in "0123456789" for character in text):
        return False
    return any(97 - int(century + text[:9]) % 97 == int(text[9:]) for century in ("", "2"))


def digits(insz: str | None) -> str:
    """ "(its digits compared)". Reading: of any script by their value, so that full-width digits hide nobody; a blank
    INSZ, or one without a digit, is nobody's."""
    return "".join(str(unicodedata.decimal(c)) for c in insz or "" if unicodedata.decimal(c, None) is not None)


def is_blank(text: str | None) -> bool:
    """Reading: nothing, or nothing that can be seen (every kind of white space, control and format characters)."""
    return text is None or all(c.isspace() or unicodedata.category(c)[0] in "ZC" for c in text)


def is_within(day: date, start: date | None, *ends: date | None) -> bool:
    """ "'until' dates are inclusive; NULL, and NULL alone, is open-ended". Reading: no beginning is never."""
    return start is not None and start <= day and all(end is None or day <= end for end in ends)


def field_list(text: str | None) -> set[str]:
    """Reading: spaces round a name are forgiven, nothing else is (an empty item is a field of no known name)."""
    return set() if text is None or is_blank(text) else {item.strip(" ") for item in text.split(",")}


def by(day: Any, last: date) -> bool:
    """There, and on or before `last`."""
    return day is not None and day <= last

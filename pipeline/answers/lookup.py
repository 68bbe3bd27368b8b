"""A look-up: which user asked which question about which parent. On record before the answer is shown. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.core.errors import SettingsError
from pipeline.core.insz import is_insz

NO_REASON = "none given"
LONGEST_REASON = 200


def parse_reason(text: str, option: str = "--reason") -> str:
    """One line of text, as the request's file number. Raises SettingsError for any other text, or one with an INSZ."""
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise SettingsError(f"{option} is one line of 1 to {LONGEST_REASON} characters, as the request's file number")
    digits = re.sub(r"(?<=\d)[\W_]{1,3}(?=\d)", "", reason)
    if any(is_insz(digits[at : at + 11]) for at in range(len(digits))):
        raise SettingsError(f"{option} has an INSZ in it, and stays on record: give the request's file number instead")
    return reason


class LookupKind(StrEnum):
    """The question, by the name of its command: about one parent, about all, or (REGISTER) about nobody.
    KEPT: the noes of the suppression list that the agency's tables do not have as they were. RETURNED: what recipients
    returned. BREACH: who was in what leaked."""

    PERSON = "person"
    EXPLAIN = "explain"
    DECIDE = "decide"
    PREVIEW = "preview"
    REGISTER = "register"
    KEPT = "kept"
    RETURNED = "returned"
    BREACH = "breach"


@dataclass(frozen=True)
class Lookup:
    """`who`: the user of the operating system; `reason`: the user's reason, as the request's file number.

    `person` and `insz`: keyed hashes under the key `key_id` (pipeline/ledger/persons.py) of the parent asked for, by
    parent_id or by INSZ; None for a question about no single parent."""

    at: datetime
    who: str
    what: LookupKind
    reason: str
    person: bytes | None = None
    insz: bytes | None = None
    key_id: str | None = None

"""The request for one parent's data, and all that is on record: the facts of the art. 15 report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pipeline.answers.lookup import Lookup, LookupKind
from pipeline.answers.person.kept_noes import KeptNo, ReturnedWord
from pipeline.answers.person.lines import DisclosureLine, DropDelivery, DropKey
from pipeline.core.documents import dutch
from pipeline.core.model import Field, Kbo
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.notices import Notice
from pipeline.ledger.persons import LedgerKey, insz_hash, person_hashes


@dataclass(frozen=True)
class AccessRequest:
    """Names a parent by `insz` (11 digits) or by `parent_id`, never both. `at` is the instant of the report."""

    insz: str | None = field(repr=False)
    parent_id: int | None
    at: datetime
    who: str
    reason: str

    def lookup(self, key: LedgerKey) -> Lookup:
        """The record of this request."""
        number = insz_hash(key, self.insz) if self.insz else None
        person = person_hashes(key, [self.parent_id])[0] if self.parent_id is not None else None
        return Lookup(self.at, self.who, LookupKind.PERSON, self.reason, person, number, key.id)


@dataclass(frozen=True)
class ParentRow:
    """A parent's row in agency_db today: which fields are filled, and whether the current address is protected."""

    parent_id: int
    family_id: int
    filled: frozenset[Field]
    is_protected: bool


@dataclass(frozen=True)
class ConsentEvent:
    """A consent event of the parent; the report repeats no value of a malformed one."""

    event_id: int
    kbo: str
    occurred_at: datetime
    is_malformed: bool
    is_grant: bool
    text_version: str | None
    fields: tuple[str, ...]
    valid_until: date | None


@dataclass(frozen=True)
class PersonDecision:
    """The decision on one row, as the ledger keeps it of a night. `is_returned`: it rests on a no alone that the parent
    said to the recipient itself. `is_told`: it is what the parent is told, in place of one that may rest on another
    parent's address (pipeline/gate/alone.py)."""

    outcome: str
    kbo: Kbo | None
    reason: str | None
    fields: tuple[str, ...]
    is_returned: bool = False
    is_told: bool = False


@dataclass(frozen=True)
class PersonFacts:
    """`names`: of recipients, by KBO. `lines`: of drops that counted or may have, in the order of the nights.

    `drops`: the deliveries of those lines' drops. `withdrawals`: each with the notice that tells of it, if any.
    `decisions`: of the newest night on record, at `decided_at` (None: of no night). `first_night`: of the lines per
    person; `detailed_since`: the first of which the lines still name a person.
    `kept_noes`: of the suppression list; `returned`: what recipients said of the parent.
    """

    request: AccessRequest
    rows: tuple[ParentRow, ...]
    consents: tuple[ConsentEvent, ...]
    names: Mapping[str, str]
    lines: tuple[DisclosureLine, ...]
    drops: Mapping[DropKey, DropDelivery]
    withdrawals: tuple[tuple[Withdrawal, Notice | None], ...]
    decided_at: datetime | None
    decisions: tuple[PersonDecision, ...]
    kept_noes: tuple[KeptNo, ...]
    lookups: tuple[Lookup, ...]
    first_night: date | None
    detailed_since: date | None
    returned: tuple[ReturnedWord, ...] = ()

    def recipient(self, kbo: Kbo) -> str:
        """A recipient's name and number, as a reader knows it."""
        return dutch.recipient(kbo, self.names.get(kbo))

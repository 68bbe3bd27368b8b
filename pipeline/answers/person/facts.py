"""What was asked of one parent, and all that is on record: the facts of the art. 15 report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pipeline.answers.lookup import LookUp, What
from pipeline.answers.person.lines import Given
from pipeline.core.model import Field, Kbo
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.persons import LedgerKey, person_of_insz, persons


@dataclass(frozen=True)
class Question:
    """Of whom: by `insz` (11 digits) or by `parent_id`, never both. `at` is the instant of the report."""

    insz: str | None = field(repr=False)
    parent_id: int | None
    at: datetime
    who: str
    reason: str

    def look_up(self, key: LedgerKey) -> LookUp:
        """As it goes on record."""
        number = person_of_insz(key, self.insz) if self.insz else None
        person = persons(key, [self.parent_id])[0] if self.parent_id is not None else None
        return LookUp(self.at, self.who, What.PERSON, self.reason, person, number, key.id)


@dataclass(frozen=True)
class Row:
    """A parent's row in agency_db today: which fields are filled, and whether the current address is protected."""

    parent_id: int
    family_id: int
    filled: frozenset[Field]
    is_protected: bool


@dataclass(frozen=True)
class Consent:
    """A consent event of the asker; of a malformed one what it holds is not taken over."""

    event_id: int
    kbo: str
    occurred_at: datetime
    is_malformed: bool
    is_grant: bool
    text_version: str | None
    fields: tuple[str, ...]
    valid_until: date | None


@dataclass(frozen=True)
class Decision:
    """On one row: as the ledger keeps it of a night."""

    outcome: str
    kbo: Kbo | None
    reason: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A withdrawal, and when its recipient was told of it and said that it did so; None for what is not so yet."""

    withdrawal: Withdrawal
    told: datetime | None = None
    acknowledged: datetime | None = None


@dataclass(frozen=True)
class Known:
    """`names`: of recipients, by KBO. `decisions`: of the newest night on record, at `decided_at` (None: of no night).

    `first_night`: of the lines per person; `detailed_since`: the first of which they still say whom they are about.
    """

    question: Question
    rows: tuple[Row, ...]
    consents: tuple[Consent, ...]
    names: Mapping[str, str]
    given: tuple[Given, ...]
    withdrawals: tuple[Told, ...]
    decided_at: datetime | None
    decisions: tuple[Decision, ...]
    look_ups: tuple[LookUp, ...]
    first_night: date | None
    detailed_since: date | None

    @property
    def own_address_protected(self) -> bool:
        """Of every row that is the asker's; unknown is no."""
        return bool(self.rows) and all(row.is_protected for row in self.rows)

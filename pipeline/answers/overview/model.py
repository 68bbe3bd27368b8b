"""What the overview says, before it has a form. Pure; everything is sorted: the same inputs give the same bytes.

Signed, in force and exchanging are three different things (DOMAIN: mergers), and each is counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pipeline.core.model import Kbo

DECREE_DAY = date(2022, 3, 11)
"""The decree of 4 February 2022 was in the Belgisch Staatsblad on this day: before it nothing could be shared."""

LEGAL_BASIS = "decree-2022-02-04"
"""What the agency's interface calls that decree (sql/gate/11)."""

BRUSSELS_REGION = "Brussels Hoofdstedelijk Gewest"
"""In place of a province, which Brussels has not."""


class AuthorityState(StrEnum):
    """Where one authority stands on the day; the first that applies, from the bottom up."""

    NONE = "none"
    """No agreement and no protocol of this flow that is signed and has not ended."""
    SIGNED = "signed"
    """Some paper is signed and has not ended, but agreement and protocol are not both in force."""
    TO_BE_RENEWED = "to_be_renewed"
    """As signed, and a paper is suspended because its term began before the latest merger."""
    IN_FORCE = "in_force"
    """An agreement and a protocol are in force, and no drop was delivered within the window."""
    EXCHANGING = "exchanging"
    """An agreement and a protocol are in force, and a drop was delivered within the window up to the day."""


class PaperKind(StrEnum):
    AGREEMENT = "agreement"
    PROTOCOL = "protocol"
    PROCESSING_AGREEMENT = "processing_agreement"
    OTHER = "other"
    """A kind that the agency's interface does not name."""


class PaperState(StrEnum):
    """One paper on the day, by the gate's own conditions (sql/gate/07 and 11); the first that applies.

    What is not of this flow is not held to the conditions of this flow: it ended, is not signed, or OTHER_FLOW.
    """

    ENDED = "ended"
    ERROR = "error"
    """It asks for more than the decree allows, or for an impossible threshold."""
    NOT_SIGNED = "not_signed"
    NOT_YET = "not_yet"
    """Signed, but not begun, not published or without the DPO's advice."""
    TO_BE_RENEWED = "to_be_renewed"
    OTHER_FLOW = "other_flow"
    """Not of this decree, or no protocol: counted apart and never used."""
    IN_FORCE = "in_force"


@dataclass(frozen=True)
class Paper:
    """The latest version known; `until` is the last day, however it ends (None: open-ended)."""

    paper_id: str
    kind: PaperKind
    legal_basis: str
    """Of a protocol as the register has it; of an agreement always the decree's."""
    kbo: Kbo
    team: str | None
    """The local team's name, of an agreement."""
    state: PaperState
    signed_on: date | None
    valid_from: date | None
    until: date | None

    def is_signed(self, by: date) -> bool:
        """Whether it was signed by that day, whatever became of it since."""
        return self.signed_on is not None and self.signed_on <= by


@dataclass(frozen=True)
class Municipality:
    """As it was called on the day."""

    nis_code: str
    name: str
    province: str
    """The Dutch name; in Brussels "Brussels Hoofdstedelijk Gewest"."""


@dataclass(frozen=True)
class Authority:
    """One legal person. `last_drop`: the night of the last drop that counted, up to the day, as known."""

    kbo: Kbo
    name: str
    kind: str
    """'OCMW' or 'CAW'; empty for one that has papers, or serves, and is not in the register of recipients."""
    state: AuthorityState
    municipalities: tuple[Municipality, ...]
    teams: tuple[str, ...]
    """Names of the local teams that it has an agreement with that has not ended."""
    papers: tuple[Paper, ...]
    last_drop: date | None


@dataclass(frozen=True)
class PaperCount:
    """Of one kind and legal basis: distinct papers by state, and the distinct legal persons that have one."""

    kind: PaperKind
    legal_basis: str
    signed: int
    """Signed by the day, whatever became of it since: the parliament's "concluded"."""
    states: Mapping[PaperState, int]
    recipients: int
    """Distinct legal persons with one that is signed and has not ended."""
    recipients_in_force: int


@dataclass(frozen=True)
class Month:
    """As it stood on the last day of a month (or on the day itself, in its month), with what is known now.

    `authorities_exchanging` is None before the ledger's first line and after `known_at`: then no drop is known.
    """

    day: date
    agreements_signed: int
    agreements_in_force: int
    protocols_signed: int
    protocols_in_force: int
    authorities_in_force: int
    authorities_exchanging: int | None


@dataclass(frozen=True)
class Overview:
    """`as_of` is the day that it is about, `known_at` (aware) up to when what was recorded counts."""

    as_of: date
    known_at: datetime
    window_days: int
    """Exchanging is a drop delivered within so many days up to and with `as_of`."""
    ledger_since: datetime | None
    """The ledger's first line; before it nothing is known of drops."""
    authorities: tuple[Authority, ...]
    """By name, each once; also those without any paper."""
    counts: tuple[PaperCount, ...]
    months: tuple[Month, ...]
    """From March 2022 on, oldest first."""
    remarks: tuple[str, ...] = ()
    """What a reader must know, in Dutch: registries without an agreement, municipalities that are not served, ..."""
    teams: tuple[str, ...] = ()
    """Every local team by name, with an agreement or without."""

    def of(self, state: AuthorityState) -> tuple[Authority, ...]:
        return tuple(one for one in self.authorities if one.state is state)

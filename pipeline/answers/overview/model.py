"""The overview before a page, an annex or a workbook shows it. Pure; sorted: the same inputs give the same bytes.

Signed, in force and exchanging are three different things (DOMAIN: mergers), and each is counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo

DECREE_DAY = date(2022, 3, 11)
"""The decree of 4 February 2022 was in the Belgisch Staatsblad on this day: before it nothing could be shared."""

SOON = 90
"""Days: a paper that ends within so many is to be renewed in time."""
LEGAL_BASIS = "decree-2022-02-04"
"""The name of that decree in the agency's tables (sql/gate/11)."""

BRUSSELS_REGION = "Brussels Hoofdstedelijk Gewest"
"""In place of a province: Brussels belongs to none."""


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

    The conditions of this flow do not apply to a paper of another flow: such a paper is ended, unsigned or OTHER_FLOW.
    """

    ENDED = "ended"
    ERROR = "error"
    """The paper asks for more than the decree allows, or for an impossible threshold."""
    NOT_SIGNED = "not_signed"
    NOT_YET = "not_yet"
    """Signed, but not begun, not published by both parties or without the advice of both DPOs."""
    TO_BE_RENEWED = "to_be_renewed"
    OTHER_FLOW = "other_flow"
    """Not of this decree, or no protocol: counted apart and never used."""
    IN_FORCE = "in_force"


Ring = tuple[tuple[float, float], ...]
"""Points of longitude and latitude (WGS84); the last point is the first."""


@dataclass(frozen=True)
class Paper:
    """The latest version known. `until` is the last day, however the paper ends (None: open-ended)."""

    paper_id: str
    kind: PaperKind
    legal_basis: str
    """Of a protocol as registered; of an agreement always the decree's."""
    kbo: Kbo
    team: str | None
    """The local team's name, of an agreement."""
    state: PaperState
    signed_on: date | None
    valid_from: date | None
    until: date | None
    missing: tuple[str, ...] = ()
    """What a protocol that is not in force yet waits for, by party: keys of texts.MISSING."""
    lacks: tuple[str, ...] = ()
    """The same, of a protocol in any state."""
    published_url: str | None = None
    recipient_published_url: str | None = None
    dpo_advice_on: date | None = None
    recipient_dpo_advice_on: date | None = None
    fields: tuple[str, ...] = ()
    retention_days: int | None = None
    min_criteria: int | None = None
    """These seven are in the register (art. 30) and not in the overview; `min_criteria` is an agreement's."""

    @property
    def is_this_flow(self) -> bool:
        """An agreement, or a protocol under the decree: all other papers are counted apart and never used."""
        return self.kind in (PaperKind.AGREEMENT, PaperKind.PROTOCOL) and self.legal_basis == LEGAL_BASIS

    def is_signed(self, by: date) -> bool:
        """Whether the paper was signed by that day, even if the paper ended since."""
        return self.signed_on is not None and self.signed_on <= by

    def lasts(self, day: date) -> bool:
        """Whether the paper was signed by the day and has not ended."""
        return self.is_signed(day) and self.state is not PaperState.ENDED


@dataclass(frozen=True)
class Municipality:
    """As named on the day. Brussels has BRUSSELS_REGION for a province.

    A polygon is an outer ring and any holes; no polygons where the boundary is not known or not asked for.
    """

    nis_code: str
    name: str
    province: str
    polygons: tuple[tuple[Ring, ...], ...] = ()


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

    @property
    def known(self) -> int:
        """All papers of the day: each is in exactly one state."""
        return sum(self.states.values())


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
class OverviewQuery:
    """`as_of`: the day asked for; `known_at` (aware): the end of what counts as recorded.

    `window_days`: an authority exchanges if a drop was delivered within so many days up to and with `as_of`.
    `ledger_since`: the ledger's first line (None: no line). Before its day, and after that of `known_at`, drops are
    unknown.
    """

    as_of: date
    known_at: datetime
    window_days: int
    ledger_since: datetime | None

    @property
    def ledger_begins(self) -> date | None:
        """The local day of the ledger's first line."""
        return local_day(self.ledger_since) if self.ledger_since else None

    @property
    def known_until(self) -> date:
        """The local day of `known_at`, which counts as known."""
        return local_day(self.known_at)

    def knows_drops_on(self, day: date) -> bool:
        return self.ledger_begins is not None and self.ledger_begins <= day <= self.known_until

    @property
    def drops_known(self) -> bool:
        """Whether drops of the day itself are known; otherwise exchanging is unknown rather than 0."""
        return self.knows_drops_on(self.as_of)

    def is_in_window(self, night: date) -> bool:
        """Whether a drop of that night counts as exchanging on the day."""
        return self.window_begins <= night <= self.as_of

    @property
    def window_begins(self) -> date:
        """The first night of the window that ends with the day."""
        return self.as_of - timedelta(days=min(self.window_days, self.as_of.toordinal()) - 1)


@dataclass(frozen=True)
class Overview(OverviewQuery):
    """The answer to its query.

    `authorities`: by name, each once, also those without any paper. `months`: from March 2022 on, oldest first.
    `remarks`: facts that a reader must know, in Dutch. `teams`: every local team by name, with an agreement or without.
    `unserved`: the municipalities of the day that nobody serves, several do, or one that is not registered.
    `number`: that of the answer under which the ledger keeps it; None of one that is not kept.
    """

    authorities: tuple[Authority, ...]
    counts: tuple[PaperCount, ...]
    months: tuple[Month, ...]
    remarks: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    unserved: tuple[Municipality, ...] = ()
    number: int | None = None

    def of(self, state: AuthorityState) -> tuple[Authority, ...]:
        return tuple(authority for authority in self.authorities if authority.state is state)

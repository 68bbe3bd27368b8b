"""The words of the domain, as frozen values. Pure: no I/O and no clock.

The chain's types say what may follow what:

    agency_db --extract--> Snapshot --check--> CheckedSnapshot
              --release--> Release --render--> Drop --publish--> Publication
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from pipeline.core.local_time import local_day

GENESIS = "0" * 64
"""The head of a chain without links."""


@dataclass(frozen=True)
class Head:
    """The last link of a chain: its number (0: none) and head (SHA-256 in hex)."""

    n: int = 0
    sha256: str = GENESIS


Kbo = NewType("Kbo", str)
"""A recipient's enterprise number: 10 digits as text, the first 0 or 1."""


class Field(StrEnum):
    """The fields that the decree of 4 February 2022 lets pass: this list stands only here."""

    ADDRESS = "address"
    EMAIL = "email"
    NAME = "name"
    PHONE = "phone"


class Reason(StrEnum):
    """Why a parent is withheld: the first that applies, in this order (DOMAIN: the gate)."""

    QUARANTINED = "quarantined"
    DECEASED = "deceased"
    NO_RESIDENCE = "no_residence"
    CONFIDENTIAL_ADDRESS = "confidential_address"
    NOT_SERVED = "not_served"
    NO_AGREEMENT = "no_agreement"
    NO_NEED = "no_need"
    NO_PROTOCOL = "no_protocol"
    NO_CONSENT = "no_consent"
    WITHDRAWN = "withdrawn"
    CONSENT_EXPIRED = "consent_expired"
    TEXT_NOT_ACCEPTED = "text_not_accepted"
    FIELDS = "fields"


@dataclass(frozen=True)
class Moment:
    """The instant of a decision, and the instant up to which recorded facts are known to it.

    Both are aware datetimes; they differ only when a past decision is replayed with later knowledge.
    `ahead_until`: of a decision for now, until when a row may say that it is recorded; such a row is heeded as well.
    """

    at: datetime
    known_at: datetime
    ahead_until: datetime | None = None

    @classmethod
    def of(cls, at: datetime) -> "Moment":
        """Decided at `at` with what was recorded by then."""
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return cls(at, at)

    @classmethod
    def now(cls, at: datetime, clock: datetime, skew_minutes: float) -> "Moment":
        """Decided for now: as `of`, with an eye to what is recorded ahead of the clock, as far as a check allows."""
        return cls(cls.of(at).at, at, max(at, clock) + timedelta(minutes=skew_minutes))

    @property
    def day(self) -> date:
        """The local date in Europe/Brussels on which the rules are read."""
        return local_day(self.at)


@dataclass(frozen=True)
class StagedFile:
    """A file in staging; tasks hand on only references such as this one."""

    uri: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Snapshot:
    """Every feed of the agency as Parquet, read in one transaction; `read_at` is when."""

    read_at: datetime
    feeds: dict[str, StagedFile]


@dataclass(frozen=True)
class Finding:
    """The count of one rule in one feed, never a value. `of` is the number of rows checked."""

    feed: str
    rule: str
    count: int
    of: int


@dataclass(frozen=True)
class CheckedSnapshot:
    """A snapshot that passed every dataset check, made by `check` alone; `approve` alone hands on a held one.

    `findings`: rows set apart by row checks, by rule. `report`: address of the Data Docs, if built.
    """

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    report: str | None = None

    def on_files_of(self, snapshot: Snapshot) -> "CheckedSnapshot":
        """The same findings, about the same content in other files."""
        return replace(self, snapshot=snapshot)


@dataclass(frozen=True)
class HeldRule:
    """A volume rule that failed: `says` gives its figures in words, never a value.

    `last_night` and `tonight` are what it compared, `limit` the most that may differ: a share of 1, or 0.
    """

    feed: str
    rule: str
    says: str
    last_night: int
    tonight: int
    limit: float


@dataclass(frozen=True)
class HeldSnapshot:
    """A snapshot that passed every dataset check but volume rules: only `approve` makes it a checked one."""

    but_held: CheckedSnapshot
    held: tuple[HeldRule, ...]

    @property
    def snapshot(self) -> Snapshot:
        return self.but_held.snapshot

    def on_files_of(self, snapshot: Snapshot) -> "HeldSnapshot":
        """As `CheckedSnapshot.on_files_of`."""
        return replace(self, but_held=self.but_held.on_files_of(snapshot))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.but_held.findings

    @property
    def message(self) -> str:
        """Every rule that holds the run, in one line."""
        return "; ".join(f"feed {rule.feed}: {rule.says}" for rule in self.held)


@dataclass(frozen=True)
class Papers:
    """A recipient of a drop tonight, and its papers: ids sorted, retention in days."""

    kbo: Kbo
    name: str
    agreements: tuple[str, ...]
    protocols: tuple[str, ...]
    retention_days: int


@dataclass(frozen=True)
class ReportedPaper:
    """An agreement or protocol that a person must look at: `state` is to_be_renewed (after a merger) or error."""

    paper: str
    id: str
    kbo: Kbo
    state: str


@dataclass(frozen=True)
class WithdrawalReconciliation:
    """One recipient's withdrawals: parents to whom a no counts, and no grant holds.

    `recorded` at the agency, `applied` by tonight's decisions; of them `held` by the recipient until tonight, and
    `on_record` in the ledger as withdrawals that it is to be told of.
    """

    kbo: Kbo
    recorded: int
    applied: int
    held: int
    on_record: int

    @property
    def matches(self) -> bool:
        return self.recorded == self.applied and self.held == self.on_record


@dataclass(frozen=True)
class NoCounts:
    """What of a night's noes a person may have to look at.

    `beaten_grants`: grants that lose to noes of which none is later in both ways; they can be recorded anew.
    `to_everyone`: noes that cannot be placed. `of_unknown_parent`: noes of a parent that no row knows.
    `persons_of_several_rows`: persons with the same INSZ on more than one parent row. `withheld_by_list`: parents to
    whom a no of the agency's stands that the ledger's suppression list has, and the gate does not count.
    `said_to_recipient`: parents whom only a no that their recipient itself returned withholds.
    """

    beaten_grants: int = 0
    to_everyone: int = 0
    of_unknown_parent: int = 0
    persons_of_several_rows: int = 0
    withheld_by_list: int = 0
    said_to_recipient: int = 0


@dataclass(frozen=True)
class Release:
    """The decision on every parent of the population at one moment.

    `decisions`: Parquet of parent_id int64, outcome, kbo, reason, fields (text); no personal value.
    `recipients`: who gets a drop, rows or none, sorted by KBO and frozen for the run.
    `reported`: papers that are not in force and that a person must mend. `noes`: counts likewise.
    `no_longer`: who still has a drop on its host and is covered no more: it is to be taken away.
    `rows`: released rows per KBO. `withheld`: parents per reason. population = sum(rows) + sum(withheld).
    `withdrawals`: new ones that recipients are to be told of. `reconciled`: by recipient, sorted by KBO.
    `ledger_head`: where the ledger's chain stood when the run began; its manifests show it. `version`: the build of
    this package that decided.
    """

    moment: Moment
    decisions: StagedFile
    recipients: tuple[Papers, ...]
    population: int
    rows: dict[str, int]
    withheld: dict[str, int]
    reported: tuple[ReportedPaper, ...] = ()
    no_longer: tuple[Kbo, ...] = ()
    withdrawals: int = 0
    reconciled: tuple[WithdrawalReconciliation, ...] = ()
    ledger_head: Head = field(default_factory=Head)
    version: str = ""
    noes: NoCounts = field(default_factory=NoCounts)

    @property
    def to_visit(self) -> dict[Kbo, str]:
        """Everyone that the run has a delivery for, sorted by KBO, each with its name where it is known."""
        names = {papers.kbo: papers.name for papers in self.recipients}
        return {kbo: names.get(kbo, "") for kbo in sorted({*names, *self.no_longer})}


@dataclass(frozen=True)
class DropFile:
    """One file of a drop, rendered and at rest on a local path until published. `bytes` is its size."""

    name: str
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Drop:
    """What one recipient gets one night: data files, then the manifest, its signature, then an empty GO file.

    `stem` is the name that all its files share: type, sender, recipient, date and sequence number. `signed_by`: the
    fingerprint of the agency's key; without signature (a preview) a drop is never sent.
    """

    kbo: Kbo
    night: date
    sequence: int
    stem: str
    rows: int
    data: tuple[DropFile, ...]
    manifest: DropFile
    signature: DropFile | None = None
    signed_by: str | None = None

    @property
    def files(self) -> tuple[DropFile, ...]:
        """Every file but the GO file, in the order in which they are put there."""
        return (*self.data, self.manifest, *([self.signature] if self.signature else []))

    @property
    def go_name(self) -> str:
        """The empty file whose presence makes the others count (convention of MAGDA batches)."""
        return f"{self.stem}.GO"


class Outcome(StrEnum):
    """How a publication ended."""

    PUBLISHED = "published"
    ALREADY_PUBLISHED = "already_published"
    SUPERSEDED = "superseded"
    NOT_COVERED = "not_covered"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class Publication:
    """The result of one recipient's drop; `rows` as published, `dropped` lost to the last re-check.

    `window_ms`: from the beginning of the final check to the end of the rename that made it count, where this task did
    it. `withdrawals`: new ones found after it counted, or because the recipient is covered no more.
    """

    kbo: Kbo
    outcome: Outcome
    stem: str | None
    rows: int
    dropped: int
    window_ms: int | None = None
    withdrawals: int = 0

"""What became of every drop: an append-only history of events, and where a delivery stands by it.

Pure: `pipeline/adapters/ledger_db.py` keeps the history. A night's drop goes through these events:

    intent --> releasing --> published --> withdrawing --> withdrawn_from_host
       \\--> abandoned                 \\--> fetched

An event is written before the act that it allows (intent, releasing, withdrawing) or after the act that it
tells of (the others), so that a process killed anywhere leaves enough to know what the recipient may have seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from pipeline.model import Drop, Kbo


class Kind(StrEnum):
    """What an event says about one recipient's drop of one night."""

    INTENT = "intent"
    """Names and hashes are known; files may lie on the host, but none of them counts."""
    RELEASING = "releasing"
    """All files are on the host, read back and right; the GO file may be there."""
    PUBLISHED = "published"
    """The GO file was put: the recipient may have had it from here on."""
    WITHDRAWING = "withdrawing"
    """An older drop that still lies there is about to be taken away."""
    WITHDRAWN_FROM_HOST = "withdrawn_from_host"
    """We took it away. It may have been read before."""
    FETCHED = "fetched"
    """It was gone without us."""
    ABANDONED = "abandoned"
    """It never counted, and nothing of it is left on the host."""
    SUPERSEDED = "superseded"
    """Not sent: a newer night had begun."""
    NOT_COVERED = "not_covered"
    """Not sent: the recipient has no agreement and protocol in force."""
    FOLLOWED_UP = "followed_up"
    """Looked again after the drop counted: who may not be used any more is on record as a withdrawal."""


REMARKS = frozenset({Kind.SUPERSEDED, Kind.NOT_COVERED, Kind.FOLLOWED_UP})
"""Events without a drop; they change nothing about where one stands."""

MAY_FOLLOW: Mapping[Kind | None, frozenset[Kind]] = {
    None: frozenset({Kind.INTENT}),
    Kind.INTENT: frozenset({Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.ABANDONED}),
    Kind.RELEASING: frozenset({Kind.INTENT, Kind.PUBLISHED}),
    Kind.PUBLISHED: frozenset({Kind.WITHDRAWING, Kind.FETCHED}),
    Kind.WITHDRAWING: frozenset({Kind.WITHDRAWN_FROM_HOST, Kind.FETCHED}),
    Kind.ABANDONED: frozenset({Kind.INTENT}),
    Kind.WITHDRAWN_FROM_HOST: frozenset(),
    Kind.FETCHED: frozenset(),
}
"""The only steps a night's drop can make; what was published is never intended again."""

UNFINISHED = frozenset({Kind.INTENT, Kind.RELEASING})
ON_HOST = frozenset({Kind.PUBLISHED, Kind.WITHDRAWING})
DISCLOSED = ON_HOST | {Kind.WITHDRAWN_FROM_HOST, Kind.FETCHED}
"""The recipient had it, or could have."""


@dataclass(frozen=True)
class Contents:
    """What a drop consists of, by name and SHA-256 (hex); `data` maps the data files' names to theirs."""

    sequence: int
    stem: str
    rows: int
    data: Mapping[str, str]
    manifest: str
    manifest_sha256: str

    @classmethod
    def of(cls, drop: Drop) -> "Contents":
        data = {file.name: file.sha256 for file in drop.data}
        return cls(drop.sequence, drop.stem, drop.rows, data, drop.manifest.name, drop.manifest.sha256)

    @property
    def go_name(self) -> str:
        """As Drop.go_name."""
        return f"{self.stem}.GO"

    @property
    def hashes(self) -> dict[str, str]:
        """Name to SHA-256 of every file but the empty GO file: the manifest, then the data."""
        return {self.manifest: self.manifest_sha256, **self.data}


@dataclass(frozen=True)
class Event:
    """One line of the history: written once, never changed. `at` is aware; `contents` is None for a remark.

    `window_ms`, of a publication alone: from the beginning of the last look to the end of the rename, where known.
    """

    kbo: Kbo
    night: date
    run: str
    kind: Kind
    at: datetime
    contents: Contents | None = None
    window_ms: int | None = None


@dataclass(frozen=True)
class NightDrop:
    """Where the drop of one night stands: its last event, and every name it ever had on the host."""

    kbo: Kbo
    night: date
    kind: Kind
    contents: Contents
    names: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """What is on record about one recipient, seen from one night. `drops` are in the order of their nights."""

    night: date
    drops: tuple[NightDrop, ...] = ()
    remarks: frozenset[tuple[Kind, str]] = field(default_factory=frozenset)
    """Kind and run of each remark on this night."""
    next_sequence: int = 1

    @property
    def tonight(self) -> NightDrop | None:
        """This night's drop, if it was ever begun."""
        return next((drop for drop in self.drops if drop.night == self.night), None)

    @property
    def published(self) -> bool:
        """Whether this night's drop counted: it is never sent again."""
        return self.tonight is not None and self.tonight.kind in DISCLOSED

    @property
    def followed_up(self) -> bool:
        """Whether somebody looked again after this night's drop counted."""
        return any(kind is Kind.FOLLOWED_UP for kind, _ in self.remarks)

    @property
    def newest_published(self) -> NightDrop | None:
        """The recipient's newest drop that counted."""
        return next((drop for drop in reversed(self.drops) if drop.kind in DISCLOSED), None)

    @property
    def overtaken(self) -> bool:
        """Whether a newer night was begun, even in vain: an older one would come after it, and out of sequence."""
        return any(drop.night > self.night for drop in self.drops)

    @property
    def sequence(self) -> int:
        """This night's number: the one it was begun with, or the recipient's next."""
        return self.tonight.contents.sequence if self.tonight else self.next_sequence

    @property
    def previous_manifest_sha256(self) -> str | None:
        """Of the newest earlier night that counted: the recipient can follow the chain of manifests."""
        earlier = [drop for drop in self.drops if drop.night < self.night and drop.kind in DISCLOSED]
        return earlier[-1].contents.manifest_sha256 if earlier else None

    @property
    def unfinished(self) -> tuple[NightDrop, ...]:
        """Begun, and not known to count or to be cleared away: the host must be asked."""
        return tuple(drop for drop in self.drops if drop.kind in UNFINISHED)

    @property
    def on_host(self) -> tuple[NightDrop, ...]:
        """Counted, and not known to be gone."""
        return tuple(drop for drop in self.drops if drop.kind in ON_HOST)

    @property
    def outdated(self) -> tuple[NightDrop, ...]:
        """Of those on the host, the ones that have a successor, and those half taken away."""
        newest = self.newest_published
        return tuple(drop for drop in self.on_host if drop != newest or drop.kind is Kind.WITHDRAWING)


def standing(history: Iterable[Event], night: date) -> Standing:
    """Where a recipient's delivery of `night` stands after its history, given in the order it was written."""
    drops: dict[date, NightDrop] = {}
    remarks: set[tuple[Kind, str]] = set()
    for event in history:
        if event.contents is not None:
            before = drops.get(event.night)
            names = (before.names if before else frozenset()) | event.contents.hashes.keys()
            drops[event.night] = NightDrop(event.kbo, event.night, event.kind, event.contents, names)
        elif event.night == night:
            remarks.add((event.kind, event.run))
    highest = max((drop.contents.sequence for drop in drops.values()), default=0)
    return Standing(night, tuple(drops[key] for key in sorted(drops)), frozenset(remarks), highest + 1)


def follows(event: Event, last: NightDrop | None) -> bool:
    """Whether `event` may be written after the last one of its night: a task that was overtaken may not go on."""
    if event.contents is None:
        return event.kind in REMARKS
    same = last is None or event.contents == last.contents
    return event.kind in MAY_FOLLOW[last.kind if last else None] and (same or event.kind is Kind.INTENT)

"""What became of every drop: an append-only history of events, and where a delivery stands by it.

Pure: `pipeline/ledger/db/ledger.py` keeps the history. A night's drop goes through these events:

    intent --> releasing --> published --+--> withdrawing --> withdrawn_from_host
       \\--> abandoned                    +--> expiring ----> expired
                                         +--> recalling ---> recalled
                                         +--> moving -----> moved
                                         +--> suspending -> suspended
                                         +--> destroyed, lost
                                         \\--> fetched

An event is written before the act that it allows (intent, releasing, withdrawing, expiring, recalling, moving,
suspending) or after the act that it tells of (the others), so that a process killed anywhere leaves enough to know
what the recipient may have seen. A drop that was recalled, moved, suspended, lost or destroyed may have a replacement:
another drop of the same night, under the next number. Each event of a drop names the place where it lies
(pipeline/ledger/drop_place.py): whoever goes on with it goes on there.

Data have their own names before they count, and whoever takes them then has them: so it is on record that they are
about to get their names (naming), and that some of them were gone (taken_early).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from pipeline.core.model import Drop, Kbo
from pipeline.ledger.drop_place import DropPlace


class Kind(StrEnum):
    """What an event says about one recipient's drop of one night."""

    INTENT = "intent"
    """Names and hashes are known; files may lie on the host, but none of them counts."""
    RELEASING = "releasing"
    """All files are on the host, read back and right, the GO file under a temporary name: it may have been renamed."""
    PUBLISHED = "published"
    """The GO file was put: the recipient may have had it from here on."""
    WITHDRAWING = "withdrawing"
    """An older drop that still lies there is about to be taken away."""
    WITHDRAWN_FROM_HOST = "withdrawn_from_host"
    """We took it away. It may have been read before."""
    EXPIRING = "expiring"
    """It lay there for as long as it may, and is about to be taken away."""
    EXPIRED = "expired"
    """We took it away, and nothing came in its place. It may have been read before."""
    RECALLING = "recalling"
    """Somebody in it may not be used any more: it is about to be taken away."""
    RECALLED = "recalled"
    """We took it away, and a replacement may come. It may have been read before."""
    MOVING = "moving"
    """Its recipient has another place now: it is about to be taken away from the old one."""
    MOVED = "moved"
    """We took it away from the old place, and a replacement may come at the new one. It may have been read before."""
    SUSPENDING = "suspending"
    """A named person suspended its recipient: it is about to be taken away."""
    SUSPENDED = "suspended"
    """We took it away, and a replacement may come once the recipient is resumed. It may have been read before."""
    DESTROYED = "destroyed"
    """A named person recorded that the place where it lay is destroyed. It may have been read before."""
    LOST = "lost"
    """It was gone, and the host says that this was not its recipient's doing: the host was put back from a backup."""
    NAMING = "naming"
    """Its first file is whole on the host, and is about to get its own name: whatever has its name can be taken."""
    TAKEN_EARLY = "taken_early"
    """Files of it were gone, or altered, before it counted: somebody may have them."""
    FETCHED = "fetched"
    """It was gone without us."""
    READ = "read"
    """The host's log tells that every data file but the change file was read to its end."""
    ACKNOWLEDGED = "acknowledged"
    """The recipient put its ACK file there."""
    EARLY_ACK = "early_ack"
    """An ACK file lay there when it began to count: that file tells nothing, and another only once it was seen gone."""
    EARLY_ACK_GONE = "early_ack_gone"
    """The ACK file that lay there too early is gone: the next one tells."""
    REMINDED = "reminded"
    """Nothing was fetched for as long as the recipient's settings allow; said once a drop."""
    RETURNED = "returned"
    """It was on the host again after it was gone (a host put back from a backup): it is taken away again."""
    REPINNED = "repinned"
    """It lies there whole, before the same account and folder, under another host key: that is its place now."""
    ABANDONED = "abandoned"
    """It never counted, and nothing of it is left on the host."""
    SUPERSEDED = "superseded"
    """Not sent: a drop of a newer night counted."""
    NOT_COVERED = "not_covered"
    """Not sent: the recipient has no agreement and protocol in force."""
    RECIPIENT_SUSPENDED = "recipient_suspended"
    """Not sent: a named person suspended the recipient."""
    RECHECKED = "followed_up"
    """Looked again after the drop counted: who may not be used any more is on record as a withdrawal."""


REMARKS = frozenset({Kind.SUPERSEDED, Kind.NOT_COVERED, Kind.RECIPIENT_SUSPENDED, Kind.RECHECKED})
"""Events without a drop; they change nothing about where one stands."""

FACTS = frozenset({Kind.READ, Kind.ACKNOWLEDGED, Kind.REMINDED, Kind.EARLY_ACK, Kind.EARLY_ACK_GONE})
"""What is known of a drop that counted, each once; they change nothing about where it stands. An early ACK file goes on
record right before the drop does."""

SIGHTINGS = frozenset({Kind.RETURNED, Kind.REPINNED})
"""What was seen of a drop on its host, as often as it is seen; they change nothing about where it stands either."""

BEFORE_COUNTING = frozenset({Kind.NAMING, Kind.TAKEN_EARLY})
"""What is known of a try, each once a rendering; they change nothing about where it stands."""

AT_REST = FACTS | SIGHTINGS | BEFORE_COUNTING
"""The events of a drop that change nothing about where it stands."""

REMOVAL: Mapping[Kind, Kind] = {
    Kind.WITHDRAWING: Kind.WITHDRAWN_FROM_HOST,
    Kind.EXPIRING: Kind.EXPIRED,
    Kind.RECALLING: Kind.RECALLED,
    Kind.MOVING: Kind.MOVED,
    Kind.SUSPENDING: Kind.SUSPENDED,
}
"""Why a drop is taken away, and how that ends."""

REPLACEABLE = frozenset({Kind.RECALLED, Kind.MOVED, Kind.SUSPENDED, Kind.DESTROYED, Kind.LOST})
"""Ends of a drop that counted, after which another drop of the same night may come."""

MAY_FOLLOW: Mapping[Kind | None, frozenset[Kind]] = {
    None: frozenset({Kind.INTENT}),
    Kind.INTENT: frozenset({Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.ABANDONED}),
    Kind.RELEASING: frozenset({Kind.INTENT, Kind.PUBLISHED}),
    Kind.PUBLISHED: frozenset({*REMOVAL, Kind.FETCHED, Kind.LOST, Kind.DESTROYED}),
    **{begun: frozenset({ended, Kind.FETCHED, Kind.DESTROYED}) for begun, ended in REMOVAL.items()},
    Kind.ABANDONED: frozenset({Kind.INTENT}),
    Kind.WITHDRAWN_FROM_HOST: frozenset(),
    Kind.EXPIRED: frozenset(),
    **dict.fromkeys(REPLACEABLE, frozenset({Kind.INTENT})),
    Kind.FETCHED: frozenset(),
}
"""The only steps a night's drop can make; what was published is never intended again, but for a replacement (see
REPLACEABLE), under a number of its own."""

UNFINISHED = frozenset({Kind.INTENT, Kind.RELEASING})
ON_HOST = frozenset({Kind.PUBLISHED, *REMOVAL})
DISCLOSED = ON_HOST | REPLACEABLE | {*REMOVAL.values(), Kind.FETCHED}
"""The recipient had it, or could have."""
MAY_BE_HELD = DISCLOSED | {Kind.TAKEN_EARLY}
"""Somebody may have what was rendered then. `TAKEN_EARLY` delivers nothing: it is never counted as a delivery."""
GONE = (DISCLOSED | {Kind.ABANDONED}) - ON_HOST
"""Nothing of it may lie on the host any more."""


@dataclass(frozen=True)
class Contents:
    """What a drop consists of, by name and SHA-256 (hex); `data` maps the data files' names to theirs.

    `place`: where it lies; None (a drop from before there was such a column): the place of the settings of today.
    `signed_by`: the fingerprint of the agency's key that signed the manifest; None from before drops were signed.
    `sizes`: the bytes of each file but the GO file, by name; None from before they were on record.
    """

    sequence: int
    stem: str
    rows: int
    data: Mapping[str, str]
    manifest: str
    manifest_sha256: str
    place: DropPlace | None = None
    signature_sha256: str | None = None
    signed_by: str | None = None
    sizes: Mapping[str, int] | None = None

    @classmethod
    def of(cls, drop: Drop, place: DropPlace | None = None) -> "Contents":
        data = {file.name: file.sha256 for file in drop.data}
        signature = drop.signature.sha256 if drop.signature else None
        manifest = drop.manifest.name, drop.manifest.sha256
        sizes = {file.name: file.bytes for file in drop.files}
        return cls(drop.sequence, drop.stem, drop.rows, data, *manifest, place, signature, drop.signed_by, sizes)

    @property
    def go_name(self) -> str:
        """As Drop.go_name."""
        return f"{self.stem}.GO"

    @property
    def ack_name(self) -> str:
        """The file by which the recipient says that it has the drop."""
        return f"{self.stem}.ACK"

    @property
    def hashes(self) -> dict[str, str]:
        """Name to SHA-256 of every file but the empty GO file: the manifest, its signature, then the data."""
        signature = {f"{self.manifest}.sig": self.signature_sha256} if self.signature_sha256 else {}
        return {self.manifest: self.manifest_sha256, **signature, **self.data}

    def size_of(self, name: str) -> int | None:
        """Bytes of one of its files; None where that is not on record. The GO file is empty."""
        return 0 if name == self.go_name else (self.sizes or {}).get(name)

    @property
    def fetched_by(self) -> tuple[str, ...]:
        """The data files by which it shows that the recipient has it: the change file adds nothing."""
        return tuple(name for name in self.data if is_list(name) or sheet_in(name))

    @property
    def put_order(self) -> tuple[str, ...]:
        """The names in the order in which they are put there, the GO file after them: the data before all else."""
        return (*self.data, *(name for name in self.hashes if name not in self.data))


@dataclass(frozen=True)
class Event:
    """One line of the history: written once, never changed. `at` is aware; `contents` is None for a remark.

    `window_ms`, of a publication alone: from the beginning of the final check to the end of the rename, where known.
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
    """Where a drop stands: its last event, every name it ever had on the host, and what else is known of it.

    `published_at`: when its publication went on record; None as long as it is not known to count.
    `was_whole`: whether each file but the GO file had its own name there, of a try that does not count, and we took
    none away since: an intent that follows `releasing` says no more than that it does not count; any other begins anew.
    """

    kbo: Kbo
    night: date
    kind: Kind
    contents: Contents
    names: frozenset[str]
    published_at: datetime | None = None
    facts: frozenset[Kind] = frozenset()
    was_whole: bool = False

    def after(self, event: Event) -> "NightDrop":
        """With one more event, whose contents are those of this drop's last rendering."""
        if event.kind is Kind.REPINNED and event.contents is not None:
            return replace(self, contents=event.contents)
        if event.kind in AT_REST or event.contents is None:
            return replace(self, facts=self.facts | {event.kind})
        does_not_count = event.kind is Kind.INTENT and self.kind is Kind.RELEASING
        was_whole = event.kind is Kind.RELEASING or does_not_count
        return replace(
            self,
            kind=event.kind,
            contents=event.contents,
            names=self.names | event.contents.hashes.keys(),
            published_at=event.at if event.kind is Kind.PUBLISHED else self.published_at,
            facts=self.facts if was_whole else self.facts - BEFORE_COUNTING,
            was_whole=was_whole,
        )

    @property
    def may_be_named(self) -> bool:
        """Whether a file of it may have its own name, so that somebody can take it; and we took none away since."""
        return self.was_whole or Kind.NAMING in self.facts

    @property
    def has_early_ack(self) -> bool:
        """Whether the ACK file that may lie there lay there before the drop counted."""
        return Kind.EARLY_ACK in self.facts and Kind.EARLY_ACK_GONE not in self.facts

    @property
    def was_taken_in(self) -> bool:
        """Whether the recipient is known to have it, wherever it is now."""
        return self.kind is Kind.FETCHED or bool(self.facts & {Kind.READ, Kind.ACKNOWLEDGED})


@dataclass(frozen=True)
class DeliveryState:
    """What is on record about one recipient, seen from one night. `drops` are in the order of nights and numbers."""

    night: date
    drops: tuple[NightDrop, ...] = ()
    remarks: frozenset[tuple[Kind, str]] = field(default_factory=frozenset)
    """Kind and run of each remark on this night; that it was followed up holds for its last drop alone."""
    next_sequence: int = 1

    @property
    def tonight(self) -> NightDrop | None:
        """This night's drop, if it was ever begun: its newest replacement, if there are any."""
        return next((drop for drop in reversed(self.drops) if drop.night == self.night), None)

    @property
    def counted(self) -> NightDrop | None:
        """The newest of this night's drops that counted."""
        of_night = (drop for drop in reversed(self.drops) if drop.night == self.night)
        return next((drop for drop in of_night if drop.kind in DISCLOSED), None)

    @property
    def published(self) -> bool:
        """Whether this night's drop counted: it is never sent again."""
        return self.counted is not None

    @property
    def to_replace(self) -> NightDrop | None:
        """This night's drop that ended in a way after which a replacement may come, until one counts."""
        return self.counted if self.counted and self.counted.kind in REPLACEABLE else None

    @property
    def rechecked(self) -> bool:
        """Whether somebody looked again after this night's drop counted."""
        return any(kind is Kind.RECHECKED for kind, _ in self.remarks)

    @property
    def overtaken(self) -> bool:
        """Whether a drop of a newer night counted: one that was only begun overtakes nobody."""
        return any(drop.night > self.night and drop.kind in DISCLOSED for drop in self.drops)

    @property
    def sequence(self) -> int:
        """This night's number: the one it was begun with, or the recipient's next.

        The next one for a replacement, and once an older night counted under a higher number than the one begun with:
        whatever comes to count has a higher number than all that counted before.
        """
        counted = max((drop.contents.sequence for drop in self.drops if drop.kind in DISCLOSED), default=0)
        begun = self.tonight.contents.sequence if self.tonight else 0
        if self.tonight and self.tonight.kind in DISCLOSED - REPLACEABLE:
            return begun
        may_go_on = self.tonight and self.tonight.kind not in REPLACEABLE and begun > counted
        return begun if may_go_on else self.next_sequence

    @property
    def previous_manifest_sha256(self) -> str | None:
        """Of the newest drop that counted before this night's: the recipient can follow the chain of manifests."""
        here = (self.night, self.sequence)
        earlier = [one for one in self.drops if (one.night, one.contents.sequence) < here and one.kind in DISCLOSED]
        return earlier[-1].contents.manifest_sha256 if earlier else None

    @property
    def taken_in(self) -> NightDrop | None:
        """The newest drop that the recipient is known to have, of whatever night."""
        known = (drop for drop in self.drops if drop.was_taken_in)
        return max(known, key=lambda drop: drop.contents.sequence, default=None)

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
        newest = next((drop for drop in reversed(self.drops) if drop.kind in DISCLOSED), None)
        return tuple(drop for drop in self.on_host if drop != newest or drop.kind in REMOVAL)

    def after(self, later: Iterable[Event], lowest: int = 1) -> "DeliveryState":
        """With what came later in the recipient's history, given in the order it was written.

        `lowest`: the next number is not below it (pipeline/ledger/restoration.py).
        """
        drops = {(drop.night, drop.contents.sequence): drop for drop in self.drops}
        remarks = set(self.remarks)
        for event in later:
            if event.contents is not None:
                key = event.night, event.contents.sequence
                begun = drops.get(key) or NightDrop(event.kbo, event.night, event.kind, event.contents, frozenset())
                drops[key] = begun.after(event)
            elif event.night == self.night:
                remarks.add((event.kind, event.run))
            if event.night == self.night and event.kind is Kind.PUBLISHED:
                remarks = {(kind, run) for kind, run in remarks if kind is not Kind.RECHECKED}
        highest = max((drop.contents.sequence for drop in drops.values()), default=0)
        ordered = tuple(drops[key] for key in sorted(drops))
        return DeliveryState(self.night, ordered, frozenset(remarks), max(highest + 1, lowest))


def delivery_state(history: Iterable[Event], night: date, lowest: int = 1) -> DeliveryState:
    """Where a recipient's delivery of `night` stands after its history; as `DeliveryState.after`."""
    return DeliveryState(night).after(history, lowest)


def drop_of_event(event: Event, drops: Iterable[NightDrop]) -> NightDrop | None:
    """The drop that an event would go on from: of an intent the night's newest, else the one with its number."""
    of_night = [drop for drop in drops if drop.night == event.night]
    if event.kind is not Kind.INTENT and event.contents is not None:
        of_night = [drop for drop in of_night if drop.contents.sequence == event.contents.sequence]
    return of_night[-1] if of_night else None


def event_may_follow(event: Event, last: NightDrop | None) -> bool:
    """Whether `event` may be written after the last one of its drop: a task that was overtaken may not go on."""
    if event.contents is None:
        return event.kind in REMARKS
    same = last is None or event.contents == last.contents
    if event.kind in FACTS:
        counts = DISCLOSED | (UNFINISHED if event.kind is Kind.EARLY_ACK else frozenset())
        return last is not None and last.kind in counts and same and event.kind not in last.facts
    if event.kind in BEFORE_COUNTING:
        return last is not None and last.kind in UNFINISHED and same and event.kind not in last.facts
    if event.kind is Kind.RETURNED:
        return last is not None and last.kind in GONE and same
    if event.kind is Kind.REPINNED:
        return last is not None and last.kind in ON_HOST and _is_under_another_key(event.contents, last.contents)
    if event.kind is not Kind.INTENT:
        return event.kind in MAY_FOLLOW[last.kind if last else None] and same
    return event.kind in MAY_FOLLOW[last.kind if last else None] and _numbered(event.contents, last)


def _numbered(contents: Contents, last: NightDrop | None) -> bool:
    """A try keeps its night's number; a replacement takes a higher one, and a try after one that was abandoned may."""
    if last is None:
        return True
    is_higher, is_same = contents.sequence > last.contents.sequence, contents.sequence == last.contents.sequence
    return is_higher if last.kind in REPLACEABLE else is_same or (is_higher and last.kind is Kind.ABANDONED)


def _is_under_another_key(contents: Contents, before: Contents) -> bool:
    """Whether nothing but the key of the host is another than before."""
    new, old = contents.place, before.place
    return new is not None and new.differs_by_key(old) and replace(before, place=new) == contents


_IN_A_DROP = re.compile(r"\.(indicatoren-[0-9]{4}-[0-9]+)\.[a-z.]+$")


def sheet_in(name: str) -> str | None:
    """Which sheet a drop's file is, by name; None for the list itself."""
    found = _IN_A_DROP.search(name)
    return found[1] if found else None


CHANGE_FILE = "wijzigingen"
"""In the name of a drop's change file, between the stem and the format (pipeline/delivery/change_file.py)."""


def is_list(name: str) -> bool:
    """Whether a drop's data file is the list itself, in some format: neither a sheet nor the change file."""
    return sheet_in(name) is None and f".{CHANGE_FILE}." not in name

"""Withdrawal notices: which references a recipient is told to use no more, and how far each notice came. Pure.

A notice lists every withdrawal that was on record and in no notice when it was begun. It goes through these steps:

    intent --> releasing --> published --+--> acknowledged
       |           |             |       |
       +-----------+-------------+--> gone

One that is gone before its acknowledgement may have been fetched or lost: a repeat says the same, under a number of its
own (pipeline/ledger/notice_series.py). As with a drop (pipeline/ledger/events.py) a step is written before the act that
it allows, so that a process killed anywhere neither loses a notice nor sends it twice under one number. A notice is
never taken back: a parent who was withdrawn stays withdrawn for every drop up to then. A parent who is released again
is in a newer drop, and counts by that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pipeline.core.model import Kbo
from pipeline.ledger.drop_place import DropPlace


class Step(StrEnum):
    """How far a notice came."""

    INTENT = "intent"
    """Its number is taken and its lines are settled; files may lie on the host, but none of them counts."""
    RELEASING = "releasing"
    """Its file, manifest and signature are on the host, read back and right; the GO file may be there."""
    PUBLISHED = "published"
    """All its files were seen at their place, whole: the recipient was told."""
    GONE = "gone"
    """It is not at its place any more, or never was seen there whole: the recipient may have it or not."""
    ACKNOWLEDGED = "acknowledged"
    """The recipient put its ACK file there, or that of another notice that says the same."""
    EARLY_ACK = "early_ack"
    """An ACK file lay there when it began to count: that file tells nothing, and another only once it was seen gone."""
    EARLY_ACK_GONE = "early_ack_gone"
    """The ACK file that lay there too early is gone: the next one tells."""
    REPINNED = "repinned"
    """It lies there whole, before the same account and folder, under another host key: that is its place now."""


UNFINISHED = frozenset({Step.INTENT, Step.RELEASING})
UNANSWERED = frozenset({Step.PUBLISHED, Step.GONE})
NOTES = frozenset({Step.EARLY_ACK, Step.EARLY_ACK_GONE, Step.REPINNED})
"""What is known of a notice, each once, and REPINNED for each key; they change nothing about how far it came."""

MAY_FOLLOW: Mapping[Step | None, frozenset[Step]] = {
    None: frozenset({Step.INTENT}),
    Step.INTENT: frozenset({Step.INTENT, Step.RELEASING, Step.GONE}),
    Step.RELEASING: frozenset({Step.INTENT, Step.PUBLISHED, Step.GONE}),
    Step.PUBLISHED: frozenset({Step.GONE, Step.ACKNOWLEDGED}),
    Step.GONE: frozenset({Step.ACKNOWLEDGED}),
    Step.ACKNOWLEDGED: frozenset(),
}
"""The only steps that a notice can make."""


@dataclass(frozen=True)
class NoticeLine:
    """One withdrawal in a notice, or still to be told: its number on record, the reference, and when it was found."""

    withdrawal: int
    reference: str
    found_at: datetime


@dataclass(frozen=True)
class NoticeEvent:
    """One line of the history of a recipient's notices. `at` is aware; `file`, `sha256`, `rows`: as last rendered.

    `repeats`: the number of the first notice that said the same; None of a first one. `signed_by`: the fingerprint of
    the key that signed its manifest. That and the two hashes are None of a notice from before notices had manifests.
    `sizes`: the bytes of each file but the GO file, by name; None as long as they are not on record.
    """

    kbo: Kbo
    number: int
    step: Step
    run: str
    at: datetime
    stem: str
    file: str
    sha256: str
    rows: int
    place: DropPlace | None = None
    repeats: int | None = None
    manifest_sha256: str | None = None
    signature_sha256: str | None = None
    signed_by: str | None = None
    sizes: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Notice:
    """Where a notice stands. Instants are None for what is not on record yet; `put_at`: when it was last put there.

    `place`: where it lies, None when that is not on record. `repeats` and what comes after `notes`: as of NoticeEvent.
    """

    kbo: Kbo
    number: int
    step: Step
    stem: str
    file: str
    sha256: str
    rows: int
    published_at: datetime | None = None
    acknowledged_at: datetime | None = None
    place: DropPlace | None = None
    repeats: int | None = None
    put_at: datetime | None = None
    notes: frozenset[Step] = frozenset()
    manifest_sha256: str | None = None
    signature_sha256: str | None = None
    signed_by: str | None = None
    sizes: Mapping[str, int] | None = None

    @property
    def first(self) -> int:
        """The number of the first notice that says this; its lines are those of the repeats too."""
        return self.repeats or self.number

    @property
    def night(self) -> date:
        """The date in its name: of when it was begun."""
        return date.fromisoformat(self.stem.split("_")[3])

    @property
    def go_name(self) -> str:
        return f"{self.stem}.GO"

    @property
    def manifest_name(self) -> str:
        return f"{self.stem}.datapackage.json"

    @property
    def signature_name(self) -> str:
        return f"{self.manifest_name}.sig"

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 (hex) on record of each of its files but the GO file, by name; before it was rendered none."""
        own = {self.file: self.sha256, self.manifest_name: self.manifest_sha256}
        known = own | {self.signature_name: self.signature_sha256}
        return {name: sha256 for name, sha256 in known.items() if name and sha256}

    def size_of(self, name: str) -> int | None:
        """Bytes of one of its files; None where that is not on record. The GO file is empty."""
        return 0 if name == self.go_name else (self.sizes or {}).get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Its files, in the order in which they are removed: without its GO file it does not count."""
        return self.go_name, *self.hashes

    @property
    def is_signed(self) -> bool:
        return self.signature_sha256 is not None

    @property
    def ack_name(self) -> str:
        """The file by which the recipient says that it did what the notice asks."""
        return f"{self.stem}.ACK"

    @property
    def is_sent(self) -> bool:
        """Whether the notice came to count."""
        return self.published_at is not None

    @property
    def has_early_ack(self) -> bool:
        """Whether the ACK file that may lie there lay there before the notice counted."""
        return Step.EARLY_ACK in self.notes and Step.EARLY_ACK_GONE not in self.notes

    def event(self, run: str, at: datetime, note: Step | None = None) -> NoticeEvent:
        """The step that this notice has reached, or a note on it, as the line of its history."""
        own = {"stem": self.stem, "place": self.place, "repeats": self.repeats} | _rendered(self)
        return NoticeEvent(self.kbo, self.number, note or self.step, run, at, **own)

    def after(self, event: NoticeEvent) -> "Notice":
        """With one more event."""
        if event.step in NOTES:
            place = event.place if event.step is Step.REPINNED else self.place
            return replace(self, notes=self.notes | {event.step}, place=place)
        now = replace(self, step=event.step, place=event.place or self.place, **_rendered(event))
        match event.step:
            case Step.RELEASING:
                return replace(now, put_at=event.at)
            case Step.PUBLISHED:
                return replace(now, put_at=event.at, published_at=event.at)
            case Step.ACKNOWLEDGED:
                return replace(now, acknowledged_at=event.at)
        return now


def _rendered(one: NoticeEvent | Notice) -> dict[str, Any]:
    """What may differ each time that a notice is rendered."""
    names = ("file", "sha256", "rows", "manifest_sha256", "signature_sha256", "signed_by", "sizes")
    return {name: getattr(one, name) for name in names}


def stem_of(kbo: Kbo, night: date, number: int, repeats: int | None = None) -> str:
    """The name that its files share: type, sender, recipient, date and number. No two notices have the same.

    That of a repeat also names the first notice.
    """
    named = f"_HERHAALT_{repeats:06}" if repeats else ""
    return f"INTREKKING_OPGROEIEN_{kbo}_{night:%Y%m%d}_{number:06}{named}"


def notices_after(history: Iterable[NoticeEvent]) -> tuple[Notice, ...]:
    """A recipient's notices after their history, given in the order it was written; by number."""
    found: dict[int, Notice] = {}
    for one in history:
        begun = Notice(one.kbo, one.number, one.step, one.stem, repeats=one.repeats, **_rendered(one))
        found[one.number] = found.get(one.number, begun).after(one)
    return tuple(found[number] for number in sorted(found))


def notice_may_follow(event: NoticeEvent, notices: Sequence[Notice], next_number: int | None = None) -> bool:
    """Whether `event` may be written now: a task that was overtaken may not go on, and no number is left out.

    `next_number`: of a new notice, where it is not the one after the last (numbers before it were used, or have names
    that are taken before the recipient).
    """
    last = next((one for one in notices if one.number == event.number), None)
    if last is None:
        is_next = event.number == (next_number or max((one.number for one in notices), default=0) + 1)
        return event.step is Step.INTENT and is_next and _may_repeat(event.repeats, notices)
    is_same = _rendered(event) == _rendered(last)
    if (event.stem, event.repeats) != (last.stem, last.repeats) or not (is_same or event.step is Step.INTENT):
        return False
    if event.step is Step.REPINNED:
        is_another = event.place is not None and event.place.differs_by_key(last.place)
        return last.step is Step.PUBLISHED and is_another
    if event.step in NOTES:
        return event.step not in last.notes and last.step is not Step.ACKNOWLEDGED
    return event.step in MAY_FOLLOW[last.step]


def _may_repeat(first: int | None, notices: Sequence[Notice]) -> bool:
    """Whether a new notice may say again what the first one said: none that does is unfinished or was acknowledged."""
    same = {one.step for one in notices if one.first == first}
    return first is None or (bool(same) and not (UNFINISHED | {Step.ACKNOWLEDGED}) & same)

"""Withdrawal notices: which references a recipient is told to use no more, and how far each notice came. Pure.

A notice lists every withdrawal that was on record and in no notice when it was begun. It goes through these steps:

    intent --> releasing --> published --> acknowledged

As with a drop (pipeline/ledger/events.py) a step is written before the act that it allows, so that a process killed
anywhere neither loses a notice nor sends it twice. A notice is never taken back: a parent who was withdrawn stays
withdrawn for every drop up to then. A parent who is released again is in a newer drop, and counts by that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from pipeline.core.model import Kbo
from pipeline.ledger.drop_place import DropPlace


class Step(StrEnum):
    """How far a notice came."""

    INTENT = "intent"
    """Its number is taken and its lines are settled; a file may lie on the host, but it does not count."""
    RELEASING = "releasing"
    """Its file is on the host, read back and right; the GO file may be there."""
    PUBLISHED = "published"
    """The GO file was put: the recipient may have had it from here on."""
    ACKNOWLEDGED = "acknowledged"
    """The recipient put its ACK file there."""


MAY_FOLLOW: Mapping[Step | None, frozenset[Step]] = {
    None: frozenset({Step.INTENT}),
    Step.INTENT: frozenset({Step.INTENT, Step.RELEASING}),
    Step.RELEASING: frozenset({Step.INTENT, Step.PUBLISHED}),
    Step.PUBLISHED: frozenset({Step.ACKNOWLEDGED}),
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
    """One line of the history of a recipient's notices. `at` is aware; `file`, `sha256`, `rows`: as last rendered."""

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


@dataclass(frozen=True)
class Notice:
    """Where a notice stands. Instants are None for what is not on record yet; so is `place`, where it lies."""

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

    @property
    def go_name(self) -> str:
        return f"{self.stem}.GO"

    @property
    def ack_name(self) -> str:
        """The file by which the recipient says that it did what the notice asks."""
        return f"{self.stem}.ACK"

    @property
    def is_sent(self) -> bool:
        """Whether the notice came to count."""
        return self.step in (Step.PUBLISHED, Step.ACKNOWLEDGED)

    def event(self, run: str, at: datetime) -> NoticeEvent:
        """The step that this notice has reached, as the line of its history."""
        return NoticeEvent(self.kbo, self.number, self.step, run, at, self.stem, self.file, self.sha256, self.rows)

    def overdue_since(self, days: float, now: datetime) -> datetime | None:
        """When it should have been acknowledged, `days` after it counted; None while that is not past."""
        due = self.published_at + timedelta(days=days) if self.published_at else now
        return due if due < now and self.step is Step.PUBLISHED else None


def stem_of(kbo: Kbo, night: date, number: int) -> str:
    """The name that its files share: type, sender, recipient, date and number. No two notices have the same."""
    return f"INTREKKING_OPGROEIEN_{kbo}_{night:%Y%m%d}_{number:06}"


def notices_after(history: Iterable[NoticeEvent]) -> tuple[Notice, ...]:
    """A recipient's notices after their history, given in the order it was written; by number."""
    found: dict[int, Notice] = {}
    for one in history:
        before = found.get(one.number)
        begun = before or Notice(one.kbo, one.number, one.step, one.stem, one.file, one.sha256, one.rows)
        now = replace(begun, step=one.step, file=one.file, sha256=one.sha256, rows=one.rows)
        now = replace(now, place=one.place or now.place)
        if one.step is Step.PUBLISHED:
            now = replace(now, published_at=one.at)
        if one.step is Step.ACKNOWLEDGED:
            now = replace(now, acknowledged_at=one.at)
        found[one.number] = now
    return tuple(found[number] for number in sorted(found))


def notice_may_follow(event: NoticeEvent, notices: Sequence[Notice]) -> bool:
    """Whether `event` may be written now: a task that was overtaken may not go on, and no number is left out."""
    last = next((one for one in notices if one.number == event.number), None)
    if event.step not in MAY_FOLLOW[last.step if last else None]:
        return False
    if last is None:
        return event.number == len(notices) + 1
    same = (event.file, event.sha256, event.rows) == (last.file, last.sha256, last.rows)
    return event.stem == last.stem and (same or event.step is Step.INTENT)

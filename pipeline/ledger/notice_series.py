"""A notice and its repeats: when the next one is due, when a person must call, and since when it is overdue. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.core.model import Kbo
from pipeline.ledger.notices import UNFINISHED, Notice, Step

REPEATS = 3
"""So often a notice that is gone is said again by itself; then a person calls."""
BETWEEN = timedelta(days=1)


@dataclass(frozen=True)
class NoticeResend:
    """A person asks for one more repeat of the notice `first`; `newest`: the last number that said so by then."""

    kbo: Kbo
    first: int
    newest: int
    at: datetime
    who: str
    reason: str


@dataclass(frozen=True)
class NoticeSeries:
    """The notices that say the same, by number, and who asked for a repeat."""

    notices: tuple[Notice, ...]
    resends: tuple[NoticeResend, ...] = ()

    @property
    def first(self) -> int:
        """The number of the first one."""
        return self.notices[0].number

    @property
    def newest(self) -> Notice:
        return self.notices[-1]

    @property
    def is_acknowledged(self) -> bool:
        return any(notice.step is Step.ACKNOWLEDGED for notice in self.notices)

    @property
    def published_at(self) -> datetime | None:
        """When the recipient was told for the first time; None when it never was."""
        return min((notice.published_at for notice in self.notices if notice.published_at), default=None)

    @property
    def told(self) -> Notice:
        """The first one, with the instant at which any of them told the recipient."""
        return replace(self.notices[0], published_at=self.published_at)

    @property
    def is_asked_for(self) -> bool:
        """Whether a person asked for a repeat that was not begun yet."""
        return any(resend.newest == self.newest.number for resend in self.resends)

    @property
    def must_be_called(self) -> bool:
        """Whether its last repeat is gone too, unacknowledged: no file tells the recipient any more."""
        is_over = not self.is_acknowledged and not self.is_asked_for and self.newest.step is Step.GONE
        return is_over and self._repeated >= REPEATS

    def repeat_is_due(self, now: datetime) -> bool:
        """Whether to say it again: once a day at most, and at once when nobody ever saw it whole at its place."""
        if self.is_acknowledged or self.newest.step in UNFINISHED:
            return False
        if self.is_asked_for:
            return True
        if self.newest.step is not Step.GONE or self._repeated >= REPEATS:
            return False
        was_never_seen = len(self.notices) == 1 and self.published_at is None
        return was_never_seen or self.newest.put_at is None or now >= self.newest.put_at + BETWEEN

    def overdue_since(self, days: float, now: datetime) -> datetime | None:
        """When it should have been acknowledged, `days` after it first counted; None while that is not past."""
        due = self.published_at + timedelta(days=days) if self.published_at else now
        return due if due < now and not self.is_acknowledged else None

    @property
    def _repeated(self) -> int:
        """How often it was said again without a person asking."""
        return len(self.notices) - 1 - len(self.resends)


def notice_series(notices: Sequence[Notice], resends: Iterable[NoticeResend] = ()) -> tuple[NoticeSeries, ...]:
    """A recipient's notices, those that say the same together; by the number of the first."""
    asked = tuple(resends)
    return tuple(
        NoticeSeries(
            tuple(notice for notice in notices if notice.first == first),
            tuple(resend for resend in asked if resend.first == first),
        )
        for first in sorted({notice.first for notice in notices})
    )


def manifest_before(notices: Iterable[Notice], number: int) -> str | None:
    """The SHA-256 of the manifest of the notice before that number that counts or may have counted; None for none.

    One whose GO file may have been there is in the chain, seen to count or not: the recipient may have it.
    """
    put = {one.number: one.manifest_sha256 for one in notices if one.put_at and one.manifest_sha256}
    before = [known for known in put if known < number]
    return put[max(before)] if before else None


def is_overtaken(notices: Iterable[Notice], number: int) -> bool:
    """Whether a notice of a later number was put: another manifest under this one's number would break the chain."""
    return any(one.number > number and one.put_at for one in notices)

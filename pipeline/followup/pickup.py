"""After a drop counts: what the recipient did with it, and what is done with one that nobody fetched.

One visit to one recipient, which needs no agency: who fetched, read or acknowledged goes on record; what lay there too
long, or holds a parent who may not be used any more, is taken away. Who fetched nothing for too long is reminded
(pipeline/followup/remind.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.delivery.ports import Host
from pipeline.delivery.publish import connected, settle
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.session import HostSession, Task
from pipeline.ledger.events import DISCLOSED, Kind, NightDrop, Standing
from pipeline.ledger.notices import Notice, Step

ACK = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_[0-9A-Za-z_]+\.ACK")
"""By `<stem>.ACK`, empty or not, a recipient says that it has a drop, or did what a notice asks."""

Reads = Mapping[str, frozenset[int]]
"""By file name, how many bytes the recipient was seen to read of it at once, by the host's log."""


@dataclass(frozen=True)
class Tended:
    """What one visit put on record."""

    fetched: int = 0
    read: int = 0
    acknowledged: int = 0
    notices_acknowledged: int = 0
    expired: int = 0
    recalled: int = 0


def tend(task: Task, host: Host, recipient: RecipientSettings, reads: Callable[[], Reads]) -> Tended:
    """Connects only when something of ours may lie there, or may be answered.

    Raises DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable; may be repeated after any of them.
    """
    now = task.clock()
    if not is_open(task.standing(), task.log.notices(), recipient.expire_after_days, now):
        return Tended()
    with connected(task, host) as session:
        return Care(session, recipient, now).tend(reads())


def is_open(standing: Standing, notices: Sequence[Notice], days: float, now: datetime) -> bool:
    """Whether there is anything to look after: on the host, not settled, or still to be acknowledged."""
    lately = now - timedelta(days=days)
    answerable = [drop for drop in standing.drops if drop.published_at and drop.published_at >= lately]
    unanswered = [one for one in notices if one.step is Step.PUBLISHED]
    cleared_lately = [one for one in notices if one.acknowledged_at and one.acknowledged_at >= lately]
    return bool(standing.on_host or standing.unfinished or answerable or unanswered or cleared_lately)


def waiting_since(standing: Standing) -> datetime | None:
    """Since when the recipient fetched nothing: a drop that was replaced by its successor was not fetched either.

    None when it has its newest drop, or nothing lies there.
    """
    counted = [drop for drop in standing.drops if drop.kind in DISCLOSED]
    since: datetime | None = None
    for drop in counted:
        since = None if drop.was_taken_in else since or drop.published_at
    return since if standing.on_host else None


@dataclass(frozen=True)
class Care:
    """One visit to one recipient's folder, at one instant."""

    session: HostSession
    recipient: RecipientSettings
    now: datetime

    def tend(self, reads: Reads) -> Tended:
        """Whatever a recipient says itself comes before what we conclude."""
        task = self.session.task
        settle(self.session)
        acks = self.session.folder.matching(ACK)
        acknowledged = [self._acknowledged(drop) for drop in task.standing().drops if _ack(drop) in acks]
        notices = [self._notice_acknowledged(one) for one in task.log.notices() if one.ack_name in acks]
        fetched = [self.session.record_if_fetched(drop) for drop in task.standing().on_host]
        read = [self._read(drop, reads) for drop in task.standing().on_host]
        recalled = [self._recalled(drop) for drop in task.standing().on_host]
        expired = [self._expired(drop) for drop in task.standing().on_host]
        return Tended(
            fetched=sum(fetched),
            read=sum(read),
            acknowledged=sum(acknowledged),
            notices_acknowledged=sum(notices),
            recalled=sum(recalled),
            expired=sum(expired),
        )

    def _acknowledged(self, drop: NightDrop) -> bool:
        """On record before the file goes; of a drop that never counted the file stays for a person to look at."""
        new = drop.kind in DISCLOSED and Kind.ACKNOWLEDGED not in drop.facts
        if new:
            self._record(drop, Kind.ACKNOWLEDGED)
        if drop.kind in DISCLOSED:
            self.session.folder.remove(_ack(drop))
        return new

    def _notice_acknowledged(self, notice: Notice) -> bool:
        """On record before anything goes, and the ACK file last: a task that is cut off begins anew."""
        task, new = self.session.task, notice.step is Step.PUBLISHED
        if new:
            task.log.record_notice(replace(notice, step=Step.ACKNOWLEDGED).event(task.run, self.now))
        if new or notice.step is Step.ACKNOWLEDGED:
            for name in (notice.go_name, notice.file, notice.ack_name):
                self.session.folder.remove(name)
        return new

    def _read(self, drop: NightDrop, reads: Reads) -> bool:
        """By the host's log; that it still lies there changes nothing about it."""
        if drop.kind is not Kind.PUBLISHED or Kind.READ in drop.facts or not drop.contents.data.keys() <= reads.keys():
            return False
        if any(self.session.folder.stat(name) not in reads[name] for name in drop.contents.data):
            return False
        self._record(drop, Kind.READ)
        return True

    def _recalled(self, drop: NightDrop) -> bool:
        """Whoever was withdrawn since it counted is in it: read or not, it does not stay."""
        if not self.session.task.log.withdrawn_from(drop.contents):
            return False
        return self.session.remove_drop(drop, Kind.RECALLING)

    def _expired(self, drop: NightDrop) -> bool:
        if drop.published_at is None or self.now < drop.published_at + timedelta(days=self.recipient.expire_after_days):
            return False
        return self.session.remove_drop(drop, Kind.EXPIRING)

    def _record(self, drop: NightDrop, kind: Kind) -> None:
        self.session.task.record(drop.night, kind, drop.contents)


def _ack(drop: NightDrop) -> str:
    return f"{drop.contents.stem}.ACK"

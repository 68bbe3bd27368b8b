"""Record what a recipient did with its drops and notices, and take away the drops that may not stay.

One connection to one recipient's host; the agency's database is not needed. A drop is taken away when its days on the
host have passed, or when one of its parents was withdrawn since. `pipeline/followup/remind.py` sends the reminders.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.core.model import Kbo
from pipeline.delivery.ports import Host
from pipeline.delivery.publish import settle
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.session import HostSession, Task
from pipeline.delivery.visit import connected
from pipeline.ledger.events import DISCLOSED, DeliveryState, Kind, NightDrop
from pipeline.ledger.notices import Notice, Step

ACK = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_[0-9A-Za-z_]+\.ACK")
"""A recipient puts `<stem>.ACK`, empty or not, to say that it has a drop or did what a notice asks."""

ReadSizes = Mapping[str, frozenset[int]]
"""Bytes that the recipient read of a file at once, by file name, from the host's log."""


@dataclass(frozen=True)
class FollowupResult:
    """Counts of what one follow-up of one recipient put on record.

    `moved`, `suspended`: taken away from a former place, or from a recipient that is suspended; `returned`, `lost`:
    drops that a host put back from a backup has again, or has no more. `notices` counts those sent,
    `withdrawals` the new ones; `replaced` is the stem of a recalled drop's replacement.
    """

    kbo: Kbo
    fetched: int = 0
    read: int = 0
    acknowledged: int = 0
    notices_acknowledged: int = 0
    expired: int = 0
    recalled: int = 0
    reminded: int = 0
    moved: int = 0
    suspended: int = 0
    returned: int = 0
    lost: int = 0
    notices: int = 0
    withdrawals: int = 0
    replaced: str | None = None

    @property
    def counts(self) -> dict[str, Any]:
        """Every count by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}

    def __add__(self, other: "FollowupResult") -> "FollowupResult":
        """The counts of both, for the same recipient."""
        return replace(self, **{name: count + other.counts[name] for name, count in self.counts.items()})


def process_pickups(
    task: Task, host: Host, recipient: RecipientSettings, reads: Callable[[], ReadSizes]
) -> FollowupResult:
    """Connect only when a file of ours may lie on the host, or an acknowledgement may come.

    The recipient's own acts (acknowledged, fetched, read) are recorded before a drop is recalled or expires.
    Raises DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable; may be repeated after any of them.
    """
    now = task.clock()
    if not needs_followup(task.delivery_state(), task.log.notices(), recipient.expire_after_days, now):
        return FollowupResult(task.kbo)
    counts: dict[str, Any] = defaultdict(int)
    with connected(task, host) as session:
        read_sizes = reads()
        settle(session)
        counts["returned"], counts["lost"] = session.returned, session.lost
        counts["acknowledged"], counts["notices_acknowledged"] = record_acknowledgements(session)
        for drop in _lying(session):
            if session.record_if_fetched(drop):
                counts["lost" if task.nobody_came(drop) else "fetched"] += 1
        for drop in _lying(session):
            counts["read"] += _record_read(session, drop, read_sizes)
        for drop in _lying(session):
            counts["recalled"] += _recall_withdrawn(session, drop)
        for drop in _lying(session):
            counts["expired"] += _expire(session, drop, now - timedelta(days=recipient.expire_after_days))
    return FollowupResult(task.kbo, **counts)


def _lying(session: HostSession) -> Sequence[NightDrop]:
    """The drops that lie here: of one elsewhere this folder says nothing."""
    return session.those_here(session.task.delivery_state().on_host)


def record_acknowledgements(session: HostSession) -> tuple[int, int]:
    """Take in each ACK file that lies here; how many drops and how many notices were acknowledged."""
    task, acks, drops, notices = session.task, session.folder.matching(ACK), 0, 0
    for drop in task.delivery_state().drops:
        if _ack_name(drop) in acks:
            drops += _record_acknowledgement(session, drop)
    for notice in task.log.notices():
        if notice.ack_name in acks:
            notices += _record_notice_acknowledgement(session, notice, task.clock())
    return drops, notices


def needs_followup(standing: DeliveryState, notices: Sequence[Notice], days: float, now: datetime) -> bool:
    """Whether a drop lies on the host or is unfinished, or an acknowledgement may come within `days`."""
    earliest = now - timedelta(days=days)
    is_recent = any(drop.published_at and drop.published_at >= earliest for drop in standing.drops)
    is_answerable = any(
        notice.step is Step.PUBLISHED or (notice.acknowledged_at and notice.acknowledged_at >= earliest)
        for notice in notices
    )
    return bool(standing.on_host or standing.unfinished or is_recent or is_answerable)


def waiting_since(standing: DeliveryState) -> datetime | None:
    """The instant from which the recipient fetched nothing: a drop that its successor replaced was not fetched either.

    None when the recipient has its newest drop, or no drop lies on the host.
    """
    since: datetime | None = None
    for drop in standing.drops:
        if drop.kind in DISCLOSED:
            since = None if drop.was_taken_in else since or drop.published_at
    return since if standing.on_host else None


def _record_acknowledgement(session: HostSession, drop: NightDrop) -> bool:
    """Record first, remove the ACK file after. For a drop that never counted, leave the file for a person to see."""
    if drop.kind not in DISCLOSED:
        return False
    is_new = Kind.ACKNOWLEDGED not in drop.facts
    if is_new:
        session.task.record(drop.night, Kind.ACKNOWLEDGED, drop.contents)
    session.folder.remove(_ack_name(drop))
    return is_new


def _record_notice_acknowledgement(session: HostSession, notice: Notice, now: datetime) -> bool:
    """Record first, and remove the ACK file last, so that a task that is cut off begins anew."""
    is_new = notice.step is Step.PUBLISHED
    if is_new:
        notice = replace(notice, step=Step.ACKNOWLEDGED)
        session.task.log.record_notice(notice.event(session.task.run, now))
    if notice.step is Step.ACKNOWLEDGED:
        for name in (notice.go_name, notice.file, notice.ack_name):
            session.folder.remove(name)
    return is_new


def _record_read(session: HostSession, drop: NightDrop, read_sizes: ReadSizes) -> bool:
    """Record a drop whose data files were each read whole, by the host's log. The drop stays on the host."""
    names = drop.contents.data
    if drop.kind is not Kind.PUBLISHED or Kind.READ in drop.facts or not names.keys() <= read_sizes.keys():
        return False
    if any(session.folder.stat(name) not in read_sizes[name] for name in names):
        return False
    session.task.record(drop.night, Kind.READ, drop.contents)
    return True


def _recall_withdrawn(session: HostSession, drop: NightDrop) -> bool:
    """Take away a drop, read or not, that holds a parent who was withdrawn since the drop counted."""
    return bool(session.task.log.withdrawn_from(drop.contents)) and session.remove_drop(drop, Kind.RECALLING)


def _expire(session: HostSession, drop: NightDrop, latest: datetime) -> bool:
    """Take away a drop that was published at `latest` or before."""
    if drop.published_at is None or drop.published_at > latest:
        return False
    return session.remove_drop(drop, Kind.EXPIRING)


def _ack_name(drop: NightDrop) -> str:
    return f"{drop.contents.stem}.ACK"

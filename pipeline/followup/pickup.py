"""Record what a recipient did with its drops and notices, and take away the drops that may not stay.

One connection to one recipient's host; the agency's database is not needed. A drop is taken away when its days on the
host have passed, or when one of its parents was withdrawn, or said no to the recipient itself, since.
`pipeline/followup/remind.py` sends the reminders.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.core.errors import DeliveryRefused
from pipeline.core.model import Kbo
from pipeline.delivery.newer_files import newer_files, shown_name
from pipeline.delivery.ports import Host
from pipeline.delivery.publish import settle
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.session import HostSession, Task
from pipeline.delivery.troubles import HostTroubles
from pipeline.delivery.visit import connected
from pipeline.followup.acknowledgements import AckFiles, ack_files, is_notice_here, record_acks
from pipeline.followup.folder_remarks import FolderRemark, bounded
from pipeline.followup.left_lying import folder_remarks
from pipeline.followup.notify import record_gone
from pipeline.ledger.events import DISCLOSED, DeliveryState, Kind, NightDrop
from pipeline.ledger.notice_series import notice_series
from pipeline.ledger.notices import Notice, Step

log = logging.getLogger(__name__)

ReadSizes = Mapping[str, frozenset[int]]
"""Bytes that the recipient read of a file at once, by file name, from the host's log."""


@dataclass(frozen=True)
class FollowupResult:
    """Counts of what one follow-up of one recipient put on record.

    `moved`, `suspended`: taken away from a former place, or from a recipient that is suspended; `returned`, `lost`:
    drops that a host put back from a backup has again, or has no more. `notices` counts those sent,
    `withdrawals` the new ones; `taken_in` the files that the recipient returned, `noes` those in them;
    `replaced` is the stem of a recalled drop's replacement; `newer_file` the first file of
    ours on the host that is newer than the ledger knows; `remarks`: on what else lies there.
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
    notices_gone: int = 0
    notices: int = 0
    withdrawals: int = 0
    taken_in: int = 0
    noes: int = 0
    replaced: str | None = None
    newer_file: str | None = None
    remarks: tuple[FolderRemark, ...] = ()

    @property
    def counts(self) -> dict[str, Any]:
        """Every count by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}

    def __add__(self, other: "FollowupResult") -> "FollowupResult":
        """Of both, for the same recipient."""
        counts: dict[str, Any] = {name: count + other.counts[name] for name, count in self.counts.items()}
        counts["replaced"] = self.replaced or other.replaced
        counts["newer_file"] = self.newer_file or other.newer_file
        return replace(self, **counts, remarks=bounded([*self.remarks, *other.remarks]))


def process_pickups(
    task: Task,
    host: Host,
    recipient: RecipientSettings,
    reads: Callable[[], ReadSizes],
    troubles: HostTroubles | None = None,
) -> FollowupResult:
    """Connect only when a file of ours may lie on the host, or an acknowledgement may come.

    The recipient's own acts (acknowledged, fetched, read) are recorded before a drop is recalled or expires. What the
    host refuses of one drop or notice delays no other: with `troubles` the caller raises it, without it is raised last.
    Raises DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable; may be repeated after any of them.
    """
    now = task.clock()
    if not needs_followup(task.delivery_state(), task.log.notices(), recipient.expire_after_days, now):
        return FollowupResult(task.kbo)
    found = HostTroubles() if troubles is None else troubles
    with connected(task, host, found) as session:
        counts = _process(session, reads(), now - timedelta(days=recipient.expire_after_days))
    if troubles is None:
        found.raise_first()
    return FollowupResult(task.kbo, **counts)


def _process(session: HostSession, read_sizes: ReadSizes, latest: datetime) -> dict[str, Any]:
    """The counts by name. Drops that were published at `latest` or before expire."""
    task, counts = session.task, defaultdict[str, Any](int)
    acks = AckFiles()
    settle(session)
    counts["returned"], counts["lost"] = session.returned, session.lost
    with session.aside():
        acks = ack_files(session)
        counts["acknowledged"], counts["notices_acknowledged"] = record_acks(session, acks)
    for notice in task.log.notices():
        with session.aside():
            counts["notices_gone"] += _record_if_gone(session, notice)
    for drop in _lying(session):
        with session.aside():
            if kind := session.record_if_fetched(drop):
                counts["lost" if kind is Kind.LOST else "fetched"] += 1
    for name, step in _steps(session, read_sizes, latest):
        for drop in _lying(session):
            with session.aside():
                counts[name] += step(drop)
    _remove_acknowledged(session, acks.there)
    with session.aside():
        names = session.folder.names()
        newer = newer_files(session, names)
        counts["newer_file"] = next(map(shown_name, newer), None)
        counts["remarks"] = folder_remarks(session, acks, names, newer)
    return counts


def _steps(
    session: HostSession, reads: ReadSizes, latest: datetime
) -> tuple[tuple[str, Callable[[NightDrop], bool]], ...]:
    """What may be true of each drop that lies there, by the name of its count."""
    return (
        ("read", lambda drop: _record_read(session, drop, reads)),
        ("recalled", lambda drop: _recall_withdrawn(session, drop)),
        ("expired", lambda drop: _expire(session, drop, latest)),
    )


def _lying(session: HostSession) -> Sequence[NightDrop]:
    """The drops that lie here: of one elsewhere this folder says nothing."""
    return session.those_here(session.task.delivery_state().on_host)


def record_acknowledgements(session: HostSession) -> tuple[int, int]:
    """Take in each ACK file that lies here; how many drops and how many notices were acknowledged."""
    acks = ack_files(session)
    counts = record_acks(session, acks)
    _remove_acknowledged(session, acks.there)
    return counts


def needs_followup(standing: DeliveryState, notices: Sequence[Notice], days: float, now: datetime) -> bool:
    """Whether a drop lies on the host or is unfinished, a notice is unfinished or gone, or an acknowledgement may come
    within `days`."""
    earliest = now - timedelta(days=days)
    is_recent = any(drop.published_at and drop.published_at >= earliest for drop in standing.drops)
    is_answerable = any(
        notice.step is not Step.ACKNOWLEDGED or (notice.acknowledged_at and notice.acknowledged_at >= earliest)
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


def _record_if_gone(session: HostSession, notice: Notice) -> bool:
    """Record that a notice that was there whole is so no more."""
    if notice.step is not Step.PUBLISHED or not is_notice_here(session, notice):
        return False
    if all(session.exists(name) for name in notice.names):
        return False
    record_gone(session, notice)
    return True


def _remove_acknowledged(session: HostSession, acks: Collection[str]) -> None:
    """Last, remove the ACK files that were heard, and the notices that ask for nothing any more.

    What cannot be removed stays: a file of the recipient's own delays nothing.
    """
    for drop in session.task.delivery_state().drops:
        if Kind.ACKNOWLEDGED in drop.facts and drop.contents.ack_name in acks:
            _remove_ack(session, drop.contents.ack_name)
    for series in notice_series(session.task.log.notices()):
        if series.is_acknowledged and any(notice.ack_name in acks for notice in series.notices):
            with session.aside():
                for notice in series.notices:
                    session.remove_in_order(*notice.names)
                for notice in series.notices:
                    _remove_ack(session, notice.ack_name)


def _remove_ack(session: HostSession, name: str) -> None:
    try:
        session.folder.remove(name)
    except DeliveryRefused as error:
        log.warning("%s: %s stays, and is heard no more: %s", session.task.kbo, name, error)


def _record_read(session: HostSession, drop: NightDrop, read_sizes: ReadSizes) -> bool:
    """Record a drop whose data files were each read whole, by the host's log, the change file aside. It stays there."""
    names = drop.contents.fetched_by
    if drop.kind is not Kind.PUBLISHED or Kind.READ in drop.facts or not set(names) <= read_sizes.keys():
        return False
    there = session.folder.sizes(tuple(names))
    if any(
        size not in read_sizes[name] or drop.contents.size_of(name) not in (None, size) for name, size in there.items()
    ):
        return False
    session.task.record(drop.night, Kind.READ, drop.contents)
    return True


def _recall_withdrawn(session: HostSession, drop: NightDrop) -> bool:
    """Take away a drop, read or not, that holds a parent who was withdrawn since the drop counted, or of whom the
    recipient itself returned a no since: neither the agency nor a night is asked about that."""
    log, contents = session.task.log, drop.contents
    is_out = bool(log.withdrawn_from(contents) or log.returned_since(contents))
    return is_out and session.remove_drop(drop, Kind.RECALLING)


def _expire(session: HostSession, drop: NightDrop, latest: datetime) -> bool:
    """Take away a drop that was published at `latest` or before."""
    if drop.published_at is None or drop.published_at > latest:
        return False
    return session.remove_drop(drop, Kind.EXPIRING)

"""Which ACK files in a recipient's folder acknowledge something, and which say nothing.

An acknowledgement acknowledges a thing that counted before it came. The host's clock is not believed: what had its name
when the thing began to count is on record (early), and another counts only once that was seen gone. And it is heard
only where its thing lay: at another place nobody can have seen it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from pipeline.core.errors import DeliveryRefused
from pipeline.delivery.ports import EntryKind, RemoteFolder
from pipeline.delivery.session import HostSession
from pipeline.followup.folder_remarks import FolderRemark, RemarkReason
from pipeline.followup.notify import record_gone, record_step
from pipeline.ledger.events import DISCLOSED, Kind, NightDrop
from pipeline.ledger.notice_series import notice_series
from pipeline.ledger.notices import UNANSWERED, UNFINISHED, Notice, Step

ACK = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_[0-9A-Za-z_]+\.ACK")
"""A recipient puts `<stem>.ACK`, empty or not, to say that it has a drop or did what a notice asks."""
LARGEST = 1 << 20
"""Bytes of an ACK file, which is empty or has a few words: a larger one was not meant as one."""


@dataclass
class AckFiles:
    """`there`: the names of ACK files that something in the folder has. `heard`: those that acknowledge. `remarks`: on
    those that were waited for and do not."""

    there: frozenset[str] = frozenset()
    heard: set[str] = field(default_factory=set)
    remarks: list[FolderRemark] = field(default_factory=list)


def ack_files(session: HostSession) -> AckFiles:
    """Those that lie here; each that is waited for is looked at, apart from the others."""
    found = AckFiles(frozenset(session.folder.matching(ACK)))
    for name in sorted(found.there & _awaited(session)):
        with session.aside():
            remark = _why_unheard(session.folder, name)
            if remark is None:
                found.heard.add(name)
            else:
                found.remarks.append(remark)
    return found


def _awaited(session: HostSession) -> set[str]:
    """What lay there too early is not looked at: it says nothing, whatever it is."""
    drops = session.those_here(session.task.delivery_state().drops)
    of_drops = {drop.contents.ack_name for drop in drops if _is_awaited(drop) and not drop.has_early_ack}
    notices = (notice for notice in session.task.log.notices() if is_notice_here(session, notice))
    awaited = (notice for notice in notices if _is_notice_awaited(notice) and not notice.has_early_ack)
    return of_drops | {notice.ack_name for notice in awaited}


def _is_awaited(drop: NightDrop) -> bool:
    return drop.kind in DISCLOSED and Kind.ACKNOWLEDGED not in drop.facts


def _is_notice_awaited(notice: Notice) -> bool:
    """One whose GO file never was there was read by nobody."""
    return notice.step in UNANSWERED and notice.put_at is not None


def _why_unheard(folder: RemoteFolder, name: str) -> FolderRemark | None:
    """None for one that is heard. It is opened, for who may not read it did not put it there as a file."""
    kind = folder.kind(name)
    if kind is not EntryKind.FILE:
        return FolderRemark(RemarkReason.ACK_NO_FILE, name, kind or EntryKind.OTHER)
    size = folder.stat(name) or 0
    if size > LARGEST:
        return FolderRemark(RemarkReason.ACK_TOO_LARGE, name)
    try:
        folder.sha256(name, size)
    except DeliveryRefused:
        return FolderRemark(RemarkReason.ACK_UNREADABLE, name)
    return None


def _lay_here(acks: AckFiles, name: str, is_here: bool) -> bool:
    """Tells of an ACK file of what never lay here."""
    if not is_here and name in acks.there:
        acks.remarks.append(FolderRemark(RemarkReason.ACK_ELSEWHERE, name))
    return is_here


def record_acks(session: HostSession, acks: AckFiles) -> tuple[int, int]:
    """Record each acknowledgement once; how many of drops and how many of notices."""
    task = session.task
    drops = sum(_record_acknowledgement(session, drop, acks) for drop in task.delivery_state().drops)
    notices = sum(_record_notice_acknowledgement(session, notice, acks) for notice in task.log.notices())
    _acknowledge_repeats(session)
    return drops, notices


def _record_acknowledgement(session: HostSession, drop: NightDrop, acks: AckFiles) -> bool:
    """A file for a drop that never counted, or that lay there before its drop did, tells nothing."""
    name = drop.contents.ack_name
    if not _is_awaited(drop) or not _lay_here(acks, name, session.is_here(drop)):
        return False
    if drop.has_early_ack:
        if name in acks.there:
            acks.remarks.append(FolderRemark(RemarkReason.EARLY_ACK, name))
        else:
            session.task.record(drop.night, Kind.EARLY_ACK_GONE, drop.contents)
        return False
    if name in acks.heard:
        session.task.record(drop.night, Kind.ACKNOWLEDGED, drop.contents)
    return name in acks.heard


def _record_notice_acknowledgement(session: HostSession, notice: Notice, acks: AckFiles) -> bool:
    """Likewise, of one notice."""
    if not _is_notice_awaited(notice) or not _lay_here(acks, notice.ack_name, is_notice_here(session, notice)):
        return False
    if notice.has_early_ack:
        if notice.ack_name in acks.there:
            acks.remarks.append(FolderRemark(RemarkReason.EARLY_ACK, notice.ack_name))
        else:
            task = session.task
            task.log.record_notice(notice.event(task.run, task.clock(), note=Step.EARLY_ACK_GONE))
        return False
    if notice.ack_name in acks.heard:
        record_step(session, replace(notice, step=Step.ACKNOWLEDGED))
    return notice.ack_name in acks.heard


def _acknowledge_repeats(session: HostSession) -> None:
    """What one notice was acknowledged for, every other one that says the same is too."""
    for series in notice_series(session.task.log.notices()):
        for notice in series.notices if series.is_acknowledged else ():
            if notice.step in UNFINISHED:  # nobody needs to be told any more
                notice = record_gone(session, notice)
            if notice.step is not Step.ACKNOWLEDGED:
                record_step(session, replace(notice, step=Step.ACKNOWLEDGED))


def is_notice_here(session: HostSession, notice: Notice) -> bool:
    """Whether it lies at the place of this session: at another one nothing can be said of it."""
    return notice.place is None or session.task.place is None or notice.place.is_same(session.task.place)


def known_acks(session: HostSession) -> Collection[str]:
    """The names of the ACK files of every drop and notice that counted, or may have."""
    drops = {drop.contents.ack_name for drop in session.task.delivery_state().drops if drop.kind in DISCLOSED}
    return drops | {notice.ack_name for notice in session.task.log.notices() if notice.put_at is not None}

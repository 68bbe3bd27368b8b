"""Notify a recipient of withdrawn references, by a notice in its folder; and again, when the notice is gone unanswered.

The steps are those of a drop (pipeline/delivery/publish.py): a checked put, then an empty GO file that makes the notice
count, with the ledger a step ahead. It counts as told once both were seen at their place, whole. A task that is killed
at any step neither loses a notice nor sends one twice under one number, and no name is used again.
`pipeline/followup/pickup.py` records what became of it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipeline.core.documents.csv import csv_bytes
from pipeline.core.errors import NameTaken
from pipeline.core.local_time import local_day
from pipeline.core.staging import private_folder, sha256_of, writing
from pipeline.delivery.newer_files import free_notice_number
from pipeline.delivery.ports import Host
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.render import sealed_key
from pipeline.delivery.session import HostSession, Task, go_file
from pipeline.delivery.troubles import HostTroubles
from pipeline.delivery.visit import connected
from pipeline.ledger.notice_series import NoticeSeries, notice_series
from pipeline.ledger.notices import UNFINISHED, Notice, NoticeLine, Step, stem_of

log = logging.getLogger(__name__)

PUT = UNFINISHED | {Step.PUBLISHED}


def notify(task: Task, host: Host, recipient: RecipientSettings, folder: Path) -> tuple[Notice, ...]:
    """Send every unfinished notice, each repeat that is due, then one notice of all withdrawals not notified yet; gives
    those that count as told.

    Connects only when there is a notice to send. `folder` holds its files until then. Raises SettingsError for an
    OpenPGP key that cannot be used, LedgerConflict or LedgerUnavailable; DeliveryTransient or DeliveryRefused once each
    other notice was sent.
    """
    unfinished = [notice for notice in task.log.notices() if notice.step in UNFINISHED]
    if not unfinished and not due_repeats(task) and not task.log.not_notified():
        return ()
    sent: list[Notice] = []
    with connected(task, host, troubles := HostTroubles()) as session:
        sender = NoticeSender(session, recipient, private_folder(folder))
        for notice in unfinished:
            with session.aside():
                sent.append(sender.send(notice))
        for series in due_repeats(task):
            with session.aside():
                sent.append(sender.repeat(series))
        if lines := task.log.not_notified():
            with session.aside():
                sent.append(sender.send_new(lines))
        for series in due_repeats(task):  # of one whose name was taken meanwhile
            with session.aside():
                sent.append(sender.repeat(series))
    troubles.raise_first()
    return tuple(notice for notice in sent if notice.step is Step.PUBLISHED)


def due_repeats(task: Task) -> list[NoticeSeries]:
    """The notices that must be said again now."""
    series = notice_series(task.log.notices(), task.log.resends())
    return [one for one in series if one.repeat_is_due(task.clock())]


@dataclass(frozen=True)
class NoticeSender:
    """Sends notices to one recipient over one connection; `folder` is for local files."""

    session: HostSession
    recipient: RecipientSettings
    folder: Path

    def send_new(self, lines: Sequence[NoticeLine]) -> Notice:
        """One notice of these lines, under the next number."""
        return self.send(self._numbered(len(lines), None), lines)

    def repeat(self, series: NoticeSeries) -> Notice:
        """Say again what the first notice said, under the next number and naming the first."""
        return self.send(self._numbered(series.notices[0].rows, series.first))

    def send(self, notice: Notice, lines: Sequence[NoticeLine] = ()) -> Notice:
        """Go on from the step at which the notice was cut off; `lines` of a first one that is not on record yet.

        One whose name somebody else has taken meanwhile is gone, and is said again under another number.
        """
        try:
            return self._send(notice, lines)
        except NameTaken as taken:
            begun = [one for one in self.session.task.log.notices() if one.number == notice.number]
            if not begun:
                raise
            log.warning("%s; it is said again under another number", taken)
            return record_gone(self.session, begun[0])

    def _send(self, notice: Notice, lines: Sequence[NoticeLine]) -> Notice:
        folder = self.session.folder
        if notice.step is Step.INTENT and notice.file and self._is_seen_whole(notice):
            notice = record_step(self.session, replace(notice, step=Step.RELEASING))  # before the ledger was put back
        elif notice.step is Step.INTENT or self._is_altered(notice):
            notice = self._put(notice, lines)
        if folder.stat(notice.file) is not None and folder.stat(notice.go_name) is None:
            folder.put(go_file(self.folder / notice.stem, notice.go_name), notice.go_name, self.session.task.run)
        if self._is_seen_whole(notice):
            return record_published(self.session, notice)
        return record_gone(self.session, notice)

    def _numbered(self, rows: int, repeats: int | None) -> Notice:
        task, number = self.session.task, free_notice_number(self.session)
        stem = stem_of(task.kbo, task.night, number, repeats)
        return Notice(task.kbo, number, Step.INTENT, stem, "", "", rows, repeats=repeats)

    def _put(self, notice: Notice, lines: Sequence[NoticeLine]) -> Notice:
        """Put the notice's file, which does not count yet."""
        if self.session.folder.stat(notice.go_name) is not None:
            raise NameTaken(f"{notice.kbo}: the host holds {notice.go_name}, which the ledger does not know of")
        lines = lines or self.session.task.log.notified(notice.first)
        source = self._rendered(notice.stem, lines)
        if notice.file not in ("", source.name):
            self.session.folder.remove(notice.file)  # begun before the recipient had a key, or lost it
        notice = replace(notice, step=Step.INTENT, file=source.name, sha256=sha256_of(source), rows=len(lines))
        record_step(self.session, notice, lines)
        self.session.folder.put(source, notice.file, self.session.task.run)
        return record_step(self.session, replace(notice, step=Step.RELEASING))

    def _is_altered(self, notice: Notice) -> bool:
        """Whether the file on the host differs from the ledger, and so is made anew, as the notice does not count."""
        if self.session.folder.sha256(notice.file) in (notice.sha256, None):
            return False
        if self.session.folder.stat(notice.go_name) is not None:
            raise NameTaken(f"{notice.kbo}: {notice.file} counts, but differs from the ledger: find out who changed it")
        return True

    def _is_seen_whole(self, notice: Notice) -> bool:
        """Whether file and GO file are there, and the file is the one on record."""
        folder = self.session.folder
        return folder.stat(notice.go_name) is not None and folder.sha256(notice.file) == notice.sha256

    def _rendered(self, stem: str, lines: Sequence[NoticeLine]) -> Path:
        """The local file: encrypted for a recipient that has a key."""
        content, key = notice_bytes(lines), sealed_key(self.recipient)
        path = self.folder / (f"{stem}.csv.pgp" if key else f"{stem}.csv")
        with writing(path) as part:
            part.write_bytes(key.encrypt(content) if key else content)
        return path


def record_step(session: HostSession, notice: Notice, lines: Sequence[NoticeLine] = ()) -> Notice:
    """Record the step that a notice has reached; one that is put lies at the place of today."""
    task = session.task
    notice = replace(notice, place=task.place if notice.step in PUT else notice.place)
    task.log.record_notice(notice.event(task.run, task.clock()), lines)
    return notice


def record_published(session: HostSession, notice: Notice) -> Notice:
    """Record that a notice was seen at its place, whole; before that, an ACK file that lies there already."""
    record_early_ack(session, notice)
    return record_step(session, replace(notice, step=Step.PUBLISHED))


def record_gone(session: HostSession, notice: Notice) -> Notice:
    """Record that a notice is not at its place, and remove what is left of it, its GO file first."""
    if notice.step is Step.RELEASING:
        record_early_ack(session, notice)
    with session.aside():
        session.remove_in_order(notice.go_name, notice.file)
    return record_step(session, replace(notice, step=Step.GONE))


def record_early_ack(session: HostSession, notice: Notice) -> None:
    """Record that an ACK file lies there before its notice is known to count."""
    if Step.EARLY_ACK not in notice.notes and session.exists(notice.ack_name):
        event = notice.event(session.task.run, session.task.clock(), note=Step.EARLY_ACK)
        session.task.log.record_notice(event)


def notice_bytes(lines: Sequence[NoticeLine]) -> bytes:
    """What the recipient reads: references in order, each with the local date on which its withdrawal was found."""
    ordered = sorted(lines, key=lambda line: (line.reference, line.found_at))
    dates = [local_day(line.found_at).isoformat() for line in ordered]
    text = pa.string()
    names = pa.array([line.reference for line in ordered], text)
    return csv_bytes(pa.table({"referentie": names, "datum": pa.array(dates, text)}))

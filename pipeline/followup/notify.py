"""Notify a recipient of withdrawn references, by a notice in its folder; and again, when the notice is gone unanswered.

The steps are those of a drop (pipeline/delivery/publish.py): a checked put of file, manifest and signature, then an
empty GO file that makes the notice count, with the ledger a step ahead. It counts as told once all were seen at their
place, whole. A task that is killed at any step neither loses a notice nor sends one twice under one number, and no name
is used again. Without a signature there is no GO file.
`pipeline/followup/pickup.py` records what became of it.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.errors import FileTaken, NameTaken, SettingsError
from pipeline.core.staging import private_folder
from pipeline.delivery.newer_files import free_notice_number
from pipeline.delivery.notice_manifest import NoticeOrder
from pipeline.delivery.on_record import is_altered, lies_whole
from pipeline.delivery.ports import Host
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.session import HostSession, Task, go_file
from pipeline.delivery.signature import SigningKey
from pipeline.delivery.troubles import HostTroubles
from pipeline.delivery.visit import connected
from pipeline.followup.notice_files import NoticeFiles, render_notice
from pipeline.ledger.notice_series import NoticeSeries, is_overtaken, manifest_before, notice_series
from pipeline.ledger.notices import UNFINISHED, Notice, NoticeLine, Step, stem_of

log = logging.getLogger(__name__)

PUT = UNFINISHED | {Step.PUBLISHED}

Signing = Callable[[], SigningKey]
"""Gives the key that signs for the recipient. Raises SettingsError where it is missing."""


def notify(
    task: Task, host: Host, recipient: RecipientSettings, folder: Path, signing_key: Signing
) -> tuple[Notice, ...]:
    """Send every unfinished notice, each repeat that is due, then one notice of all withdrawals not notified yet; gives
    those that count as told.

    Connects only when there is a notice to send. `folder` holds its files until then. Raises SettingsError for an
    OpenPGP key or a signing key that cannot be used, LedgerConflict or LedgerUnavailable; DeliveryTransient or
    DeliveryRefused once each other notice was sent.
    """
    unfinished = [notice for notice in task.log.notices() if notice.step in UNFINISHED]
    if not unfinished and not due_repeats(task) and not task.log.not_notified():
        return ()
    sent: list[Notice] = []
    with connected(task, host, troubles := HostTroubles()) as session:
        sender = NoticeSender(session, recipient, private_folder(folder), signing_key)
        for notice in unfinished:
            with session.aside():
                sent.append(sender.send(notice))
        for series in due_repeats(task):
            with session.aside():
                sent.append(sender.repeat(series))
        if lines := task.log.not_notified():
            with session.aside():
                sent.append(sender.send_new(lines))
        for series in due_repeats(task):  # of one that is gone since, as its name was taken or it was overtaken
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
    signing_key: Signing

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
        if notice.step is Step.INTENT and notice.file and self._is_seen_whole(notice):
            notice = record_step(self.session, replace(notice, step=Step.RELEASING))  # before the ledger was put back
        elif notice.step is Step.INTENT or self._must_be_made_anew(notice):
            if is_overtaken(self.session.task.log.notices(), notice.number):
                return record_gone(self.session, notice)
            notice = self._put(notice, lines)
        if not self._missing(notice) and not self.session.exists(notice.go_name):
            self.session.task.log.require_usable_key(notice.signed_by or "")
            self._put_go_file(notice)
        if self._is_seen_whole(notice):
            return record_published(self.session, notice)
        return record_gone(self.session, notice)

    def _put_go_file(self, notice: Notice) -> None:
        """Its files are looked at right before the rename. What somebody took, before or at once, was not seen whole:
        the notice is gone, and is said again."""
        go = go_file(self.folder / notice.stem, notice.go_name)
        with suppress(FileTaken):
            self.session.folder.put(go, notice.go_name, self.session.task.run, lambda: self._require_all_there(notice))

    def _require_all_there(self, notice: Notice) -> None:
        if missing := self._missing(notice):
            raise FileTaken(f"{notice.kbo}: {missing[0]} was taken or altered before its GO file was there: said again")

    def _numbered(self, rows: int, repeats: int | None) -> Notice:
        task, number = self.session.task, free_notice_number(self.session)
        stem = stem_of(task.kbo, task.night, number, repeats)
        return Notice(task.kbo, number, Step.INTENT, stem, "", "", rows, repeats=repeats)

    def _put(self, notice: Notice, lines: Sequence[NoticeLine]) -> Notice:
        """Put the notice's file, manifest and signature, which do not count yet."""
        task, folder = self.session.task, self.session.folder
        if self.session.exists(notice.go_name):
            raise NameTaken(f"{notice.kbo}: the host holds {notice.go_name}, which the ledger does not know of")
        lines = lines or task.log.notified(notice.first)
        files = self._rendered(notice, lines)
        if notice.file not in ("", files.file.name):
            folder.remove(notice.file)  # begun before the recipient had a key, or lost it
        notice = files.rendered(replace(notice, step=Step.INTENT), len(lines))
        record_step(self.session, notice, lines)
        for file in files.all:
            folder.put(Path(file.path), file.name, task.run)
        return record_step(self.session, replace(notice, step=Step.RELEASING))

    def _must_be_made_anew(self, notice: Notice) -> bool:
        """Whether it does not count yet, and a file on the host differs from the ledger, or no usable key signed it."""
        altered = [name for name in notice.names if is_altered(self.session.folder, notice, name)]
        if not self.session.exists(notice.go_name):
            return bool(altered) or not (self._missing(notice) or self._is_signed_with_a_usable_key(notice))
        if altered:
            raise NameTaken(f"{notice.kbo}: {altered[0]} counts, but differs from the ledger: find out who changed it")
        return False

    def _is_signed_with_a_usable_key(self, notice: Notice) -> bool:
        """Not one from before notices were signed, nor one whose key was ended or revoked since."""
        try:
            self.session.task.log.require_usable_key(notice.signed_by or "")
        except SettingsError:
            return False
        return notice.is_signed

    def _missing(self, notice: Notice) -> list[str]:
        """Its files that are not there with their own size, but for the GO file."""
        there = self.session.folder.sizes(tuple(notice.hashes))
        return [name for name, size in there.items() if size is None or notice.size_of(name) not in (None, size)]

    def _is_seen_whole(self, notice: Notice) -> bool:
        """Whether all its files are there, as they are on record."""
        return lies_whole(self.session.folder, notice)

    def _rendered(self, notice: Notice, lines: Sequence[NoticeLine]) -> NoticeFiles:
        """Its local files, after the notices before it."""
        task = self.session.task
        before = manifest_before(task.log.notices(), notice.number)
        order = NoticeOrder(
            notice.kbo, notice.night, notice.number, notice.repeats, len(lines), task.run, task.clock(), before
        )
        return render_notice(order, lines, self.recipient, self.signing_key(), self.folder)


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
    if notice.step in UNFINISHED:
        record_early_ack(session, notice)
    with session.aside():
        session.remove_in_order(*notice.names)
    return record_step(session, replace(notice, step=Step.GONE))


def record_early_ack(session: HostSession, notice: Notice) -> None:
    """Record that something has the name of its ACK file before a notice is known to count."""
    if Step.EARLY_ACK not in notice.notes and session.folder.kind(notice.ack_name):
        event = notice.event(session.task.run, session.task.clock(), note=Step.EARLY_ACK)
        session.task.log.record_notice(event)

"""Notify a recipient of withdrawn references, by a notice in its folder.

The steps are those of a drop (pipeline/delivery/publish.py): a checked put, then an empty GO file that makes the notice
count, with the ledger a step ahead. A task that is killed at any step neither loses a notice nor sends one twice, and
no name is used again. `pipeline/followup/pickup.py` records the recipient's acknowledgement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipeline.core.documents.csv import csv_bytes
from pipeline.core.errors import DeliveryRefused
from pipeline.core.local_time import local_day
from pipeline.core.staging import private_folder, sha256_of, writing
from pipeline.delivery.ports import Host
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.render import sealed_key
from pipeline.delivery.session import HostSession, Task, go_file
from pipeline.delivery.visit import connected
from pipeline.ledger.notices import Notice, NoticeLine, Step, stem_of


def notify(task: Task, host: Host, recipient: RecipientSettings, folder: Path) -> tuple[Notice, ...]:
    """Send every unfinished notice, then one notice of all withdrawals not notified yet; those that came to count.

    Connects only when there is a notice to send. `folder` holds its files until then. Raises SettingsError for an
    OpenPGP key that cannot be used, DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable.
    """
    unfinished = [notice for notice in task.log.notices() if notice.step in (Step.INTENT, Step.RELEASING)]
    if not unfinished and not task.log.not_notified():
        return ()
    sent = []
    with connected(task, host) as session:
        sender = NoticeSender(session, recipient, private_folder(folder))
        for notice in unfinished:
            sent.append(sender.send(notice))
        if lines := task.log.not_notified():
            sent.append(sender.send_new(lines))
    return tuple(sent)


@dataclass(frozen=True)
class NoticeSender:
    """Sends notices to one recipient over one connection; `folder` is for local files."""

    session: HostSession
    recipient: RecipientSettings
    folder: Path

    def send_new(self, lines: Sequence[NoticeLine]) -> Notice:
        """One notice of these lines, under the next number."""
        task = self.session.task
        number = len(task.log.notices()) + 1
        stem = stem_of(task.kbo, task.night, number)
        return self.send(Notice(task.kbo, number, Step.INTENT, stem, "", "", len(lines)), lines)

    def send(self, notice: Notice, lines: Sequence[NoticeLine] = ()) -> Notice:
        """Go on from the step at which the notice was cut off; `lines` of a notice that is not on record yet."""
        if notice.step is Step.INTENT or self._is_altered(notice):
            notice = self._put(notice, lines)
        if not self._counts(notice):
            empty = go_file(self.folder / notice.stem, notice.go_name)
            self.session.folder.put(empty, notice.go_name, self.session.task.run)
        return self._record(replace(notice, step=Step.PUBLISHED))

    def _put(self, notice: Notice, lines: Sequence[NoticeLine]) -> Notice:
        """Put the notice's file, which does not count yet."""
        if self.session.folder.stat(notice.go_name) is not None:
            raise DeliveryRefused(
                f"{notice.kbo}: the host holds {notice.go_name}, which the ledger does not know of; "
                "the notice was not sent: find out whose it is, and remove it"
            )
        lines = lines or self.session.task.log.notified(notice.number)
        source = self._rendered(notice.stem, lines)
        if notice.file not in ("", source.name):
            self.session.folder.remove(notice.file)  # begun before the recipient had a key, or lost it
        notice = replace(notice, step=Step.INTENT, file=source.name, sha256=sha256_of(source), rows=len(lines))
        self._record(notice, lines)
        self.session.folder.put(source, notice.file, self.session.task.run)
        return self._record(replace(notice, step=Step.RELEASING))

    def _is_altered(self, notice: Notice) -> bool:
        """Whether the file on the host differs from the ledger, and so is made anew, as the notice does not count."""
        if self.session.folder.sha256(notice.file) in (notice.sha256, None):
            return False
        if self.session.folder.stat(notice.go_name) is not None:
            raise DeliveryRefused(
                f"{notice.kbo}: {notice.file} counts, but differs from the ledger: find out who changed it, and "
                f"remove {notice.go_name}; it is sent again"
            )
        return True

    def _counts(self, notice: Notice) -> bool:
        """Whether the GO file is there, or the recipient already removed the file that was put."""
        folder = self.session.folder
        return folder.stat(notice.file) is None or folder.stat(notice.go_name) is not None

    def _record(self, notice: Notice, lines: Sequence[NoticeLine] = ()) -> Notice:
        task = self.session.task
        task.log.record_notice(replace(notice.event(task.run, task.clock()), place=task.place), lines)
        return notice

    def _rendered(self, stem: str, lines: Sequence[NoticeLine]) -> Path:
        """The local file: encrypted for a recipient that has a key."""
        content, key = notice_bytes(lines), sealed_key(self.recipient)
        path = self.folder / (f"{stem}.csv.pgp" if key else f"{stem}.csv")
        with writing(path) as part:
            part.write_bytes(key.encrypt(content) if key else content)
        return path


def notice_bytes(lines: Sequence[NoticeLine]) -> bytes:
    """What the recipient reads: references in order, each with the local date on which its withdrawal was found."""
    ordered = sorted(lines, key=lambda line: (line.reference, line.found_at))
    dates = [local_day(line.found_at).isoformat() for line in ordered]
    text = pa.string()
    names = pa.array([line.reference for line in ordered], text)
    return csv_bytes(pa.table({"referentie": names, "datum": pa.array(dates, text)}))

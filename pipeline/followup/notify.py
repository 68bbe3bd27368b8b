"""Tell a recipient which references it may use no more, by a notice in its folder.

The same way as a drop (pipeline/delivery/publish.py): a checked put, then an empty GO file that makes it count, with
the ledger a step ahead. A task that is killed anywhere neither loses a notice nor sends it twice, and no name is used
again. `pipeline/followup/pickup.py` hears when the recipient did as it was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.errors import DeliveryRefused
from pipeline.core.staging import private_folder, sha256_of, writing
from pipeline.delivery.ports import Host, RemoteFolder
from pipeline.delivery.publish import connected
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.render import sealed_key
from pipeline.delivery.session import Task, go_file
from pipeline.ledger.notices import Notice, NoticeLine, Step, notice_bytes, stem_of


def notify(task: Task, host: Host, recipient: RecipientSettings, folder: Path) -> tuple[Notice, ...]:
    """Send what is to be told; the notices that came to count. Connects only when there is something to send.

    `folder` is for the files until then. Raises SettingsError for an OpenPGP key that cannot be used,
    DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable.
    """
    begun = [one for one in task.log.notices() if one.step in (Step.INTENT, Step.RELEASING)]
    if not begun and not task.log.not_notified():
        return ()
    with connected(task, host) as session:
        desk = Desk(task, session.folder, recipient, private_folder(folder))
        sent = [desk.send(one) for one in begun]
        if not_notified := task.log.not_notified():
            sent.append(desk.send_new(not_notified))
    return tuple(sent)


@dataclass(frozen=True)
class Desk:
    """Where notices to one recipient are sent from: a visit to its `remote` folder, and one for files of our own."""

    task: Task
    remote: RemoteFolder
    recipient: RecipientSettings
    folder: Path

    def send_new(self, lines: Sequence[NoticeLine]) -> Notice:
        """One notice of all that is to be told, under the next number."""
        number = len(self.task.log.notices()) + 1
        stem = stem_of(self.task.kbo, self.task.night, number)
        return self.send(Notice(self.task.kbo, number, Step.INTENT, stem, "", "", len(lines)), lines)

    def send(self, notice: Notice, lines: Sequence[NoticeLine] = ()) -> Notice:
        """From wherever it was cut off; `lines` of one that is on record nowhere yet."""
        if notice.step is Step.INTENT or self._is_spoilt(notice):
            notice = self._put(notice, lines)
        if not self._counts(notice):
            self.remote.put(go_file(self.folder / notice.stem, notice.go_name), notice.go_name, self.task.run)
        return self._record(replace(notice, step=Step.PUBLISHED))

    def _put(self, notice: Notice, lines: Sequence[NoticeLine]) -> Notice:
        """The file alone, which does not count yet."""
        if self.remote.stat(notice.go_name) is not None:
            raise DeliveryRefused(
                f"{notice.kbo}: the host holds {notice.go_name}, which the ledger does not know of; "
                "the notice was not sent: find out whose it is, and remove it"
            )
        lines = lines or self.task.log.notified(notice.number)
        source = self._rendered(notice.stem, lines)
        if notice.file not in ("", source.name):
            self.remote.remove(notice.file)  # begun before the recipient had a key, or lost it
        notice = replace(notice, step=Step.INTENT, file=source.name, sha256=sha256_of(source), rows=len(lines))
        self._record(notice, lines)
        self.remote.put(source, notice.file, self.task.run)
        return self._record(replace(notice, step=Step.RELEASING))

    def _is_spoilt(self, notice: Notice) -> bool:
        """Whether its file was changed since we put it: as long as it does not count, it is made anew."""
        if self.remote.sha256(notice.file) in (notice.sha256, None):
            return False
        if self.remote.stat(notice.go_name) is not None:
            raise DeliveryRefused(
                f"{notice.kbo}: {notice.file} counts, but differs from the ledger: find out who changed it, and "
                f"remove {notice.go_name}; it is sent again"
            )
        return True

    def _counts(self, notice: Notice) -> bool:
        """With its GO file it does; its file, known to be there, was removed by the recipient if it is gone."""
        return self.remote.stat(notice.file) is None or self.remote.stat(notice.go_name) is not None

    def _record(self, notice: Notice, lines: Sequence[NoticeLine] = ()) -> Notice:
        self.task.log.record_notice(notice.event(self.task.run, self.task.clock()), lines)
        return notice

    def _rendered(self, stem: str, lines: Sequence[NoticeLine]) -> Path:
        """In the recipient's form: encrypted where it has a key."""
        content, key = notice_bytes(lines), sealed_key(self.recipient)
        path = self.folder / (f"{stem}.csv.pgp" if key else f"{stem}.csv")
        with writing(path) as part:
            part.write_bytes(key.encrypt(content) if key else content)
        return path

"""One visit to one recipient's host: what is put there, settled and taken away, with the ledger always a step ahead.

Before each act that a later visit could mistake for the recipient's own (a file that is gone), an event says
that we were about to do it. `pipeline/delivery/publish.py` decides which of these acts are due.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.core.model import Drop, DropFile, Kbo
from pipeline.delivery.ports import PublicationLog, RemoteFolder
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import TAKEN, Contents, Event, Kind, NightDrop, Standing


class LastLook(Protocol):
    """Whether a drop may still be sent, asked with nothing but the rename of its GO file still to do."""

    def __call__(self) -> None:
        """Raises when it may not."""

    @property
    def milliseconds(self) -> int:
        """Since what the last call saw."""


@dataclass(frozen=True)
class Task:
    """One run's work for one recipient's night, with the ledger's pages in hand."""

    kbo: Kbo
    night: date
    log: PublicationLog
    run: str
    clock: Callable[[], datetime]

    def standing(self) -> Standing:
        """As the ledger has it now."""
        return self.log.standing(self.night)

    def record(
        self,
        night: date,
        kind: Kind,
        contents: Contents,
        lines: Sequence[Disclosure] = (),
        window_ms: int | None = None,
    ) -> None:
        """What happens to the drop of one night."""
        self.log.record(Event(self.kbo, night, self.run, kind, self.clock(), contents, window_ms), lines)

    def remark(self, kind: Kind) -> None:
        """Why nothing is sent: once a run, however often it is cleared."""
        if (kind, self.run) not in self.standing().remarks:
            self.log.record(Event(self.kbo, self.night, self.run, kind, self.clock()))


@dataclass(frozen=True)
class Visit:
    """A task, connected. Every method raises DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable,
    and may be repeated from the start after it was cut off anywhere.
    """

    task: Task
    folder: RemoteFolder

    def send(self, drop: Drop, lines: Sequence[Disclosure], last_look: LastLook) -> int:
        """Everything but the GO file, then the GO file under a temporary name, a last look, and its rename.

        A file that is there and right is not sent again. Returns the milliseconds from the last look's beginning to
        the end of the rename.
        """
        contents = Contents.of(drop)
        if self._there(contents.go_name):
            raise DeliveryRefused(
                f"{drop.kbo}: the host holds {contents.go_name}, which the ledger does not know of; "
                "nothing was sent: find out whose it is, and remove it"
            )
        before = self.task.standing().tonight
        self.task.record(drop.night, Kind.INTENT, contents, lines)
        self._remove(before.names - contents.hashes.keys() if before else ())
        for file in (*drop.data, drop.manifest):
            self._put(file)
        self.task.record(drop.night, Kind.RELEASING, contents)
        window_ms = self._release(drop, last_look)
        self.task.record(drop.night, Kind.PUBLISHED, contents, window_ms=window_ms)
        return window_ms

    def _release(self, drop: Drop, last_look: LastLook) -> int:
        """The GO file, after a last look that lets it go; else nothing of the drop stays."""
        stopped = False

        def look() -> None:
            nonlocal stopped
            stopped = True
            last_look()
            stopped = False

        try:
            self.folder.put(_empty_file(drop), drop.go_name, self.task.run, look)
            return last_look.milliseconds
        except Exception:  # whatever stops the drop goes on its way, once nothing is left of it
            if stopped:
                self.abandon(drop.night)
            raise

    def counted(self, drop: NightDrop) -> bool:
        """Whether an unfinished try came so far that the recipient could have had it; on record, if so.

        With its GO file it did. Without, it did not, unless all its files were there and right (`releasing`)
        and some are gone: only the recipient can have removed those, and is meant to do so once it has them.
        """
        go = self._there(drop.contents.go_name)
        there = {name for name in drop.contents.hashes if self._there(name)}
        if go:
            self._must_match(drop.contents, there)
        elif drop.kind is not Kind.RELEASING or there == drop.contents.hashes.keys():
            return False
        self.task.record(drop.night, Kind.PUBLISHED, drop.contents)
        if not go and not there:
            self.task.record(drop.night, Kind.FETCHED, drop.contents)
        return True

    def abandon(self, night: date) -> None:
        """Clear away a try that did not count, under every name that it ever had."""
        drop = next(drop for drop in self.task.standing().unfinished if drop.night == night)
        if drop.kind is Kind.RELEASING:
            self.task.record(night, Kind.INTENT, drop.contents)  # else a removal cut off would look like a pick-up
        self._remove(drop.names)
        self.task.record(night, Kind.ABANDONED, drop.contents)

    def picked_up(self, drop: NightDrop) -> bool:
        """Whether its GO file, or all of its data, is gone without us: then what is left goes too, and it is on record.

        One that we had begun to take away was not: that is ours to end.
        """
        data_there = (self._there(name) for name in drop.contents.data)
        if drop.kind in TAKEN or (self._there(drop.contents.go_name) and any(data_there)):
            return False
        self._remove_all(drop)
        self.task.record(drop.night, Kind.FETCHED, drop.contents)
        return True

    def take_away(self, drop: NightDrop, why: Kind = Kind.WITHDRAWING) -> bool:
        """Remove a drop that counted, for one of the reasons in TAKEN. False when it was gone without us: fetched."""
        if self.picked_up(drop):
            return False
        if drop.kind not in TAKEN:
            self.task.record(drop.night, why, drop.contents)
        self._remove_all(drop)
        self.task.record(drop.night, TAKEN.get(drop.kind, TAKEN[why]), drop.contents)
        return True

    def _remove_all(self, drop: NightDrop) -> None:
        """The GO file first: what lies there without it does not count."""
        self.folder.remove(drop.contents.go_name)
        self._remove(drop.contents.hashes)

    def _there(self, name: str) -> bool:
        return self.folder.stat(name) is not None

    def _remove(self, names: Collection[str]) -> None:
        for name in sorted(names):
            self.folder.remove(name)

    def _put(self, file: DropFile) -> None:
        try:
            with Path(file.path).open("rb") as staged:
                found = file_digest(staged, "sha256").hexdigest()
        except OSError:
            found = "none"
        if found != file.sha256:
            raise DeliveryTransient(f"{self.task.kbo}: {file.name} is not in staging as it was rendered; render again")
        if self.folder.sha256(file.name) != file.sha256:
            self.folder.put(Path(file.path), file.name, self.task.run)

    def _must_match(self, contents: Contents, there: Collection[str]) -> None:
        wrong = [name for name in sorted(there) if self.folder.sha256(name) not in (contents.hashes[name], None)]
        if wrong:
            raise DeliveryRefused(
                f"{self.task.kbo}: {contents.stem} counts on the host, but {len(wrong)} of its files differ from "
                f"the ledger ({wrong[0]} first): find out who changed them, and remove the drop"
            )


def _empty_file(drop: Drop) -> Path:
    """The GO file, beside the manifest in staging."""
    path = Path(drop.manifest.path).with_name(drop.go_name)
    path.write_bytes(b"")
    return path

"""Take in what a recipient returned: each file that counts by its GO file, once, and a receipt for it put back.

On record first, in one transaction, and then the receipt, made of the ledger's line: whoever comes after a death makes
it again. A receipt lies there as long as its file does. Whatever else lies there is told, and delays nothing: the visit
has a connection of its own, looks at so many files at most, and for so long.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pipeline.core.errors import DeliveryRefused
from pipeline.core.model import Kbo
from pipeline.delivery.locked_folder import LockedFolder
from pipeline.delivery.ports import EntryKind, Host
from pipeline.delivery.session import HostSession, Task
from pipeline.delivery.troubles import HostTroubles
from pipeline.followup.folder_remarks import FolderRemark, RemarkReason, bounded
from pipeline.followup.put_receipt import put_receipt
from pipeline.followup.receipt import MOST_NAMED, OK, WRONG, receipt_name, receipt_names
from pipeline.followup.returned_content import MOST_BYTES, read_returned, stem_pattern
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.returns import KnownParent, ReturnedFile, ReturnedRow, ReturnKind
from pipeline.ledger.withdrawals import Keys

log = logging.getLogger(__name__)

MOST_FILES = 100
"""In one visit; the others wait for the next."""
MOST_SECONDS = 60
"""After so long no other file is begun."""
FEW = 5
"""So many parents within a day are never too many at once."""
_ENDINGS = (".csv", ".GO", OK, WRONG)


@dataclass(frozen=True)
class WayBack:
    """One recipient's way back: `pipeline/tasks/wiring.py` builds it.

    `host_at` leads to the folder of the way back beside a place (None: the one of today); `keys`, `ahead`: as of
    `PublicationLog.record_returned`; `most_share`: of the recipient's parents, at once; `scratch`: a private folder;
    `said`: the remarks that are in the log already, as one task visits several times.
    """

    kbo: Kbo
    host_at: Callable[[DropPlace | None], Host]
    keys: Keys
    ahead: timedelta
    most_share: float
    scratch: Callable[[], AbstractContextManager[Path]]
    ticks: Callable[[], float] = time.monotonic
    said: set[FolderRemark] = field(default_factory=set)


@dataclass(frozen=True)
class TakenIn:
    """What one visit took in: `files` that are new on record, `noes` in them, and what a person should know."""

    files: int = 0
    noes: int = 0
    remarks: tuple[FolderRemark, ...] = ()


def take_in_returned(task: Task, way: WayBack) -> TakenIn:
    """What the host or the recipient does here is a remark. Raises LedgerUnavailable, LedgerConflict or LockLost, and
    may be repeated after any of them."""
    troubles, remarks, files, noes = HostTroubles(), list[FolderRemark](), 0, 0
    with troubles.aside(), way.host_at(task.place).open() as folder:
        intake = Intake(HostSession(task, LockedFolder(folder, task.log), troubles=troubles), way, remarks)
        for taken in intake.take_in():
            files, noes = files + 1, noes + taken
    if troubles.found:
        remarks.append(FolderRemark(RemarkReason.RETURN_TROUBLE, count=len(troubles.found)))
    for remark in bounded(remarks):
        if remark not in way.said:
            log.warning("%s: %s", task.kbo, remark.text)
    way.said.update(remarks)
    return TakenIn(files, noes, bounded(remarks))


@dataclass
class Intake:
    """One visit to the folder of the way back."""

    session: HostSession
    way: WayBack
    remarks: list[FolderRemark]
    names: frozenset[str] = field(default=frozenset(), init=False)

    @cached_property
    def known(self) -> dict[str, KnownParent]:
        """By reference."""
        return {parent.reference: parent for parent in self.session.task.log.known_parents()}

    def take_in(self) -> Iterator[int]:
        """The number of noes in each file that is new on record, once its receipt was tried."""
        folder, until = self.session.folder, self.way.ticks() + MOST_SECONDS
        with self.session.aside():
            folder.remove_temporary()
        self.names = frozenset(folder.names())
        counting = self._counting()
        for done, stem in enumerate(counting):
            if done == MOST_FILES or self.way.ticks() > until:
                self._remark(RemarkReason.RETURN_WAITING, count=len(counting) - done)
                break
            with self.session.aside():
                yield from self._take_in_one(stem)
        self._remove_receipts()
        self._tell_others()

    def _counting(self) -> list[str]:
        """The stems of the files with a GO file; those whose name is not on record first."""
        on_record = {taken.name for taken in self._on_record()}
        stems = {name.removesuffix(".GO") for name in self.names if name.endswith(".GO")}
        ours = (stem for stem in stems if self._is_ours(stem) and f"{stem}.csv" in self.names)
        return sorted(ours, key=lambda stem: (f"{stem}.csv" in on_record, stem))

    def _on_record(self) -> list[ReturnedFile]:
        return list(self.session.task.log.returned_files())

    def _is_ours(self, stem: str) -> bool:
        return bool(stem_pattern(self.way.kbo).fullmatch(stem))

    def _take_in_one(self, stem: str) -> Iterator[int]:
        content = self._content(stem)
        if content is None:
            return
        name, sha256 = f"{stem}.csv", hashlib.sha256(content).hexdigest()
        of_name = [taken for taken in self._on_record() if taken.name == name]
        taken = next((each for each in of_name if each.sha256 == sha256), None)
        if taken is None:
            if of_name:
                self._remark(RemarkReason.RETURN_SAME_NAME, name)
            taken, noes = self._record(name, sha256, content)
            self._put_receipt(taken)
            yield noes
        else:
            self._put_receipt(taken)
        if taken.over_share:
            self._remark(RemarkReason.RETURN_OVER_SHARE, name)

    def _content(self, stem: str) -> bytes | None:
        """None of what is gone meanwhile, and of what cannot be read: that is told."""
        folder, name = self.session.folder, f"{stem}.csv"
        for each in (f"{stem}.GO", name):
            if (kind := folder.kind(each)) is not EntryKind.FILE:
                if kind:
                    self._remark(RemarkReason.RETURN_NO_FILE, each, kind)
                return None
        if (folder.stat(name) or 0) > MOST_BYTES:
            self._remark(RemarkReason.RETURN_TOO_LARGE, name)
            return None
        try:
            return folder.read(name, MOST_BYTES)
        except DeliveryRefused:
            self._remark(RemarkReason.RETURN_UNREADABLE, name)
            return None

    def _record(self, name: str, sha256: str, content: bytes) -> tuple[ReturnedFile, int]:
        task, read = self.session.task, read_returned(content)
        rows = [
            ReturnedRow(row.number, row.kind, parent.reference, parent.person, parent.insz, parent.key_id)
            for row in read.given
            if (parent := self.known.get(row.reference))
        ]
        refused = sorted({*read.unread, *(row.number for row in read.given)} - {row.number for row in rows})
        noes = {str(row.reference) for row in rows if row.kind is ReturnKind.NO_CONTACT}
        taken = ReturnedFile(
            kbo=task.kbo,
            name=name,
            sha256=sha256,
            at=task.clock(),
            run=task.run,
            rows=read.count,
            refused=tuple(refused[:MOST_NAMED]),
            fault=read.fault or "",
            over_share=self._is_over_share(noes),
        )
        task.log.record_returned(taken, rows, self.way.keys, self.way.ahead)
        log.info("%s: %s taken in: %d rows, %d of them not", task.kbo, name, read.count, len(refused))
        return taken, len(noes)

    def _is_over_share(self, noes: set[str]) -> bool:
        """With those of the day before."""
        log, now = self.session.task.log, self.session.task.clock()
        said = noes | log.returned_noes_since(now - timedelta(days=1)) if noes else noes
        had = said | {holding.reference for holding in log.holdings()}
        return len(said) > max(FEW, self.way.most_share * len(had))

    def _put_receipt(self, taken: ReturnedFile) -> None:
        try:
            with self.way.scratch() as scratch:
                put_receipt(self.session, taken, scratch)
            self.session.remove(self.names & receipt_names(taken) - {receipt_name(taken)})
        except DeliveryRefused as error:
            log.warning("%s: %s", taken.kbo, error)
            self._remark(RemarkReason.RETURN_RECEIPT, receipt_name(taken))

    def _remove_receipts(self) -> None:
        """Of files that the recipient took away."""
        gone = (taken for taken in self._on_record() if taken.name not in self.names)
        with self.session.aside():
            self.session.remove({name for taken in gone for name in receipt_names(taken)} & self.names)

    def _tell_others(self) -> None:
        ours = {name for name in self.names if any(self._is_ours(name.removesuffix(end)) for end in _ENDINGS)}
        if others := len(self.names - ours):
            self._remark(RemarkReason.RETURN_OTHERS, count=others)

    def _remark(self, reason: RemarkReason, name: str = "", kind: EntryKind = EntryKind.FILE, count: int = 1) -> None:
        self.remarks.append(FolderRemark(reason, name, kind, count))

"""One session on one recipient's host: files are put, settled and removed, with the ledger always a step ahead.

A later session could take a file that we removed for one that the recipient removed: so an event in the ledger
precedes each such act. `pipeline/delivery/publish.py` decides which acts are due, and in which order.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, NameTaken
from pipeline.core.ground import on_ground
from pipeline.core.model import DropFile, Kbo
from pipeline.core.staging import sha256_of
from pipeline.delivery.on_record import is_altered
from pipeline.delivery.ports import EntryKind, PublicationLog, RemoteFolder
from pipeline.delivery.troubles import HostTroubles
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import REMOVAL, Contents, DeliveryState, Event, Kind, NightDrop

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One run's work for one recipient's night, with the recipient's records in the ledger locked.

    `place`: where its sessions go, by the recipient's settings of today. `nobody_came`: whether the host says that none
    but we were there since that drop was put there, so that no recipient can have fetched it. `intake` takes in what
    the recipient returned; None without a way back.
    """

    kbo: Kbo
    night: date
    log: PublicationLog
    run: str
    clock: Callable[[], datetime]
    place: DropPlace | None = None
    nobody_came: Callable[[NightDrop], bool] = lambda _: False
    intake: Callable[["Task"], object] | None = None

    def delivery_state(self) -> DeliveryState:
        """The state in the ledger now."""
        return self.log.delivery_state(self.night)

    def record(
        self,
        night: date,
        kind: Kind,
        contents: Contents,
        lines: Sequence[Disclosure] = (),
        window_ms: int | None = None,
    ) -> None:
        """Record an event of one night's drop."""
        self.log.record(Event(self.kbo, night, self.run, kind, self.clock(), contents, window_ms), lines)

    def remark(self, kind: Kind) -> None:
        """Record a fact about the night: once a run, however often the run is cleared."""
        if (kind, self.run) not in self.delivery_state().remarks:
            self.log.record(Event(self.kbo, self.night, self.run, kind, self.clock()))


@dataclass(frozen=True)
class HostSession:
    """A connected task. Every method raises DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable,
    and may be repeated from the start after an interruption anywhere.
    """

    task: Task
    folder: RemoteFolder
    returned: int = 0
    """Drops that were on the host again after they were gone, and were taken away when this session began."""
    lost: int = 0
    """Drops that a host which was put back from a backup has no more."""
    troubles: HostTroubles | None = None
    """Where a refusal is put aside; without, it is raised at once."""
    is_cleared: bool = True
    """Whether the temporary files of earlier tries told what they could, and are gone."""

    def aside(self) -> AbstractContextManager[None]:
        """For what is done about one drop or notice: its refusal delays no other."""
        return self.troubles.aside() if self.troubles else nullcontext()

    def is_here(self, drop: NightDrop) -> bool:
        """Whether this is the place where the drop lies: at another one nothing can be said of it."""
        there, here = drop.contents.place, self.task.place
        return there is None or here is None or there.is_same(here)

    def those_here(self, drops: Iterable[NightDrop]) -> tuple[NightDrop, ...]:
        return tuple(drop for drop in drops if self.is_here(drop))

    def unfinished_here(self) -> tuple[NightDrop, ...]:
        """The tries that can be judged here: while a temporary file may tell of one, none can."""
        return self.those_here(self.task.delivery_state().unfinished) if self.is_cleared else ()

    def record_not_counting(self) -> None:
        """Record a try whose GO file still has its temporary name as one that does not count; before that name goes.

        And before anything is put again or taken away: whether files of a try that does not count were taken.
        """
        for drop in self.those_here(self.task.delivery_state().unfinished):
            go_name = drop.contents.go_name
            is_releasing = drop.kind is Kind.RELEASING
            if self.exists(go_name) or (is_releasing and not self.folder.is_begun(go_name)):
                continue
            self.record_if_taken(drop)
            if is_releasing:
                self.task.record(drop.night, Kind.INTENT, drop.contents)

    def record_if_taken(self, drop: NightDrop) -> None:
        """Record that files of an unfinished try are gone which had their own names, once a rendering.

        Or that none had, as the temporary name of the first one tells: before that name goes.
        """
        if Kind.TAKEN_EARLY in drop.facts or not drop.may_be_named:
            return
        self._require_here(drop)
        there = self.folder.sizes(drop.contents.put_order)
        if self._is_taken(drop, [name for name, size in there.items() if size is not None]):
            self.record_taken(drop.night, drop.contents)
        elif there[drop.contents.put_order[0]] is None:
            self.task.record(drop.night, Kind.INTENT, drop.contents)

    def record_taken(self, night: date, contents: Contents) -> None:
        """Record that somebody may have files of a drop that does not count."""
        self.task.record(night, Kind.TAKEN_EARLY, contents)
        says = "%s: files of %s were taken before its GO file was there: whoever takes them has not waited for it"
        log.warning(says, self.task.kbo, contents.stem)

    def _is_taken(self, drop: NightDrop, there: Sequence[str]) -> bool:
        """Of a try that was cut off while its files were put, one that is missing was there if a later one is, or if it
        is the first and has no temporary name any more."""
        contents, order = drop.contents, drop.contents.put_order
        if drop.was_whole or len(there) == len(order):
            return len(there) < len(order)
        gap = next(name for name in order if name not in there)
        later = [name for name in order[order.index(gap) :] if name in there]
        if any(self.folder.sha256(name, contents.size_of(name)) == contents.hashes[name] for name in later):
            return True
        return gap == order[0] and not self.folder.is_begun(gap)

    def record_if_counted(self, drop: NightDrop) -> bool:
        """Record an unfinished try as published if the recipient could have fetched it; whether it was.

        A try with its GO file counts. So does one whose GO file had its temporary name (`releasing`) and has it no more
        (`record_not_counting`): it was renamed, and only the recipient can have removed it since.
        """
        self._require_here(drop)
        go = self.exists(drop.contents.go_name)
        present = {name for name in drop.contents.hashes if self.exists(name)}
        if go:
            self._must_match(drop.contents, {*present, drop.contents.go_name})
        elif drop.kind is not Kind.RELEASING:
            return False
        self.record_published(drop.night, drop.contents, is_noted=Kind.EARLY_ACK in drop.facts)
        if not go and not any(map(self.has_name, (drop.contents.go_name, *drop.contents.hashes))):
            self.task.record(drop.night, self._gone_as(drop), drop.contents)
        return True

    def record_published(
        self, night: date, contents: Contents, *, is_noted: bool, window_ms: int | None = None
    ) -> None:
        """Record that a drop counts; before that, what has the name of its ACK file already (`is_noted`: before)."""
        if not is_noted and self.folder.kind(contents.ack_name):
            self.task.record(night, Kind.EARLY_ACK, contents)
        self.task.record(night, Kind.PUBLISHED, contents, window_ms=window_ms)

    def abandon(self, night: date) -> None:
        """Remove a try that did not count, under every name that the try ever had."""
        drop = next(drop for drop in self.task.delivery_state().unfinished if drop.night == night)
        self._require_here(drop)
        self.record_if_taken(drop)
        if drop.kind is Kind.RELEASING:
            self.task.record(night, Kind.INTENT, drop.contents)  # else a removal cut off would look like a pick-up
        if drop.may_be_named:
            self.task.record(night, Kind.INTENT, drop.contents)  # else what we remove now would look taken
        self.remove(drop.names)
        self.task.record(night, Kind.ABANDONED, drop.contents)

    def record_if_fetched(self, drop: NightDrop) -> Kind | None:
        """Record a drop as fetched, and remove what is left of the drop, if its GO file or all of its data is gone.

        Gone is what has no name any more: something else than a file under its name tells of no pick-up. As lost, where
        nobody can have fetched it: as what it is recorded. None when both are there, or when we had begun to remove the
        drop ourselves.
        """
        if not self._is_gone(drop):
            return None
        kind = self._gone_as(drop)
        self._record_gone(drop, kind)
        return kind

    def record_if_lost(self, drop: NightDrop) -> bool:
        """As `record_if_fetched`, on a host that was put back from a backup."""
        is_gone = self._is_gone(drop)
        if is_gone:
            self._record_gone(drop, Kind.LOST)
        return is_gone

    def _gone_as(self, drop: NightDrop) -> Kind:
        return Kind.LOST if self.task.nobody_came(drop) else Kind.FETCHED

    def _is_gone(self, drop: NightDrop) -> bool:
        self._require_here(drop)
        data_there = map(self.has_name, drop.contents.fetched_by)
        return drop.kind not in REMOVAL and not (self.has_name(drop.contents.go_name) and any(data_there))

    def _record_gone(self, drop: NightDrop, kind: Kind) -> None:
        self._remove_files(drop)
        self.task.record(drop.night, kind, drop.contents)
        if kind is Kind.LOST:
            says = "%s: %s is gone without the recipient's doing, so it does not count as fetched: ask the host's owner"
            log.warning(says, self.task.kbo, drop.contents.stem)

    def remove_drop(self, drop: NightDrop, why: Kind = Kind.WITHDRAWING) -> bool:
        """Remove a drop that counted, for one of the reasons in REMOVAL. False when the recipient had fetched it."""
        if self.record_if_fetched(drop):
            return False
        if drop.kind not in REMOVAL:
            self.task.record(drop.night, why, drop.contents)
        self._remove_files(drop)
        self.task.record(drop.night, REMOVAL.get(drop.kind, REMOVAL[why]), drop.contents)
        return True

    def _remove_files(self, drop: NightDrop) -> None:
        """The GO file first: without a GO file nothing counts."""
        self.folder.remove(drop.contents.go_name)
        self.remove(drop.contents.hashes)

    def require_free(self, contents: Contents) -> None:
        """Before a drop is sent. Raises DeliveryRefused when something that is not ours has a name that it needs."""
        go, kbo = contents.go_name, self.task.kbo
        if found := self.folder.kind(go):
            what = "" if found is EntryKind.FILE else f" ({found})"
            raise DeliveryRefused(
                f"{kbo}: the host holds {go}{what}, which the ledger does not know of; nothing was sent: find out "
                "whose it is, and remove it"
            )
        for name in contents.hashes:
            if self.folder.kind(name) is EntryKind.FOLDER:  # all else gives way to a file of ours
                raise NameTaken(
                    f"{kbo}: {name} is a folder on the host, and not ours, so nothing was sent: have the recipient "
                    "move it away"
                )

    def exists(self, name: str) -> bool:
        """Whether a file has that name."""
        return self.folder.stat(name) is not None

    def has_name(self, name: str) -> bool:
        """Whether anything has that name."""
        return self.folder.kind(name) is not None

    def remove(self, names: Collection[str]) -> None:
        for name in sorted(names):
            self.folder.remove(name)

    def remove_in_order(self, *names: str) -> None:
        for name in names:
            self.folder.remove(name)

    def put(self, file: DropFile, before_rename: Callable[[], None] = lambda: None) -> None:
        """Put a rendered file, unless it is on the host and right; `before_rename` is called in either case."""
        staged = Path(file.path)
        try:
            sha256 = sha256_of(staged)
        except OSError:
            sha256 = "none"
        if sha256 != file.sha256:
            raise DeliveryTransient(f"{self.task.kbo}: {file.name} is not in staging as it was rendered; render again")
        if self.folder.sha256(file.name, file.bytes) != file.sha256:
            return self.folder.put(staged, file.name, self.task.run, before_rename)
        before_rename()

    def _require_here(self, drop: NightDrop) -> None:
        """What is not here was not fetched here, nor taken away."""
        if not self.is_here(drop):
            raise DeliveryRefused(
                f"{self.task.kbo}: {drop.contents.stem} lies elsewhere ({drop.contents.place}): that place is emptied "
                "before anything else is done about it"
            )

    def _must_match(self, contents: Contents, present: Collection[str]) -> None:
        wrong = [name for name in sorted(present) if is_altered(self.folder, contents, name)]
        if wrong:
            raise DeliveryRefused(
                f"{self.task.kbo}: {contents.stem} counts on the host, but {len(wrong)} of its files differ from "
                f"the ledger ({wrong[0]} first): find out who changed them, and remove the drop"
            )


def go_file(beside: Path, name: str) -> Path:
    """An empty file of that name in staging, beside another."""
    path = beside.with_name(name)
    with on_ground(path):
        path.write_bytes(b"")
    return path

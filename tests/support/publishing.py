"""A recipient's folder on local disk, its owner's eyes, and ways to be killed: what tests of publication share.

A `step` is called before and after everything a publication does to the host or the ledger; a `Fuse` is a step
that kills at the n-th call, as `kill -9` would: no handler of ours can catch it, and nothing is put right.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.errors import (
    DeliveryRefused,
    DeliveryTransient,
    FileTaken,
    LedgerConflict,
    LedgerUnavailable,
    LockLost,
    NameTaken,
)
from pipeline.core.model import Drop, DropFile, Kbo, Publication
from pipeline.core.settings import Settings
from pipeline.delivery.job import Delivery
from pipeline.delivery.ports import ANOTHER_SIZE, EntryKind, Host, Ledger, PublicationLog
from pipeline.delivery.publish import Plan, plan, publish
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.references import ReferenceKey
from pipeline.ledger import events as words
from pipeline.ledger import notices as notice_words
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import AT_REST, DISCLOSED, MAY_BE_HELD, ON_HOST, Contents, DeliveryState, Event, Kind
from pipeline.ledger.interventions import Intervention, current_suspension
from pipeline.ledger.notice_series import NoticeResend
from pipeline.ledger.notices import Notice, NoticeEvent, NoticeLine
from pipeline.ledger.notices import Step as NoticeStep
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.restoration import Restoration
from pipeline.ledger.returns import KnownParent, ReturnedFile, ReturnedRow, ReturnKind
from pipeline.ledger.signing_keys import SigningKeyHistory
from pipeline.ledger.suppression import SuppressionList
from pipeline.ledger.withdrawals import Keys
from tests.support.signing import SIGNING_KEY

GENT = Kbo("0212214125")
FIRST_NIGHT = date(2026, 6, 15)
RECIPIENT = RecipientSettings(GENT, "ocmw-gent", "/out", NO_ENCRYPTION)

Step = Callable[[str], None]


class Killed(BaseException):
    """The process died here."""


@dataclass
class Fuse:
    """Kills at the n-th step (never, if None), or fails there with `error`; `seen` are the steps it was called for."""

    at: int | None = None
    error: Exception | None = None
    seen: list[str] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        self.seen.append(step)
        if len(self.seen) == self.at:
            raise self.error or Killed(step)


def stopped_at(step: str) -> Step:
    """Kills there."""

    def stop(found: str) -> None:
        if found == step:
            raise Killed(step)

    return stop


def clock() -> datetime:
    return datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class UnaskedNoes:
    """Answers KnownNoes, and is not asked: publication decides nothing."""

    def read(self) -> SuppressionList:
        raise AssertionError("publication asked for the suppression list")

    def keep(self, noes: pa.Table, night: date, at: datetime) -> int:
        raise AssertionError("publication kept a no")


def delivery(
    host: Host,
    ledger: Ledger,
    night: date = FIRST_NIGHT,
    run: str = "run",
    clock: Callable[[], datetime] = clock,
    *,
    replacing: bool = False,
) -> Delivery:
    """Gent's, with an agency and keys that publication does not ask for."""
    persons = LedgerKey("ledger", bytes(32))
    return Delivery(
        kbo=GENT,
        night=night,
        run=run,
        agency="",
        ledger=ledger,
        host=host,
        recipient=RECIPIENT,
        key=ReferenceKey("test", bytes(32)),
        persons=persons,
        keys={persons.id: persons}.__getitem__,
        signing_key=lambda: SIGNING_KEY,
        suppression=UnaskedNoes(),
        settings=Settings(),
        clock=clock,
        replacing=replacing,
    )


@dataclass
class LocalFolder:
    """RemoteFolder on a local folder, for tests alone; every act is framed by steps, and a put dies half-way too."""

    path: Path
    step: Step

    def stat(self, name: str) -> int | None:
        self.step(f"stat {name}")
        path = self.path / name
        return path.stat().st_size if path.is_file() and not path.is_symlink() else None

    def kind(self, name: str) -> EntryKind | None:
        self.step(f"kind {name}")
        return self._kind(name)

    def _kind(self, name: str) -> EntryKind | None:
        path = self.path / name
        if not os.path.lexists(path):
            return None
        if path.is_symlink():
            return EntryKind.LINK
        return EntryKind.FILE if path.is_file() else EntryKind.FOLDER if path.is_dir() else EntryKind.OTHER

    def names(self) -> list[str]:
        self.step("list")
        return sorted(path.name for path in self.path.iterdir())

    def sizes(self, names: Collection[str]) -> dict[str, int | None]:
        self.step("sizes")
        paths = {name: self.path / name for name in names}
        files = {name: path for name, path in paths.items() if path.is_file() and not path.is_symlink()}
        return {name: files[name].stat().st_size if name in files else None for name in paths}

    def sha256(self, name: str, size: int | None = None) -> str | None:
        self.step(f"hash {name}")
        path = self.path / name
        if not path.is_file() or path.is_symlink():
            return None
        if size not in (None, path.stat().st_size):
            return ANOTHER_SIZE
        if not path.stat().st_mode & 0o444:  # the tests may be root's, who reads anything
            raise DeliveryRefused(f"the host denies permission at reading back {name}")
        return sha256(path)

    def read(self, name: str, size: int | None = None) -> bytes | None:
        found = self.stat(name)
        if found is None or size not in (None, found) or self.sha256(name) is None:
            return None
        return (self.path / name).read_bytes()

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        self.step(f"put {name}")
        part = self.path / f".{name}.{run}.part"
        content = source.read_bytes()
        part.write_bytes(content[: len(content) // 2])
        self.step(f"half put {name}")
        part.write_bytes(content)
        self.step(f"not renamed {name}")
        if before_rename:
            try:
                before_rename()
            except (LockLost, LedgerUnavailable):
                raise
            except Exception:
                part.unlink()
                raise
            self.step(f"looked {name}")
        if self._kind(name) is EntryKind.FOLDER:
            part.unlink()
            raise NameTaken(f"{name} is a folder")
        part.rename(self.path / name)
        self.step(f"has put {name}")
        if not (self.path / name).is_file():
            raise FileTaken(f"{name} is gone already")

    def remove(self, name: str) -> bool:
        self.step(f"remove {name}")
        there = self._kind(name) not in (None, EntryKind.FOLDER)
        if there:
            (self.path / name).unlink()
        self.step(f"has removed {name}")
        return there

    def is_begun(self, name: str) -> bool:
        self.step(f"is begun {name}")
        return any(part.is_file() for part in self.path.glob(f".{name}.*.part"))

    def remove_temporary(self) -> int:
        self.step("remove_temporary")
        parts = [part for part in self.path.glob(".*.part") if not part.is_dir()]
        for part in parts:
            part.unlink()
        return len(parts)

    def matching(self, pattern: re.Pattern[str]) -> list[str]:
        self.step("list")
        return sorted(path.name for path in self.path.iterdir() if pattern.fullmatch(path.name))


@dataclass
class LocalHost:
    """Host of one recipient; `opened` counts the connections."""

    path: Path
    step: Step = field(default_factory=Fuse)
    opened: int = 0

    @contextmanager
    def open(self) -> Iterator[LocalFolder]:
        self.step("connect")
        self.opened += 1
        yield LocalFolder(self.path, self.step)


@dataclass
class MemoryLedger:
    """Answers Ledger by the pure words alone; held by one at a time."""

    history: list[Event] = field(default_factory=list)
    lines: dict[str, tuple[Disclosure, ...]] = field(default_factory=dict)
    """Of each manifest."""
    withdrawals: list[Withdrawal] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    """How many events were on record before each withdrawal."""
    notice_history: list[NoticeEvent] = field(default_factory=list)
    notice_lines: dict[int, tuple[NoticeLine, ...]] = field(default_factory=dict)
    """Of each notice."""
    interventions: list[Intervention] = field(default_factory=list)
    asked: list[NoticeResend] = field(default_factory=list)
    returned: list[tuple[ReturnedFile, tuple[ReturnedRow, ...]]] = field(default_factory=list)
    returned_before: list[int] = field(default_factory=list)
    """Of each returned file, how many events were there."""
    keys: SigningKeyHistory = field(default_factory=SigningKeyHistory)
    held: bool = False

    @contextmanager
    def delivering(self, kbo: Kbo) -> Iterator["MemoryLedger"]:
        if self.held:
            raise LedgerConflict(f"another task is delivering to {kbo}")
        self.held = True
        try:
            yield self
        finally:
            self.held = False

    def delivery_state(self, night: date) -> DeliveryState:
        return words.delivery_state(self.history, night)

    def record(self, event: Event, lines: Sequence[Disclosure] = ()) -> None:
        if not words.event_may_follow(event, words.drop_of_event(event, self.delivery_state(event.night).drops)):
            raise LedgerConflict("does not follow")
        self.history.append(event)
        if event.kind is Kind.INTENT and event.contents:
            self.lines.setdefault(event.contents.manifest_sha256, tuple(lines))

    def require_lock(self) -> None:
        if not self.held:
            raise LockLost("not locked")

    def holdings(self) -> list[Holding]:
        held: dict[str, Holding] = {}
        rendering: dict[str, str] = {}
        for contents in self._counted():
            for line in self.lines[contents.manifest_sha256]:
                if contents.sequence >= held.get(line.reference, NOBODY).sequence:
                    held[line.reference] = Holding(line.reference, line.person, line.key_id, contents.sequence)
                    rendering[line.reference] = contents.manifest_sha256
        return [held[name] for name in sorted(held) if not self._is_told(held[name], rendering[name])]

    def known_parents(self) -> list[KnownParent]:
        every = (line for contents in self._counted() for line in self.lines[contents.manifest_sha256])
        known = {one.reference: KnownParent(one.reference, one.person, one.insz, one.key_id) for one in every}
        return [known[name] for name in sorted(known)]

    def returned_files(self) -> list[ReturnedFile]:
        return [taken for taken, _ in self.returned]

    def returned_noes_since(self, since: datetime) -> frozenset[str]:
        late = (row for taken, rows in self.returned for row in rows if taken.at >= since)
        return frozenset(str(row.reference) for row in late if row.kind is ReturnKind.NO_CONTACT)

    def record_returned(self, taken: ReturnedFile, rows: Sequence[ReturnedRow], keys: Keys, ahead: timedelta) -> bool:
        if any((one.name, one.sha256) == (taken.name, taken.sha256) for one in self.returned_files()):
            return False
        for row in rows:
            keys(row.key_id)
        self.returned.append((taken, tuple(rows)))
        self.returned_before.append(len(self.history))
        return True

    def _is_told(self, held: Holding, rendering: str) -> bool:
        """Whether a withdrawal followed, after this rendering or after a later one that never came to count."""
        meant = self._meant_rendering()[rendering]
        of_this = (
            (one.after_sequence, before)
            for one, before in zip(self.withdrawals, self.before, strict=True)
            if one.reference == held.reference
        )
        return any(after >= held.sequence and before > meant for after, before in of_this)

    def _counted(self) -> list[Contents]:
        """And those that may have, as the last that is known of one is that its GO file may be there; and those of
        which files were taken before. By number, and then in the order in which they were rendered."""
        last = {e.contents.sequence: e for e in self.history if e.contents and e.kind not in AT_REST}
        may = [e.contents for e in last.values() if e.contents and e.kind is Kind.RELEASING]
        did = [e.contents for e in self.history if e.contents and e.kind in MAY_BE_HELD]
        rendered = list(self.lines)
        by_manifest = {contents.manifest_sha256: contents for contents in (*may, *did)}
        return sorted(by_manifest.values(), key=lambda one: (one.sequence, rendered.index(one.manifest_sha256)))

    def _told(self) -> set[tuple[str, int]]:
        """Withdrawals since their number was last meant to be sent."""
        meant = self._meant()
        return {
            (one.reference, one.after_sequence)
            for one, before in zip(self.withdrawals, self.before, strict=True)
            if before > meant[one.after_sequence]
        }

    def _meant(self) -> dict[int, int]:
        """When each number was last meant to be sent."""
        return {e.contents.sequence: n for n, e in enumerate(self.history) if e.contents and e.kind is Kind.INTENT}

    def _meant_rendering(self) -> dict[str, int]:
        """Likewise, each rendering."""
        intents = ((n, e.contents) for n, e in enumerate(self.history) if e.contents and e.kind is Kind.INTENT)
        return {contents.manifest_sha256: n for n, contents in intents}

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        told = self._told()
        new = [one for one in withdrawals if (one.reference, one.after_sequence) not in told]
        self.withdrawals += new
        self.before += [len(self.history)] * len(new)
        return len(new)

    def disclosures(self, manifest_sha256: str) -> Sequence[Disclosure]:
        return self.lines[manifest_sha256]

    def withdrawn_from(self, contents: Contents) -> int:
        there = {line.reference for line in self.lines[contents.manifest_sha256]}
        meant = self._meant()[contents.sequence]
        told = zip(self.withdrawals, self.before, strict=True)
        return sum(
            one.reference in there and one.after_sequence >= contents.sequence and before > meant
            for one, before in told
        )

    def returned_since(self, contents: Contents) -> int:
        meant = self._meant()[contents.sequence]
        files = zip(self.returned, self.returned_before, strict=True)
        late = [row for (_, rows), before in files if before > meant for row in rows]
        said = {row.reference for row in late if row.kind is ReturnKind.NO_CONTACT}
        return sum(line.reference in said for line in self.lines[contents.manifest_sha256])

    def suspension(self) -> Intervention | None:
        return current_suspension(self.interventions)

    def require_usable_key(self, fingerprint: str) -> None:
        self.keys.require_usable(fingerprint)

    def record_intervention(self, line: Intervention) -> None:
        self.interventions.append(line)

    def notices(self) -> tuple[Notice, ...]:
        return notice_words.notices_after(self.notice_history)

    def resends(self) -> list[NoticeResend]:
        return self.asked

    def record_resend(self, asked: NoticeResend) -> None:
        self.asked.append(asked)

    def next_notice_number(self) -> int:
        return max((notice.number for notice in self.notices()), default=0) + 1

    def restorations(self) -> tuple[Restoration, ...]:
        return ()

    def not_notified(self) -> list[NoticeLine]:
        notified = {line.withdrawal for lines in self.notice_lines.values() for line in lines}
        every = [NoticeLine(number, one.reference, one.at) for number, one in enumerate(self.withdrawals, 1)]
        return [line for line in every if line.withdrawal not in notified]

    def notified(self, number: int) -> Sequence[NoticeLine]:
        return self.notice_lines.get(number, ())

    def record_notice(self, event: NoticeEvent, lines: Sequence[NoticeLine] = ()) -> None:
        if not notice_words.notice_may_follow(event, self.notices(), max(self.next_notice_number(), event.number)):
            raise LedgerConflict("does not follow")
        self.notice_history.append(event)
        if event.step is NoticeStep.INTENT and not event.repeats:
            self.notice_lines.setdefault(event.number, tuple(lines))


NOBODY = Holding("", b"", "", 0)


def withdraw(ledger: MemoryLedger, at: datetime, *references: str) -> None:
    """Put on record that GENT may not use these any more."""
    with ledger.delivering(GENT) as log:
        held = [one for one in log.holdings() if one.reference in references]
        log.record_withdrawals(
            [
                Withdrawal(
                    GENT, one.reference, one.person, one.key_id, "withdrawn", one.sequence, "run", FIRST_NIGHT, at
                )
                for one in held
            ]
        )


@dataclass
class SteppedLedger:
    """Any ledger, with a step before and after each line that is written."""

    inner: Ledger
    step: Step

    @contextmanager
    def delivering(self, kbo: Kbo) -> Iterator["SteppedLog"]:
        with self.inner.delivering(kbo) as log:
            yield SteppedLog(log, self.step)


@dataclass
class SteppedLog:
    """A PublicationLog; reading takes no step."""

    inner: PublicationLog
    step: Step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def record(self, event: Event, lines: Sequence[Disclosure] = ()) -> None:
        self.step(f"record {event.kind}")
        self.inner.record(event, lines)
        self.step(f"has recorded {event.kind}")

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        self.step("record withdrawals")
        new = self.inner.record_withdrawals(withdrawals)
        self.step("has recorded withdrawals")
        return new

    def record_returned(self, taken: ReturnedFile, rows: Sequence[ReturnedRow], keys: Keys, ahead: timedelta) -> bool:
        self.step("record returned")
        new = self.inner.record_returned(taken, rows, keys, ahead)
        self.step("has recorded returned")
        return new

    def record_notice(self, event: NoticeEvent, lines: Sequence[NoticeLine] = ()) -> None:
        self.step(f"record notice {event.step}")
        self.inner.record_notice(event, lines)
        self.step(f"has recorded notice {event.step}")


@dataclass
class Checked:
    """Implements FinalCheck: does this, and took so long; `times` counts its calls."""

    act: Callable[[], None] = lambda: None
    milliseconds: int = 7
    times: int = 0

    def __call__(self) -> None:
        self.times += 1
        self.act()


def lines_of(drop: Drop) -> tuple[Disclosure, ...]:
    """One parent a row, the same ones in every drop."""
    return tuple(
        Disclosure(f"R{row}", b"%016d" % row, None, "key", ("name",), ("A",), ("P",), row, "v1", 365)
        for row in range(drop.rows)
    )


def rendered(folder: Path, planned: Plan, rows: int, parts: int = 1, lines: int = 3, text: str = "") -> Drop:
    """A drop of `parts` data files whose content depends on `rows`, or is `text`; its manifest names their hashes, and
    is signed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stem = f"AANMELDING_OPGROEIEN_{planned.kbo}_{planned.night:%Y%m%d}_{planned.sequence:06}"
    text = text or f"{rows} rows\r\n" * lines
    data = tuple(_file(folder / f"{stem}.{part}.csv", text) for part in range(parts))
    listed = {file.name: file.sha256 for file in data}
    manifest = json.dumps({"files": listed, "rows": rows, "previous": planned.previous_manifest_sha256})
    manifest_file = _file(folder / f"{stem}.datapackage.json", manifest)
    signature = _file(folder / f"{manifest_file.name}.sig", SIGNING_KEY.sign(manifest.encode()).decode())
    of_night = planned.kbo, planned.night, planned.sequence
    return Drop(*of_night, stem, rows, data, manifest_file, signature, SIGNING_KEY.fingerprint)


@cache
def _signature(manifest: bytes) -> bytes:
    """Made once: the recipient looks after each step, and the same manifest always has the same signature."""
    return SIGNING_KEY.sign(manifest)


def _file(path: Path, text: str) -> DropFile:
    path.write_text(text, encoding="utf-8")
    return DropFile(path.name, str(path), len(text), sha256(path))


@dataclass
class World:
    """One recipient: its folder, its eyes, the ledger, and the agency that delivers to it."""

    root: Path
    ledger: Ledger
    view: "View" = field(init=False)
    lines: int = 3
    """In each data file, of 8 bytes."""

    def __post_init__(self) -> None:
        (self.root / "out").mkdir(parents=True, exist_ok=True)
        self.view = View(self.root / "out")

    def copy(self, root: Path) -> "World":
        """The same, as it is now, with a ledger in memory."""
        shutil.copytree(self.view.path, root / "out")
        copied = World(root, deepcopy(self.ledger), self.lines)
        copied.view = replace(deepcopy(self.view), path=copied.view.path)
        return copied

    def host(self, step: Step) -> Host:
        """Connected to by a task that takes `step`; the recipient looks after each of them."""
        return LocalHost(self.view.path, self._watched(step))

    def deliver(
        self,
        nights_later: int = 0,
        step: Step | None = None,
        rows: int = 3,
        parts: int = 1,
        final_check: Callable[[], None] = lambda: None,
    ) -> Publication:
        """As a task does: plan, render, publish."""
        step = step or Fuse()
        night = FIRST_NIGHT + timedelta(nights_later)
        job = delivery(self.host(step), SteppedLedger(self.ledger, self._watched(step)), night)
        found = plan(job)
        if isinstance(found, Publication):
            return found
        drop = rendered(self.root / "staging", found, rows, parts, self.lines)
        return publish(job, drop, found, Checked(final_check), lines_of(drop))

    def finish(self, nights_later: int = 0, **how: int) -> Publication:
        """Cleared until it ends."""
        for _ in range(3):
            try:
                return self.deliver(nights_later, **how)
            except DeliveryTransient:
                continue
        raise AssertionError("it never ended")

    def follow_up(self, nights_later: int, step: Step | None = None, withdrawn: Collection[str] = ()) -> None:
        """As a delivery does after its drop counts, where these are released no more."""
        night = FIRST_NIGHT + timedelta(nights_later)
        ledger = SteppedLedger(self.ledger, self._watched(step or Fuse()))
        with delivery(LocalHost(self.view.path), ledger, night).task() as task:
            if task.delivery_state().rechecked:
                return
            found = [
                Withdrawal(GENT, one.reference, one.person, one.key_id, "gone", one.sequence, "run", night, clock())
                for one in task.log.holdings()
                if one.reference in withdrawn
            ]
            task.log.record_withdrawals(found)
            task.remark(Kind.RECHECKED)

    def delivery_state(self, nights_later: int = 0) -> DeliveryState:
        with self.ledger.delivering(GENT) as log:
            return log.delivery_state(FIRST_NIGHT + timedelta(nights_later))

    def _watched(self, step: Step) -> Step:
        def watched(what: str) -> None:
            self.view.look()
            step(what)

        return watched


@dataclass
class View:
    """What the recipient sees; `look` raises AssertionError when it saw what it must never see."""

    path: Path
    counted: dict[str, str] = field(default_factory=dict)
    """Stem to the manifest's hash of every drop that ever counted, in the order of appearance."""
    opened: set[str] = field(default_factory=set)
    """Stems of which the recipient itself has begun to remove files."""
    taken: set[str] = field(default_factory=set)
    """Stems of which the recipient itself removed the GO file."""
    gone: set[str] = field(default_factory=set)
    """Stems whose GO file is there no more."""

    def go_files(self) -> list[str]:
        """What else has such a name is none."""
        found = self.path.glob("AANMELDING_*.GO")
        return sorted(path.stem for path in found if path.is_file() and not path.is_symlink())

    def look(self) -> None:
        now = self.go_files()
        self.gone |= self.counted.keys() - set(now)
        for stem in now:
            assert stem not in self.gone, f"{stem} came back"
            if stem not in self.counted:
                assert all(stem > earlier for earlier in self.counted), f"{stem} came after a newer one"
                self.counted[stem] = sha256(self.path / f"{stem}.datapackage.json")
            if stem not in self.opened:
                self._is_whole(stem)

    def _is_whole(self, stem: str) -> None:
        manifest = self.path / f"{stem}.datapackage.json"
        assert sha256(manifest) == self.counted[stem], f"{stem} changed while it counted"
        listed = json.loads(manifest.read_text())["files"]
        assert listed, f"{stem} lists no files"
        signature = (self.path / f"{manifest.name}.sig").read_bytes()
        assert signature == _signature(manifest.read_bytes()), f"{stem} is not signed"
        for name, expected in listed.items():
            assert sha256(self.path / name) == expected, f"{name} is not what its manifest says"
        assert (self.path / f"{stem}.GO").read_bytes() == b""

    def fetch(self, stem: str, steps: int = 99) -> None:
        """The recipient takes a drop and removes its files, the GO file last; `steps` of them only."""
        assert stem in self.go_files()
        self.opened.add(stem)
        names = sorted(path.name for path in self.path.glob(f"{stem}.*") if path.suffix != ".GO")
        for name in [*names, f"{stem}.GO"][:steps]:
            (self.path / name).unlink()
        if stem not in self.go_files():
            self.taken.add(stem)

    def take_go(self, stem: str) -> None:
        """The recipient removes the GO file, and leaves the rest where it lies."""
        assert stem in self.go_files()
        self.opened.add(stem)
        self.taken.add(stem)
        (self.path / f"{stem}.GO").unlink()

    def take_early(self, names: Callable[[str], bool] = lambda _: True) -> list[str]:
        """Take, of what does not count, each file that has its own name and is among these; which."""
        counts = {*self.counted, *self.go_files()}
        early = [path.name for path in self.path.glob("AANMELDING_*") if path.name.split(".")[0] not in counts]
        for name in (taken := sorted(name for name in early if names(name))):
            (self.path / name).unlink()
        return taken

    def agrees(self, standing: DeliveryState) -> None:
        """The ledger and the folder tell one story, and nothing lies there that does not belong to a drop on record."""
        self.look()
        told = {drop.contents.stem: drop.contents.manifest_sha256 for drop in standing.drops if drop.kind in DISCLOSED}
        assert told == self.counted
        assert not standing.unfinished and not standing.outdated
        lying = [drop.contents for drop in standing.drops if drop.kind in ON_HOST]
        expected = {name for contents in lying for name in (*contents.hashes, contents.go_name)}
        others = ("INTREKKING_", ".INTREKKING_")
        found = {
            path.name for path in self.path.iterdir() if not path.name.startswith(others) and path.suffix != ".ACK"
        }
        untouched = {name for name in expected if not any(name.startswith(f"{stem}.") for stem in self.opened)}
        assert untouched <= found <= expected, found ^ expected
        for drop in standing.drops:
            if drop.kind is Kind.WITHDRAWN_FROM_HOST:
                assert drop.contents.stem in self.gone
            if drop.kind is Kind.FETCHED:
                assert drop.contents.stem in self.opened, "it was we who took it away"

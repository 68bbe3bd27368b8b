"""An hour of housekeeping over OpenSSH as a process of its own, which may be killed, before recipients that look on."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from re import Pattern
from signal import SIGKILL
from typing import Any

from pipeline.core.connections import from_environment
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.delivery.host_audit import host_problems
from pipeline.delivery.job import Delivery
from pipeline.delivery.ports import ANOTHER_SIZE, EntryKind
from pipeline.followup.pickup import FollowupResult
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.verify import verify_ledger
from pipeline.tasks import housekeeping
from tests.support import PROJECT
from tests.support.crashes import Gallows, stepping
from tests.support.drops import whole_drop
from tests.support.night import House
from tests.support.publishing import SteppedLedger
from tests.support.saved_house import SavedHouse


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Eyes:
    """What a recipient saw count in `out`: by stem, the hash of its manifest."""

    out: Path
    counted: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Raises AssertionError for what counts and is not whole, is another than before, or came back."""
        there = sorted(self.out.glob("*.GO"))
        self.gone |= self.counted.keys() - {go.stem for go in there}
        for go in there:
            assert go.stem not in self.gone, f"{go.stem} came back"
            if digest := self._digest(go):
                assert self.counted.setdefault(go.stem, digest) == digest, f"{go.stem} changed while it counted"

    def _digest(self, go: Path) -> str:
        """Nothing when it is taken away at this moment: its GO file goes first."""
        try:
            whole_drop(self.out, go)
            if go.stem.startswith("INTREKKING"):
                assert self.read(f"{go.stem}.datapackage.json.sig")
            return sha256(self.read(f"{go.stem}.datapackage.json")).hexdigest()
        except FileNotFoundError:
            assert not go.exists(), f"{go.stem} counts, and is not whole"
            return ""

    def matching(self, pattern: Pattern[str]) -> list[str]:
        """This and the next four: as `pipeline.delivery.host_audit` asks."""
        return sorted(path.name for path in self.out.iterdir() if pattern.fullmatch(path.name))

    def kind(self, name: str) -> EntryKind | None:
        return EntryKind.FILE if (self.out / name).is_file() else None

    def stat(self, name: str) -> int:
        return len(self.read(name))

    def sha256(self, name: str, size: int | None = None) -> str:
        return sha256(self.read(name)).hexdigest() if size in (None, self.stat(name)) else ANOTHER_SIZE

    def read(self, name: str, size: int | None = None) -> bytes:
        content = (self.out / name).read_bytes()
        assert size in (None, len(content)), f"{name} has another size than is on record"
        return content


@dataclass
class Hour:
    """All that is due in an hour at `house`, whose host is OpenSSH; a recipient's eyes by KBO."""

    house: House
    eyes: dict[Kbo, Eyes]
    origin: "Origin"

    @property
    def ledger(self) -> LedgerDb:
        return open_ledger(self.house.ledger)

    def run(self, run: str) -> list[FollowupResult]:
        """In this process, every recipient that is due."""
        night = self.house.night(run)
        return [housekeeping.follow_up_recipient(night, kbo) for kbo in housekeeping.recipients_to_follow_up(night)]

    def killed_at(self, at: int, run: str) -> bool:
        """Whether the process died at that step, or got through."""
        night = self.house.night(run)
        connections = partial(from_environment, environment=dict(self.house.environment))
        code = self.origin.ended((replace(night, connections=connections, clock=now), self.eyes, at))
        assert code in (0, -SIGKILL), "what it printed says why"
        return code == -SIGKILL

    def look(self) -> None:
        for eyes in self.eyes.values():
            eyes.look()

    def problems(self) -> list[object]:
        """What the ledger says against itself, its anchors, and the bytes that lie before the recipients."""
        today = self.house.night().night
        found: list[object] = list(verify_ledger(self.ledger, self.house.home.anchors, [], today).problems)
        for kbo, eyes in self.eyes.items():
            found += host_problems(self.ledger.recipient(kbo), today, eyes)
        return found


@dataclass(frozen=True)
class Origin:
    """A process that computed nothing yet: of this one, a fork would wait for threads that it lacks."""

    process: "subprocess.Popen[bytes]"

    def ended(self, job: object) -> int:
        """How a fork of it ended that did this: its exit code, or minus the signal."""
        assert self.process.stdin and self.process.stdout
        pickle.dump(job, self.process.stdin)
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def origin() -> Iterator[Origin]:
    command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Origin(process)  # it ends with its input


def serve() -> None:
    """What such a process does: one fork for each job."""
    while sys.stdin.buffer.peek(1):
        job = pickle.load(sys.stdin.buffer)
        if (child := os.fork()) == 0:
            _follow_up(*job)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _follow_up(night: RunContext, eyes: Mapping[Kbo, Eyes], at: int) -> None:
    """As the tasks of the DAG, one after the other, in a process that ends at that step."""

    def look() -> None:
        for one in eyes.values():
            one.look()

    def stepped(*what: Any, **how: Any) -> Delivery:
        job = made(*what, **how)
        return replace(job, ledger=SteppedLedger(job.ledger, step))

    stepping(step := Gallows(at), look)
    made, housekeeping.build_delivery = housekeeping.build_delivery, stepped
    for kbo in housekeeping.recipients_to_follow_up(night):
        housekeeping.follow_up_recipient(night, kbo)


@dataclass(frozen=True)
class Before:
    """How it was before such an hour, as often as wanted. `copy`: the recipients' folders."""

    house: SavedHouse
    copy: Path
    eyes: dict[Kbo, Eyes]
    origin: Origin

    def anew(self) -> Hour:
        for kbo, eyes in self.eyes.items():
            _lay_back(self.copy / kbo, eyes.out)
        saw = {kbo: Eyes(eyes.out, dict(eyes.counted), set(eyes.gone)) for kbo, eyes in self.eyes.items()}
        return Hour(self.house.anew(), saw, self.origin)


def _lay_back(source: Path, out: Path) -> None:
    """Everything there is the account's own."""
    owner = out.stat()
    for path in out.iterdir():
        path.unlink()
    for path in source.iterdir():
        copied = shutil.copy2(path, out)
        os.chown(copied, owner.st_uid, owner.st_gid)

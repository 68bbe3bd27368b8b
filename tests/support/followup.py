"""A recipient followed up as publishing.py delivers to it: on local disk, watched and killed at each step."""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.core.model import Publication
from pipeline.delivery.job import Delivery
from pipeline.delivery.publish import Plan, plan, publish
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.verify import origin_check, verify_folder
from pipeline.followup.notify import notify
from pipeline.followup.pickup import FollowupResult, ReadSizes, process_pickups
from pipeline.followup.remind import Reminder, remind
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Notice, Step
from tests.support.publishing import (
    FIRST_NIGHT,
    GENT,
    RECIPIENT,
    Checked,
    Fuse,
    SteppedLedger,
    World,
    clock,
    delivery,
    lines_of,
    rendered,
    sha256,
    withdraw,
)
from tests.support.publishing import Step as Act
from tests.support.signing import SIGNING_KEY, allowed_signers


@dataclass
class FollowupWorld(World):
    """`now` moves on by `wait`; `told` is every notice the recipient ever saw count, with its content then.

    Each is proved by its manifest and signature, but for those `unproven`: from before there were any, or forged.
    """

    recipient: RecipientSettings = RECIPIENT
    now: datetime = field(default_factory=clock)
    told: dict[str, str] = field(default_factory=dict)
    unproven: set[str] = field(default_factory=set)
    proved: dict[str, str] = field(default_factory=dict)
    """Stem to the manifest of each notice that was proved."""
    mails: list[Reminder] = field(default_factory=list)

    def wait(self, days: float) -> None:
        self.now += timedelta(days=days)

    def process_pickups(
        self, step: Act | None = None, reads: ReadSizes | None = None, nights_later: int = 0
    ) -> FollowupResult:
        job = self._hour(step or Fuse(), nights_later)
        with job.task() as task:
            return process_pickups(task, job.host, self.recipient, lambda: reads or {})

    def _hour(self, step: Act, nights_later: int) -> Delivery:
        """Housekeeping's, as of now."""
        ledger = SteppedLedger(self.ledger, self._watched(step))
        night = FIRST_NIGHT + timedelta(nights_later)
        return delivery(self.host(step), ledger, night, "hour", lambda: self.now)

    def remind(self, nights_later: int = 0, step: Act | None = None) -> tuple[Reminder, ...]:
        """What was sent goes into `mails`, unless a step stops it."""
        step = step or Fuse()

        def send(waiting: Reminder) -> None:
            step("mail")
            self.mails.append(waiting)

        night = FIRST_NIGHT + timedelta(nights_later)
        ledger = SteppedLedger(self.ledger, step)
        with delivery(self.host(step), ledger, night, "hour", lambda: self.now).task() as task:
            return remind(task, self.recipient, send)

    def notify(self, step: Act | None = None, nights_later: int = 0) -> tuple[Notice, ...]:
        job = self._hour(step or Fuse(), nights_later)
        with job.task() as task:
            return notify(task, job.host, self.recipient, self.root / "notices", job.signing_key)

    def replace(self, step: Act | None = None, rows: int = 2, nights_later: int = 0) -> Publication:
        """As pipeline/followup/replace.py does, with the rows that are left."""
        step = step or Fuse()
        night = FIRST_NIGHT + timedelta(nights_later)
        ledger = SteppedLedger(self.ledger, self._watched(step))
        job = delivery(self.host(step), ledger, night, "hour", replacing=True)
        found = plan(job)
        if not isinstance(found, Plan):
            return found
        drop = rendered(self.root / "staging", found, rows)
        return publish(job, drop, found, Checked(), lines_of(drop))

    def withdraw(self, *references: str) -> None:
        withdraw(self.ledger, self.now, *references)

    @property
    def notices(self) -> tuple[Notice, ...]:
        with self.ledger.delivering(GENT) as log:
            return tuple(log.notices())

    @property
    def kinds(self) -> list[Kind]:
        """Of the drops, in the order of their numbers."""
        return [drop.kind for drop in self.delivery_state().drops]

    def look(self) -> None:
        """What the recipient sees of notices: each whole once it counts, and never another under the same name."""
        for go in self.view.path.glob("INTREKKING_*.GO"):
            file = go.with_suffix(".csv")
            if file.exists():
                content = file.read_text("utf-8-sig")
                assert self.told.setdefault(go.stem, content) == content, f"{go.stem} changed while it counted"
                if go.stem not in self.unproven:
                    self._is_proved(go.stem)

    def _is_proved(self, stem: str) -> None:
        manifest, signature = (self.view.path / f"{stem}.datapackage.json{end}" for end in ("", ".sig"))
        said = manifest.read_text()
        if stem not in self.proved:
            (file,) = json.loads(said)["resources"]
            assert file["hash"] == f"sha256:{sha256(self.view.path / file['path'])}"
            assert signature.read_bytes() == SIGNING_KEY.sign(manifest.read_bytes())
            (self.root / "fetched").mkdir(exist_ok=True)
            for path in (self.view.path / file["path"], manifest, signature, self.view.path / f"{stem}.GO"):
                shutil.copy(path, self.root / "fetched")
        assert self.proved.setdefault(stem, said) == said, f"{stem} changed while it counted"

    def _watched(self, step: Act) -> Act:
        watched = super()._watched(step)

        def look(what: str) -> None:
            self.look()
            watched(what)

        return look

    def references_told(self) -> list[str]:
        """Of every notice that ever counted, each as often as it was told."""
        self.look()
        rows = [row for text in self.told.values() for row in csv.DictReader(io.StringIO(text), delimiter=";")]
        return sorted(row["referentie"] for row in rows)

    def take_notice(self, *, acknowledging: bool = False, but: Collection[str] = ()) -> None:
        """The recipient removes every notice that counts, its GO file last, and puts back an ACK file if it does."""
        self.look()
        for go in sorted(self.view.path.glob("INTREKKING_*.GO")):
            if go.stem in but:
                continue
            for path in sorted(self.view.path.glob(f"{go.stem}.[a-z]*")):
                path.unlink()
            go.unlink()
            if acknowledging:
                self.acknowledge(go.stem)

    def acknowledge(self, stem: str) -> None:
        (self.view.path / f"{stem}.ACK").write_text("")

    def agrees(self) -> None:
        """The ledger and the folder tell one story of notices; drops as the view says."""
        self.look()
        assert set(self.told) <= {one.stem for one in self.notices if one.step is not Step.INTENT}
        assert [one.number for one in self.notices] == list(range(1, len(self.notices) + 1))
        known = {name for one in self.notices for name in (*one.names, one.ack_name)}
        assert {path.name for path in self.view.path.glob("INTREKKING*")} <= known
        self._is_chained()

    def refused_by_the_recipient(self) -> list[str]:
        """What verify.py and the real ssh-keygen find wrong with the notices that it fetched once they counted."""
        self.look()
        check = origin_check(self.root / "fetched", allowed_signers(self.root, SIGNING_KEY))
        report = verify_folder(self.root / "fetched", check)
        assert len(report.notices) == len(self.proved)
        return [f"{finding.code} {finding.about}" for finding in report.wrong]

    def _is_chained(self) -> None:
        """Each notice that counted names the one that counted before it."""
        before = None
        for stem in sorted(self.proved):
            manifest = self.proved[stem]
            assert json.loads(manifest)["previous_notice_sha256"] == before, stem
            before = hashlib.sha256(manifest.encode()).hexdigest()


def followup_world(folder: Path, rows: int = 3) -> FollowupWorld:
    """With one drop that it has not fetched, of R0, R1, ..."""
    from tests.support.publishing import MemoryLedger

    made = FollowupWorld(folder, MemoryLedger())
    made.deliver(0, rows=rows)
    return made

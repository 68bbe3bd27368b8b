"""One recipient's delivery: decided anew at this very moment, rendered and published, and looked after once it counts.

"Now, not then" (DOMAIN): the run's decision is an upper bound. A parent goes out only when the run released it to
this recipient and the gate, over what agency_db says now, releases it again, up to the rename that makes the drop
count. What changes after that cannot be undone: it ends as a withdrawal on record.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import DeliveryTransient
from pipeline.core.model import Head, Kbo, Outcome, Papers, Publication, Release
from pipeline.core.settings import Settings
from pipeline.core.staging import local, private_folder
from pipeline.delivery.manifest import Enclosure
from pipeline.delivery.mutex import turn
from pipeline.delivery.ports import Host, Ledger, PublicationLog
from pipeline.delivery.publish import Plan, plan, publish, stand_down
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import ReferenceKey, references
from pipeline.delivery.render import DropOrder, render
from pipeline.delivery.session import Task
from pipeline.gate.current import Look, Looking
from pipeline.gate.release import Allowed
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Kind, Standing
from pipeline.ledger.persons import LedgerKey, person_of_insz, persons
from pipeline.ledger.withdrawals import Found, Keys, Verdicts, due

log = logging.getLogger(__name__)

LOOKS = 5
"""So often a last look is taken before the host or the agency counts as too slow."""


@dataclass(frozen=True)
class Delivery:
    """What a delivery needs, wired by the task: who, which night and run, and the ways to the outside.

    `persons` is the ledger's key in use, `keys` finds those that older lines were made with; `ticks` is a monotonic
    clock in seconds. `replacing`: a drop of that night that was recalled (pipeline/followup/replace.py).
    `overtaken`: a newer run's checks accepted a newer snapshot, so that this run's release is no bound any more.
    `enclosures`: what goes along with its drop, by where the recipient stands (the indicator sheets that are due).
    """

    kbo: Kbo
    night: date
    run: str
    agency: str
    ledger: Ledger
    host: Host
    recipient: RecipientSettings
    key: ReferenceKey
    persons: LedgerKey
    keys: Keys
    settings: Settings
    clock: Callable[[], datetime]
    ticks: Callable[[], float] = time.monotonic
    replacing: bool = False
    overtaken: bool = False
    enclosures: Callable[[Standing], Sequence[Enclosure]] = lambda _: ()

    def looking(self, folder: Path) -> Looking:
        return Looking(self.kbo, self.agency, self.settings, self.clock, self.ticks, folder)


def deliver(job: Delivery, decided: Release, folder: Path) -> Publication:
    """Publish what may go to this recipient now; what rests in `folder` is for the caller to purge.

    Raises FeedError, AgencyUnreachable, LedgerUnavailable, LedgerConflict, DeliveryTransient or DeliveryRefused.
    """
    return deliver_among(job, lambda _: _released_then(decided, job.kbo), decided.ledger_head, folder)


def deliver_among(job: Delivery, parents: Callable[[Look], pa.Array], ledger_head: Head, folder: Path) -> Publication:
    """As `deliver`, of these parents at most; they are asked for once it was seen who may go now."""
    found = plan(job.kbo, job.night, job.host, job.ledger, job.run, job.clock, replacing=job.replacing)
    if isinstance(found, Publication):
        return _followed_up(job, found, folder)
    if job.overtaken:
        return _superseded(job)
    looking = job.looking(folder / "look")
    seen = looking.look()
    released_then = parents(seen)
    allowed = seen.allowed.among(released_then)
    if allowed.papers is None:
        return _stand_down(job, seen)
    order = _order(job, allowed.papers, found, ledger_head)
    drop = render(allowed.rows, order, job.recipient, job.key, folder / "drop", _enclosures(job))
    last_look = LastLook(looking, released_then, allowed)
    lines = _lines(job, allowed.grounds, allowed.papers.retention_days)
    published = publish(
        drop, found, job.host, job.ledger, job.run, job.clock, last_look, lines, replacing=job.replacing
    )
    _tell(job, published)
    return _followed_up(job, replace(published, dropped=len(released_then) - allowed.rows.num_rows), folder)


def _tell(job: Delivery, published: Publication) -> None:
    """A rename that was slow after a look that was quick cannot be undone: it is said, and the look that follows finds
    what came meanwhile."""
    if published.window_ms is None:
        return
    is_long = published.window_ms > job.settings.max_last_look_seconds * 1000
    level = logging.WARNING if is_long else logging.INFO
    log.log(level, "%s: %s counts, %d ms after its last look", job.kbo, published.stem, published.window_ms)


@dataclass
class LastLook:
    """Answers `pipeline.delivery.session.LastLook`: what may be sent is what was rendered, and was so less than a
    second ago.

    Deliveries of one machine look one after the other: side by side each would take as long as all of them.
    """

    looking: Looking
    released_then: pa.Array
    rendered: Allowed
    began: float = field(default=0.0, init=False)

    def __call__(self) -> None:
        """Raises DeliveryTransient when it is something else, or when no look is quick enough; or what a look does."""
        bound = self.looking.settings.max_last_look_seconds
        for _ in range(LOOKS):
            with turn(private_folder(self.looking.settings.staging_folder) / "last-look", LOOKS * bound):
                seen = self.looking.look()
            if seen.allowed.among(self.released_then) != self.rendered:
                raise DeliveryTransient(
                    f"{self.looking.kbo}: what may be sent changed meanwhile; the next try renders anew"
                )
            self.began = seen.began
            if self._passed() <= bound:
                return
        raise DeliveryTransient(
            f"{self.looking.kbo}: {LOOKS} last looks took more than {bound:g} s each, so nothing was sent: "
            "it is tried again; see that agency_db and this machine are not overloaded"
        )

    @property
    def milliseconds(self) -> int:
        return round(self._passed() * 1000)

    def _passed(self) -> float:
        return self.looking.ticks() - self.began


def _superseded(job: Delivery) -> Publication:
    """The newer run delivers: its feeds were compared with what this one was given, never the other way round."""
    with job.ledger.delivering(job.kbo) as pages:
        Task(job.kbo, job.night, pages, job.run, job.clock).remark(Kind.SUPERSEDED)
    return Publication(job.kbo, Outcome.SUPERSEDED, None, 0, 0)


def _order(job: Delivery, papers: Papers, planned: Plan, ledger_head: Head) -> DropOrder:
    return DropOrder(
        papers=papers,
        night=job.night,
        sequence=planned.sequence,
        run=job.run,
        decided_at=job.clock(),
        previous_manifest_sha256=planned.previous_manifest_sha256,
        ledger_head=ledger_head,
    )


def _enclosures(job: Delivery) -> Sequence[Enclosure]:
    """The indicator sheets that go along: frozen as they are, whatever the agency says now."""
    with job.ledger.delivering(job.kbo) as pages:
        return job.enclosures(pages.standing(job.night))


def _lines(job: Delivery, grounds: pa.Table, retention_days: int) -> list[Disclosure]:
    """For the ledger, one a parent: no value of a person, and everything that its row stands on."""
    rows = grounds.to_pylist()
    parents = [row["parent_id"] for row in rows]
    names = references(job.key, job.kbo, parents).to_pylist()
    return [
        Disclosure(
            reference=name,
            person=person,
            insz=person_of_insz(job.persons, row["insz"]) if row["insz"] else None,
            key_id=job.persons.id,
            fields=tuple(row["fields"].split(",")),
            agreements=tuple(row["agreements"]),
            protocols=tuple(row["protocols"]),
            consent_event=row["consent_event"],
            text_version=row["text_version"],
            retention_days=retention_days,
        )
        for name, person, row in zip(names, persons(job.persons, parents), rows, strict=True)
    ]


def _released_then(decided: Release, kbo: Kbo) -> pa.Array:
    """The parents that the run released to this recipient."""
    of_recipient = [("kbo", "=", kbo), ("outcome", "=", "released")]
    table = pq.read_table(local(decided.decisions), columns=["parent_id"], filters=of_recipient)
    return table["parent_id"].combine_chunks()


def _followed_up(job: Delivery, ended: Publication, folder: Path) -> Publication:
    """Once a drop counts, look again, once: who may not be used any more becomes a withdrawal on record.

    A task that died before it came here does it when it is cleared.
    """
    with job.ledger.delivering(job.kbo) as pages:
        standing = pages.standing(job.night)
        if ended.outcome is Outcome.SUPERSEDED or not standing.published or standing.followed_up:
            return ended
        new = withdraw(job, pages, job.looking(folder / "after").look())
        Task(job.kbo, job.night, pages, job.run, job.clock).remark(Kind.FOLLOWED_UP)
    return replace(ended, withdrawals=new)


def _stand_down(job: Delivery, seen: Look) -> Publication:
    """The withdrawals first, so that a host that fails hides none; then again, of a drop that turns out to count."""
    with job.ledger.delivering(job.kbo) as pages:
        before = withdraw(job, pages, seen)
    ended = stand_down(job.kbo, job.night, job.host, job.ledger, job.run, job.clock)
    with job.ledger.delivering(job.kbo) as pages:
        return replace(ended, withdrawals=before + withdraw(job, pages, seen))


def withdraw(job: Delivery, pages: PublicationLog, seen: Look) -> int:
    """Put on record whom this recipient holds and may not use any more by what was seen; how many are new."""
    verdicts = Verdicts(seen.decisions, job.keys)
    found = due(job.kbo, pages.holdings(), verdicts, Found(job.run, job.night, seen.at))
    new = pages.record_withdrawals(found)
    if new:
        log.warning("%s: %d withdrawals to send: parents in its drops that it may not use any more", job.kbo, new)
    return new

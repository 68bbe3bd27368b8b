"""One recipient's delivery: decided anew at this very moment, rendered and published.

"Now, not then" (DOMAIN): the run's decision is an upper bound. A parent goes out only when the run released it to
this recipient and the gate, over what agency_db says now, releases it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.adapters.staging import local
from pipeline.check import recheck
from pipeline.errors import DeliveryTransient
from pipeline.extract import extract
from pipeline.model import Kbo, Moment, Papers, Publication, Release
from pipeline.ports import Host, Ledger
from pipeline.publish import Plan, plan, publish, stand_down
from pipeline.recipients import RecipientSettings
from pipeline.references import ReferenceKey
from pipeline.release import allowed
from pipeline.render import DropOrder, render
from pipeline.settings import Settings


@dataclass(frozen=True)
class Delivery:
    """What a delivery needs, wired by the task: who, which night and run, and the ways to the outside."""

    kbo: Kbo
    night: date
    run: str
    agency: str
    ledger: Ledger
    host: Host
    recipient: RecipientSettings
    key: ReferenceKey
    settings: Settings
    clock: Callable[[], datetime]


def deliver(job: Delivery, decided: Release, folder: Path) -> Publication:
    """Publish what may go to this recipient now; what rests in `folder` is for the caller to purge.

    Raises FeedError, AgencyUnreachable, LedgerUnavailable, LedgerConflict, DeliveryTransient or DeliveryRefused.
    """
    found = plan(job.kbo, job.night, job.host, job.ledger, job.run, job.clock)
    if isinstance(found, Publication):
        return found
    released_then = _released_then(decided, job.kbo)
    papers, rows = _allowed_now(job, released_then, folder / "now")
    if papers is None:
        return stand_down(job.kbo, job.night, job.host, job.ledger, job.run, job.clock)
    drop = render(rows, _order(job, papers, found), job.recipient, job.key, folder / "drop")

    def last_look() -> None:
        if _allowed_now(job, released_then, folder / "last") != (papers, rows):
            raise DeliveryTransient(f"{job.kbo}: what may be sent changed meanwhile; the next try renders anew")

    published = publish(drop, found, job.host, job.ledger, job.run, job.clock, last_look)
    return replace(published, dropped=len(released_then) - rows.num_rows)


def _order(job: Delivery, papers: Papers, planned: Plan) -> DropOrder:
    return DropOrder(
        papers=papers,
        night=job.night,
        sequence=planned.sequence,
        run=job.run,
        decided_at=job.clock(),
        previous_manifest_sha256=planned.previous_manifest_sha256,
        ledger_head=None,
    )


def _allowed_now(job: Delivery, released_then: pa.Array, folder: Path) -> tuple[Papers | None, pa.Table]:
    """The recipient's papers in force now (None: not covered) and the rows released both then and now."""
    now = job.clock()
    moment = Moment.of(now)
    snapshot = extract(job.agency, now, job.settings, folder / "snapshot", job.kbo)
    checked = recheck(snapshot, moment, now, job.settings)
    papers, rows = allowed(checked, moment, job.settings, folder / "gate", job.kbo)
    return papers, rows.filter(pc.is_in(rows["parent_id"], value_set=released_then))


def _released_then(decided: Release, kbo: Kbo) -> pa.Array:
    """The parents that the run released to this recipient."""
    of_recipient = [("kbo", "=", kbo), ("outcome", "=", "released")]
    table = pq.read_table(local(decided.decisions), columns=["parent_id"], filters=of_recipient)
    return table["parent_id"].combine_chunks()

"""One recipient's delivery: decided anew, rendered, published, and checked once more after the drop counts.

"Now, not then": the run's decision is an upper bound, and so is that of a run that accepted newer feeds. A parent is in
the drop only when both released the parent to this recipient, and the gate releases the parent again from agency_db as
it is now, up to the rename that makes the drop count. A later change cannot be undone, and becomes a withdrawal on
record.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from pipeline.core.errors import DeliveryTransient
from pipeline.core.lock import courtesy
from pipeline.core.model import Head, Outcome, Publication, Release
from pipeline.core.staging import read_table
from pipeline.delivery.change_file import change_file
from pipeline.delivery.changes import DropChanges, EarlierDrop, OutgoingRow, drop_changes, outgoing_rows
from pipeline.delivery.job import Delivery
from pipeline.delivery.manifest import Enclosure
from pipeline.delivery.ports import PublicationLog
from pipeline.delivery.publish import cancel_coverage, plan, publish
from pipeline.delivery.references import references
from pipeline.delivery.render import DropOrder, drop_table, render
from pipeline.gate.current import CurrentDecision
from pipeline.gate.release import RecipientRelease
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import DISCLOSED, Kind
from pipeline.ledger.persons import insz_hash, person_hashes
from pipeline.ledger.withdrawals import Verdicts, withdrawals_due

log = logging.getLogger(__name__)

FINAL_CHECKS = 5
"""After so many slow final checks the host or the agency counts as too slow."""


def deliver(job: Delivery, decided: Release, folder: Path) -> Publication:
    """Publish the parents that may go to this recipient now; `folder` is for the caller to purge.

    Raises FeedError, AgencyUnreachable, LedgerUnavailable, LedgerConflict, DeliveryTransient or DeliveryRefused.
    """

    def released_then(_: CurrentDecision) -> pa.Array:
        table = read_table(decided.decisions, "parent_id", kbo=job.kbo, outcome="released")
        return job.within(table["parent_id"].combine_chunks())

    return deliver_among(job, released_then, decided.ledger_head, folder)


def deliver_among(
    job: Delivery, parents: Callable[[CurrentDecision], pa.Array], ledger_head: Head, folder: Path
) -> Publication:
    """As `deliver`, of at most these parents: `parents` gets the decision of now."""
    job.take_in_first()  # else the final check finds a no that came with this very visit
    planned = plan(job)
    if isinstance(planned, Publication):
        return _recheck(job, planned, folder)
    decision = job.decide_now(folder / "look")
    released_then = parents(decision)
    allowed = decision.allowed.among(released_then)
    if allowed.papers is None:
        return _cancel_coverage(job, decision)
    rows, changes, enclosures = _with_changes(job, allowed)
    order = DropOrder(
        papers=allowed.papers,
        night=job.night,
        sequence=planned.sequence,
        run=job.run,
        decided_at=job.clock(),
        previous_manifest_sha256=planned.previous_manifest_sha256,
        ledger_head=ledger_head,
        signing_key=job.signing_key(),
        changes=changes,
    )
    drop = render(allowed.rows, order, job.recipient, job.key, folder / "drop", enclosures)
    final_check = AgencyFinalCheck(job, folder / "look", released_then, allowed)
    lines = disclosure_lines(job, allowed.grounds, allowed.papers.retention_days, rows)
    published = publish(job, drop, planned, final_check, lines)
    _log_window(job, published)
    return _recheck(job, replace(published, dropped=len(released_then) - allowed.rows.num_rows), folder)


def _with_changes(
    job: Delivery, allowed: RecipientRelease
) -> tuple[Mapping[str, OutgoingRow], DropChanges, list[Enclosure]]:
    """The rows as they go out, how they differ from what the recipient last took in, and what accompanies them."""
    parents = allowed.rows["parent_id"].to_pylist()
    whose = dict(zip(references(job.key, job.kbo, parents).to_pylist(), parents, strict=True))
    rows = outgoing_rows(job.kbo, drop_table(allowed.rows, job.kbo, job.key), whose)
    with job.task() as task:
        state = task.delivery_state()
        had = state.taken_in.contents if state.taken_in else None
        lines = tuple(task.log.disclosures(had.manifest_sha256)) if had else ()
    earlier = EarlierDrop(had.stem, had.rows, lines) if had else EarlierDrop()
    changes = drop_changes(earlier, rows, job.keys)
    own = [change_file(changes)] if job.recipient.change_file else []
    return rows, changes, [*own, *job.enclosures(state)]


def _log_window(job: Delivery, published: Publication) -> None:
    """Log how long the rename took after the final check began: a slow rename cannot be undone, and the decision that
    follows finds what changed meanwhile."""
    if published.window_ms is None:
        return
    is_long = published.window_ms > job.settings.max_last_look_seconds * 1000
    level = logging.WARNING if is_long else logging.INFO
    log.log(level, "%s: %s counts, %d ms after its final check", job.kbo, published.stem, published.window_ms)


class AgencyFinalCheck:
    """Implements `pipeline.delivery.publish.FinalCheck`: the agency still allows exactly what was rendered.

    A decision that took longer than `max_last_look_seconds` proves nothing. Deliveries of one machine decide one after
    the other: side by side each of them would take as long as all together.
    """

    def __init__(self, job: Delivery, folder: Path, released_then: pa.Array, rendered: RecipientRelease) -> None:
        self._job, self._folder, self._released_then, self._rendered = job, folder, released_then, rendered
        self._began = 0.0

    def __call__(self) -> None:
        """Raises DeliveryTransient when the agency allows something else, or no decision is quick enough; and what
        `Delivery.decide_now` raises."""
        kbo, settings = self._job.kbo, self._job.settings
        bound = settings.max_last_look_seconds
        for _ in range(FINAL_CHECKS):
            with courtesy(settings.staging_folder / "final-check", FINAL_CHECKS * bound):
                decision = self._job.decide_now(self._folder)
            if decision.allowed.among(self._released_then) != self._rendered:
                raise DeliveryTransient(f"{kbo}: what may be sent changed meanwhile; the next try renders anew")
            self._began = decision.began
            if self._elapsed() <= bound:
                return
        raise DeliveryTransient(
            f"{kbo}: {FINAL_CHECKS} final checks took more than {bound:g} s each, so nothing was sent: "
            "it is tried again; see that agency_db and this machine are not overloaded"
        )

    @property
    def milliseconds(self) -> int:
        return round(self._elapsed() * 1000)

    def _elapsed(self) -> float:
        return self._job.ticks() - self._began


def disclosure_lines(
    job: Delivery, grounds: pa.Table, retention_days: int, going: Mapping[str, OutgoingRow]
) -> list[Disclosure]:
    """For the ledger, one line per parent: no value of a person, and the grounds of the parent's row.

    `going`: the rows as they go out, by reference; empty where that is not known.
    """
    rows = grounds.to_pylist()
    parents = [row["parent_id"] for row in rows]
    names = references(job.key, job.kbo, parents).to_pylist()
    return [
        Disclosure(
            reference=name,
            person=person,
            insz=insz_hash(job.persons, row["insz"]) if row["insz"] else None,
            key_id=job.persons.id,
            fields=tuple(row["fields"].split(",")),
            agreements=tuple(row["agreements"]),
            protocols=tuple(row["protocols"]),
            consent_event=row["consent_event"],
            text_version=row["text_version"],
            retention_days=retention_days,
            cells=going[name].cells(job.persons) if name in going else None,
        )
        for name, person, row in zip(names, person_hashes(job.persons, parents), rows, strict=True)
    ]


def _recheck(job: Delivery, ended: Publication, folder: Path) -> Publication:
    return ended if ended.outcome is Outcome.SUPERSEDED else replace(ended, withdrawals=recheck_drop(job, folder))


def recheck_drop(job: Delivery, folder: Path) -> int:
    """After the drop counts, decide once more, once: record a withdrawal for each parent who may no longer be shared.

    How many are new. A task that died before is cleared and does so then, or housekeeping does.
    """
    with job.task() as task:
        standing = task.delivery_state()
        if not standing.published or standing.rechecked:
            return 0
        new = withdraw(job, task.log, job.decide_now(folder / "after"))
        task.remark(Kind.RECHECKED)
    return new


def recheck_newest(job: Delivery, folder: Path) -> int:
    """`recheck_drop` of the newest drop that counted, whichever night's: whoever sent it may have died before."""
    with job.task() as task:
        nights = [drop.night for drop in task.delivery_state().drops if drop.kind in DISCLOSED]
    return recheck_drop(replace(job, night=nights[-1]), folder) if nights else 0


def _cancel_coverage(job: Delivery, decision: CurrentDecision) -> Publication:
    """Record the withdrawals first, so that a failing host hides none; and again, for a try that turns out to count."""
    with job.task() as task:
        before = withdraw(job, task.log, decision)
    ended = cancel_coverage(job)
    with job.task() as task:
        return replace(ended, withdrawals=before + withdraw(job, task.log, decision))


def withdraw(job: Delivery, pages: PublicationLog, decision: CurrentDecision) -> int:
    """Record a withdrawal for each parent in its drops whom this recipient may not use any more; how many are new."""
    verdicts = Verdicts(decision.decisions, job.keys, decision.said_to_recipient, decision.told)
    withdrawals = withdrawals_due(job.kbo, pages.holdings(), verdicts, job.run, job.night, decision.at)
    new = pages.record_withdrawals(withdrawals)
    if new:
        log.warning("%s: %d withdrawals to send: parents in its drops that it may not use any more", job.kbo, new)
    return new

"""One night: a function per task of the DAG, without Airflow.

Each function takes and returns references; the rows stay in staging, in the run's own folder. A killed task may run
again: each try works in a folder of its own, beside one that was taken for dead and goes on.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.answers.lookup import LookupKind
from pipeline.answers.lookup_log import record_lookup
from pipeline.core.errors import TerminalError
from pipeline.core.ground import only_a_warning
from pipeline.core.model import (
    CheckedSnapshot,
    Head,
    HeldSnapshot,
    Kbo,
    Moment,
    Publication,
    Release,
    Snapshot,
    StagedFile,
)
from pipeline.core.run import RunContext
from pipeline.core.serialize import from_json, to_json
from pipeline.core.staging import Staging, local, purge_leftover, try_folder
from pipeline.core.version import package_version
from pipeline.delivery.deliver import deliver
from pipeline.delivery.recipients import settings_of
from pipeline.delivery.recipients_file import load_recipients
from pipeline.followup.reconcile import reconcile_night, withdraw_night
from pipeline.followup.returned_list import returned_list, write_returned_list
from pipeline.gate.release import release_within
from pipeline.gate.replay.newest import released_by
from pipeline.gate.replay.record import record_of
from pipeline.gate.suppression import AppliedList
from pipeline.indicators.edition import release_first_edition
from pipeline.ledger.anchors import anchor_run, require_anchored, require_anchored_here, require_one_place
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.persons import ledger_key, ledger_key_of
from pipeline.ledger.redaction import redact_all_due
from pipeline.source.check import check
from pipeline.source.extract import extract
from pipeline.source.kept import require_seen_rows
from pipeline.source.watermark import known_by
from pipeline.tasks.approval import CHECKED, require_approved
from pipeline.tasks.at_work import beginning, end_run, task_of_a_night
from pipeline.tasks.retention import purge_runs_that_are_over
from pipeline.tasks.summary import NightSummary, summarize_night
from pipeline.tasks.wiring import build_delivery

log = logging.getLogger(__name__)

SNAPSHOT = "snapshot.json"
"""Where the feeds of a try lie, in its own folder under `snapshot`, beside them."""
RELEASE = "release.json"
"""The release, in a try's own folder under `release`, beside its decisions."""
DECISIONS = "decisions.parquet"
LISTED = "nightly list for the registry"
"""The reason of the look-up of what recipients returned."""
WATERMARK = "watermark"
"""Of this night's feeds, for the next night."""


def extract_night(context: RunContext) -> StagedFile:
    """Read every feed into staging, and say where, after clearing away what runs that are over left there. Before the
    ledger is asked anything, who is past the retention is redacted: its backup may have been put back.

    Raises RunAtWork beside another run that is at work, and LoadUnderWay as long as the agency is loading: Airflow
    tries again, for LOAD_PATIENCE_MINUTES.
    """
    with beginning(context) as context:
        context.staging.remove("release")
        require_one_place(context)
        redact_all_due(context)
        context.staging.remove_leftover("snapshot")
        purge_runs_that_are_over(context)
        known = open_ledger(context.ledger).known_feeds().loads_alone
        folder = try_folder(context.folder / "snapshot")
        snapshot = extract(context.agency, context.clock(), context.settings, folder, known)
        snapshot = replace(snapshot, feeds={name: context.staging.put(file) for name, file in snapshot.feeds.items()})
        return context.staging.put(Staging(folder).write(SNAPSHOT, to_json(snapshot)))


@task_of_a_night
def check_night(context: RunContext, snapshot: StagedFile) -> CheckedSnapshot | HeldSnapshot:
    """Judge the feeds, also against those of last night, and stage the watermark for the next night.

    The release of an earlier try goes first: after a refusal, close must not find that release.
    """
    context.staging.remove("release")
    ledger, read = open_ledger(context.ledger), from_json(Snapshot, _of_this_run(context, snapshot, SNAPSHOT))
    previous = ledger.last_watermark()
    here, now = _fetched(context, read), context.clock()
    result = check(here, Moment.of(read.read_at), now, context.settings, previous, context.docs)
    require_seen_rows(known_by(result.watermark)[0], ledger.known_feeds())
    context.staging.write(WATERMARK, result.watermark)
    checked = result.checked.on_files_of(read)
    context.staging.write(CHECKED, to_json(checked))
    if isinstance(checked, HeldSnapshot):
        log.warning("held until a named approver lets it go: %s", checked.message)
    for finding in checked.findings:
        log.info("set apart: feed %s, rule %s: %d of %d", finding.feed, finding.rule, finding.count, finding.of)
    return checked


def _fetched(context: RunContext, snapshot: Snapshot) -> Snapshot:
    """With every feed as a file of this task."""
    return replace(snapshot, feeds={name: context.staging.fetch(file) for name, file in snapshot.feeds.items()})


def _fetched_approved(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> CheckedSnapshot:
    """What the gate may take, with every feed as a file of this task. Raises as `require_approved`."""
    approved = require_approved(context, checked)
    return replace(approved, snapshot=_fetched(context, approved.snapshot))


@dataclass(frozen=True)
class StagedRelease:
    """The release of a run, and the KBO of each recipient that `deliver` is mapped over, sorted."""

    staged_release: StagedFile
    recipients: tuple[Kbo, ...]


@task_of_a_night
def release_night(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> StagedRelease:
    """Decide on every parent, record the decisions, reconcile the withdrawals, and stage the release.

    The ledger's head is anchored first: no anchor, no drop. `close` anchors what this run adds.
    Raises TerminalError for a result of check that was modified, or is held without an approval.
    """
    approved = _fetched_approved(context, checked)
    ledger_head = anchor_run(context)
    moment = Moment.now(approved.snapshot.read_at, context.clock(), context.settings.max_clock_skew_minutes)
    staging = Staging(try_folder(context.folder / "release"))
    listed = suppression_records(open_ledger(context.ledger).engine, context.connections)
    decided, bound = release_within(listed.read(), approved, moment, context.settings, staging.folder)
    kept = listed.keep(bound.new, context.night, decided.moment.at)
    log.info("suppression list: %d new noes", kept)
    _record_decisions(context, approved, decided, bound)
    made = _reconcile(context, approved, decided, bound, ledger_head)
    made = replace(made, decisions=context.staging.put(made.decisions))
    _list_returned(context, approved)
    _accept(context, made.moment.at)
    written = staging.write(RELEASE, to_json(made), made.population)
    return StagedRelease(context.staging.put(written), tuple(made.to_visit))


def _list_returned(context: RunContext, approved: CheckedSnapshot) -> None:
    """For the agency's registry, behind the tab of this run's tasks: what recipients returned, by its own parent ids.
    On record as a look-up, where any parent is named; without the way back there is no list."""
    ledger = open_ledger(context.ledger)
    keys, at = partial(ledger_key_of, context.connections), context.clock()
    found = returned_list(ledger, approved.snapshot, keys, at)
    if not found.files:
        return
    if found.parents:
        record_lookup(LookupKind.RETURNED, LISTED, at, context.connections)
    with only_a_warning("no list of what recipients returned"):
        write_returned_list(found, at, context.docs)


def _accept(context: RunContext, at: datetime) -> None:
    """Keep what the next night, and every look until then, is held against."""
    watermark, ledger = context.staging.read(WATERMARK), open_ledger(context.ledger)
    if watermark is None:
        raise TerminalError("the watermark of this run is gone: clear this run from `extract` on")
    loads, kept = known_by(watermark)
    ledger.save_watermark(context.run, context.night, at, watermark, kept)
    ledger.believe_loads(loads)


def _record_decisions(context: RunContext, approved: CheckedSnapshot, decided: Release, bound: AppliedList) -> None:
    """On record before any delivery, so that any night can be replayed: no ledger, no drop."""
    key, at = ledger_key(context.connections), decided.moment.at
    packed = record_of(approved, decided, context.settings, key, context.folder / "release", bound)
    made = NightDecisions(context.run, context.night, at, key.id, packed)
    open_ledger(context.ledger).save_decisions(made, context.settings.decisions_days)
    log.info(
        "noes: %d grants lose to a no of no later date, %d noes cannot be placed, %d are of an unknown parent; "
        "%d persons have several rows, %d parents are withheld by the suppression list alone, "
        "%d by what their recipient returned alone",
        *vars(decided.noes).values(),
    )
    for paper in decided.reported:
        log.warning("%s %s of recipient %s: %s, not in force", paper.paper, paper.id, paper.kbo, paper.state)


def _reconcile(
    context: RunContext, approved: CheckedSnapshot, decided: Release, bound: AppliedList, ledger_head: Head
) -> Release:
    """The release with its withdrawals, and with the recipients whose drop no agreement and protocol cover any more."""
    withdrawals, held_before = withdraw_night(context, decided, bound)
    reconciled = reconcile_night(context, approved, decided, held_before)
    ledger, covered = open_ledger(context.ledger), {papers.kbo for papers in decided.recipients}
    others = {
        kbo: ledger.recipient(kbo).delivery_state(context.night) for kbo in ledger.recipients() if kbo not in covered
    }
    return replace(
        decided,
        withdrawals=withdrawals,
        reconciled=reconciled,
        no_longer=tuple(kbo for kbo, state in others.items() if state.on_host or state.unfinished),
        ledger_head=ledger_head,
        version=package_version(),
    )


@task_of_a_night
def freeze_sheets(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> dict[str, int | None]:
    """Once a year: the indicator sheets, which tonight's drops then bring. The year, and how many recipients have one.

    Raises as `release_first_edition` and `require_approved`.
    """
    approved = _fetched_approved(context, checked)
    moment, folder = Moment.of(approved.snapshot.read_at), try_folder(context.folder / "sheets")
    try:
        made = release_first_edition(open_ledger(context.ledger).engine, approved, moment, context.settings, folder)
    finally:
        purge_leftover(folder)
    if made is None:
        return {"year": None, "recipients": 0}
    log.info("indicator sheets of %d frozen for %d recipients", made.year, len(made.sheets))
    return {"year": made.year, "recipients": len(made.sheets)}


def read_release(context: RunContext, file: StagedFile) -> Release:
    """The release that this run staged. Raises as `_of_this_run`."""
    return from_json(Release, _of_this_run(context, file, RELEASE))


def _of_this_run(context: RunContext, file: StagedFile, name: str) -> bytes:
    """What a try of this run staged under that name, in a folder of the name's own step.

    Raises TerminalError for anything else: Airflow's users can edit its values.
    """
    step, found = name.removesuffix(".json"), context.staging.name_of(file) or ""
    content = local(context.staging.fetch(file)).read_bytes()
    if not re.fullmatch(rf"{step}/[0-9a-f]+/{re.escape(name)}", found):
        raise TerminalError(f"the {step} is another run's, or was altered on its way: clear this run from `extract` on")
    return content


def recipient_label(context: RunContext, staged_release: StagedFile, kbo: Kbo) -> str:
    """The recipient's name in the UI."""
    return f"{read_release(context, staged_release).to_visit[kbo]} ({kbo})".lstrip()


@task_of_a_night
def deliver_night(context: RunContext, staged_release: StagedFile, kbo: Kbo) -> Publication:
    """Deliver to one recipient, after deciding anew what may go; leaves no row in staging."""
    require_anchored(context)
    decided = read_release(context, staged_release)
    require_anchored_here(context, decided.ledger_head)
    _require_same_version(decided)
    decided = replace(decided, decisions=context.staging.fetch(decided.decisions))
    recipient = settings_of(load_recipients(Path(context.settings.recipients)), kbo)
    job = build_delivery(context, recipient, sending=kbo not in decided.no_longer)
    job = replace(job, within=_within_newest(context, decided, kbo))
    folder = try_folder(context.folder / "deliver" / kbo)
    try:
        return deliver(job, decided, folder)
    finally:
        purge_leftover(folder)


def _require_same_version(decided: Release) -> None:
    """Raises TerminalError where another build of this package decided: it may have had other rules."""
    if decided.version != package_version():
        raise TerminalError(
            f"this run was released by version {decided.version or 'before 0.2'}, and here runs {package_version()}: "
            "give every machine the same one, then clear this run from `extract` on"
        )


def _within_newest(context: RunContext, decided: Release, kbo: Kbo) -> Callable[[pa.Array], pa.Array]:
    """Keeps the parents whom the newest accepted run released too. Raises TerminalError when the ledger lacks it."""
    ledger = open_ledger(context.ledger)
    accepted_at = ledger.accepted_at()
    if accepted_at == decided.moment.at:
        return lambda parents: parents
    newest = ledger.decisions(accepted_at) if accepted_at and accepted_at > decided.moment.at else None
    if newest is None:
        raise TerminalError(
            "the ledger does not have what was accepted last, so nothing was sent: clear this run from `extract` on"
        )
    log.info("%s: bounded by the decisions of run %s too, which accepted newer feeds", kbo, newest.run)
    return released_by(newest, kbo, ledger_key_of(context.connections, newest.key_id))


@task_of_a_night
def close_night(
    context: RunContext,
    staged_release: StagedFile | None,
    publications: Sequence[Publication],
    sheets_failed: bool = False,
) -> NightSummary:
    """Record the night, purge its personal data, and fail when any step failed.

    The decisions (ids without values) stay for the re-run of a failed recipient until the run is whole; the release's
    counts stay longer, so that a delivery that is cleared after that finds nothing left to do.
    Raises TerminalError naming the recipients that got nothing; also when only the indicator sheets failed.
    """
    context.staging.remove_leftover("snapshot", "deliver", "sheets")
    try:
        return _close(context, staged_release, publications, sheets_failed)
    finally:
        end_run(context)


def _close(
    context: RunContext, staged_release: StagedFile | None, publications: Sequence[Publication], sheets_failed: bool
) -> NightSummary:
    if staged_release is None:
        raise TerminalError("nothing was published tonight: a task before the deliveries failed, see its log")
    summary = summarize_night(context.run, context.night, read_release(context, staged_release), publications)
    ledger = open_ledger(context.ledger)
    ledger.save_summary(context.run, context.night, context.clock(), to_json(summary).decode())
    anchor_run(context)
    _require_deliveries(
        summary, {kbo for kbo in summary.failed if ledger.recipient(kbo).delivery_state(context.night).published}
    )
    decisions = [name for name in context.staging.names("release") if name.endswith(f"/{DECISIONS}")]
    context.staging.remove(*decisions, WATERMARK, CHECKED)
    if sheets_failed:
        raise TerminalError(
            "every drop went, but no indicator sheets: see the log of `sheets`; the next night tries again"
        )
    return summary


def _require_deliveries(summary: NightSummary, published: set[Kbo]) -> None:
    """Raises TerminalError naming each failed recipient; those in `published` have their drop all the same."""
    if not summary.failed:
        return
    names = ", ".join(
        f"{name} ({kbo}) {'has its drop, but was not looked after' if kbo in published else 'got nothing'}"
        for kbo, name in summary.failed.items()
    )
    raise TerminalError(
        f"{len(summary.failed)} of {summary.recipients} deliveries failed: {names}; "
        "see each one's log, mend the cause and clear that task"
    )

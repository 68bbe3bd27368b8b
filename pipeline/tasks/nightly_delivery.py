"""One night, task by task: what each task of the DAG does, without knowing Airflow.

Each function takes references and returns references; the rows rest in staging, under the run's own folder.
A task that is killed may be run again: it overwrites what it had begun.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Moment, Publication, Release, Snapshot, StagedFile
from pipeline.core.run import RunContext
from pipeline.core.serialize import from_json, to_json
from pipeline.core.staging import local, private_folder, purge, staged, writing
from pipeline.delivery.deliver import deliver
from pipeline.delivery.recipients import load_recipients, settings_of
from pipeline.followup.reconcile import reconcile_night, withdraw_night
from pipeline.gate.release import release
from pipeline.gate.replay.record import record_of
from pipeline.indicators.edition import freeze_year
from pipeline.ledger.anchor_night import anchor_night
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.persons import ledger_key
from pipeline.source.check import check
from pipeline.source.extract import extract
from pipeline.tasks.approval import CHECKED, require_approved, require_unmodified, save_checked
from pipeline.tasks.summary import NightSummary, summarize
from pipeline.tasks.wiring import delivery

log = logging.getLogger(__name__)

RELEASE = "release/release.json"
"""What release decided, in the run's own folder."""


def extract_night(context: RunContext) -> Snapshot:
    """Read every feed into staging, after clearing away what earlier runs left there."""
    purge(context.folder / "release")
    _purge_earlier_runs(context)
    return extract(context.agency, context.clock(), context.settings, context.folder / "snapshot")


def _purge_earlier_runs(context: RunContext) -> None:
    """No snapshot outlives its run, and what re-runs need does not stay for ever."""
    oldest = context.clock() - timedelta(days=context.settings.staging_days)
    for folder in private_folder(context.settings.staging_folder).iterdir():
        if folder == context.folder or not folder.is_dir():
            continue
        purge(folder / "snapshot")
        if datetime.fromtimestamp(folder.stat().st_mtime, UTC) < oldest:
            purge(folder)


def check_night(context: RunContext, snapshot: Snapshot) -> CheckedSnapshot | HeldSnapshot:
    """Judge the feeds, against last night's as well; what the next night compares with rests in staging.

    An earlier try's release goes first: should this one refuse, close must not find it.
    """
    purge(context.folder / "release")
    previous = open_ledger(context.ledger).last_watermark()
    result = check(snapshot, Moment.of(snapshot.read_at), context.clock(), context.settings, previous, context.docs)
    with writing(context.folder / "watermark") as part:
        part.write_bytes(result.watermark)
    checked = result.checked
    save_checked(context, checked)
    if isinstance(checked, HeldSnapshot):
        log.warning("held until a named approver lets it go: %s", checked.message)
    for finding in checked.findings:
        log.info("set apart: feed %s, rule %s: %d of %d", finding.feed, finding.rule, finding.count, finding.of)
    return checked


@dataclass(frozen=True)
class Released:
    """What `deliver` is mapped over: the recipients' KBO, sorted and frozen for the run."""

    staged_release: StagedFile
    recipients: tuple[Kbo, ...]


def release_night(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> Released:
    """Decide on every parent, freeze who gets a drop, and keep what the next night's feeds are compared with.

    First of all the ledger's head is anchored: no anchor, no drop. `close` anchors what this run adds.

    Raises TerminalError for a held night that nobody let go, and for one that is not as check left it in staging:
    what travels through Airflow can be edited there.
    """
    require_unmodified(context, checked)
    checked = require_approved(context, checked)
    ledger_head = anchor_night(context)
    moment = Moment.of(checked.snapshot.read_at)
    decided = release(checked, moment, context.settings, context.folder / "release")
    _record_decisions(context, checked, decided)
    withdrawals, held_before = withdraw_night(context, decided)
    reconciled = reconcile_night(context, checked, decided, held_before)
    decided = replace(decided, withdrawals=withdrawals, reconciled=reconciled)
    decided = replace(decided, no_longer=_no_longer(context, decided), ledger_head=ledger_head)
    for paper in decided.reported:
        log.warning("%s %s of recipient %s: %s, not in force", paper.paper, paper.id, paper.kbo, paper.state)
    ledger = open_ledger(context.ledger)
    ledger.save_watermark(context.run, context.night, moment.at, (context.folder / "watermark").read_bytes())
    path = context.folder / RELEASE
    with writing(path) as part:
        part.write_bytes(to_json(decided))
    return Released(staged(path, decided.population), tuple(decided.to_visit))


@dataclass(frozen=True)
class SheetsFrozen:
    """The year whose first edition this run froze, and for how many recipients; None and 0 when there was none to."""

    year: int | None = None
    recipients: int = 0


def freeze_sheets(context: RunContext, checked: CheckedSnapshot | HeldSnapshot) -> SheetsFrozen:
    """Once a year: the indicator sheets, which tonight's drops then bring.

    Raises what `freeze_year`, `require_unmodified` and `require_approved` do.
    """
    require_unmodified(context, checked)
    checked = require_approved(context, checked)
    moment, folder = Moment.of(checked.snapshot.read_at), context.folder / "sheets"
    try:
        made = freeze_year(open_ledger(context.ledger).engine, checked, moment, context.settings, folder)
    finally:
        purge(folder)
    if made is None:
        return SheetsFrozen()
    log.info("indicator sheets of %d frozen for %d recipients", made.year, len(made.sheets))
    return SheetsFrozen(made.year, len(made.sheets))


def _record_decisions(context: RunContext, checked: CheckedSnapshot, decided: Release) -> None:
    """On record before anything is delivered, so that any night can be replayed: no ledger, no drop."""
    key, at = ledger_key(context.connections), decided.moment.at
    packed = record_of(checked, decided, context.settings, key, context.folder / "release")
    made = NightDecisions(context.run, context.night, at, key.id, packed)
    open_ledger(context.ledger).save_decisions(made, context.settings.decisions_days)


def _no_longer(context: RunContext, decided: Release) -> tuple[Kbo, ...]:
    """Recipients with a drop on their host, or half of one, that no agreement and protocol cover any more."""
    ledger, covered = open_ledger(context.ledger), {papers.kbo for papers in decided.recipients}
    gone = {kbo: ledger.recipient(kbo).standing(context.night) for kbo in ledger.recipients() if kbo not in covered}
    return tuple(kbo for kbo, standing in gone.items() if standing.on_host or standing.unfinished)


def read_release(context: RunContext, file: StagedFile) -> Release:
    """The release that this run staged. Raises TerminalError for another: what Airflow hands on can be edited there."""
    path = local(file)
    if path != context.folder / RELEASE:
        raise TerminalError("the release is another run's, or was altered on its way: clear this run from `extract` on")
    return from_json(Release, path.read_bytes())


def recipient_label(context: RunContext, staged_release: StagedFile, kbo: Kbo) -> str:
    """How the recipient is named in the UI."""
    return f"{read_release(context, staged_release).to_visit[kbo]} ({kbo})".lstrip()


def deliver_night(context: RunContext, staged_release: StagedFile, kbo: Kbo) -> Publication:
    """Deliver to one recipient, after deciding anew what may go; leaves no row in staging."""
    decided = read_release(context, staged_release)
    recipient = settings_of(load_recipients(Path(context.settings.recipients)), kbo)
    accepted = open_ledger(context.ledger).last_accepted()
    overtaken = accepted is None or accepted[0] != context.run
    job = delivery(context, recipient, sending=kbo not in decided.no_longer, overtaken=overtaken)
    folder = context.folder / "deliver" / kbo
    try:
        return deliver(job, decided, private_folder(folder))
    finally:
        purge(folder)


def _failed(kbo: Kbo, name: str, counts: bool) -> str:
    return f"{name} ({kbo}) {'has its drop, but was not looked after' if counts else 'got nothing'}"


def close_night(
    context: RunContext,
    staged_release: StagedFile | None,
    publications: Sequence[Publication],
    sheets_failed: bool = False,
) -> NightSummary:
    """Put the night on record, purge its personal data, and fail when anything failed.

    What a failed recipient's re-run needs (decisions: ids without values) stays until the run is whole; the release's
    counts stay longer, so that a delivery that is cleared after that finds that nothing is left to do.
    Raises TerminalError naming the recipients that got nothing; also when only the indicator sheets failed.
    """
    for rest in ("snapshot", "deliver", "sheets"):
        purge(context.folder / rest)
    if staged_release is None:
        raise TerminalError("nothing was published tonight: a task before the deliveries failed, see its log")
    decided = read_release(context, staged_release)
    summary = summarize(context.run, context.night, decided, publications)
    ledger = open_ledger(context.ledger)
    ledger.save_summary(context.run, context.night, context.clock(), to_json(summary).decode())
    anchor_night(context)
    if summary.failed:
        there = {kbo for kbo in summary.failed if ledger.recipient(kbo).standing(context.night).published}
        names = ", ".join(_failed(kbo, name, kbo in there) for kbo, name in summary.failed.items())
        raise TerminalError(
            f"{len(summary.failed)} of {summary.recipients} deliveries failed: {names}; "
            "see each one's log, mend the cause and clear that task"
        )
    for rest in ("watermark", CHECKED, "release/decisions.parquet"):
        (context.folder / rest).unlink(missing_ok=True)
    if sheets_failed:
        raise TerminalError(
            "every drop went, but no indicator sheets: see the log of `sheets`; the next night tries again"
        )
    return summary

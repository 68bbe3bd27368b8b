"""The tasks of the DAG `housekeeping`, one function per task, without Airflow.

Each hour: record what became of the drops and notices, take away the drops that may not stay, send notices, and delete
staged data and Data Docs whose retention period has ended. A task that is killed may be run again.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from pipeline.core.errors import DeliveryRefused, FeedError, LoadUnderWay, PipelineError, TerminalError
from pipeline.core.ground import only_a_warning
from pipeline.core.local_time import local_day
from pipeline.core.model import Head, Kbo, Publication
from pipeline.core.page_folder import page_folder, writing_page
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import purge_leftover, try_folder
from pipeline.delivery.deliver import recheck_newest, withdraw
from pipeline.delivery.former_places import former_places_emptied
from pipeline.delivery.job import Delivery
from pipeline.delivery.newer_files import newer_files_error
from pipeline.delivery.publish import take_away_from_suspended
from pipeline.delivery.recipients import RecipientSettings, settings_of
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.sftp.log import reads_of
from pipeline.delivery.troubles import HostTroubles
from pipeline.followup.folder_remarks import FolderRemark
from pipeline.followup.load_wait import end_wait, waits_too_long
from pipeline.followup.notify import notify
from pipeline.followup.pickup import FollowupResult, needs_followup, process_pickups
from pipeline.followup.recall import recall_seen_noes
from pipeline.followup.remind import remind, reminder_sender
from pipeline.followup.replace import replace_recalled
from pipeline.followup.way_back import TakenIn
from pipeline.followup.withdrawal_page import withdrawals_page
from pipeline.followup.withdrawal_status import withdrawal_statuses
from pipeline.ledger.anchors import anchor_run, require_anchored
from pipeline.ledger.db.kept_connections import kept_connections
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.notices import Notice
from pipeline.ledger.redaction import redact_all_due
from pipeline.tasks.retention import apply_retention
from pipeline.tasks.store_retention import PAGE
from pipeline.tasks.wiring import AGENCYS_HOST, build_delivery
from pipeline.tasks.work import in_work_folder

log = logging.getLogger(__name__)


@kept_connections()
def recipients_to_follow_up(context: RunContext) -> list[Kbo]:
    """The recipients with a drop on the host, an acknowledgement to come, a way back, or a withdrawal not notified;
    sorted.

    Before anything else, lines past their retention are redacted: a ledger whose backup was put back has persons again
    that were redacted since. Raises TerminalError for a ledger that was cut or exchanged: then no recipient is followed
    up.
    """
    context = _of_today(context)
    redact_all_due(context)
    anchor_run(context, if_moved=True)
    ledger, known = open_ledger(context.ledger), load_recipients(Path(context.settings.recipients))
    now = context.clock()
    return [kbo for kbo in ledger.recipients() if _is_due(ledger, kbo, known.get(kbo), context.night, now)]


def _of_today(context: RunContext) -> RunContext:
    """An hour of days ago that is cleared is an hour of today: its own night was accepted long before."""
    return replace(context, night=local_day(context.clock()))


def _is_due(ledger: LedgerDb, kbo: Kbo, recipient: RecipientSettings | None, today: date, now: datetime) -> bool:
    days = recipient.expire_after_days if recipient else RecipientSettings.expire_after_days
    records = ledger.recipient(kbo)
    followup = needs_followup(records.delivery_state(today), records.notices(), days, now)
    may_return = recipient is not None and bool(recipient.way_back)
    return followup or may_return or bool(records.not_notified())


def followup_label(context: RunContext, kbo: Kbo) -> str:
    """How the recipient is named in the UI."""
    known = load_recipients(Path(context.settings.recipients))
    return f"{known[kbo].account} ({kbo})" if kbo in known else kbo


@in_work_folder
@kept_connections()
def follow_up_recipient(context: RunContext, kbo: Kbo) -> FollowupResult:
    """Follow up one recipient; leaves no row in staging.

    Steps that need only the host and the ledger come first, so that an agency that does not answer delays none of them.
    """
    context = _of_today(context)
    require_anchored(context)
    recipient = settings_of(load_recipients(Path(context.settings.recipients)), kbo)
    job = build_delivery(context, recipient, sending=False)  # an expired key hinders only what is to be encrypted
    folder = try_folder(context.folder / "housekeeping" / kbo)
    try:
        returned = _take_in_returned(job)
        if open_ledger(context.ledger).recipient(kbo).suspension():
            return returned + _take_away(job)
        with former_places_emptied(job) as moved:
            result = returned + _follow_up(job, folder, open_ledger(context.ledger))
        result = replace(result, moved=sum(moved))
        send = reminder_sender(recipient, context.connections)
        with job.task() as task:  # last: a failing mail delays nothing
            return replace(result, reminded=len(remind(task, recipient, send)))
    finally:
        purge_leftover(folder)


def _take_in_returned(job: Delivery) -> FollowupResult:
    """First of all, also from a recipient that is suspended: a no that is there is acted on in any state."""
    found = job.take_in_first()
    if not isinstance(found, TakenIn):
        return FollowupResult(job.kbo)
    return FollowupResult(job.kbo, taken_in=found.files, noes=found.noes, remarks=found.remarks)


def _take_away(job: Delivery) -> FollowupResult:
    """From a recipient that is suspended: nothing is read of what lies there, nor sent."""
    with job.task() as task:
        taken = take_away_from_suspended(job, task)
    log.info("%s: suspended; %d drops were taken away", job.kbo, taken)
    return FollowupResult(job.kbo, suspended=taken)


def _follow_up(job: Delivery, folder: Path, ledger: LedgerDb) -> FollowupResult:
    head, troubles = ledger.head(), HostTroubles()
    result, replaced, problem = _process_pickups(job, troubles), None, None
    trusted = _agency_is_trusted(job, ledger)
    try:
        lies_there = bool(ledger.recipient(job.kbo).delivery_state(job.night).on_host)
        withdrawn, problem = _withdraw(job, folder, lies_there or bool(result.recalled)) if trusted else (0, None)
        result = replace(result, withdrawals=withdrawn)
        if withdrawn:
            result += _process_pickups(job, troubles, result.remarks)
        if lies_there and (not trusted or problem):
            result += _recall(job, folder / "noes")
    finally:  # an agency that does not answer delays no notice, and an expired key no recall
        notices = _notify(job, folder)
    troubles.raise_first()  # red only now: what lies there delays no recall and no notice
    if result.newer_file:
        raise DeliveryRefused(newer_files_error(job.kbo, result.newer_file))
    if trusted and not problem:
        replaced, problem = _replace(job, head, folder / "replacement")
    if trusted:  # else nothing was asked of the feeds, and a wait for a load goes on
        _require_no_problem(job, ledger, problem)
    return replace(result, notices=len(notices), replaced=replaced.stem if replaced else None)


def _agency_is_trusted(job: Delivery, ledger: LedgerDb) -> bool:
    """Whether today's night accepted the feeds, compared with the night before. Without that, nothing is concluded from
    what is missing: only noes that are there are acted on."""
    newest = ledger.newest_night()
    if newest and newest >= job.night:
        return True
    log.info("%s: no night has accepted today's feeds yet, so only noes that are there are acted on", job.kbo)
    return False


def _withdraw(job: Delivery, folder: Path, lay_there: bool) -> tuple[int, PipelineError | None]:
    """The withdrawals that are new, and the error that stopped a look before anything was concluded.

    `lay_there`: a drop lies there, or was taken away in this hour.
    """
    found = 0
    try:
        if lay_there:
            with job.task() as task:
                found = withdraw(job, task.log, job.decide_now(folder / "look"))
        found += recheck_newest(job, folder / "recheck")
    except (LoadUnderWay, FeedError) as error:
        return found, error
    return found, None


def _recall(job: Delivery, folder: Path) -> FollowupResult:
    """Events that cannot be read are no seen noes: they stop the night, and are its to name."""
    try:
        return recall_seen_noes(job, folder)
    except FeedError as error:
        log.warning("%s: no no can be seen: %s", job.kbo, error)
        return FollowupResult(job.kbo)


def _replace(job: Delivery, head: Head, folder: Path) -> tuple[Publication | None, PipelineError | None]:
    try:
        return replace_recalled(job, head, folder), None
    except LoadUnderWay as error:
        return None, error


def _require_no_problem(job: Delivery, ledger: LedgerDb, problem: PipelineError | None) -> None:
    """A load under way is left to the next hour, up to the third hour in a row. Raises `problem`, any other at once."""
    if problem is None:
        end_wait(ledger, job.kbo)
    elif not isinstance(problem, LoadUnderWay) or waits_too_long(ledger, job.kbo, job.clock()):
        raise problem
    else:
        log.warning("%s: %s; the next hour looks again", job.kbo, problem)


def _process_pickups(job: Delivery, troubles: HostTroubles, said: Sequence[FolderRemark] = ()) -> FollowupResult:
    """`said`: what was said in this hour of what lies in the folder."""

    def reads() -> dict[str, frozenset[int]]:
        return _reads(job.settings, job.recipient)

    with job.task() as task:
        result = process_pickups(task, job.host, job.recipient, reads, troubles)
    counts = ", ".join(f"{count} {name}" for name, count in result.counts.items() if count)
    log.info("%s: %s", job.kbo, counts or "nothing new")
    for remark in result.remarks:
        if remark not in said:
            log.warning("%s: %s", job.kbo, remark.text)
    return result


def _reads(settings: Settings, recipient: RecipientSettings) -> dict[str, frozenset[int]]:
    """From the log of the agency's host; a recipient's own host gives none."""
    if not settings.sftp_log or recipient.connection != AGENCYS_HOST:
        return {}
    return reads_of(Path(settings.sftp_log), recipient.account)


def _notify(job: Delivery, folder: Path) -> tuple[Notice, ...]:
    with job.task() as task:
        notices = notify(task, job.host, job.recipient, folder / "notices", job.signing_key)
    for notice in notices:
        log.info("%s: %s counts, with %d withdrawals", job.kbo, notice.stem, notice.rows)
    return notices


@in_work_folder
@kept_connections()
def close_housekeeping(context: RunContext, due: Sequence[Kbo] | None, results: Sequence[FollowupResult]) -> list[Kbo]:
    """Show how far the withdrawals came, apply retention, and list the recipients that were followed up, sorted.

    Raises TerminalError naming the recipients of `due` without a result, or when `due` could not be listed.
    """
    write_page(context, results)
    apply_retention(context)
    anchor_run(context, if_moved=True)
    if due is None:
        raise TerminalError("nobody was looked after: `look` failed, see its log; the next hour tries again")
    failed = sorted(set(due) - {result.kbo for result in results})
    if failed:
        names = ", ".join(followup_label(context, kbo) for kbo in failed)
        raise TerminalError(
            f"{len(failed)} of {len(due)} recipients were not looked after: {names}; see each one's log"
        )
    return sorted(result.kbo for result in results)


def write_page(context: RunContext, results: Sequence[FollowupResult] = ()) -> None:
    """Write the page for the DPO, behind the tab of this run's tasks; warn of each notice that is overdue or lost."""
    statuses = withdrawal_statuses(context)
    page = withdrawals_page(statuses, context.clock(), {result.kbo: result.remarks for result in results})
    with only_a_warning("no page of the withdrawals"), writing_page(page_folder(context.docs) / PAGE) as part:
        part.write_text(page, "utf-8")
    for status in statuses:
        for stem, since in status.overdue.items():
            log.warning("recipient %s: %s was not acknowledged, due since %s", status.kbo, stem, local_day(since))
        for stem in status.to_call:
            log.warning("recipient %s: %s is gone, as is each before it: call the recipient", status.kbo, stem)

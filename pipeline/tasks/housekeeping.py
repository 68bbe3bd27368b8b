"""Every hour, task by task: what each task of the DAG `housekeeping` does, without knowing Airflow.

What became of the drops and notices before each recipient, what may not lie there any longer, who is to be told to drop
whom; and what rests longer than it may in staging and in the Data Docs. A task that is killed may be run again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from pipeline.core.errors import TerminalError
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder, purge, writing
from pipeline.delivery.deliver import withdraw
from pipeline.delivery.job import Delivery
from pipeline.delivery.recipients import RecipientSettings, load_recipients, settings_of
from pipeline.delivery.sftp.log import reads_of
from pipeline.followup.notify import notify
from pipeline.followup.pickup import Tended, is_open, tend, waiting_since
from pipeline.followup.remind import Send, mailer, remind
from pipeline.followup.replace import replace_recalled
from pipeline.followup.withdrawal_page import followed_page
from pipeline.followup.withdrawal_status import Followed, overdue, sent
from pipeline.ledger.anchor_night import anchor_night
from pipeline.ledger.db.ledger import LedgerDb, open_existing_ledger, open_ledger
from pipeline.ledger.notices import Notice
from pipeline.ledger.redaction import redact_due, redact_look_ups_due
from pipeline.tasks.retention import PAGE, purge_rests
from pipeline.tasks.wiring import delivery

log = logging.getLogger(__name__)
AGENCYS_HOST = "drop_host"


@dataclass(frozen=True)
class Cared:
    """What one recipient's turn came to, in counts. `replaced`: the stem of the drop in place of a recalled one."""

    kbo: Kbo
    fetched: int = 0
    acknowledged: int = 0
    expired: int = 0
    recalled: int = 0
    reminded: int = 0
    notices: int = 0
    withdrawals: int = 0
    replaced: str | None = None


def recipients_to_tend(context: RunContext) -> list[Kbo]:
    """Who has something before it, something to answer, or something to be told; sorted.

    Raises TerminalError for a ledger that was cut or exchanged: nobody is tended by it.
    """
    anchor_night(context, if_moved=True)
    ledger, now = open_ledger(context.ledger), context.clock()
    known = load_recipients(Path(context.settings.recipients))
    return [kbo for kbo in ledger.recipients() if _is_due(ledger, kbo, known.get(kbo), context.night, now)]


def _is_due(ledger: LedgerDb, kbo: Kbo, recipient: RecipientSettings | None, today: date, now: datetime) -> bool:
    days = recipient.expire_after_days if recipient else RecipientSettings.expire_after_days
    return is_open(ledger.standing(kbo, today), ledger.notices(kbo), days, now) or bool(ledger.not_notified(kbo))


def tend_label(context: RunContext, kbo: Kbo) -> str:
    """How the recipient is named in the UI."""
    known = load_recipients(Path(context.settings.recipients))
    return f"{known[kbo].account} ({kbo})" if kbo in known else kbo


def tend_recipient(context: RunContext, kbo: Kbo) -> Cared:
    """One recipient's turn; leaves no row in staging.

    What needs the host and the ledger alone comes first, so that an agency that does not answer holds up none of it.
    """
    recipient = settings_of(load_recipients(Path(context.settings.recipients)), kbo)
    job = delivery(context, recipient, sending=False)  # an expired key bars encryption alone
    folder = context.folder / "housekeeping" / kbo
    try:
        cared = _care(job, private_folder(folder), open_ledger(context.ledger))
        reminded = _remind(job, mailer(recipient, context.connections))  # last: it holds up nothing
        return replace(cared, reminded=reminded)
    finally:
        purge(folder)


def _care(job: Delivery, folder: Path, ledger: LedgerDb) -> Cared:
    head = ledger.head()
    tended, new, replaced = [_tend(job)], 0, None
    trusted = _agency_is_trusted(job, ledger)
    try:
        if trusted and ledger.standing(job.kbo, job.night).on_host:
            new = _look_again(job, folder)
        if new:
            tended.append(_tend(job))
    finally:  # an agency that does not answer holds up no notice, and a key that expired no recall
        notices = _notify(job, folder)
    if trusted:
        replaced = replace_recalled(job, head, folder / "replacement")
    return Cared(
        kbo=job.kbo,
        fetched=sum(one.fetched + one.read for one in tended),
        acknowledged=sum(one.acknowledged + one.notices_acknowledged for one in tended),
        expired=sum(one.expired for one in tended),
        recalled=sum(one.recalled for one in tended),
        notices=len(notices),
        withdrawals=new,
        replaced=replaced.stem if replaced else None,
    )


def _agency_is_trusted(job: Delivery, ledger: LedgerDb) -> bool:
    """Only on a day whose night accepted the feeds, compared with the night before: what that stops, stops this too."""
    accepted = ledger.last_accepted_night()
    if accepted is not None and accepted >= job.night:
        return True
    log.info("%s: no night has accepted today's feeds yet, so agency_db is not looked at", job.kbo)
    return False


def _tend(job: Delivery) -> Tended:
    with job.task() as task:
        found = tend(task, job.host, job.recipient, lambda: _reads(job.settings, job.recipient))
    log.info("%s: %s", job.kbo, ", ".join(f"{count} {what}" for what, count in _counts(found)) or "nothing new")
    return found


def _remind(job: Delivery, send: Send) -> int:
    with job.task() as task:
        return len(remind(task, job.recipient, send))


def _counts(found: Tended) -> list[tuple[str, int]]:
    return [(name, value) for name, value in vars(found).items() if isinstance(value, int) and value]


def _reads(settings: Settings, recipient: RecipientSettings) -> dict[str, frozenset[int]]:
    """The log is that of the agency's host: of a recipient's own there is none."""
    if not settings.sftp_log or recipient.connection != AGENCYS_HOST:
        return {}
    return reads_of(Path(settings.sftp_log), recipient.account)


def _notify(job: Delivery, folder: Path) -> tuple[Notice, ...]:
    with job.task() as task:
        notices = notify(task, job.host, job.recipient, folder / "notices")
    for one in notices:
        log.info("%s: %s counts, with %d withdrawals", job.kbo, one.stem, one.rows)
    return notices


def _look_again(job: Delivery, folder: Path) -> int:
    """Whether somebody in what lies there was withdrawn since; on record, if so."""
    with job.ledger.delivering(job.kbo) as pages:
        return withdraw(job, pages, job.current_gate(folder / "look").decide_now())


def close_housekeeping(context: RunContext, due: Sequence[Kbo] | None, cared: Sequence[Cared]) -> list[Kbo]:
    """Show how far the withdrawals came, let go of what is past its time, and fail when anyone's turn failed.

    Who had one, sorted. Raises TerminalError naming the recipients.
    """
    write_page(context)
    purge_rests(context)
    redact_due(context.connections, context.clock())
    redact_look_ups_due(context.connections, context.clock(), context.settings.look_up_days)
    anchor_night(context, if_moved=True)
    if due is None:
        raise TerminalError("nobody was looked after: `look` failed, see its log; the next hour tries again")
    failed = sorted(set(due) - {one.kbo for one in cared})
    if failed:
        names = ", ".join(tend_label(context, kbo) for kbo in failed)
        raise TerminalError(
            f"{len(failed)} of {len(due)} recipients were not looked after: {names}; see each one's log"
        )
    return sorted(one.kbo for one in cared)


def followed(context: RunContext, now: datetime) -> list[Followed]:
    """Every recipient that ever had anything, by KBO."""
    ledger, known = open_existing_ledger(context.ledger), load_recipients(Path(context.settings.recipients))
    return [_followed(ledger, kbo, known.get(kbo), context, now) for kbo in ledger.recipients()]


def _followed(
    ledger: LedgerDb, kbo: Kbo, recipient: RecipientSettings | None, context: RunContext, now: datetime
) -> Followed:
    notices, since = ledger.notices(kbo), waiting_since(ledger.standing(kbo, context.night))
    days = recipient.remind_after_days if recipient else RecipientSettings.remind_after_days
    return Followed(
        kbo=kbo,
        name=recipient.account if recipient else "",
        recorded=len(ledger.withdrawals(kbo)),
        not_notified=len(ledger.not_notified(kbo)) + sum(one.rows for one in notices if one.published_at is None),
        sent=sent(notices),
        acknowledged=sum(one.acknowledged_at is not None for one in notices),
        overdue=overdue(notices, context.settings.notice_ack_days, now),
        waiting_since=since,
        late=since is not None and now >= since + timedelta(days=days),
    )


def write_page(context: RunContext) -> None:
    """The page for the DPO, behind the tab of this run's tasks."""
    found = followed(context, context.clock())
    private_folder(context.docs)
    with writing(context.docs / PAGE) as part:
        part.write_text(followed_page(found, context.clock()), "utf-8")
    for one in found:
        for each in one.overdue:
            log.warning("recipient %s: %s was not acknowledged, due since %s", one.kbo, each.stem, each.since.date())

"""How far each recipient's withdrawals came, for the DPO: counts and names of files only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.recipients_file import load_recipients
from pipeline.followup.pickup import waiting_since
from pipeline.ledger.db.ledger import LedgerDb, open_existing_ledger
from pipeline.ledger.notice_series import NoticeSeries, notice_series


@dataclass(frozen=True)
class WithdrawalStatus:
    """One recipient's withdrawals: of `recorded` ones `not_notified` stand in no notice that counts yet.

    `sent` and `acknowledged` count notices, one and its repeats as one. `overdue`: by the stem of the newest that says
    so, the instant at which a notice should have been acknowledged. `to_call`: the stems of the notices that are gone,
    unanswered, with every repeat: only a person can tell the recipient. `waiting_since`: the recipient fetched no drop
    since, None when none waits. `late`: the recipient has been waiting for longer than the days after which its
    settings ask for a reminder.
    """

    kbo: Kbo
    name: str
    recorded: int
    not_notified: int
    sent: int
    acknowledged: int
    overdue: Mapping[str, datetime]
    waiting_since: datetime | None = None
    late: bool = False
    to_call: tuple[str, ...] = ()

    @property
    def overdue_since(self) -> datetime | None:
        """The earliest instant at which a notice was overdue."""
        return min(self.overdue.values(), default=None)


def withdrawal_statuses(context: RunContext) -> list[WithdrawalStatus]:
    """Of every recipient that the ledger knows, by KBO, as of the clock of `context`."""
    ledger, known = open_existing_ledger(context.ledger), load_recipients(Path(context.settings.recipients))
    return [_status(ledger, kbo, known.get(kbo), context) for kbo in ledger.recipients()]


def _status(ledger: LedgerDb, kbo: Kbo, recipient: RecipientSettings | None, context: RunContext) -> WithdrawalStatus:
    now, records = context.clock(), ledger.recipient(kbo)
    series, since = (
        notice_series(records.notices(), records.resends()),
        waiting_since(records.delivery_state(context.night)),
    )
    days = recipient.remind_after_days if recipient else RecipientSettings.remind_after_days
    return WithdrawalStatus(
        kbo=kbo,
        name=recipient.account if recipient else "",
        recorded=len(records.withdrawals()),
        not_notified=len(records.not_notified()) + sum(_rows(one) for one in series if _is_untold(one)),
        sent=sum(one.published_at is not None for one in series),
        acknowledged=sum(one.is_acknowledged for one in series),
        overdue=overdue_notices(series, context.settings.notice_ack_days, now),
        to_call=tuple(one.newest.stem for one in series if one.must_be_called),
        waiting_since=since,
        late=since is not None and now >= since + timedelta(days=days),
    )


def _is_untold(series: NoticeSeries) -> bool:
    return series.published_at is None and not series.is_acknowledged


def _rows(series: NoticeSeries) -> int:
    return series.notices[0].rows


def overdue_notices(series: Sequence[NoticeSeries], days: float, now: datetime) -> dict[str, datetime]:
    """By the newest stem, since when each notice is overdue that is not acknowledged `days` after it first counted."""
    since = {one.newest.stem: one.overdue_since(days, now) for one in series}
    return {stem: at for stem, at in since.items() if at is not None}

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
from pipeline.ledger.notices import Notice


@dataclass(frozen=True)
class WithdrawalStatus:
    """One recipient's withdrawals: of `recorded` ones `not_notified` stand in no notice that counts yet.

    `sent` and `acknowledged` count notices. `overdue`: by stem, the instant at which a notice should have been
    acknowledged. `waiting_since`: the recipient fetched no drop since, None when none waits. `late`: the recipient has
    been waiting for longer than the days after which its settings ask for a reminder.
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
    notices, since = records.notices(), waiting_since(records.delivery_state(context.night))
    days = recipient.remind_after_days if recipient else RecipientSettings.remind_after_days
    return WithdrawalStatus(
        kbo=kbo,
        name=recipient.account if recipient else "",
        recorded=len(records.withdrawals()),
        not_notified=len(records.not_notified()) + sum(one.rows for one in notices if not one.is_sent),
        sent=sum(notice.is_sent for notice in notices),
        acknowledged=sum(notice.acknowledged_at is not None for notice in notices),
        overdue=overdue_notices(notices, context.settings.notice_ack_days, now),
        waiting_since=since,
        late=since is not None and now >= since + timedelta(days=days),
    )


def overdue_notices(notices: Sequence[Notice], days: float, now: datetime) -> dict[str, datetime]:
    """By stem, since when each notice is overdue that is not acknowledged `days` after it counted."""
    since = {notice.stem: notice.overdue_since(days, now) for notice in notices}
    return {stem: at for stem, at in since.items() if at is not None}

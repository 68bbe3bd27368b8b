"""Say a notice again because a person asks for it: on record, whoever asks and why."""

from pipeline.core.errors import SettingsError, TerminalError
from pipeline.delivery.session import Task
from pipeline.ledger.notice_series import NoticeResend, NoticeSeries, notice_series
from pipeline.ledger.notices import UNFINISHED


def record_resend(task: Task, number: int, who: str, reason: str) -> NoticeSeries:
    """Put on record that `who` asks for one more repeat of a notice, named by its own number or by a repeat's.

    `pipeline/followup/notify.py` sends it, at once or in the next hour. Asked for twice before that, it is sent once.
    Raises SettingsError for an unknown number, TerminalError when there is nothing to say again, LedgerConflict or
    LedgerUnavailable.
    """
    known = notice_series(task.log.notices(), task.log.resends())
    series = next((one for one in known if number in {notice.number for notice in one.notices}), None)
    if series is None:
        raise SettingsError(f"{task.kbo}: no notice has the number {number}: `gegevensdeling withdrawals` names them")
    if task.log.suspension():
        raise TerminalError(f"{task.kbo}: the recipient is suspended, so nothing is sent to it")
    if series.is_acknowledged:
        raise TerminalError(f"{task.kbo}: notice {number} was acknowledged, so it is not sent again")
    if series.newest.step in UNFINISHED:
        raise TerminalError(f"{task.kbo}: {series.newest.stem} was not sent yet: the next hour of housekeeping does")
    if not series.is_asked_for:
        asked = NoticeResend(task.kbo, series.first, series.newest.number, task.clock(), who, reason)
        task.log.record_resend(asked)
    return series

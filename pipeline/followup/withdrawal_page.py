"""Withdrawals followed to their end, as a page of a run's Data Docs, in Dutch: for the DPO. Counts only. Pure."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from pipeline.core.model import BRUSSELS
from pipeline.followup.withdrawal_status import WithdrawalStatus
from pipeline.source.check_page import STYLE

_TITLE = "Nazorg: intrekkingen en leveringen"
_EXPLAINED = (
    "Te melden: intrekkingen in het grootboek die nog in geen verstuurd bericht staan. Bevestigd: de ontvanger zette "
    "het ACK-bestand van het bericht terug. Te laat: niet bevestigd binnen de afgesproken dagen; spreek die ontvanger "
    "aan. "
    "Wacht sinds: sindsdien haalde de ontvanger geen levering meer op."
)


def followed_page(found: Sequence[WithdrawalStatus], at: datetime) -> str:
    """HTML of every recipient's figures."""
    late = [one for one in found if one.overdue]
    waiting = [one for one in found if one.late]
    says = (
        f"{len(late)} ontvanger(s) bevestigden niet op tijd; {len(waiting)} haalden te lang niets op."
        if late or waiting
        else "Niemand is te laat."
    )
    rows = "".join(_row(one) for one in found)
    return (
        f'<!doctype html><html lang="nl"><meta charset="utf-8"><title>{_TITLE}</title><style>{STYLE}</style>'
        f"<h1>{_TITLE}</h1><p>Op {_instant(at)}.</p><p{' class=failed' if late or waiting else ''}>{says}</p>"
        "<table><tr><th>ontvanger<th>geregistreerd<th>te melden<th>berichten<th>bevestigd<th>te laat sinds"
        f"<th>te late berichten<th>wacht sinds</tr>{rows}</table><p>{_EXPLAINED}</p></html>\n"
    )


def _row(one: WithdrawalStatus) -> str:
    numbers = "".join(f'<td class="number">{n:,}' for n in (one.recorded, one.not_notified, one.sent, one.acknowledged))
    since = f'<td class="failed">{_instant(one.overdue_since)}' if one.overdue_since else "<td>"
    stems = "<td>" + "<br>".join(map(escape, one.overdue))
    waiting = f"<td{' class=failed' if one.late else ''}>{_instant(one.waiting_since) if one.waiting_since else ''}"
    name = escape(f"{one.name} ({one.kbo})".lstrip())
    return f"<tr><td>{name}{numbers}{since}{stems}{waiting}</tr>"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(BRUSSELS):%d-%m-%Y om %H:%M}"

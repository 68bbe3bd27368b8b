"""The reconciliation of withdrawals as a page of a run's Data Docs, in Dutch: for the DPO. Counts only. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from pipeline.core.model import BRUSSELS, Kbo, WithdrawalReconciliation
from pipeline.source.check_page import STYLE

_TITLE = "Afstemming van de intrekkingen"
_EXPLAINED = (
    "Geregistreerd: ouders van wie het laatste woord aan deze ontvanger een intrekking is (of een toestemming die niet "
    "deugt), geteld naast de poort om. Toegepast: die de beslissingen van vannacht niet vrijgeven. "
    "Te melden: die de ontvanger nog had. Gemeld of open: die daarvan als te melden intrekking in het grootboek staan. "
    "De eerste twee moeten gelijk zijn, en de laatste twee ook; anders wordt niets bezorgd."
)


def reconciliation_page(found: Sequence[WithdrawalReconciliation], names: Mapping[Kbo, str], at: datetime) -> str:
    """HTML of every recipient's figures; `names` of those that are covered."""
    wrong = [one for one in found if not one.matches]
    says = f"Niet gelijk bij {len(wrong)} ontvanger(s): niets werd bezorgd." if wrong else "Alles is gelijk."
    rows = "".join(_row(f"{names.get(one.kbo, '')} ({one.kbo})".lstrip(), one) for one in found)
    total = WithdrawalReconciliation(
        kbo=Kbo(""),
        recorded=sum(one.recorded for one in found),
        applied=sum(one.applied for one in found),
        held=sum(one.held for one in found),
        on_record=sum(one.on_record for one in found),
    )
    return (
        f'<!doctype html><html lang="nl"><meta charset="utf-8"><title>{_TITLE}</title><style>{STYLE}</style>'
        f"<h1>{_TITLE}</h1><p>Beslist op {at.astimezone(BRUSSELS):%d-%m-%Y om %H:%M}.</p>"
        f"<p{' class=failed' if wrong else ''}>{says}</p>"
        "<table><tr><th>ontvanger<th>geregistreerd<th>toegepast<th>te melden<th>gemeld of open<th></tr>"
        f"{rows}{_row('Samen', total)}</table><p>{_EXPLAINED}</p>"
        '<p><a href="checks.html">Controles van de feeds</a></p></html>\n'
    )


def _row(name: str, one: WithdrawalReconciliation) -> str:
    numbers = "".join(f'<td class="number">{n:,}' for n in (one.recorded, one.applied, one.held, one.on_record))
    verdict = "<td>" if one.matches else '<td class="failed">niet gelijk'
    return f"<tr><td>{escape(name)}{numbers}{verdict}</tr>"

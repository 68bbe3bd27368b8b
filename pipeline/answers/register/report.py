"""The record of processing activities (art. 30 GDPR) with the list of protocols and agreements, in Dutch. Pure."""

from collections.abc import Iterable

from pipeline.answers import texts
from pipeline.answers.register.papers import Agreement, Protocol, Register, State
from pipeline.answers.texts import Agency
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Document, Facts, Items, Section, Table, Text
from pipeline.core.settings import Settings

STATES = {
    State.IN_FORCE: "van kracht",
    State.TO_BE_RENEWED: "te vernieuwen",
    State.NOT_YET: "nog niet van kracht",
    State.ERROR: "fout",
    State.ENDED: "beëindigd",
}
_EXPLAINED = (
    "van kracht: ondertekend, begonnen en niet beëindigd, bij een protocol ook gepubliceerd en met advies van de "
    "functionaris",
    "te vernieuwen: de termijn begon vóór de laatste fusie die het gebied van de ontvanger vormde; er wordt niets "
    "gedeeld",
    "nog niet van kracht: een handtekening, publicatie of advies ontbreekt, of de termijn is niet begonnen",
    "fout: vraagt meer dan het decreet toelaat, of een onmogelijke drempel; er wordt niets gedeeld",
)


def register_report(found: Register, settings: Settings, agency: Agency) -> Document:
    """The same facts give the same document."""
    return Document(
        title="Register van de verwerking: gegevensdeling met OCMW's",
        subtitle="Artikel 30 van de Algemene verordening gegevensbescherming (AVG), met de lijst van protocollen",
        made=f"Stand van {dutch.instant(found.at)}",
        footer=f"Register van de verwerking, {dutch.day(found.at.date())}",
        facts=Facts((("Verwerkingsverantwoordelijke", agency.name), ("Contact", " ".join(agency.contact)))),
        sections=(
            Section("De verwerking", (Facts(tuple(_processing(found, settings))),)),
            Section("Protocollen", tuple(_protocols(found))),
            Section("Samenwerkingsovereenkomsten", tuple(_agreements(found))),
            Section("Wat de stand betekent", (Items(_EXPLAINED),)),
        ),
    )


def _processing(found: Register, settings: Settings) -> Iterable[tuple[str, str]]:
    yield "Doel", texts.PURPOSE
    yield "Rechtsgrond", texts.BASIS
    yield "Betrokkenen", texts.SUBJECTS.format(years=settings.child_age_limit_years)
    yield "Persoonsgegevens die gedeeld worden", texts.ONLY
    yield "Persoonsgegevens die worden nagegaan", texts.LOOKED_AT
    exchanging = dutch.count(found.exchanging, "ontvanger", "ontvangers")
    yield "Ontvangers", texts.RECIPIENTS.format(recipients=exchanging)
    yield "Doorgifte naar derde landen", "Geen."
    yield "Bewaring bij de ontvanger", "De termijn in het protocol (zie de lijst)."
    yield "Bewaring bij het agentschap", texts.KEPT_HERE.format(days=settings.decisions_days)
    yield "Beveiliging", texts.SAFEGUARDS


def _protocols(found: Register) -> Iterable[Block]:
    yield Text(_counts([paper.state for paper in found.protocols], "protocol", "protocollen"), "notice")
    if found.protocols:
        columns = (
            "Ontvanger",
            "Protocol",
            "Stand",
            "Ondertekend, advies",
            "Looptijd",
            "Gegevens, bewaring",
            "Publicatie",
        )
        yield Table("Protocollen per ontvanger", columns, (6, 4, 4, 5, 5, 5, 7), tuple(map(_protocol, found.protocols)))
    yield Text(
        f"Daarnaast {dutch.count(found.others, 'stuk', 'stukken')} van een andere gegevensstroom of een "
        "verwerkingsovereenkomst: hier niet gebruikt."
    )


def _agreements(found: Register) -> Iterable[Block]:
    yield Text(_counts([paper.state for paper in found.agreements], "overeenkomst", "overeenkomsten"), "notice")
    if found.agreements:
        columns = ("Ontvanger", "Lokaal team", "Overeenkomst", "Stand", "Ondertekend", "Looptijd", "Drempel")
        rows = tuple(map(_agreement, found.agreements))
        yield Table("Overeenkomsten per ontvanger", columns, (6, 6, 5, 4, 4, 4, 3), rows)


def _counts(states: list[State], one: str, more: str) -> str:
    by_state = "; ".join(f"{name}: {states.count(state)}" for state, name in STATES.items() if state in states)
    return f"{dutch.count(len(states), one, more)}{f' ({by_state})' if by_state else ''}."


def _protocol(paper: Protocol) -> tuple[str, ...]:
    return (
        dutch.recipient(paper.kbo, paper.name),
        paper.protocol_id,
        STATES[paper.state],
        f"{dutch.short_day(paper.signed_on)}\nadvies {dutch.short_day(paper.dpo_advice_on)}",
        _term(paper),
        f"{dutch.fields(paper.fields)}\n{paper.retention_days} dagen",
        (paper.published_url or "").strip() or "niet gepubliceerd",
    )


def _agreement(paper: Agreement) -> tuple[str, ...]:
    return (
        dutch.recipient(paper.kbo, paper.name),
        paper.team,
        paper.agreement_id,
        STATES[paper.state],
        dutch.short_day(paper.signed_on),
        _term(paper),
        str(paper.min_criteria),
    )


def _term(paper: Protocol | Agreement) -> str:
    until = f"tot {dutch.short_day(paper.valid_until)}" if paper.valid_until else "open"
    return f"{dutch.short_day(paper.valid_from)}\n{until}"

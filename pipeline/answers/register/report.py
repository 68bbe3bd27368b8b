"""The record of processing activities (art. 30 GDPR) with the list of protocols and agreements, in Dutch. Pure."""

from collections.abc import Iterable, Sequence

from pipeline.answers import texts
from pipeline.answers.overview.model import Paper, PaperKind
from pipeline.answers.overview.texts import PAPER_STATES
from pipeline.answers.register.collect import ProcessingRegister
from pipeline.answers.register.processing import processing_sections
from pipeline.answers.texts import AgencyContact
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Document, Facts, Items, Text
from pipeline.core.documents.table import Row, Table
from pipeline.core.local_time import local_day
from pipeline.core.settings import Settings

_PROTOCOL = ("Ontvanger", "Protocol", "Stand", "Ondertekend, advies", "Looptijd", "Gegevens, bewaring", "Publicatie")
_AGREEMENT = ("Ontvanger", "Lokaal team", "Overeenkomst", "Stand", "Ondertekend", "Looptijd", "Drempel")
_EXPLAINED = (
    "van kracht: ondertekend, begonnen en niet beëindigd, bij een protocol ook gepubliceerd en met advies van de "
    "functionaris",
    "te vernieuwen: de termijn begon vóór de laatste fusie die het gebied van de ontvanger vormde; er wordt niets "
    "gedeeld",
    "nog niet van kracht: een handtekening, publicatie of advies ontbreekt, of de termijn is niet begonnen",
    "fout: vraagt meer dan het decreet toelaat, of een onmogelijke drempel; er wordt niets gedeeld",
)


def register_report(register: ProcessingRegister, settings: Settings, agency: AgencyContact, version: str) -> Document:
    """The same facts give the same document; `version`: of the package, and so of these texts."""
    return Document(
        title="Register van de verwerking: gegevensdeling met OCMW's",
        subtitle="Artikel 30 van de Algemene verordening gegevensbescherming (AVG), met de lijst van protocollen",
        made=f"Stand van {dutch.instant(register.at)}",
        footer=f"Register van de verwerking, {dutch.day(local_day(register.at))}",
        facts=Facts(
            (
                ("Verwerkingsverantwoordelijke", agency.name),
                ("Wetgeving", texts.LAW_VERSION),
                ("Versie van deze tekst", f"gegevensdeling {version}"),
            )
        ),
        sections={
            **processing_sections(register, settings, agency, version),
            "Protocollen": tuple(_protocols(register)),
            "Samenwerkingsovereenkomsten": tuple(_agreements(register)),
            "Wat de stand betekent": (Items(_EXPLAINED),),
        },
    )


def register_tables(document: Document) -> tuple[Table, ...]:
    """The same document as the sheets of a workbook: the letters of art. 30 in one, and each table in its own."""
    said = tuple(_said(document))
    tables = [block for blocks in document.sections.values() for block in blocks if isinstance(block, Table)]
    return Table("Artikel 30", ("Onderdeel", "Onderwerp", "Inhoud"), said), *tables


def _said(document: Document) -> Iterable[Row]:
    yield "", document.subtitle, document.made
    yield from (("", name, text) for name, text in document.facts.rows)
    for heading, blocks in document.sections.items():
        for block in blocks:
            match block:
                case Text():
                    yield heading, "", block.text
                case Items():
                    yield from ((heading, "", item) for item in block.items)
                case Facts():
                    yield from ((heading, name, text) for name, text in block.rows)
                case Table():
                    yield heading, "", f"Zie het blad «{block.caption}»."


def _protocols(register: ProcessingRegister) -> Iterable[Block]:
    papers = register.of(PaperKind.PROTOCOL)
    yield Text(_counts(papers, "protocol", "protocollen"), "notice")
    if rows := tuple(_protocol(paper, register.names[paper.kbo]) for paper in papers):
        yield Table("Protocollen per ontvanger", _PROTOCOL, rows, (6, 4, 4, 5, 5, 5, 7))
    yield Text(
        f"Daarnaast {dutch.count(register.others, 'stuk', 'stukken')} van een andere gegevensstroom of een "
        "verwerkingsovereenkomst: hier niet gebruikt."
    )


def _agreements(register: ProcessingRegister) -> Iterable[Block]:
    papers = register.of(PaperKind.AGREEMENT)
    yield Text(_counts(papers, "overeenkomst", "overeenkomsten"), "notice")
    if rows := tuple(_agreement(paper, register.names[paper.kbo]) for paper in papers):
        yield Table("Overeenkomsten per ontvanger", _AGREEMENT, rows, (6, 6, 5, 4, 4, 4, 3))


def _counts(papers: Sequence[Paper], one: str, more: str) -> str:
    states = [paper.state for paper in papers]
    by_state = "; ".join(f"{name}: {states.count(state)}" for state, name in PAPER_STATES.items() if state in states)
    return f"{dutch.count(len(states), one, more)}{f' ({by_state})' if by_state else ''}."


def _protocol(paper: Paper, name: str | None) -> Row:
    return (
        dutch.recipient(paper.kbo, name),
        paper.paper_id,
        PAPER_STATES[paper.state],
        f"{dutch.short_day(paper.signed_on)}\nadvies Opgroeien {dutch.short_day(paper.dpo_advice_on)}\n"
        f"advies ontvanger {dutch.short_day(paper.recipient_dpo_advice_on)}",
        _term(paper),
        f"{dutch.fields(paper.fields)}\n{paper.retention_days} dagen",
        "\n".join(
            (
                f"Opgroeien: {(paper.published_url or '').strip() or 'niet bekendgemaakt'}",
                f"ontvanger: {(paper.recipient_published_url or '').strip() or 'niet bekendgemaakt'}",
            )
        ),
    )


def _agreement(paper: Paper, name: str | None) -> Row:
    return (
        dutch.recipient(paper.kbo, name),
        paper.team,
        paper.paper_id,
        PAPER_STATES[paper.state],
        dutch.short_day(paper.signed_on),
        _term(paper),
        str(paper.min_criteria),
    )


def _term(paper: Paper) -> str:
    until = f"tot {dutch.short_day(paper.until)}" if paper.until else "open"
    return f"{dutch.short_day(paper.valid_from)}\n{until}"

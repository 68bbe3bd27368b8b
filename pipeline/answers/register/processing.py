"""The record of this processing by the letters of art. 30(1) GDPR, from the settings and papers in force. Pure.

A fact that the agency has not given is said to be missing, in red: nobody signs a blank.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from pipeline.answers import texts
from pipeline.answers.overview.model import Paper, PaperKind, PaperState
from pipeline.answers.register.collect import ProcessingRegister
from pipeline.answers.texts import AgencyContact
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Facts, Items, Text
from pipeline.core.documents.table import Row, Table
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings

_CATEGORIES = ("Betrokkenen", "Persoonsgegevens", "Wat ermee gebeurt")
_RECIPIENT = ("Ontvanger", "Sinds", "Tot", "Gegevens", "Bewaring bij de ontvanger")
_PERIOD = ("Gegevens", "Termijn", "Wat ze wist")
MEASURES = {
    "What may be shared": "Wat gedeeld mag worden: elke nacht wordt opnieuw beslist, en nog eens vlak voor elke "
    "levering, volgens dertien vaste regels; een neen telt altijd, en niets wordt gedeeld zonder toestemming.",
    "Fail closed": "Wat onbekend, onvolledig, verouderd of tegenstrijdig is, wordt niet gedeeld; wat afwijkt, wacht op "
    "een aangewezen persoon.",
    "During delivery": "Bij de levering: één account, map en sleutel per ontvanger, een vastgelegde hostsleutel, een "
    "ondertekend manifest, versleuteling voor wie een sleutel heeft, en nooit een half bestand.",
    "At rest, and in messages": "Bij de opslag, en in berichten: een ondoorzichtig kenmerk in plaats van een nummer; "
    "een register van verzendingen waaraan alleen wordt toegevoegd, zonder namen of adressen; geen persoonsgegevens in "
    "logboeken, meldingen of pagina's; ook elke opzoeking is vastgelegd.",
}
"""The measures by the heading of docs/security.md that has each property with its test."""


def processing_sections(
    register: ProcessingRegister, settings: Settings, agency: AgencyContact, version: str
) -> Mapping[str, tuple[Block, ...]]:
    """Sections (a) to (g), as art. 30(1) has them."""
    return {
        "(a) Verwerkingsverantwoordelijke en contact": (_controller(agency),),
        "(b) Doeleinden": (Facts((("Doel", texts.PURPOSE), ("Rechtsgrond", texts.BASIS))),),
        "(c) Categorieën van betrokkenen en van persoonsgegevens": (
            Table("Wie en wat", _CATEGORIES, tuple(_categories(settings)), (4, 7, 6)),
        ),
        "(d) Ontvangers": tuple(_recipients(register)),
        "(e) Doorgifte naar derde landen of internationale organisaties": (
            Text("Geen. Alle ontvangers zijn OCMW's in Vlaanderen en CAW Brussel, in België."),
        ),
        "(f) Bewaartermijnen": (Table("Bewaartermijnen", _PERIOD, tuple(_periods(register, settings)), (6, 5, 6)),),
        "(g) Beveiligingsmaatregelen": (
            Text(f"Volgens docs/security.md van gegevensdeling {version}, waarin elke eigenschap met haar test staat:"),
            Items(tuple(MEASURES.values())),
        ),
    }


def _controller(agency: AgencyContact) -> Facts:
    known = {"Verwerkingsverantwoordelijke": agency.name, "Contact": "\n".join(agency.contact)}
    missing = tuple(name for name in texts.RESPONSIBLE if name not in agency.responsible)
    told = {name: agency.responsible.get(name, texts.NOT_GIVEN.format(name=name)) for name in texts.RESPONSIBLE}
    return Facts(tuple((known | told).items()), missing)


def _categories(settings: Settings) -> Iterator[Row]:
    parents = texts.SUBJECTS.format(years=settings.child_age_limit_years)
    yield parents, "Naam, adres, telefoon en e-mail.", "Gedeeld, met toestemming en volgens het protocol."
    looked_at = (
        "Rijksregister- of BIS-nummer, overlijden, woonplaats en adresbescherming, toestemmingen en intrekkingen."
    )
    yield parents, looked_at, "Nagegaan om te beslissen. Nooit gedeeld."
    children = "Geboortedatum, gemeente op 31 december, de beoordeling van zes criteria van kansarmoede."
    counted = "Nagegaan om te beslissen, en geteld per gemeente met bescherming van kleine aantallen. Nooit gedeeld."
    yield f"Kinderen jonger dan {settings.child_age_limit_years} jaar.", children, counted
    yield (
        "Medewerkers die opzoeken, goedkeuren of ingrijpen.",
        "Naam van de gebruiker, wat er gebeurde en waarom.",
        "Vastgelegd, ter verantwoording. Niet gedeeld.",
    )


def _recipients(register: ProcessingRegister) -> Iterator[Block]:
    rows = tuple(_recipient_rows(register))
    number = dutch.count(len(rows), "ontvanger", "ontvangers")
    yield Text(texts.RECIPIENTS.format(recipients=number), "notice")
    if rows:
        yield Table("Ontvangers", _RECIPIENT, rows, (7, 3, 3, 6, 4))


def _recipient_rows(register: ProcessingRegister) -> Iterator[Row]:
    """`Sinds`: the first day on which both an agreement and a protocol of those now in force had begun.

    Of several protocols, as the gate has it (sql/gate/12): the fields that all of them name, the shortest retention.
    """
    for kbo in register.covered:
        agreements, protocols = (_in_force(register, kind, kbo) for kind in (PaperKind.AGREEMENT, PaperKind.PROTOCOL))
        since = max(min(_begun(paper) for paper in papers) for papers in (agreements, protocols))
        ends = [max((paper.until for paper in papers), key=_last) for papers in (agreements, protocols)]
        fields = frozenset.intersection(*(frozenset(paper.fields) for paper in protocols))
        kept = min((paper.retention_days for paper in protocols if paper.retention_days is not None), default=None)
        yield (
            dutch.recipient(kbo, register.names[kbo]),
            dutch.short_day(since),
            dutch.short_day(min(ends, key=_last)) if any(ends) else "open",
            dutch.fields(fields),
            "-" if kept is None else _days(kept),
        )


def _in_force(register: ProcessingRegister, kind: PaperKind, kbo: Kbo) -> list[Paper]:
    return [paper for paper in register.of(kind) if paper.kbo == kbo and paper.state is PaperState.IN_FORCE]


def _begun(paper: Paper) -> date:
    """Of a paper in force, which has a first day."""
    return paper.valid_from or date.min


def _last(until: date | None) -> date:
    return until or date.max


def _periods(register: ProcessingRegister, settings: Settings) -> Iterator[Row]:
    years = settings.child_age_limit_years
    yield "Bij de ontvanger: wat geleverd werd", "De termijn in het protocol (zie (d)).", "De ontvanger."
    rows = f"Tot het einde van de nacht; na een mislukte nacht ten hoogste {_days(settings.rows_days)}."
    yield "Rijen van een nacht en leveringen in voorbereiding", rows, "Het einde van de nacht, en elk uur."
    again = f"{_days(settings.staging_days)} na een nacht met een mislukte stap."
    yield "Bestanden om een stap te herhalen: kenmerken en uitkomsten", again, "Elke nacht en elk uur."
    yield "Beslissingen per nacht, onder een sleutel gehasht", f"{_days(settings.decisions_days)}.", "Elke nacht."
    lines = "Tot de bewaartermijn van het protocol voorbij is; dan verdwijnt wie het was."
    yield "Regels per persoon in het register van verzendingen", lines, "Elke nacht en elk uur."
    noes = f"Zolang de ouder in de populatie kan komen, en {years} jaar en een jaar daarna."
    yield "De lijst van de bezwaren, onder een sleutel gehasht", noes, "Elke nacht en elk uur."
    look_ups = f"{_days(settings.look_up_days)}; dan verdwijnt over wie het ging."
    yield "Opzoekingen: wie, wat, over wie, waarom", look_ups, "Elke nacht en elk uur."
    yield "Wat een nacht opleverde: alleen aantallen", "Zolang het register van verzendingen bestaat.", "Niets."
    yield "Goedkeuringen en ingrepen van medewerkers", "Zolang het register van verzendingen bestaat.", "Niets."
    yield (
        "Controlepagina's en overzichten: alleen aantallen",
        f"{_days(settings.docs_days)}.",
        "Elke nacht en elk uur.",
    )


def _days(number: float) -> str:
    return f"{number:g} {'dag' if number == 1 else 'dagen'}"

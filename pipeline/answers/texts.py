"""The fixed words of the agency's answers, in Dutch: purpose, legal basis, rights. Pure.

After DOMAIN (the decree, consent, protocols) and the GDPR's articles 13 to 22, 30 and 77. The agency's name and contact
are in a file that the agency replaces (`GEGEVENSDELING_CONTACT`): contact.txt is an assumption.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.core.errors import SettingsError
from pipeline.ledger.disclosures import Cause

FLOW = "decreet van 4 februari 2022 (Belgisch Staatsblad van 11 maart 2022)"
PURPOSE = (
    "Het OCMW van de woonplaats (in Brussel: CAW Brussel) kan contact opnemen met ouders van jonge kinderen in "
    "kwetsbare gezinnen, om hulp en ondersteuning aan te bieden."
)
BASIS = (
    f"Het {FLOW} laat het delen toe onder voorwaarden: een samenwerkingsovereenkomst tussen het lokaal team van Kind "
    "en Gezin en de ontvanger, een gepubliceerd protocol met advies van de functionaris voor gegevensbescherming "
    "(artikel 8 van het e-governmentdecreet), en de vrijwillige en uitdrukkelijke toestemming van de ouder."
)
ONLY = (
    "Het decreet laat alleen naam, adres, telefoon en e-mail van de ouder toe. Rijksregisternummer, indicatoren, "
    "scores en gegevens van kinderen worden nooit gedeeld."
)
WHY = (
    f"Doel. {PURPOSE}",
    f"Grond. {BASIS} Bij elke levering hierboven staan de overeenkomst, het protocol en de toestemming waarop ze "
    "steunt.",
    "Regels. Of er gedeeld wordt, volgt elke nacht uit dertien vaste regels, in een vaste volgorde. Wie "
    "een levering krijgt, weet daardoor wel dat uw gezin aan de voorwaarden voldoet.",
    "Bron. Uw gegevens komen uit de registratie van Kind en Gezin, zoals die bij u of bij het gezin is opgenomen; uw "
    "toestemming uit wat u tekende. De ontvangers zijn OCMW's en CAW Brussel, in België.",
)
RIGHTS = (
    "Uw toestemming intrekken, op elk moment en zonder reden (artikel 7, lid 3 AVG). Ze telt vanaf dan niet meer: u "
    "bent weg uit de volgende levering, en een ontvanger die gegevens van u kreeg, mag ze niet langer gebruiken.",
    "Uw gegevens laten verbeteren (artikel 16), laten wissen (artikel 17), de verwerking laten beperken (artikel 18) "
    "of ertegen bezwaar maken (artikel 21). Dat kan ook bij de ontvanger, voor wat die bewaart.",
    "Een klacht indienen bij de Vlaamse Toezichtcommissie voor de verwerking van persoonsgegevens of bij de "
    "Gegevensbeschermingsautoriteit (artikel 77).",
)
NOT_IN_IT = (
    "Iets over de andere ouder of over kinderen: zij hebben hun eigen recht op inzage.",
    "De vroegere waarden, zoals een vorig adres: die worden in het register van verzendingen niet bewaard.",
    "Wat Kind en Gezin over uw gezin registreert buiten deze gegevensdeling: vraag daarvoor apart inzage.",
    "Wat een ontvanger zelf met de gegevens deed: vraag daarvoor inzage bij die ontvanger.",
)
FAMILY = (
    "Een regel die het hele gezin betreft, laat het delen niet toe. Welke, staat hier niet: dat zou iets kunnen zeggen "
    "over andere personen (artikel 15, lid 4 AVG)."
)
OUTSIDE = "er werd niet over u beslist, want er is geen jong kind met een geldige beoordeling."
GOVERNS = {
    Cause.ELSEWHERE: "uw dossier hoort nu bij een andere ontvanger",
    Cause.OUTSIDE: "er wordt niet meer over u beslist",
    Cause.TO_RECIPIENT: "u zei het aan het OCMW of CAW zelf",
}


SUBJECTS = "Ouders van een kind jonger dan {years} jaar in een gezin met een geldige beoordeling."
RECIPIENTS = (
    "OCMW's in Vlaanderen en CAW Brussel, elk voor de ouders in het eigen gebied, bij een maatschappelijk werker met "
    "beroepsgeheim. Nu {recipients} met een overeenkomst en een protocol van kracht."
)
LAW_VERSION = (
    "Verordening (EU) 2016/679 (AVG), artikel 30, lid 1; decreet van 4 februari 2022 (Belgisch Staatsblad van 11 maart "
    "2022); decreet van 18 juli 2008 betreffende het elektronische bestuurlijke gegevensverkeer, artikel 8"
)
RESPONSIBLE = (
    "Gezamenlijke verwerkingsverantwoordelijke",
    "Vertegenwoordiger",
    "Functionaris voor gegevensbescherming",
)
"""What art. 30(1)(a) asks beside the controller: lines of the agency's contact text, "geen" where there is none."""
NOT_GIVEN = "Ontbreekt: schrijf in GEGEVENSDELING_CONTACT een regel «{name}: …», met naam en contact, of «geen»."


@dataclass(frozen=True)
class AgencyContact:
    """The controller's name, and how to reach the controller, a paragraph each; `responsible`: by RESPONSIBLE."""

    name: str
    contact: tuple[str, ...]
    responsible: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "AgencyContact":
        """The first line is the name; an empty line begins each paragraph. Lines with # are left out.

        A paragraph that begins with one of RESPONSIBLE and a colon gives that. Raises SettingsError where the name or
        the rest is missing.
        """
        lines = [line.strip() for line in text.splitlines() if not line.startswith("#")]
        name, *paragraphs = [" ".join(part.split()) for part in "\n".join(lines).strip().split("\n\n")]
        labelled = [paragraph.partition(":") for paragraph in paragraphs]
        responsible = {label: rest.strip() for label, _, rest in labelled if label in RESPONSIBLE and rest.strip()}
        contact = tuple(one for one in paragraphs if one.partition(":")[0] not in RESPONSIBLE)
        if not name or not contact or not all(contact):
            raise SettingsError(
                "the agency's contact text needs a first line with its name, an empty line, and the rest"
            )
        return cls(name, contact, responsible)

"""tests/spec/decides.py and tests/spec/glossary.py in Dutch."""

TEXTS = {
    # who may change what
    "which fields may ever pass: name, address, phone, e-mail": (
        "welke velden ooit mogen worden doorgegeven: naam, adres, telefoon, e-mail"
    ),
    "which of those pass to one recipient": "welke daarvan naar één ontvanger gaan",
    "which of those pass of one parent": "welke daarvan van één ouder worden doorgegeven",
    "whether a parent's data pass at all, and until when": (
        "of de gegevens van een ouder überhaupt worden doorgegeven, en tot wanneer"
    ),
    "which consent texts are accepted, and when": "welke toestemmingsteksten aanvaard zijn, en wanneer",
    "until which birthday a child counts": "tot welke verjaardag een kind meetelt",
    "how many weak criteria are need (nothing stated: 3)": (
        "hoeveel zwakke criteria de drempel zijn (zonder vermelding: 3)"
    ),
    "from when until when an agreement is in force": (
        "van wanneer tot wanneer een samenwerkingsovereenkomst van kracht is"
    ),
    "from when until when a protocol is in force": "van wanneer tot wanneer een protocol van kracht is",
    "how long the recipient may keep the data": "hoelang de ontvanger de gegevens mag bewaren",
    "that a paper from before a merger is suspended until it is renewed": (
        "dat een samenwerkingsovereenkomst of protocol van vóór een fusie geschorst is tot de hernieuwing"
    ),
    "which recipient serves which municipality": "welke ontvanger welke gemeente bedient",
    "which municipalities there are, and which merged": "welke gemeenten er zijn, en welke gefuseerd zijn",
    "whose address is protected": "wiens adres afgeschermd is",
    "what is read where the rule leaves room (the lines marked so below)": (
        "hoe gelezen wordt waar de regel ruimte laat (de regels hieronder die zo gemerkt zijn)"
    ),
    "the order of the reasons, and that the first counts": "de volgorde van de redenen, en dat de eerste telt",
    "when the figures of a night hold it until a person has looked": (
        "bij welke cijfers een nacht wordt aangehouden tot iemand ernaar gekeken heeft"
    ),
    "who may let a held night go": "wie een aangehouden nacht mag laten doorgaan",
    "the Flemish legislator: the decree of 4 February 2022 (Belgisch Staatsblad of 11 March 2022)": (
        "de Vlaamse decreetgever: decreet van 4 februari 2022 (Belgisch Staatsblad van 11 maart 2022)"
    ),
    "the local team and the recipient, together": "het lokaal team en de ontvanger, samen",
    "the agency and the recipient, on the DPO's advice (e-government decree, article 8)": (
        "het agentschap en de ontvanger, na advies van de functionaris voor gegevensbescherming (e-governmentdecreet,"
        " artikel 8)"
    ),
    "the parent, and nobody else": "de ouder, en niemand anders",
    "the agency": "het agentschap",
    "Statbel": "Statbel",
    # the agency's tables
    "who receives data: an OCMW, or CAW Brussel": "de ontvangers: een OCMW, of CAW Brussel",
    "which recipient serves which municipality, and when": "welke ontvanger welke gemeente bedient, en wanneer",
    "the local Kind en Gezin teams": "de lokale teams van Kind en Gezin",
    "the families, and the team that follows each": "de gezinnen, en het lokaal team dat elk gezin opvolgt",
    "the parents": "de ouders",
    "where a parent lives or lived; only grows": "waar een ouder woont of woonde; groeit alleen aan",
    "the children": "de kinderen",
    "where a child lived at the end of a year; not used by the gate": (
        "waar een kind op het einde van een jaar woonde; de poort gebruikt dit niet"
    ),
    "the six criteria of deprivation, per child and assessment; only grows": (
        "de zes kansarmoede-indicatoren, per kind en per beoordeling; groeit alleen aan"
    ),
    "the cooperation agreements, version by version; only grows": (
        "de samenwerkingsovereenkomsten, versie na versie; groeit alleen aan"
    ),
    "the protocols, version by version; only grows": "de protocollen, versie na versie; groeit alleen aan",
    "the versions of the text that parents sign": "de versies van de tekst die ouders ondertekenen",
    "each consent given and each withdrawal; only grows": (
        "elke gegeven toestemming en elke intrekking; groeit alleen aan"
    ),
    # their columns
    "the recipient's enterprise number": "KBO-nummer van de ontvanger",
    "name": "naam",
    "OCMW or CAW": "OCMW of CAW",
    "the recipient's organisation number": "OVO-nummer van de ontvanger",
    "the municipality's number at Statbel": "NIS-code van de gemeente",
    "first day": "eerste dag",
    "last day, included; not filled in: no end": "laatste dag, inbegrepen; niet ingevuld: geen einde",
    "the team's number": "nummer van het lokaal team",
    "the family's number": "nummer van het gezin",
    "the parent's number": "nummer van de ouder",
    "number of the national register, or BIS number; never leaves the agency": (
        "rijksregister- of BIS-nummer; verlaat het agentschap nooit"
    ),
    "first name": "voornaam",
    "last name": "achternaam",
    "telephone": "telefoon",
    "e-mail": "e-mail",
    "date of death": "overlijdensdatum",
    "when it was recorded; nobody knew it before": "wanneer het geregistreerd is; voordien was het niet gekend",
    "street": "straat",
    "house number": "huisnummer",
    "box number": "busnummer",
    "postal code": "postcode",
    "whether the address is protected": "of het adres afgeschermd is",
    "the child's number": "nummer van het kind",
    "date of birth": "geboortedatum",
    "whether Kind en Gezin ever saw the child; not used by the gate": (
        "of Kind en Gezin het kind ooit zag; de poort gebruikt dit niet"
    ),
    "year": "jaar",
    "the assessment's number": "nummer van de beoordeling",
    "day of the assessment": "dag van de beoordeling",
    "weak on monthly income?": "zwak op maandinkomen?",
    "weak on the parents' education?": "zwak op opleiding van de ouders?",
    "weak on the parents' employment?": "zwak op arbeidssituatie van de ouders?",
    "weak on the child's stimulation?": "zwak op stimulatie van het kind?",
    "weak on housing?": "zwak op huisvesting?",
    "weak on health?": "zwak op gezondheid?",
    "the agreement's number": "nummer van de samenwerkingsovereenkomst",
    "day of signing; not filled in: not signed yet": "dag van ondertekening; niet ingevuld: nog niet ondertekend",
    "ended early: its last day": "vroegtijdig beëindigd: de laatste dag",
    "how many criteria must be weak; not filled in: 3": "hoeveel criteria zwak moeten zijn; niet ingevuld: 3",
    "the protocol's number": "nummer van het protocol",
    "the legal ground; only the decree of 4 February 2022 counts here": (
        "de rechtsgrond; alleen het decreet van 4 februari 2022 telt hier"
    ),
    "a protocol, or a processing agreement (which is no protocol)": (
        "een protocol, of een verwerkingsovereenkomst (wat geen protocol is)"
    ),
    "where it is published; not filled in: not published yet": (
        "waar het bekendgemaakt is; niet ingevuld: nog niet bekendgemaakt"
    ),
    "day of the DPO's advice": "dag van het advies van de functionaris voor gegevensbescherming",
    "which data may pass": "welke gegevens mogen worden doorgegeven",
    "how many days the recipient may keep the data": "hoeveel dagen de ontvanger de gegevens mag bewaren",
    "version of the consent text": "versie van de toestemmingstekst",
    "first day on which a consent under this text counts": ("eerste dag waarop een toestemming onder deze tekst telt"),
    "last day on which it does; not filled in: no end": "laatste dag waarop ze telt; niet ingevuld: geen einde",
    "the event's number": "nummer van de gebeurtenis",
    "grant (consent given) or withdrawal": "`grant` (toestemming gegeven) of `withdrawal` (intrekking)",
    "when the parent said so": "wanneer de ouder het zei",
}

"""The thirteen rules of the gate in words, to be cited. Pure: no I/O and no clock.

`rule` is what DOMAIN's table says after "withheld when"; D is the day of the decision in Brussels, T its instant.
docs/gate.md and docs/poort.md are generated from these: an anchor here is a heading of docs/gate.md (tested).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.core.model import Reason


@dataclass(frozen=True)
class GateRule:
    """One reason: its place in the order from 1 on, its name, and when a parent is withheld for it; `_nl` in Dutch."""

    reason: Reason
    number: int
    name: str
    rule: str
    name_nl: str
    rule_nl: str

    @property
    def heading(self) -> str:
        """Of its section in docs/gate.md."""
        return f"{self.number}. {self.reason}"

    @property
    def anchor(self) -> str:
        """What follows the # in a link to its section in docs/gate.md."""
        return anchor(self.heading)


def anchor(heading: str) -> str:
    """As GitHub makes it: in lower case, without punctuation, a dash for a space."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


_WORDS: Mapping[Reason, tuple[str, str, str, str]] = {
    Reason.QUARANTINED: (
        "own data in error",
        "the parent's own row failed a row check: `insz` present but not 11 ASCII digits with a right modulo 97"
        " (either century; its date part is not judged), a blank first or last name, or an impossible value in a row"
        " about this person: own row, residence, consent event, or a child or assessment of the family",
        "foutieve eigen gegevens",
        "de eigen rij van de ouder de rijcontrole niet doorstaat: `insz` (rijksregister- of BIS-nummer) is ingevuld,"
        " maar bestaat niet uit 11 ASCII-cijfers met een juiste modulo 97 (van vorige of deze eeuw; het datumgedeelte"
        " wordt niet beoordeeld), de voornaam of de achternaam is blanco, of een rij over deze persoon bevat een"
        " onmogelijke waarde: de eigen rij, een woonplaats, een toestemming of intrekking, of een kind of een"
        " beoordeling van het gezin",
    ),
    Reason.DECEASED: (
        "deceased",
        "`deceased_on` <= D",
        "overleden",
        "de overlijdensdatum (`deceased_on`) op of vóór D valt",
    ),
    Reason.NO_RESIDENCE: (
        "no known residence",
        "no residence row by D, or its NIS code is neither current on D nor mapped by a merger up to D",
        "geen gekende woonplaats",
        "er tot en met D geen rij met een woonplaats is, of de NIS-code ervan op D niet geldt en evenmin door een fusie"
        " tot en met D in een geldende code is overgegaan",
    ),
    Reason.CONFIDENTIAL_ADDRESS: (
        "protected address",
        "of this parent, or of any other parent of the family, the current residence is protected, or a row recorded"
        " after it and begun by D is",
        "afgeschermd adres",
        "van deze ouder, of van een andere ouder van het gezin, de huidige woonplaats afgeschermd is, of een woonplaats"
        " die daarna is geregistreerd en tot en met D is ingegaan",
    ),
    Reason.NOT_SERVED: (
        "no single recipient",
        "not exactly one recipient serves that municipality on D",
        "geen eenduidige ontvanger",
        "die gemeente op D niet door precies één ontvanger (OCMW of CAW Brussel) wordt bediend",
    ),
    Reason.NO_AGREEMENT: (
        "no cooperation agreement",
        "none in force between that recipient and the family's local team",
        "geen samenwerkingsovereenkomst",
        "er tussen die ontvanger en het lokaal team van het gezin geen samenwerkingsovereenkomst van kracht is",
    ),
    Reason.NO_NEED: (
        "threshold not reached",
        "no child under 3 whose latest assessment has at least `min_criteria` weak criteria"
        " (NULL: 3; several agreements: the highest)",
        "kansarmoededrempel niet bereikt",
        "geen kind onder de 3 jaar bij de recentste beoordeling zwak scoort op minstens `min_criteria`"
        " kansarmoede-indicatoren (niet ingevuld: 3; bij meerdere samenwerkingsovereenkomsten: de hoogste drempel)",
    ),
    Reason.NO_PROTOCOL: (
        "no protocol",
        "none in force with that recipient: published by both parties, on the advice of both data protection officers",
        "geen protocol",
        "er met die ontvanger geen protocol van kracht is, door beide partijen bekendgemaakt en na advies van beide"
        " functionarissen voor gegevensbescherming",
    ),
    Reason.NO_CONSENT: (
        "no consent",
        "neither a grant nor a no counts for this recipient yet",
        "geen toestemming",
        "er voor deze ontvanger nog geen toestemming en geen neen meetelt",
    ),
    Reason.WITHDRAWN: (
        "consent withdrawn",
        "a no counts (a withdrawal, an unknown kind, a grant without text version or fields or with a field outside"
        " the decree) and there is no grant looked at, or it is not later than every counting no in both ways",
        "toestemming ingetrokken",
        "een neen meetelt (een intrekking, een onbekende soort, een toestemming zonder tekstversie of velden of met een"
        " veld buiten het decreet) en er geen geldige toestemming tegenover staat, of die niet in beide opzichten later"
        " is dan elk neen dat meetelt: later gegeven en later geregistreerd",
    ),
    Reason.CONSENT_EXPIRED: (
        "consent expired",
        "`valid_until` < D",
        "toestemming vervallen",
        "de einddatum van de toestemming (`valid_until`) vóór D ligt",
    ),
    Reason.TEXT_NOT_ACCEPTED: (
        "consent text not accepted",
        "its text version is unknown, or not accepted on D",
        "toestemmingstekst niet aanvaard",
        "de versie van de toestemmingstekst onbekend is, of op D niet aanvaard is",
    ),
    Reason.FIELDS: (
        "too little may be shared",
        "decree AND protocol AND consent do not leave `name` and at least one of address, phone, email that is not"
        " blank for this parent (an address without street or postal code is blank)",
        "onvoldoende toegelaten gegevens",
        "wat decreet ÉN protocol ÉN toestemming samen toelaten, niet zowel de naam (`name`) omvat als minstens één van"
        " adres, telefoon en e-mail die voor deze ouder niet blanco is (een adres zonder straat of postcode is blanco)",
    ),
}

RULES: Mapping[Reason, GateRule] = MappingProxyType(
    {reason: GateRule(reason, number, *_WORDS[reason]) for number, reason in enumerate(Reason, 1)}
)
"""In the order of the gate: the first that applies is the reason."""

"""The columns of a drop, in the order a recipient reads them. Pure.

Headers are the names of OSLO Persoon and Adres where these have one; texts are in Dutch: recipients read them, in file
and manifest. `term` is what OSLO says with that name, as a URI: a property of the person, or of the person's
`locn:Address` (Adresvoorstelling) or `schema:ContactPoint` (Contactinfo).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """`source` is the column of the released rows; `required`: never empty in a drop."""

    source: str
    header: str
    title: str
    description: str
    term: str
    required: bool = False


REFERENCE = "reference"
REFERENCE_TERM = "http://www.w3.org/ns/adms#identifier"
_FOAF, _LOCN, _SCHEMA = "http://xmlns.com/foaf/0.1/", "http://www.w3.org/ns/locn#", "http://schema.org/"
ADDRESS = "https://data.vlaanderen.be/ns/adres#"
"""OSLO Adres."""
_SHOWN = f"{ADDRESS}Adresvoorstelling."

COLUMNS = (
    Column(
        REFERENCE,
        "referentie",
        "Referentie",
        "Ondoorzichtig kenmerk van deze ouder bij deze ontvanger: elke nacht hetzelfde, bij elke ontvanger anders.",
        REFERENCE_TERM,
        required=True,
    ),
    Column("first_name", "voornaam", "Voornaam", "Voornaam van de ouder.", f"{_FOAF}givenName", required=True),
    Column("last_name", "achternaam", "Achternaam", "Achternaam van de ouder.", f"{_FOAF}familyName", required=True),
    Column("street", "straatnaam", "Straatnaam", "Straat van de huidige verblijfplaats.", f"{_LOCN}thoroughfare"),
    Column(
        "house_number", "huisnummer", "Huisnummer", "Huisnummer van de huidige verblijfplaats.", f"{_SHOWN}huisnummer"
    ),
    Column("box_number", "busnummer", "Busnummer", "Busnummer van de huidige verblijfplaats.", f"{_SHOWN}busnummer"),
    Column("postal_code", "postcode", "Postcode", "Postcode van de huidige verblijfplaats.", f"{_LOCN}postCode"),
    Column(
        "municipality",
        "gemeentenaam",
        "Gemeentenaam",
        "Gemeente van de huidige verblijfplaats.",
        f"{ADDRESS}gemeentenaam",
    ),
    Column(
        "phone",
        "telefoon",
        "Telefoon",
        "Telefoonnummer van de ouder, zoals het geregistreerd is.",
        f"{_SCHEMA}telephone",
    ),
    Column("email", "e-mail", "E-mail", "E-mailadres van de ouder, zoals het geregistreerd is.", f"{_SCHEMA}email"),
)

IN_WORKBOOK = (COLUMNS[2], COLUMNS[1], *COLUMNS[3:], COLUMNS[0])
"""In a workbook, for a person: by surname first, the reference last."""

SOURCES = tuple(column.source for column in COLUMNS if column.source != REFERENCE)
"""Columns of the released rows; the reference is computed."""

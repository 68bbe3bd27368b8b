"""The columns of a drop, in the order a recipient reads them. Pure.

Headers are terms of OSLO Persoon where it has one; texts are in Dutch: recipients read them, in file and manifest.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """`source` is the column of the released rows; `required`: never empty in a drop."""

    source: str
    header: str
    title: str
    description: str
    required: bool = False


REFERENCE = "reference"

COLUMNS = (
    Column(
        REFERENCE,
        "referentie",
        "Referentie",
        "Ondoorzichtig kenmerk van deze ouder bij deze ontvanger: elke nacht hetzelfde, bij elke ontvanger anders.",
        required=True,
    ),
    Column("first_name", "voornaam", "Voornaam", "Voornaam van de ouder.", required=True),
    Column("last_name", "achternaam", "Achternaam", "Achternaam van de ouder.", required=True),
    Column("street", "straatnaam", "Straatnaam", "Straat van de huidige verblijfplaats."),
    Column("house_number", "huisnummer", "Huisnummer", "Huisnummer van de huidige verblijfplaats."),
    Column("box_number", "busnummer", "Busnummer", "Busnummer van de huidige verblijfplaats."),
    Column("postal_code", "postcode", "Postcode", "Postcode van de huidige verblijfplaats."),
    Column("municipality", "gemeentenaam", "Gemeentenaam", "Gemeente van de huidige verblijfplaats."),
    Column("phone", "telefoon", "Telefoon", "Telefoonnummer van de ouder, zoals het geregistreerd is."),
    Column("email", "e-mail", "E-mail", "E-mailadres van de ouder, zoals het geregistreerd is."),
)

IN_WORKBOOK = (COLUMNS[2], COLUMNS[1], *COLUMNS[3:], COLUMNS[0])
"""In a workbook, for a person: by surname first, the reference last."""

SOURCES = tuple(column.source for column in COLUMNS if column.source != REFERENCE)
"""Columns of the released rows; the reference is computed."""

"""Invented people for a list on paper: names as Flanders has them, some long, some with an accent or a prefix."""

from itertools import product
from typing import Any

from pipeline.delivery.changes import DropChanges, Stand
from pipeline.delivery.references import references
from tests.golden.example import GENT, KEY

SURNAMES = (
    *("Peeters", "Janssens", "van den Berghe", "Vandenberghe", "De Smet", "Desmet", "de Smet", "D'Hondt", "Dhondt"),
    *("Öztürk", "El Amrani", "Claeys-Van Damme", "Verstraete", "Maes"),
)
FIRST_NAMES = ("Noor", "Émile", "Fatima-Zahra", "Jan", "Liesbeth", "Mohamed", "Anna", "Emilie")
STREETS = ("Kerkstraat", "Sint-Pietersnieuwstraat", "Burgemeester Karel Voorbeeldlaan", "Lange Violettestraat")


def printed_people() -> list[dict[str, Any]]:
    """112 of them; what a person lacks is not there."""
    return [_person(at, first, last) for at, (last, first) in enumerate(product(SURNAMES, FIRST_NAMES))]


def printed_changes() -> DropChanges:
    """Of the references of these people: most are as they were, and two of others went away."""
    stands = {
        each: Stand.NEW if at % 11 == 3 else Stand.CHANGED if at % 7 == 2 else Stand.UNCHANGED
        for at, each in enumerate(references(KEY, GENT, range(1, len(printed_people()) + 1)).to_pylist())
    }
    return DropChanges("AANMELDING_OPGROEIEN_0212214125_20260614_000041", stands, ("A" * 32, "Z" * 32))


def _person(at: int, first: str, last: str) -> dict[str, Any]:
    person = {"first_name": first, "last_name": last}
    if at % 9:
        person |= {"street": STREETS[at % 4], "house_number": str(1 + at * 7 % 240), "postal_code": "9000"}
        person |= {"municipality": "Gent"} | ({"box_number": f"0{at % 4}01"} if at % 3 == 0 else {})
    if at % 4:
        person["phone"] = f"+32 9 000 00 {at % 100:02}" if at % 2 else f"0470 00 00 {at % 100:02}"
    if at % 5:
        person["email"] = f"{first}.{last}@example.org".lower().replace(" ", "").replace("'", "")
    return person

"""The columns of an indicator sheet, as fields of a Frictionless Table Schema; texts in Dutch. Pure."""

from collections.abc import Iterable
from typing import Any

from pipeline.delivery.columns import ADDRESS
from pipeline.indicators.model import Criterion

DUTCH = {
    Criterion.INCOME: ("inkomen", "het maandinkomen van het gezin"),
    Criterion.EDUCATION: ("opleiding", "de opleiding van de ouders"),
    Criterion.EMPLOYMENT: ("arbeid", "de arbeidssituatie van de ouders"),
    Criterion.STIMULATION: ("stimulatie", "de stimulatie van het kind"),
    Criterion.HOUSING: ("huisvesting", "de huisvesting"),
    Criterion.HEALTH: ("gezondheid", "de gezondheid"),
}
"""By criterion, its name in a header and in a sentence."""


def _field(name: str, kind: str, description: str, title: str = "", **more: object) -> dict[str, Any]:
    field = {"name": name, "title": title or name.capitalize(), "description": description, "type": kind}
    return field | ({"decimalChar": ","} if kind == "number" else {}) | more


def _always(name: str, kind: str, description: str, title: str, **constraints: object) -> dict[str, Any]:
    """A field that is never empty or suppressed."""
    return _field(name, kind, description, title, constraints={"required": True} | constraints)


def _count_field(name: str, description: str, title: str = "") -> dict[str, Any]:
    return _field(name, "integer", description, title, constraints={"minimum": 0})


def _share_field(name: str, description: str, title: str) -> dict[str, Any]:
    return _field(name, "number", description, title, constraints={"minimum": 0, "maximum": 100})


def _fields() -> Iterable[dict[str, Any]]:
    yield _always("niscode", "string", "NIS-code van de gemeente.", "NIS-code", pattern="[0-9]{5}")
    yield _always("gemeente", "string", "Naam van de gemeente.", "Gemeente") | {"propertyUrl": f"{ADDRESS}gemeentenaam"}
    yield _always("jaar", "integer", "De cijfers zijn van 31 december van dit jaar.", "Jaar")
    says = "1, of hoger na een verbetering: de hoogste editie van een jaar telt."
    yield _always("editie", "integer", says, "Editie", minimum=1)
    says = "Elk aantal is naar beneden afgerond op een veelvoud hiervan."
    yield _always("afgerond-op", "integer", says, "Afgerond op", minimum=1)
    yield _count_field(
        "kinderen",
        "Kinderen geboren in dat jaar of in de twee jaren ervoor die er op 31 december woonden; in Brussel alleen wie "
        "minstens eens door Kind en Gezin werd gezien.",
    )
    yield _count_field("kansarm", "Van hen: kinderen in een gezin dat op drie of meer van de zes criteria zwak scoort.")
    says = "Aandeel kansarm van alle kinderen, in procent; een benadering."
    yield _share_field("kansarmoede-index", says, "Kansarmoede-index")
    for name, phrase in DUTCH.values():
        yield _count_field(name, f"Van de kansarme kinderen: zwak op {phrase}.")
        says = "Hetzelfde in procent van de kansarme kinderen; een benadering."
        yield _share_field(f"{name}-aandeel", says, f"{name.capitalize()}, aandeel in procent")


SHEET_FIELDS = tuple(_fields())
"""The columns in their order, as fields of a Frictionless Table Schema; descriptions in Dutch."""
HEADER = [field["name"] for field in SHEET_FIELDS]
FIRST_FIGURE = HEADER.index("kinderen")

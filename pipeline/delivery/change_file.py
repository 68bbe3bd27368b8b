"""The change file of a drop: each reference, the ones that went away included, with what became of it. Pure.

Without names: a program at the recipient finds by it what to look at in the list. A recipient's settings switch it off.
"""

import csv
import io

from pipeline.delivery.changes import STAND_FIELD, DropChanges, Stand
from pipeline.delivery.columns import REFERENCE_TERM
from pipeline.delivery.manifest import Enclosure
from pipeline.delivery.references import REFERENCE_PATTERN
from pipeline.ledger.events import CHANGE_FILE

CHANGE_FIELDS: tuple[dict[str, object], ...] = (
    {
        "name": "referentie",
        "title": "Referentie",
        "description": "De referentie, zoals in de lijst.",
        "type": "string",
        "propertyUrl": REFERENCE_TERM,
        "constraints": {"required": True, "unique": True, "pattern": REFERENCE_PATTERN},
    },
    {"name": "stand", **STAND_FIELD},
)
"""The columns in their order, as fields of a Frictionless Table Schema."""


def change_file(changes: DropChanges) -> Enclosure:
    """Sorted by reference: the same changes give the same bytes."""
    stands = dict(changes.stands) | dict.fromkeys(changes.gone, Stand.GONE)
    since = f"sinds {changes.since}" if changes.since else "de eerste levering"
    return Enclosure(
        name=CHANGE_FILE,
        title=f"Wijzigingen: {since}",
        description="Wat er veranderde tegenover de laatste levering die u ophaalde of bevestigde. Zonder namen.",
        rows=len(stands),
        schema={"fields": list(CHANGE_FIELDS), "primaryKey": ["referentie"], "missingValues": [""]},
        contents={"csv": _csv(stands)},
    )


def _csv(stands: dict[str, Stand]) -> bytes:
    """References and words of ours: no cell that a spreadsheet could read as a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(field["name"] for field in CHANGE_FIELDS)
    writer.writerows((reference, stands[reference].value) for reference in sorted(stands))
    return stream.getvalue().encode("utf-8-sig")

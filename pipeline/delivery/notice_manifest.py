"""The manifest of a withdrawal notice: for whom, which number, after which notice, and what its file must be. Pure.

In the form of a drop's (pipeline/delivery/manifest.py). Texts are in Dutch, for the recipient's IT person; a manifest
holds no reference.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pipeline.core.model import Kbo
from pipeline.delivery.columns import REFERENCE_TERM
from pipeline.delivery.manifest import DataFile, described_file, package_bytes
from pipeline.ledger.notices import stem_of


@dataclass(frozen=True)
class NoticeOrder:
    """What a notice's manifest says of it. `night`: the date in its name. `repeats`: the number of the first notice
    that said the same, None of a first one. `written_at`: aware. `previous_notice_sha256`: of the manifest of the
    notice before it that counts or may have counted, None for the first.
    """

    kbo: Kbo
    night: date
    number: int
    repeats: int | None
    rows: int
    run: str
    written_at: datetime
    previous_notice_sha256: str | None

    def __post_init__(self) -> None:
        if self.written_at.tzinfo is None:
            raise ValueError("an instant needs a time zone")

    @property
    def stem(self) -> str:
        return stem_of(self.kbo, self.night, self.number, self.repeats)


NOTICE_FIELDS = (
    {
        "name": "referentie",
        "title": "Referentie",
        "description": "De referentie van een ouder die u niet meer mag gebruiken.",
        "type": "string",
        "propertyUrl": REFERENCE_TERM,
        "constraints": {"required": True},
    },
    {
        "name": "datum",
        "title": "Datum",
        "description": "Sinds wanneer (JJJJ-MM-DD): de dag waarop Opgroeien de intrekking vaststelde.",
        "type": "date",
        "constraints": {"required": True},
    },
)
"""The columns of a notice, by Frictionless. A reference may stand there twice: withdrawn again after a later drop."""

_DESCRIPTION = (
    "Referenties van ouders die u niet meer mag gebruiken: wis of merk hun gegevens, en bevestig dat met een "
    "ACK-bestand. Een bericht telt pas als zijn GO-bestand er staat. Een herhaling noemt in repeats het eerste bericht "
    "dat hetzelfde zei."
)


def notice_manifest_bytes(order: NoticeOrder, data: DataFile, signing_key: str) -> bytes:
    """JSON in UTF-8 with sorted keys: the same order and file give the same bytes. `signing_key`: its fingerprint."""
    schema = {"fields": list(NOTICE_FIELDS), "missingValues": [""]}
    return package_bytes({
        "profile": "data-package",
        "name": order.stem.lower(),
        "title": f"Intrekkingsbericht van Opgroeien voor {order.kbo}, {order.night:%d/%m/%Y}",
        "description": _DESCRIPTION,
        "resources": [described_file(data) | {"name": "intrekkingen-csv", "schema": schema}],
        "recipient": {"kbo": order.kbo},
        "night": order.night.isoformat(),
        "number": order.number,
        "repeats": order.repeats,
        "rows": order.rows,
        "run": order.run,
        "written_at": order.written_at.astimezone(UTC).isoformat(),
        "previous_notice_sha256": order.previous_notice_sha256,
        "signing_key": signing_key,
    })  # fmt: skip

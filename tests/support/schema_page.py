"""docs/ontvanger/schema.md, made from what the code writes: `python -m tests.support.schema_page` writes it anew."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pipeline.core.documents.sheet_limits import TOO_LONG
from pipeline.core.model import DropFile
from pipeline.delivery.change_file import CHANGE_FIELDS, change_file
from pipeline.delivery.changes import STAND
from pipeline.delivery.columns import COLUMNS
from pipeline.delivery.manifest import DataFile, manifest_bytes
from pipeline.delivery.notice_manifest import NOTICE_FIELDS
from pipeline.indicators.sheet_fields import SHEET_FIELDS
from pipeline.indicators.sheet_file import SUPPRESSED, sheet_enclosure
from tests.golden.example import CHANGES, ORDER, notice_manifest_of_encrypted
from tests.support.docs import PAGES
from tests.support.worlds.sheets import on_record

PATH = PAGES / "schema.md"

PACKAGE = {
    "agreements": "de samenwerkingsovereenkomsten die het toelaten",
    "decided_at": "wanneer beslist werd wie erin staat (UTC)",
    "description": "wat een levering is",
    "ledger_head": "waar het register van Opgroeien stond toen de nacht begon; u hoeft er niets mee te doen",
    "name": "de naam van de levering, in kleine letters",
    "night": "de datum van de levering",
    "previous_manifest_sha256": "SHA-256 van het vorige manifest dat telde; `null` voor de eerste levering",
    "profile": "een Data Package van Frictionless, versie 1",
    "protocols": "de protocollen die het toelaten",
    "recipient": "voor wie: `kbo` en `name`",
    "reference_key_id": "verandert dit, dan veranderen ook alle referenties",
    "resources": "de bestanden: zie hieronder",
    "retention_days": "hoeveel dagen u de gegevens mag bewaren volgens het protocol",
    "rows": "aantal ouders in de lijst",
    "run": "de nacht, zoals Opgroeien ze noemt",
    "sequence": "volgnummer; het loopt per ontvanger op",
    "signing_key": "de vingerafdruk van de sleutel waarmee Opgroeien het manifest tekende (`….datapackage.json.sig`)",
    "sources": "waar de gegevens vandaan komen",
    "test": "`true` voor een testlevering; anders staat het er niet",
    "title": "de titel",
}
RESOURCE = {
    "bytes": "grootte",
    "decrypted": "alleen bij een versleuteld bestand: hetzelfde over wat eruit moet komen, bij die twee ook `rows`",
    "description": "alleen bij een indicatorenfiche en een wijzigingsbestand: wat u moet weten om het te lezen",
    "dialect": "alleen bij csv: scheidingsteken, aanhalingsteken, regeleinde",
    "encoding": "alleen bij csv: de tekenset",
    "encryption": "alleen bij een versleuteld bestand: `standard` en de vingerafdruk van uw sleutel (`key`)",
    "format": "`csv`, `xlsx`, `parquet`; `pgp` voor een versleuteld bestand",
    "hash": "`sha256:` en de SHA-256",
    "mediatype": "de soort, zoals het web ze noemt",
    "name": "de naam in het manifest",
    "path": "de naam van het bestand",
    "profile": "de soort, zoals Frictionless ze noemt",
    "rows": "alleen bij een indicatorenfiche of een wijzigingsbestand dat niet versleuteld is: aantal rijen",
    "schema": "de kolommen, met hun titel, type, voorwaarden (`constraints`) en term (`propertyUrl`)",
    "title": "alleen bij een indicatorenfiche (het jaar en de editie) en een wijzigingsbestand (sinds welke levering)",
    "type": "alleen bij parquet: `file`, opdat Frictionless het als bestand nakijkt",
}
NOTICE = {
    "number": "volgnummer; het loopt per ontvanger op",
    "previous_notice_sha256": "SHA-256 van het manifest van het bericht ervoor; `null` voor het eerste",
    "repeats": "het nummer van het eerste bericht dat hetzelfde zei; `null` als er zo geen is",
    "rows": "aantal rijen",
    "written_at": "wanneer het gemaakt werd (UTC)",
    "recipient": "voor wie: `kbo`",
    "name": "de naam van het bericht, in kleine letters",
    "night": "de datum in de naam",
    "description": "wat een intrekkingsbericht is",
    "resources": "het ene bestand, beschreven zoals hierboven",
}
"""Where it differs from PACKAGE."""


def page() -> str:
    """The whole page. Raises KeyError for a part of a manifest that is not told of here."""
    described = [
        _row(f"`{column.header}`", column.description, "nooit" if column.required else "soms", f"`{column.term}`")
        for column in COLUMNS
    ]
    clear, sealed = (_manifest(decrypted) for decrypted in (False, True))
    parts = [each for manifest in (clear, sealed) for resource in manifest["resources"] for each in resource]
    return "\n".join([
        "# Wat er in een levering staat",
        "",
        "Gemaakt uit de code (`python -m tests.support.schema_page`): verander het daar.",
        "",
        "## De lijst",
        "",
        f"De csv: {_dialect(clear['resources'][0])}. De eerste regel noemt de kolommen. Alles is tekst. Gesorteerd op",
        "achternaam, voornaam en referentie. Regeleinden en stuurtekens in een cel worden een spatie.",
        "",
        _row("kolom", "wat er staat", "leeg", "term van OSLO"),
        _row("---", "---", "---", "---"),
        *described,
        "",
        "De termen staan ook in het manifest, bij elke kolom onder `propertyUrl`: eigenschappen van een persoon (OSLO",
        "Persoon), van het adres (OSLO Adres, Adresvoorstelling) of van de contactinfo.",
        "",
        "De parquet heeft dezelfde kolommen en rijen, in dezelfde volgorde, alle als tekst.",
        "",
        "De xlsx is om in te werken: dezelfde cellen, maar eerst de achternaam en de voornaam en als laatste de",
        "referentie, en gesorteerd zoals een Vlaams telefoonboek. Een voorvoegsel hoort bij de naam: Van den Berghe",
        "staat bij de V, De Smet bij de D. Hoofdletters, accenten, spaties en leestekens tellen pas als de rest gelijk",
        "is, zodat De Smet, de Smet en Desmet bij elkaar staan, op voornaam. Een tekst van meer dan 32.767 tekens past",
        f"niet in een cel van Excel; dan staat er: *{TOO_LONG}*",
        "",
        f"De eerste kolom van de xlsx is `{STAND}`, zoals in het wijzigingsbestand. Haar tweede blad noemt de",
        "referenties die verdwenen zijn, en de levering waarin ze stonden; zonder namen.",
        "",
        "## Het wijzigingsbestand",
        "",
        "`….wijzigingen.csv`, dezelfde soort csv, gesorteerd op referentie: elke referentie van de lijst, en elke die",
        "verdwenen is ([wijzigingen.md](wijzigingen.md)).",
        "",
        *_table("kolom", {str(field["name"]): str(field["description"]) for field in CHANGE_FIELDS}),
        "",
        "## Het manifest",
        "",
        "JSON in UTF-8; zonder persoonsgegevens.",
        "",
        *_table("veld", {key: PACKAGE[key] for key in sorted({*clear, "test"})}),
        "",
        "Van elk bestand, in `resources`:",
        "",
        *_table("veld", {key: RESOURCE[key] for key in sorted(set(parts))}),
        "",
        "## Een indicatorenfiche",
        "",
        f"Eén keer per jaar en per verbetering, als bestand van een gewone levering: `….{on_record().name}.csv`",
        "(jaar en editie), dezelfde soort csv, en ook als xlsx voor wie zijn lijst zo krijgt. Eén rij per gemeente.",
        "",
        _row("kolom", "wat er staat"),
        _row("---", "---"),
        *(_row(f"`{field['name']}`", field["description"]) for field in SHEET_FIELDS),
        "",
        f"Een cel met `{SUPPRESSED}` is niet 0 en niet leeg: [indicatoren.md](indicatoren.md).",
        "",
        "## Een intrekkingsbericht",
        "",
        "Dezelfde soort csv:",
        "",
        *_table("kolom", {str(field["name"]): str(field["description"]) for field in NOTICE_FIELDS}),
        "",
        "Het manifest ervan (JSON in UTF-8; zonder referenties):",
        "",
        *_table("veld", {key: (PACKAGE | NOTICE)[key] for key in json.loads(notice_manifest_of_encrypted())}),
        "",
    ])  # fmt: skip


def _manifest(sealed: bool) -> dict[str, Any]:
    encrypted = (DropFile("x.csv", "", 1, "0" * 64), "0" * 40) if sealed else ()
    data = [DataFile(name, DropFile(f"x.{name}", "", 1, "0" * 64), *encrypted) for name in ("csv", "xlsx", "parquet")]
    data.append(replace(data[0], enclosure=sheet_enclosure(on_record(), ("csv",))))
    data.append(replace(data[0], enclosure=change_file(CHANGES)))
    found: dict[str, Any] = json.loads(manifest_bytes(ORDER, 1, data, "x"))
    return found


def _dialect(resource: Mapping[str, Any]) -> str:
    dialect = resource["dialect"]
    ends = {"\r\n": "CRLF"}[dialect["lineTerminator"]]
    return f"{resource['encoding'].upper()} met BOM, `{dialect['delimiter']}` tussen de cellen, {ends} aan het eind"


def _table(what: str, described: Mapping[str, str]) -> Iterable[str]:
    return [_row(what, "betekenis"), _row("---", "---"), *(_row(f"`{key}`", says) for key, says in described.items())]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")

"""The example drop: rows with every awkward thing a cell may hold, and the drop they must become, byte for byte.

`python -m tests.golden.example` writes the golden files anew; look at the difference before committing it.
"""

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.model import Drop, DropFile, Head, Kbo, Papers
from pipeline.core.staging import private_folder
from pipeline.delivery.change_file import change_file
from pipeline.delivery.changes import DropChanges, Stand
from pipeline.delivery.columns import SOURCES
from pipeline.delivery.manifest import DataFile
from pipeline.delivery.notice_manifest import NoticeOrder, notice_manifest_bytes
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import ReferenceKey, references
from pipeline.delivery.render import DropOrder, render
from pipeline.followup.notice_files import NoticeFiles, notice_bytes, render_notice
from pipeline.indicators.edition_file import ReleasedSheet
from pipeline.indicators.sheet_file import sheet_enclosure
from pipeline.ledger.notices import NoticeLine
from tests.support.signing import SIGNING_KEY
from tests.support.worlds.sheets import on_record

GOLDEN = Path(__file__).parent
GENT = Kbo("0212214125")
KEY = ReferenceKey("test-2026", b"only a test, never a secret: 32+")
SETTINGS = RecipientSettings(GENT, account="ocmw-gent", folder="/out", encryption="none")
ORDER = DropOrder(
    papers=Papers(GENT, "OCMW Gent", ("A-2025-001", "A-2025-002"), ("P-2025-001",), 365),
    night=date(2026, 6, 15),
    sequence=42,
    run="scheduled__2026-06-15T01:30:00+00:00",
    decided_at=datetime(2026, 6, 15, 1, 30, tzinfo=UTC),
    previous_manifest_sha256="0" * 64,
    ledger_head=Head(7, "f" * 64),
    signing_key=SIGNING_KEY,
)
FULL = {
    "first_name": "Noor",
    "last_name": "Voorbeeld",
    "street": "Voorbeeldstraat",
    "house_number": "007",
    "box_number": "0201",
    "postal_code": "9000",
    "municipality": "Gent",
    "phone": "+32 9 000 00 00",
    "email": "noor.voorbeeld@example.org",
}
AWKWARD: list[dict[str, Any]] = [
    FULL,
    FULL | {"first_name": "Éloïse", "last_name": "Ångström-Đặng", "street": "Guldenspoorstraat", "box_number": None},
    {"first_name": "Zonder", "last_name": "Adres", "phone": "090000000"},
    {"first_name": "Zonder", "last_name": "Mailadres", "email": "zonder@example.org"},
    FULL | {"last_name": "van 'Formule", "street": '=HYPERLINK("https://example.org";"klik")', "house_number": "-1"},
    FULL | {"last_name": "@Apenstaart", "phone": " +32 9 000 00 01", "email": "＝1+1"},
    FULL | {"last_name": 'Aanhaling"steken', "street": "Straat; met puntkomma", "box_number": "2\r\n3"},
    FULL | {"last_name": "مثال", "first_name": "例🙂", "street": "Tab\tstraat", "municipality": "Gent\x00"},
    FULL | {"last_name": "de Tweeling"},
    FULL | {"last_name": "de Tweeling"},
]


def personal_in(content: bytes) -> list[str]:
    """The values of AWKWARD that stand there; OSLO's term is not the person whose name is Adres."""
    values = {value for person in AWKWARD for value in person.values() if value and len(value) > 4}
    return [value for value in values if value.encode() in content.replace(b"#Adresvoorstelling.", b"#")]


def rows(people: list[dict[str, Any]], first_id: int = 1) -> pa.Table:
    """Released rows: parents numbered from `first_id`, what a person lacks is NULL."""
    texts = {source: pa.array([person.get(source) for person in people], pa.string()) for source in SOURCES}
    return pa.table({"parent_id": pa.array(range(first_id, first_id + len(people)), pa.int64())} | texts)


def example(
    folder: Path,
    people: list[dict[str, Any]] = AWKWARD,
    *formats: str,
    sheets: Sequence[ReleasedSheet] = (),
    **order: Any,
) -> Drop:
    """The drop of these people with these sheets, CSV unless told; `order` replaces parts of ORDER. With `changes` it
    has a change file."""
    settings = replace(SETTINGS, formats=formats or ("csv",))
    made = replace(ORDER, **order)
    enclosures = [change_file(made.changes)] if made.changes else []
    enclosures += [sheet_enclosure(one, settings.formats) for one in sheets]
    return render(rows(people), made, settings, KEY, folder, enclosures)


CHANGES = DropChanges(
    since="AANMELDING_OPGROEIEN_0212214125_20260614_000041",
    stands=dict(zip(references(KEY, GENT, range(1, 11)).to_pylist(), cycle(list(Stand)[:4]), strict=False)),
    gone=("A" * 32, "Z" * 32),
)
"""Of AWKWARD: some are new, some changed, of some nothing is known; and two went away."""

NOTICE_LINES = (
    NoticeLine(2, "referentie-2", datetime(2026, 6, 14, 22, 30, tzinfo=UTC)),
    NoticeLine(1, "referentie-1", datetime(2026, 6, 14, 21, 30, tzinfo=UTC)),
)
NOTICE_ORDER = NoticeOrder(GENT, date(2026, 6, 15), 8, 7, 2, ORDER.run, ORDER.decided_at, "0" * 64)


def notice_example(folder: Path) -> NoticeFiles:
    """A repeat that tells of two parents."""
    return render_notice(NOTICE_ORDER, NOTICE_LINES, SETTINGS, SIGNING_KEY, private_folder(folder))


def notice_manifest_of_encrypted() -> bytes:
    """Of the same, encrypted: an OpenPGP message is another each time, so this one is made up."""
    clear = notice_bytes(NOTICE_LINES)
    decrypted = DropFile(f"{NOTICE_ORDER.stem}.csv", "", len(clear), hashlib.sha256(clear).hexdigest())
    message = DropFile(f"{decrypted.name}.pgp", "", 999, "1" * 64)
    return notice_manifest_bytes(NOTICE_ORDER, DataFile("csv", message, decrypted, "ab" * 20), SIGNING_KEY.fingerprint)


def content(drop: Drop, at: int = 0) -> bytes:
    """The bytes of one data file."""
    return Path(drop.data[at].path).read_bytes()


def signature(drop: Drop) -> bytes:
    """The bytes of the signature on its manifest."""
    assert drop.signature
    return Path(drop.signature.path).read_bytes()


def workbook_digest(workbook: bytes) -> str:
    """A hash of what is zipped, since how well it is compressed depends on the machine's zlib."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        members = [name.encode() + b"\0" + archive.read(name) for name in archive.namelist()]
    return hashlib.sha256(b"\0".join(members)).hexdigest()


def golden_files(folder: Path) -> dict[str, bytes]:
    """Each golden file's name with the bytes that the code makes now."""
    awkward, nothing = example(folder / "awkward"), example(folder / "nothing", [], sequence=43)
    workbook = content(example(folder / "workbook", AWKWARD, "xlsx"))
    with_changes = example(folder / "changes", AWKWARD, "xlsx", changes=CHANGES)
    with_sheet = example(folder / "sheet", [], "csv", "xlsx", sheets=[on_record()], sequence=44)
    notice = notice_example(folder / "notice")
    return {
        "awkward.csv": content(awkward),
        "awkward.datapackage.json": Path(awkward.manifest.path).read_bytes(),
        "awkward.xlsx.sha256": (workbook_digest(workbook) + "\n").encode(),
        "awkward.datapackage.json.sig": signature(awkward),
        "changes.csv": content(with_changes, 1),
        "changes.xlsx.sha256": (workbook_digest(content(with_changes)) + "\n").encode(),
        "nothing.csv": content(nothing),
        "nothing.datapackage.json": Path(nothing.manifest.path).read_bytes(),
        "nothing.datapackage.json.sig": signature(nothing),
        "sheet.csv": content(with_sheet, 2),
        "sheet.datapackage.json": _without_workbooks(Path(with_sheet.manifest.path).read_bytes()),
        "sheet.xlsx.sha256": (workbook_digest(content(with_sheet, 3)) + "\n").encode(),
        "notice.csv": Path(notice.file.path).read_bytes(),
        "notice.datapackage.json": Path(notice.manifest.path).read_bytes(),
        "notice.datapackage.json.sig": Path(notice.signature.path).read_bytes(),
        "notice_encrypted.datapackage.json": notice_manifest_of_encrypted(),
    }


def _without_workbooks(manifest: bytes) -> bytes:
    """How many bytes they have depends on the machine's zlib, and so does their hash."""
    package = json.loads(manifest)
    package["resources"] = [one for one in package["resources"] if one["format"] != "xlsx"]
    return (json.dumps(package, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for name, made in golden_files(Path(scratch)).items():
            (GOLDEN / name).write_bytes(made)

"""A folder as a recipient has it after a few nights of fetching: real drops, with their GO files."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.delivery.notice_manifest import NoticeOrder
from pipeline.delivery.signature import SigningKey
from pipeline.followup.notice_files import render_notice
from pipeline.indicators.edition_file import ReleasedSheet
from pipeline.ledger.notices import NoticeLine
from tests.golden.example import AWKWARD, GENT, ORDER, SETTINGS, example
from tests.support.signing import SIGNING_KEY

Change = Callable[[dict[str, Any]], object]


def stem(sequence: int, night: int | None = None) -> str:
    """Of the drop with that number, from the night in June (the same as the number, less 27, unless told)."""
    return f"AANMELDING_OPGROEIEN_0212214125_202606{(night or sequence - 27):02}_{sequence:06}"


def fetch(folder: Path, *sequences: int, previous: str | None = None, formats: tuple[str, ...] = ("csv",)) -> Path:
    """Drops that follow one another, one a night; the folder."""
    folder.mkdir(exist_ok=True)
    for sequence in sequences or (41, 42, 43):
        one_a_night(folder, sequence, previous, formats)
        previous = manifest_sha256(folder, sequence)
    return folder


def one_a_night(
    folder: Path,
    sequence: int,
    previous: str | None,
    formats: tuple[str, ...],
    sheets: Sequence[ReleasedSheet] = (),
    **order: Any,
) -> None:
    later = timedelta(sequence - 42)
    when = {"night": ORDER.night + later, "decided_at": ORDER.decided_at + later, "ledger_head": None}
    people = AWKWARD if sequence % 3 else []
    given = {"sequence": sequence, "previous_manifest_sha256": previous} | when | order
    drop = example(folder, people, *formats, sheets=sheets, **given)
    (folder / drop.go_name).touch()


def manifest_of(folder: Path, sequence: int) -> Path:
    return folder / f"{stem(sequence)}.datapackage.json"


def manifest_sha256(folder: Path, sequence: int) -> str:
    return hashlib.sha256(manifest_of(folder, sequence).read_bytes()).hexdigest()


def tamper(folder: Path, sequence: int, change: Change) -> None:
    """Change a manifest, and write it as we do."""
    path = manifest_of(folder, sequence)
    package = json.loads(path.read_bytes())
    change(package)
    path.write_bytes((json.dumps(package, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode())


def sign(folder: Path, key: SigningKey = SIGNING_KEY) -> Path:
    """Sign every manifest in the folder as the agency does; the folder."""
    for path in folder.glob("*.datapackage.json"):
        path.with_name(f"{path.name}.sig").write_bytes(key.sign(path.read_bytes()))
    return folder


def tell(folder: Path, number: int, *references: str, repeats: int | None = None, previous: str | None = None) -> Path:
    """A notice of the day of that number in July, as we make and sign it, with its GO file; its CSV."""
    at = datetime(2026, 7, number, 1, 30, tzinfo=UTC)
    rows, found_at = len(references), datetime(2026, 7, 1, 1, tzinfo=UTC)
    order = NoticeOrder(GENT, at.date(), number, repeats, rows, "a run", at, previous)
    lines = [NoticeLine(at, reference, found_at) for at, reference in enumerate(references)]
    made = render_notice(order, lines, SETTINGS, SIGNING_KEY, folder)
    (folder / f"{order.stem}.GO").touch()
    return Path(made.file.path)


def sha256_of_manifest(file: Path) -> str:
    """Of the drop or notice that the file is of."""
    return hashlib.sha256(file.with_suffix(".datapackage.json").read_bytes()).hexdigest()


def replace_csv(folder: Path, sequence: int, content: bytes) -> None:
    """Other bytes, and a manifest that says so: what only a look inside can tell."""
    path = folder / f"{stem(sequence)}.csv"
    path.write_bytes(content)

    def told(package: dict[str, Any]) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        package["resources"][0] |= {"bytes": len(content), "hash": f"sha256:{sha256}"}

    tamper(folder, sequence, told)

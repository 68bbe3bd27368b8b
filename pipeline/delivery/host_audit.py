"""The ledger against the bytes that lie before one recipient, both ways; counts and names of files only.

A drop that is gone as a whole is no alarm: the recipient may take it, and the next visit puts that on record.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Collection, Iterator
from datetime import date

from pipeline.core.model import Head
from pipeline.delivery.manifest import MANIFEST, MOST_OF_A_MANIFEST, parse_manifest
from pipeline.delivery.newer_files import shown_name
from pipeline.delivery.on_record import is_altered
from pipeline.delivery.ports import EntryKind, RemoteFolder
from pipeline.ledger.audit import Problem
from pipeline.ledger.db.records import RecipientRecords
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import ON_HOST, UNFINISHED, Kind, NightDrop, is_list
from pipeline.ledger.notices import Notice, Step

OURS = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_[0-9]{10}_[0-9]{8}_[0-9]{6}(_HERHAALT_[0-9]{6})?\.(?!ACK$).+")
"""What we put there; the recipient's acknowledgements are its own."""
IsHere = Callable[[DropPlace | None], bool]


def read_manifest(folder: RemoteFolder, name: str) -> bytes | None:
    """A manifest or a signature that the ledger does not know; empty where it is larger than any of ours."""
    size = folder.stat(name)
    if size is None:
        return None
    return folder.read(name, size) if size <= MOST_OF_A_MANIFEST else b""


def host_problems(
    records: RecipientRecords, night: date, folder: RemoteFolder, is_here: IsHere = lambda _: True
) -> Iterator[Problem]:
    """Files that lie there and should not, files that should and do not, and files that differ.

    `is_here`: whether what has that place on record belongs in this folder; what lies elsewhere does not.
    """
    there, state = set(folder.matching(OURS)), records.delivery_state(night)
    notices = [notice for notice in records.notices() if is_here(notice.place)]
    drops = [drop for drop in state.drops if is_here(drop.contents.place)]
    on_host = [drop for drop in drops if drop.kind in ON_HOST]
    lying = [drop for drop in on_host if not there.isdisjoint((drop.contents.go_name, *drop.contents.hashes))]
    for drop in lying:
        yield from _drop(records, drop, there, folder)
    unfinished = [drop for drop in drops if drop.kind in UNFINISHED]
    allowed = {name for drop in (*lying, *unfinished) for name in (*drop.names, drop.contents.go_name)}
    allowed |= {name for notice in notices for name in notice.names}
    for name in sorted(there & allowed):
        if (kind := folder.kind(name)) not in (None, EntryKind.FILE):
            yield Problem("host", f"{name} is {kind}, not the file that was put there", kbo=records.kbo)
    for name in sorted(there - allowed):
        yield Problem("host", f"{shown_name(name)} lies there, and by the ledger it should not", kbo=records.kbo)
        if name.endswith(MANIFEST):
            yield from _unknown_head(records, name, read_manifest(folder, name))
    for notice in notices:
        yield from _notice(notice, there, folder)


def _notice(notice: Notice, there: Collection[str], folder: RemoteFolder) -> Iterator[Problem]:
    """Likewise: gone as a whole, it is no alarm."""
    missing = set(notice.names) - set(there)
    if notice.step is Step.PUBLISHED and missing and not set(there).isdisjoint(notice.names):
        yield Problem(
            "host", f"of {notice.stem}, {len(missing)} files are gone and the others lie there", kbo=notice.kbo
        )
    for name in notice.names:
        if name in there and is_altered(folder, notice, name):
            yield Problem("host", f"{name} is not what was put there", kbo=notice.kbo)


def _unknown_head(records: RecipientRecords, name: str, content: bytes | None) -> Iterator[Problem]:
    """The ledger that made a manifest may have been longer than this one is: its backup was put back."""
    if content is None:
        return
    try:
        shown = parse_manifest(content)["ledger_head"]
        head = Head(shown["n"], shown["sha256"])
    except (ValueError, KeyError, TypeError):
        return
    if records.head(head.n) != head:
        says = f"{name} shows link {head.n} of a ledger that is not this one, or was longer: was a backup put back?"
        yield Problem("host", says, kbo=records.kbo)


def _drop(
    records: RecipientRecords, drop: NightDrop, there: Collection[str], folder: RemoteFolder
) -> Iterator[Problem]:
    """One that counts; one that is being taken away may have lost files already."""
    contents = drop.contents
    missing = {contents.go_name, *contents.hashes} - set(there)
    if missing and drop.kind is Kind.PUBLISHED:
        says = f"of {contents.stem}, {len(missing)} files are gone and the others lie there"
        yield Problem("host", says, night=drop.night, kbo=records.kbo)
    for name in sorted({contents.go_name, *contents.hashes} & set(there)):
        has_rows = name.endswith(".csv") and is_list(name)
        content = folder.read(name, contents.size_of(name)) if has_rows else None
        if not _is_as_put(folder, drop, name, content):
            yield Problem("host", f"{name} is not what was put there", night=drop.night, kbo=records.kbo)
        elif content is not None:
            yield from _references(records, drop, name, content)


def _is_as_put(folder: RemoteFolder, drop: NightDrop, name: str, content: bytes | None) -> bool:
    """`content`: of one that was read."""
    if content is None:
        return not is_altered(folder, drop.contents, name)
    return hashlib.sha256(content).hexdigest() == drop.contents.hashes[name]


def _references(records: RecipientRecords, drop: NightDrop, name: str, content: bytes) -> Iterator[Problem]:
    """The references in a file in clear, against the drop's lines; of redacted lines only their number counts."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    given = {row["referentie"] for row in rows}
    known, lines = records.references(drop.contents.manifest_sha256)
    if len(rows) != lines or len(given) != len(rows) or not given.issuperset(known):
        says = f"{name} has {len(rows)} rows, {len(given & set(known))} of them on record, of {lines} lines"
        yield Problem("host", says, night=drop.night, kbo=records.kbo)

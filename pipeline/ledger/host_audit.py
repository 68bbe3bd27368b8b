"""The ledger against the bytes that lie before one recipient, both ways; counts and names of files only.

A drop that is gone as a whole is no alarm: the recipient may take it, and the next visit puts that on record.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.core.model import Kbo
from pipeline.ledger.audit import Problem
from pipeline.ledger.events import UNFINISHED, Kind, NightDrop, Standing, sheet_in
from pipeline.ledger.notices import Notice

OURS = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_[0-9]{10}_[0-9]{8}_[0-9]{6}\.(?!ACK$).+")
"""What we put there; the recipient's acknowledgements are its own."""


class Folder(Protocol):
    """What is asked of a recipient's folder. Each raises DeliveryTransient or DeliveryRefused."""

    def matching(self, pattern: re.Pattern[str]) -> Sequence[str]: ...

    def sha256(self, name: str) -> str | None: ...

    def read(self, name: str) -> bytes | None: ...


@dataclass(frozen=True)
class Pages:
    """What the ledger has of one recipient; `references` of a drop's lines, by its manifest's SHA-256, and how many
    lines it has with those that were redacted."""

    kbo: Kbo
    standing: Standing
    notices: Sequence[Notice]
    references: Mapping[str, tuple[Collection[str], int]]


def compared(pages: Pages, folder: Folder) -> Iterator[Problem]:
    """What lies there and should not, what should and does not, and what differs."""
    there = set(folder.matching(OURS))
    lying = [drop for drop in pages.standing.on_host if _lies(drop, there)]
    for drop in lying:
        yield from _drop(pages, drop, there, folder)
    for name in sorted(there - _allowed(pages, lying)):
        yield Problem("host", f"{name} lies there, and by the ledger it should not", kbo=pages.kbo)
    for notice in pages.notices:
        if notice.file in there and folder.sha256(notice.file) not in (notice.sha256, None):
            yield Problem("host", f"{notice.file} is not what was put there", kbo=pages.kbo)


def _lies(drop: NightDrop, there: Collection[str]) -> bool:
    return drop.contents.go_name in there or any(name in there for name in drop.contents.hashes)


def _allowed(pages: Pages, lying: Sequence[NightDrop]) -> set[str]:
    """Of drops that lie there, of those that a delivery is at, and of notices."""
    drops = [*lying, *(drop for drop in pages.standing.drops if drop.kind in UNFINISHED)]
    named = {name for drop in drops for name in (*drop.names, drop.contents.go_name)}
    return named | {name for notice in pages.notices for name in (notice.file, notice.go_name)}


def _drop(pages: Pages, drop: NightDrop, there: Collection[str], folder: Folder) -> Iterator[Problem]:
    """One that counts; one that is being taken away may have lost files already."""
    contents = drop.contents
    missing = {contents.go_name, *contents.hashes} - set(there)
    if missing and drop.kind is Kind.PUBLISHED:
        says = f"of {contents.stem}, {len(missing)} files are gone and the others lie there"
        yield Problem("host", says, night=drop.night, kbo=pages.kbo)
    for name in sorted(contents.hashes.keys() & set(there)):
        if folder.sha256(name) not in (contents.hashes[name], None):
            yield Problem("host", f"{name} is not what was put there", night=drop.night, kbo=pages.kbo)
        elif name.endswith(".csv") and not sheet_in(name):
            yield from _references(pages, drop, name, folder.read(name))


def _references(pages: Pages, drop: NightDrop, name: str, content: bytes | None) -> Iterator[Problem]:
    """The references in a file in clear, against the drop's lines; of redacted lines only their number counts."""
    if content is None:
        return
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    given = {row["referentie"] for row in rows}
    known, lines = pages.references.get(drop.contents.manifest_sha256, ((), 0))
    if len(rows) != lines or len(given) != len(rows) or not given.issuperset(known):
        says = f"{name} has {len(rows)} rows, {len(given & set(known))} of them on record, of {lines} lines"
        yield Problem("host", says, night=drop.night, kbo=pages.kbo)

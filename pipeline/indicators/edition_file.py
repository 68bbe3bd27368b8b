"""An indicator sheet as it was released: bytes that never change, and with which drops they go. Pure.

A sheet goes with its recipient's drops until one that has it is known to be taken in: a drop that was taken away
before anybody fetched it hands it on to its successor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pipeline.core.model import Kbo
from pipeline.ledger.events import Standing, sheet_in

NIGHTLY = "nightly"
"""Who releases a year's first edition; every later one is released by a person."""


@dataclass(frozen=True)
class Frozen:
    """One recipient's figures of one year in one edition (from 1), on record.

    `lines`: the JSON of pipeline/indicators/model.py's Sheet. `csv`: the file's text, without BOM. `released_at` is
    aware; `released_by`: NIGHTLY, or the person who released a correction, and `reason` why."""

    kbo: Kbo
    year: int
    edition: int
    lines: str
    csv: str
    released_at: datetime
    released_by: str
    reason: str

    @property
    def content(self) -> bytes:
        """The CSV, byte for byte as it always goes out."""
        return self.csv.encode("utf-8-sig")

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """Of its files: between the stem of the drop that brings it and the format."""
        return f"indicatoren-{self.year}-{self.edition}"


def to_send(sheets: Iterable[Frozen], standing: Standing) -> tuple[Frozen, ...]:
    """Those that the recipient is not known to have, by year and edition."""
    taken_in = {sheet_in(name) for drop in standing.drops if drop.was_taken_in for name in drop.contents.data}
    waiting = [sheet for sheet in sheets if sheet.name not in taken_in]
    return tuple(sorted(waiting, key=lambda sheet: (sheet.year, sheet.edition)))


def next_edition(sheets: Sequence[Frozen], year: int) -> int:
    """From 1: an edition is of every recipient at once."""
    return max((sheet.edition for sheet in sheets if sheet.year == year), default=0) + 1

"""An indicator sheet as it was released: bytes that never change, and the drops that bring them. Pure.

A sheet goes with its recipient's drops until the recipient is known to have taken in a drop with the sheet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pipeline.core.model import Kbo
from pipeline.ledger.events import DeliveryState, sheet_in

NIGHTLY = "nightly"
"""Releases a year's first edition; a person releases each later one."""


@dataclass(frozen=True)
class ReleasedSheet:
    """One recipient's figures of one year in one edition (from 1), on record.

    `lines`: the JSON of pipeline/indicators/model.py's Sheet. `csv`: the file's text, without BOM. `released_at`:
    aware. `released_by`: NIGHTLY, or the person who released a correction for `reason`.
    """

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
        """The CSV file, byte for byte."""
        return self.csv.encode("utf-8-sig")

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """The part of its file names between the stem of the drop and the format."""
        return f"indicatoren-{self.year}-{self.edition}"


def sheets_to_send(sheets: Iterable[ReleasedSheet], standing: DeliveryState) -> tuple[ReleasedSheet, ...]:
    """The sheets that the recipient is not known to have, by year and edition."""
    taken_in = {sheet_in(name) for drop in standing.drops if drop.was_taken_in for name in drop.contents.data}
    waiting = [sheet for sheet in sheets if sheet.name not in taken_in]
    return tuple(sorted(waiting, key=lambda sheet: (sheet.year, sheet.edition)))


def next_edition(sheets: Sequence[ReleasedSheet], year: int) -> int:
    """The number of the year's next edition, from 1: an edition is of every recipient at once."""
    return max((sheet.edition for sheet in sheets if sheet.year == year), default=0) + 1

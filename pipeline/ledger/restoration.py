"""A ledger whose backup was put back: what came after it is not known to it, and numbers used since are not used again.

Pure. `pipeline/followup/resume.py` puts on record what the recipients' hosts and manifests tell of the time between.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.model import Kbo

NUMBERS_LEFT_OUT = 1000
"""More than a recipient gets between two backups: three nights a day for almost a year."""


@dataclass(frozen=True)
class Restoration:
    """On record for one recipient: its next drop has at least the number `drop_number`, its next notice likewise."""

    kbo: Kbo
    at: datetime
    who: str
    reason: str
    drop_number: int
    notice_number: int


def next_numbers(restorations: Iterable[Restoration], drop: int = 1, notice: int = 1) -> tuple[int, int]:
    """The numbers of the next drop and the next notice, which without a restoration are `drop` and `notice`."""
    for one in restorations:
        drop, notice = max(drop, one.drop_number), max(notice, one.notice_number)
    return drop, notice

"""Which installation a ledger belongs to. Pure: `pipeline/ledger/installation.py` asks for it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Installation:
    """One line of the ledger, of which the newest counts. `machine`: where the line was written, for a person who
    looks for it; `who`: the run that was the first, or the person who took the ledger over."""

    installation: str
    machine: str
    at: datetime
    who: str
    reason: str

"""The newest night that ended with a summary: when, and which recipients got nothing of it since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.core.model import Kbo
from pipeline.ledger.db.ledger import LedgerDb


@dataclass(frozen=True)
class LastNight:
    """`failed`: by KBO the name of each recipient that has no drop of that night, nor of a newer one."""

    run: str
    night: date
    ended_at: datetime
    recipients: int
    failed: Mapping[Kbo, str]


def last_night(ledger: LedgerDb) -> LastNight | None:
    """None where no night ever closed. Raises LedgerUnavailable."""
    found = ledger.newest_summary()
    if found is None:
        return None
    said = json.loads(found.summary)
    failed = {Kbo(kbo): name for kbo, name in said["failed"].items()}
    without = {kbo: name for kbo, name in failed.items() if not _has_drop(ledger, kbo, found.night)}
    return LastNight(found.run, found.night, found.at, said["recipients"], without)


def _has_drop(ledger: LedgerDb, kbo: Kbo, night: date) -> bool:
    state = ledger.recipient(kbo).delivery_state(night)
    return state.published or state.overtaken

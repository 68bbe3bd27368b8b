"""An overview of a small world: the agency's tables in a database, drops in a ledger, and one question."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.answers.overview.collect import collect_overview
from pipeline.answers.overview.model import Overview
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.tables import drop_number, publication_event
from pipeline.ledger.events import Contents, Event, Kind
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.tables import World, instant, to_sqlite

DAY = date(2026, 6, 15)
"""The day of most overviews here, a Monday; the baseline world's papers are in force on it."""
KNOWN = "2026-06-16 08:00"
GENT, AALST, BRUGGE = Kbo("0212214125"), Kbo("0212237186"), Kbo("0207832792")
STEPS = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.RECALLING, Kind.RECALLED)
OLD = "2022-01-01"
"""A night of long ago, so that a ledger knows of everything since."""


def begun(folder: Path, *drops: tuple[Kbo, str], since: str = OLD) -> LedgerDb:
    """A ledger in SQLite with these recipients' drops; its first line is a drop to somebody else, a night long ago."""
    return filled(f"sqlite:///{folder / 'ledger.sqlite'}", [(Kbo("0999999922"), since), *drops])


def filled(uri: str, drops: Sequence[tuple[Kbo, str]]) -> LedgerDb:
    """A ledger with these drops, all in one link: hundreds at once."""
    ledger, places, events, numbers = new_ledger(uri), Counter[Kbo](), [], []
    for kbo, night in drops:
        on, sequence = date.fromisoformat(night), places[kbo] + 1
        places[kbo] = sequence
        number = {"kbo": kbo, "night": on, "sequence": sequence}
        numbers.append(number | {"edition": 1})
        said = {
            "run_id": f"run {night}",
            "at": datetime.combine(on, time(1, 30), UTC),
            "stem": f"S{sequence}",
            "rows": 1,
        }
        about = said | {"data_sha256": {"d.csv": "aa"}, "manifest": "m.json", "manifest_sha256": f"{kbo}-{sequence}"}
        events += [number | about | {"kind": kind.value} for kind in STEPS[: STEPS.index(Kind.PUBLISHED) + 1]]
    with ledger.engine.begin() as connection:
        connection.execute(sa.insert(drop_number), numbers)
        append(connection, min(event["at"] for event in events), {publication_event: events})
    return ledger


def deliver(ledger: LedgerDb, kbo: Kbo, night: str, last: Kind = Kind.PUBLISHED, at: str | None = None) -> None:
    """One drop, as far as `last`, all at half past one that night in UTC, or at another instant."""
    on, sequence = date.fromisoformat(night), len({event.night for event in ledger.recipient(kbo).events()}) + 1
    contents = Contents(sequence, f"S{sequence}", 1, {"d.csv": "aa"}, "m.json", f"{kbo}-{sequence}")
    then = instant(at) if at else datetime.combine(on, time(1, 30), UTC)
    for kind in STEPS[: STEPS.index(last) + 1]:
        with ledger.delivering(kbo) as log:
            log.record(Event(kbo, on, f"run {night}", kind, then, contents))


@dataclass(frozen=True)
class RecordedAgency:
    """A world at rest in SQLite (`uri`), to be asked of any day."""

    folder: Path
    uri: str
    ledger: LedgerDb

    @classmethod
    def of(cls, made: World, folder: Path, ledger: LedgerDb | None = None) -> "RecordedAgency":
        folder.mkdir(exist_ok=True)
        return cls(folder, f"sqlite:///{to_sqlite(made, folder / 'agency.db')}", ledger or begun(folder))

    def ask(self, as_of: date = DAY, known_at: str | datetime = KNOWN, **settings: Any) -> Overview:
        asked = (as_of, instant(known_at), Settings(**settings), self.folder / "overview")
        return collect_overview(self.uri, self.ledger, *asked)


def nights(until: date = DAY, count: int = 1) -> Iterable[str]:
    """The nights up to and with a day, the last first."""
    return [str(until - timedelta(days=n)) for n in range(count)]

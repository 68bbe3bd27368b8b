"""One round of bench/delivery.py: prints the figures of a delivery as JSON, of the tree that PYTHONPATH names.

A small night is laid, with a host of its own; the ledger gets a drop of each night before to the second recipient,
which fetched it. Of the delivery to the first recipient all is warmed up; that to the second is measured.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.delivery import deliver as delivering
from pipeline.delivery.job import Delivery
from pipeline.delivery.sftp.folder import SftpFolder
from pipeline.delivery.signature import SigningKey
from pipeline.gate import current
from pipeline.ledger.db.kept_connections import kept_connections
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.db.loads import LoadRecords
from pipeline.ledger.db.log import RecipientLog
from pipeline.ledger.db.nights import NightRecords
from pipeline.ledger.db.records import RecipientRecords
from pipeline.ledger.db.signing_keys import SigningKeyRecords
from pipeline.ledger.db.suppression import SuppressionRecords
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.tasks import nightly_delivery as tasks
from tests.support.night import lay
from tests.support.worlds.small_world import BRUGGE, GENT

EVENTS = (Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.PUBLISHED, Kind.FETCHED)
LEDGER = (
    LedgerDb, LoadRecords, NightRecords, RecipientLog, RecipientRecords, SigningKeyRecords, SuppressionRecords,
)  # fmt: skip
SPENT: Counter[str] = Counter()
_INSIDE: list[str] = []


@contextmanager
def part(name: str) -> Iterator[None]:
    """What is spent here, but for the parts inside."""
    began, before = time.process_time(), sum(SPENT.values())
    _INSIDE.append(name)
    try:
        yield
    finally:
        _INSIDE.pop()
        SPENT[name] += time.process_time() - began - (sum(SPENT.values()) - before)


def timed(place: Any, attribute: str, name: str) -> None:
    plainly: Callable[..., Any] = getattr(place, attribute)

    def measured(*what: Any, **how: Any) -> Any:
        if _INSIDE[-1:] == [name]:
            return plainly(*what, **how)
        with part(name):
            return plainly(*what, **how)

    setattr(place, attribute, measured)


def lay_over() -> None:
    """Measure the parts, from now on."""
    timed(Delivery, "decide_now", "look")
    timed(current, "run_gate_for_now", "gate")
    timed(current, "apply_list", "gate")
    timed(current, "recipient_release", "gate")
    timed(delivering, "render", "render")
    timed(SigningKey, "sign", "sign")
    for method in ("stat", "sizes", "kind", "sha256", "put", "remove", "remove_temporary", "matching", "is_begun"):
        timed(SftpFolder, method, "send")
    for kind in LEDGER:
        for method, found in vars(kind).items():
            if callable(found) and not method.startswith("_") and method not in ("delivering", "recipient", "begin"):
                timed(kind, method, "ledger")


def counted(engine: sa.Engine) -> Counter[str]:
    """What the ledger is asked, from now on."""
    asked: Counter[str] = Counter()

    def statement(*_: object) -> None:
        asked["statements"] += 1

    def transaction(_: object) -> None:
        asked["transactions"] += 1

    sa.event.listen(engine, "before_cursor_execute", statement)
    sa.event.listen(engine, "begin", transaction)
    return asked


def remember(ledger: LedgerDb, kbo: Kbo, nights: int) -> None:
    """Drops of the nights before, each fetched."""
    first = datetime.now(UTC) - timedelta(days=nights + 1)
    with ledger.delivering(kbo) as log:
        for number in range(1, nights + 1):
            at, stem = first + timedelta(days=number), f"AANMELDING_OPGROEIEN_{kbo}_{number:06}"
            data, sizes = {f"{stem}.csv": "a" * 64}, {f"{stem}.csv": 20_000, f"{stem}.json": 4_000}
            contents = Contents(number, stem, 9, data, f"{stem}.json", f"{number:064}", None, "b" * 64, "key", sizes)
            for kind in EVENTS:
                log.record(Event(kbo, at.date(), "before", kind, at, contents))


def main(nights: int, ledger: str) -> None:
    with TemporaryDirectory() as scratch, lay(Path(scratch), ledger=ledger or None) as house, kept_connections():
        night = house.night()
        opened = open_ledger(night.ledger)
        remember(opened, GENT, nights)
        decided = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
        lay_over()
        tasks.deliver_night(night, decided.staged_release, BRUGGE)
        asked = counted(opened.engine)
        SPENT.clear()
        with part("rest"):
            tasks.deliver_night(night, decided.staged_release, GENT)
    figures = {name: seconds * 1000 for name, seconds in SPENT.items()}
    print(json.dumps({**figures, "whole": sum(figures.values()), **asked}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

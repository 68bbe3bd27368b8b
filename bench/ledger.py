"""How long a ledger takes to append and to verify: `python -m bench.ledger --lines 1025000 [--uri postgresql://...]`.

Drops of 5,000 lines, each with its three events; SQLite in a folder of its own unless another database is named.
"""

import argparse
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pipeline.core.model import Kbo
from pipeline.ledger.anchors import put_anchor
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.ledger.verify import verify_ledger

A_DROP = 5_000
THERE, LIKE = (0, 100_000, 1_000_000), 5
"""At so many lines present the median of so many drops is shown."""
FIRST = date(2026, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_025_000)
    parser.add_argument("--uri", help="an empty database")
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        measure(open_ledger(asked.uri or f"sqlite:///{scratch}/ledger.sqlite"), asked.lines, Path(scratch))


def measure(ledger: LedgerDb, lines: int, anchors: Path) -> None:
    """Prints seconds."""
    drops = max(1, lines // A_DROP)
    began = time.perf_counter()
    took = []
    for drop in range(drops):
        took.append(append(ledger, Kbo(f"{200_000_000 + drop % 285:010}"), drop // 285 + 1))
        if drop in [there // A_DROP + LIKE - 1 for there in THERE]:
            print(f"a drop after {(drop + 1 - LIKE) * A_DROP:,} lines: {median(took[-LIKE:]):.3f} s", flush=True)
    print(
        f"{drops * A_DROP:,} lines appended in {time.perf_counter() - began:.1f} s; the longest drop {max(took):.2f} s"
    )
    put_anchor(anchors, ledger.head(), None, "bench", datetime.now(UTC))
    began = time.perf_counter()
    found = verify_ledger(ledger, anchors, (), FIRST)
    print(f"{found.links:,} links, {found.lines:,} lines verified in {time.perf_counter() - began:.1f} s")
    assert not found.problems, found.problems[:3]


def append(ledger: LedgerDb, kbo: Kbo, sequence: int) -> float:
    """One drop; the seconds of its intent, which brings the lines."""
    stem = f"AANMELDING_{kbo}_{sequence}"
    contents = Contents(sequence, stem, A_DROP, {f"{stem}.csv": "a" * 64}, f"{stem}.json", f"{kbo}{sequence:054}")
    night, took = FIRST + timedelta(days=sequence), 0.0
    with ledger.delivering(kbo) as log:
        for kind in (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED):
            began = time.perf_counter()
            event = Event(kbo, night, "bench", kind, datetime.now(UTC), contents)
            log.record(event, [line(number) for number in range(A_DROP)] if kind is Kind.INTENT else ())
            took = max(took, time.perf_counter() - began)
    return took


def line(number: int) -> Disclosure:
    person = number.to_bytes(16)
    return Disclosure(
        f"{number:032}", person, person, "key", ("address", "name"), ("A-1",), ("P-1",), number, "2026-1", 365
    )


if __name__ == "__main__":
    main()

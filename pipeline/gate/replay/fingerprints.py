"""The facts of a decision as fingerprints: enough to name a later change, and no value of a person."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.engine import Engine
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Field
from pipeline.core.package_data import REFERENCE, SQL
from pipeline.gate.release import QUARANTINE, RULES_OF_ROWS
from pipeline.ledger.persons import LedgerKey, person_hashes

GROWING = tuple(name for name, feed in FEEDS.items() if feed.append_only)
SMALL = ("recipient", "recipient_municipality", "consent_text")
"""The tables without history that are kept whole: a few hundred rows on public bodies and texts, none on a person."""

_ARROW = {"varchar": pa.string(), "date": pa.date32()}


@dataclass(frozen=True)
class FeedFingerprint:
    """One growing feed as known then: `rows` recorded by `settled`, and their fingerprint.

    `since`: keyed hashes of the rows recorded after `settled`. The load may still bring other rows of that time; no row
    recorded earlier can come later.
    """

    settled: datetime
    rows: int
    fingerprint: str
    since: frozenset[str]


@dataclass(frozen=True)
class FeedGrowth:
    """A growing feed now and then. `altered`: a fault in the rows known then, or empty. `hashes`: rows loaded later."""

    feed: str
    rows_then: int
    rows_now: int
    altered: str
    hashes: tuple[int, ...]


def secret_of(key: LedgerKey) -> str:
    """The secret of the fingerprints, derived from the key: 64 hexadecimal digits."""
    return key.mac("fingerprint").hex()


def rules_hash(sql: Path = SQL, reference: Path = REFERENCE) -> str:
    """SHA-256 of the rules themselves: the gate's SQL, comments apart, its reference lists and the decree's fields."""
    files = [path for folder in ("core", "gate", "gate/clocks") for path in sorted((sql / folder).glob("*.sql"))]
    files += [sql / file for file in RULES_OF_ROWS]
    rules = [
        "\n".join(line for line in path.read_text("utf-8").splitlines() if line.lstrip()[:2] != "--") for path in files
    ]
    lists = [*sorted(reference.glob("municipalities_*.csv")), reference / "mergers.csv"]
    return hashlib.sha256(
        "\0".join([*rules, *(path.read_text("utf-8") for path in lists), *Field]).encode()
    ).hexdigest()


def of_parents(run: Engine, key: LedgerKey) -> pa.Table:
    """Leaves the tables `fingerprint` and `person_of` in the engine; needs the feeds attached.

    Returns `person_of`: parent_id int64, person uint64 (the first 8 bytes of the ledger's hash: among a million
    parents the odds of two alike are 1 in 37 million).
    """
    for file in (*QUARANTINE, "gate/13_same_person.sql"):
        run.define(file)
    run.define("gate/replay/fingerprint.sql", secret=secret_of(key))
    parent_ids = run.run("gate/replay/parent.sql")["parent_id"]
    table = pa.table(
        {"parent_id": parent_ids, "person": pa.array(person_numbers(key, parent_ids.to_pylist()), pa.uint64())}
    )
    run.connection.register("person_of", table)
    return table


def person_numbers(key: LedgerKey, parent_ids: Iterable[int]) -> list[int]:
    """The first 8 bytes of each parent's hash."""
    return [int.from_bytes(person[:8]) for person in person_hashes(key, parent_ids)]


def of_growing(run: Engine, key: LedgerKey, known_at: datetime, skew_minutes: float) -> dict[str, FeedFingerprint]:
    """Of every growing feed; needs the feeds attached."""
    grown = {}
    for feed in GROWING:
        settled = run.run("gate/replay/settled.sql", feed=feed, skew_minutes=skew_minutes)["settled"][0].as_py()
        grown[feed], _ = _fingerprint(run, key, feed, known_at, settled or known_at)
    return grown


def _fingerprint(
    run: Engine, key: LedgerKey, feed: str, known_at: datetime, settled: datetime
) -> tuple[FeedFingerprint, list[int]]:
    """With the hashes of the rows recorded after `settled`."""
    run.define("gate/replay/row_hash.sql", feed=feed, known_at=known_at)
    (by,) = run.run("gate/replay/rows_by.sql", settled=settled).to_pylist()
    hashes = run.run("gate/replay/rows_since.sql", settled=settled)["row_hash"].to_pylist()
    since = frozenset(_keyed(key, row_hash) for row_hash in hashes)
    return FeedFingerprint(settled, by["rows"], _keyed(key, by["hash_sum"]), since), hashes


def _keyed(key: LedgerKey, contents: object) -> str:
    return key.mac("rows", str(contents).encode()).hex()[:16]


def growth_since(run: Engine, key: LedgerKey, feed: str, known_at: datetime, then: FeedFingerprint) -> FeedGrowth:
    """Compare the rows of a feed that were known then with the rows now; needs the feed attached."""
    now, hashes = _fingerprint(run, key, feed, known_at, then.settled)
    gone = len(then.since - now.since)
    faults = []
    if now.rows != then.rows:
        faults.append(f"{abs(now.rows - then.rows)} rows {'more' if now.rows > then.rows else 'fewer'} than were known")
    elif now.fingerprint != then.fingerprint:
        faults.append("as many rows as were known, but not the same")
    if gone:
        faults.append(f"{gone} of the rows that were known last gone or altered")
    loaded_later = tuple(row_hash for row_hash in hashes if _keyed(key, row_hash) not in then.since)
    return FeedGrowth(feed, then.rows + len(then.since), now.rows + len(hashes), " and ".join(faults), loaded_later)


def small_tables(run: Engine) -> dict[str, list[list[Any]]]:
    """The rows of the tables that are kept whole, sorted, as JSON values in the order of their feeds' columns."""
    tables = {name: run.run(f"source/{name}.sql").cast(_texts(name)) for name in SMALL}
    return {name: sorted(map(list, map(dict.values, table.to_pylist())), key=repr) for name, table in tables.items()}


def small_table(name: str, rows: Iterable[list[Any]]) -> pa.Table:
    """The reverse, for one of them."""
    columns = FEEDS[name].columns
    table = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=_texts(name))
    return table.cast(pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()]))


def _texts(name: str) -> pa.Schema:
    return pa.schema([(column, pa.string()) for column in FEEDS[name].columns])

"""What a decision was made of, as fingerprints: enough to tell later what has changed, and no value of a person."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.engine import REFERENCE, SQL, Engine
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Field
from pipeline.gate.release import RULES_OF_ROWS
from pipeline.ledger.persons import LedgerKey, persons

GROWING = tuple(name for name, feed in FEEDS.items() if feed.append_only)
SMALL = ("recipient", "recipient_municipality", "consent_text")
"""The tables without history that are kept whole: a few hundred rows on public bodies and texts, none on a person."""

_ARROW = {"varchar": pa.string(), "date": pa.date32()}


@dataclass(frozen=True)
class Grown:
    """What was known of one feed that only grows: `rows` of them recorded by `settled`, and their fingerprint.

    `since`: keyed hashes of the rows recorded after it. The load may not have brought all of those yet; of the others
    not one can come later.
    """

    settled: datetime
    rows: int
    fingerprint: str
    since: frozenset[str]


@dataclass(frozen=True)
class Later:
    """A growing feed today beside a night's: `altered` says what is wrong with what it knew; `hashes`: loaded later."""

    feed: str
    rows_then: int
    rows_now: int
    altered: str
    hashes: tuple[int, ...]


def secret_of(key: LedgerKey) -> str:
    """The secret of the fingerprints, derived from the key: 64 hexadecimal digits."""
    return key.keyed("fingerprint").hexdigest()


def rules_hash(sql: Path = SQL, reference: Path = REFERENCE) -> str:
    """SHA-256 of the rules themselves: the gate's SQL, comments apart, its reference lists and the decree's fields."""
    files = [path for folder in ("core", "gate") for path in sorted((sql / folder).glob("*.sql"))]
    files += [sql / file for file in RULES_OF_ROWS]
    rules = ["\n".join(line for line in path.read_text().splitlines() if line.lstrip()[:2] != "--") for path in files]
    lists = [*sorted(reference.glob("municipalities_*.csv")), reference / "mergers.csv"]
    return hashlib.sha256("\0".join([*rules, *(path.read_text() for path in lists), *Field]).encode()).hexdigest()


def of_parents(run: Engine, key: LedgerKey) -> pa.Table:
    """Leaves the tables `fingerprint` and `person_of` in the engine; needs the feeds attached and `failed_parent`.

    Returns `person_of`: parent_id int64, person uint64 (the first 8 bytes of the ledger's hash: among a million
    parents the odds of two alike are 1 in 37 million).
    """
    run.run("gate/replay/fingerprint.sql", secret=secret_of(key))
    parent_ids = run.run("gate/replay/parent.sql")["parent_id"]
    hashes = [int.from_bytes(person[:8]) for person in persons(key, parent_ids.to_pylist())]
    table = pa.table({"parent_id": parent_ids, "person": pa.array(hashes, pa.uint64())})
    run.connection.register("person_of", table)
    return table


def of_growing(run: Engine, key: LedgerKey, known_at: datetime, skew_minutes: float) -> dict[str, Grown]:
    """Of every feed that only grows; needs the feeds attached."""
    found = {}
    for feed in GROWING:
        settled = (
            run.run("gate/replay/settled.sql", feed=feed, skew_minutes=skew_minutes)["settled"][0].as_py() or known_at
        )
        found[feed] = _grown(run, key, feed, known_at, settled)[0]
    return found


def _grown(run: Engine, key: LedgerKey, feed: str, known_at: datetime, settled: datetime) -> tuple[Grown, list[int]]:
    run.run("gate/replay/row_hash.sql", feed=feed, known_at=known_at)
    (by,) = run.run("gate/replay/rows_by.sql", settled=settled).to_pylist()
    since = run.run("gate/replay/rows_since.sql", settled=settled)["row_hash"].to_pylist()
    grown = Grown(settled, by["rows"], _keyed(key, by["hash_sum"]), frozenset(_keyed(key, each) for each in since))
    return grown, since


def _keyed(key: LedgerKey, contents: object) -> str:
    mac = key.keyed("rows")
    mac.update(str(contents).encode())
    return mac.hexdigest()[:16]


def later(run: Engine, key: LedgerKey, feed: str, known_at: datetime, then: Grown) -> Later:
    """What of a feed's rows, of those that were known then, is not what it was; needs the feed attached."""
    now, hashes = _grown(run, key, feed, known_at, then.settled)
    gone = len(then.since - now.since)
    says = []
    if now.rows != then.rows:
        says.append(f"{abs(now.rows - then.rows)} rows {'more' if now.rows > then.rows else 'fewer'} than were known")
    elif now.fingerprint != then.fingerprint:
        says.append("as many rows as were known, but not the same")
    if gone:
        says.append(f"{gone} of the rows that were known last gone or altered")
    came = tuple(each for each in hashes if _keyed(key, each) not in then.since)
    return Later(feed, then.rows + len(then.since), now.rows + len(hashes), " and ".join(says), came)


def small_tables(run: Engine) -> dict[str, list[list[Any]]]:
    """The rows of the tables that are kept whole, sorted, as JSON values in the order of their feeds' columns."""
    return {
        name: sorted((_plain(row) for row in run.run(f"source/{name}.sql").to_pylist()), key=repr) for name in SMALL
    }


def _plain(row: dict[str, Any]) -> list[Any]:
    return [value.isoformat() if isinstance(value, date) else value for value in row.values()]


def small_table(name: str, rows: Iterable[list[Any]]) -> pa.Table:
    """The reverse, for one of them."""
    columns = FEEDS[name].columns
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()])
    dates = [kind == "date" for kind in columns.values()]
    typed = [
        [date.fromisoformat(v) if is_date and v else v for v, is_date in zip(row, dates, strict=True)] for row in rows
    ]
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in typed], schema=schema)

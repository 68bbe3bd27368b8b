"""Small worlds for tests: the agency's tables as plain dicts, of which a test states only what differs.

`baseline()` is one family in Gent with one parent and one child in need, everything signed, in force, consented and
so released; `world({...})` replaces the feeds it names, and every row given is laid over that feed's baseline row.
Values may be text as in the agency's interface: dates 'YYYY-MM-DD', instants 'YYYY-MM-DD HH:MM[:SS]' in UTC.
A row with an impossible value is as `extract` stages it: the value is None, and `unparsable` names its column.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.feeds import CONTROL, FEEDS, UNPARSABLE, Feed
from pipeline.core.model import CheckedSnapshot, Moment, Snapshot, StagedFile
from pipeline.core.staging import staged

Row = dict[str, Any]
World = dict[str, list[Row]]

AT = "2026-06-15 01:30"
"""The night of most tests: Monday 15 June 2026, half past three in Brussels."""
GENT = "0212214125"
GENT_NIS = "44021"

BASELINE: dict[str, Row] = {
    "recipient": {"kbo": GENT, "name": "OCMW Gent", "kind": "OCMW", "ovo": "OVO002633"},
    "recipient_municipality": {"kbo": GENT, "nis_code": GENT_NIS, "valid_from": "2019-01-01", "valid_until": None},
    "local_team": {"local_team_id": "T1", "name": "Team Gent"},
    "family": {"family_id": 1, "local_team_id": "T1"},
    "parent": {
        "parent_id": 1,
        "family_id": 1,
        "insz": "90010100024",
        "first_name": "Noor",
        "last_name": "Voorbeeld",
        "phone": "+32 9 000 00 00",
        "email": "noor@example.org",
        "deceased_on": None,
    },
    "residence": {
        "parent_id": 1,
        "valid_from": "2020-01-01",
        "recorded_at": "2020-01-02 09:00",
        "street": "Voorbeeldstraat",
        "house_number": "1",
        "box_number": None,
        "postal_code": "9000",
        "nis_code": GENT_NIS,
        "confidential": False,
    },
    "child": {"child_id": 1, "family_id": 1, "birth_date": "2025-03-01", "client": True},
    "child_on_31_december": {"child_id": 1, "year": 2025, "nis_code": GENT_NIS},
    "indicator_assessment": {
        "assessment_id": 1,
        "child_id": 1,
        "assessed_on": "2025-04-01",
        "recorded_at": "2025-04-01 15:00",
        "income": True,
        "education": True,
        "employment": True,
        "stimulation": False,
        "housing": False,
        "health": None,
    },
    "agreement": {
        "agreement_id": "A1",
        "recorded_at": "2025-01-15 09:00",
        "kbo": GENT,
        "local_team_id": "T1",
        "signed_on": "2025-01-10",
        "valid_from": "2025-02-01",
        "valid_until": None,
        "ended_on": None,
        "min_criteria": None,
    },
    "protocol": {
        "protocol_id": "P1",
        "recorded_at": "2025-01-15 09:00",
        "kbo": GENT,
        "legal_basis": "decree-2022-02-04",
        "kind": "protocol",
        "signed_on": "2025-01-10",
        "published_url": "https://example.org/protocol/P1",
        "recipient_published_url": "https://ocmw.example.org/protocol/P1",
        "dpo_advice_on": "2025-01-05",
        "recipient_dpo_advice_on": "2025-01-05",
        "valid_from": "2025-02-01",
        "valid_until": None,
        "ended_on": None,
        "fields": "name,address,phone,email",
        "retention_days": 365,
    },
    "consent_text": {"text_version": "v1", "accepted_from": "2025-01-01", "accepted_until": None},
    "consent_event": {
        "event_id": 1,
        "parent_id": 1,
        "kbo": GENT,
        "kind": "grant",
        "text_version": "v1",
        "fields": "name,address,phone,email",
        "valid_until": None,
        "occurred_at": "2025-05-01 10:00",
        "recorded_at": "2025-05-01 10:05",
    },
}
ABOUT_ONE_PERSON = ("parent", "residence", "child", "indicator_assessment", "consent_event")
NUMBERED = {
    "family": "family_id",
    "parent": "parent_id",
    "child": "child_id",
    "indicator_assessment": "assessment_id",
    "consent_event": "event_id",
}
"""Ids that follow a row's place in its list when the row does not state one; a paper's id is that of its versions."""


def insz_of_row(number: int) -> str:
    """A number of its own for each parent row that states none, so that two rows are two persons."""
    nine = 900101000 + (number - 1) * 1000
    return f"{nine}{97 - nine % 97:02d}"


_ARROW = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
}


def instant(value: str | datetime) -> datetime:
    """An aware instant in UTC; text without an offset is UTC, as in the agency's interface."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def moment(at: str | datetime = AT, known_at: str | datetime | None = None) -> Moment:
    """Decided at `at`, with what was recorded by `known_at` (or by then)."""
    return Moment(instant(at), instant(at if known_at is None else known_at))


def baseline() -> World:
    """A world in which everything is in order: its one parent is released to OCMW Gent."""
    return world({})


def world(change: Mapping[str, Iterable[Mapping[str, Any]]]) -> World:
    """The baseline with the feeds of `change` replaced; each row stands on its feed's baseline row."""
    unknown = sorted(set(change) - set(BASELINE))
    if unknown:
        raise KeyError(f"no such feed: {unknown[0]}")
    return {feed: [_row(feed, i, row) for i, row in enumerate(change.get(feed, [{}]), 1)] for feed in BASELINE}


def _row(feed: str, place: int, differs: Mapping[str, Any]) -> Row:
    columns = FEEDS[feed].columns
    unknown = sorted(set(differs) - set(columns) - {UNPARSABLE})
    if unknown:
        raise KeyError(f"no such column: {feed}.{unknown[0]}")
    numbered = {NUMBERED[feed]: place} if feed in NUMBERED else {}
    merged = BASELINE[feed] | numbered | dict(differs)
    if feed == "parent" and "insz" not in differs:
        merged["insz"] = insz_of_row(merged["parent_id"])
    marked = {UNPARSABLE: differs[UNPARSABLE]} if differs.get(UNPARSABLE) else {}
    return {name: _typed(kind, merged[name]) for name, kind in columns.items()} | marked


def _typed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    return instant(value) if kind == "timestamptz" else value


def controlled(world: World, produced_at: datetime) -> World:
    """The world with its control rows: right counts, all produced at one instant."""
    control = [{"feed": feed, "produced_at": produced_at, "row_count": len(rows)} for feed, rows in world.items()]
    return {feed: rows for feed, rows in world.items() if feed != CONTROL.name} | {CONTROL.name: control}


def stage(world: World, folder: Path, read_at: datetime | str = AT) -> CheckedSnapshot:
    """Write every feed as Parquet, as `extract` would, and vouch for it as `check` would."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds = {name: _parquet(rows, folder / f"{name}.parquet") for name, rows in typed_feeds(world, read_at).items()}
    return CheckedSnapshot(Snapshot(instant(read_at), feeds), findings=())


def typed_feeds(world: World, read_at: datetime | str = AT) -> dict[str, pa.Table]:
    """Every feed as `extract` would stage it, by name."""
    full = controlled(world, instant(read_at)) | {k: v for k, v in world.items() if k == CONTROL.name}
    return {name: typed_feed(feed, full[name]) for name, feed in FEEDS.items()}


def typed_feed(feed: Feed, rows: list[Row]) -> pa.Table:
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in feed.columns.items()] + [(UNPARSABLE, pa.string())])
    return pa.Table.from_pylist([_conformed(feed, row) for row in rows], schema=schema)


def _parquet(rows: pa.Table, path: Path) -> StagedFile:
    pq.write_table(rows, path)
    return staged(path, rows.num_rows)


def _conformed(feed: Feed, row: Row) -> Row:
    """An impossible value is NULL, and its column is named, as `extract` does (DOMAIN: impossible values)."""
    marked = [name.strip() for name in (row.get(UNPARSABLE) or "").split(",")]
    impossible = [name for name in feed.columns if name in marked or _is_impossible(feed, name, row[name])]
    return row | dict.fromkeys(impossible) | {UNPARSABLE: ",".join(impossible) or None}


def _is_impossible(feed: Feed, name: str, value: Any) -> bool:
    """Of a row about one person: without an id nobody can say whose row it is."""
    if feed.name not in ABOUT_ONE_PERSON or feed.columns[name] == "bigint":
        return False
    return value.year < 1900 if isinstance(value, date) else value is None and name not in feed.nullable


def to_sqlite(world: World, path: Path, produced_at: datetime | str = AT) -> Path:
    """A real agency database of this world in SQLite, dates and instants as text as its interface says.

    It has no keys and no constraints, so that a test can plant what a good database would refuse.
    """
    full = controlled(world, instant(produced_at)) | {k: v for k, v in world.items() if k == CONTROL.name}
    connection = sqlite3.connect(path)
    with connection:
        for name, feed in FEEDS.items():
            columns = ", ".join(f"{column} {kind}" for column, kind in feed.columns.items())
            connection.execute(f"create table {name} ({columns})")
            marks = ", ".join("?" * len(feed.columns))
            values = [[_stored(feed, column, row) for column in feed.columns] for row in full[name]]
            connection.executemany(f"insert into {name} values ({marks})", values)
    connection.close()
    return path


def _stored(feed: Feed, column: str, row: Row) -> Any:
    """The value; infinity for a date or an instant that is marked as impossible."""
    is_marked = column in (row.get(UNPARSABLE) or "").split(",")
    return "infinity" if is_marked and feed.columns[column] in ("date", "timestamptz") else _sqlite(row[column])


def _sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ", timespec="seconds" if not value.microsecond else "auto")
    return value.isoformat() if isinstance(value, date) else value

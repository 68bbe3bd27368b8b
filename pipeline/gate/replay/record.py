"""The decisions of one night, as the ledger keeps them for a replay: opaque bytes without any value of a person.

A Parquet file with a row for every parent of the agency, named by a keyed hash: the decision, and keyed fingerprints of
the values that the gate read in tables without history. In its metadata: the moment, the rules, the tables that are
kept whole, and the fingerprints of the growing feeds.
"""

import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.engine import snapshot_engine
from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, Moment, Release
from pipeline.core.serialize import deserialize, pack_table, unpack_table
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.gate.replay.fingerprints import (
    FeedFingerprint,
    of_growing,
    of_parents,
    person_numbers,
    rules_hash,
    small_tables,
)
from pipeline.gate.suppression import NOTHING_APPLIED, AppliedList
from pipeline.ledger.persons import LedgerKey

FORM = 2
"""Raise it with any change of what is hashed: records of another form can only be replayed by the code of then."""

SEAL_BYTES = 32
BY_LIST = ("withheld_by_list", "said_to_recipient")
"""What of a record the suppression list came to."""
ToldDecision = tuple[str | None, str, bool]
"""Recipient, reason, and whether it rests on a no alone that this recipient itself returned."""
_TEXT = ("outcome", "kbo", "reason", "fields")
_PARENTS = pa.schema(
    [("person", pa.uint64())]
    + [(name, pa.string()) for name in _TEXT]
    + [("family_id", pa.uint16()), *((name, pa.uint32()) for name in ("parent", "family", "child"))]
)


@dataclass(frozen=True)
class DecisionRecord:
    """`parents`: person uint64, outcome, kbo, reason, fields, and the fingerprints family_id, parent, family, child.

    Outcome is released, withheld or outside; a parent outside has only the fingerprints family_id and child.
    `withheld_by_list`: those persons whom the ledger's suppression list withheld, and the gate did not;
    `said_to_recipient`: of them, those whom only what their recipient itself returned did. `told`: what the parents who
    were withheld for a protected address are told instead (pipeline/gate/alone.py); None in a record from before.
    """

    moment: Moment
    rules: str
    child_age_limit_years: int
    small: dict[str, list[list[Any]]]
    grown: dict[str, FeedFingerprint]
    parents: pa.Table
    withheld_by_list: frozenset[int] = frozenset()
    said_to_recipient: frozenset[int] = frozenset()
    told: dict[int, ToldDecision] | None = None


def record_of(
    checked: CheckedSnapshot,
    made: Release,
    settings: Settings,
    key: LedgerKey,
    folder: Path,
    bound: AppliedList = NOTHING_APPLIED,
) -> bytes:
    """The decisions of `release` on this snapshot, packed: about 16 bytes a parent.

    `bound`: what the suppression list came to.
    """
    with snapshot_engine(checked.snapshot, made.moment, settings, folder) as run:
        run.define("gate/release/decision_from_staging.sql", path=str(local(made.decisions)))
        of_parents(run, key)
        decided = DecisionRecord(
            moment=made.moment,
            rules=rules_hash(),
            child_age_limit_years=settings.child_age_limit_years,
            small=small_tables(run),
            grown=of_growing(run, key, made.moment.known_at, settings.max_clock_skew_minutes),
            parents=run.run("gate/replay/kept.sql").cast(_PARENTS),
            withheld_by_list=frozenset(person_numbers(key, bound.parents["parent_id"].to_pylist())),
            said_to_recipient=frozenset(person_numbers(key, sorted(bound.said_to_recipient))),
            told=_told(bound.told, key),
        )
    return _pack(decided, key)


def _told(told: pa.Table, key: LedgerKey) -> dict[int, ToldDecision]:
    parents, *columns = (told[name].to_pylist() for name in told.column_names)
    return dict(zip(person_numbers(key, parents), zip(*columns, strict=True), strict=True))


def _pack(decided: DecisionRecord, key: LedgerKey) -> bytes:
    meta = {
        "form": FORM,
        "key": _mark_of(key),
        "at": decided.moment.at.isoformat(),
        "known_at": decided.moment.known_at.isoformat(),
        "ahead_until": decided.moment.ahead_until and decided.moment.ahead_until.isoformat(),
        "rules": decided.rules,
        "child_age_limit_years": decided.child_age_limit_years,
        "small": decided.small,
        "grown": {
            feed: asdict(grown) | {"settled": grown.settled.isoformat(), "since": sorted(grown.since)}
            for feed, grown in decided.grown.items()
        },
    }
    for name in BY_LIST:
        meta[name] = sorted(getattr(decided, name))
    meta["told"] = sorted((decided.told or {}).items())
    packed = pack_table(decided.parents, meta, ordered="person", repeated=_TEXT)
    return _seal(key, packed) + packed


def _seal(key: LedgerKey, packed: bytes) -> bytes:
    """32 bytes before the file: a page's checksum does not cover its header."""
    return key.mac("record", packed)


def read_record(packed: bytes, key: LedgerKey) -> DecisionRecord:
    """Raises TerminalError for a record that is damaged, of another form, or under another key than this one."""
    try:
        seal, packed = packed[:SEAL_BYTES], packed[SEAL_BYTES:]
        parents, meta = unpack_table(packed)
        if meta["form"] != FORM:
            raise TerminalError(f"these decisions are on record in form {meta['form']}: replay them with that version")
        if meta["key"] != _mark_of(key):
            raise TerminalError(f"ledger key {key.id} is not the key that this record was made with: restore that one")
        if not hmac.compare_digest(seal, _seal(key, packed)):
            raise ValueError("not as it was kept")
        return DecisionRecord(
            moment=Moment(
                datetime.fromisoformat(meta["at"]),
                datetime.fromisoformat(meta["known_at"]),
                datetime.fromisoformat(meta["ahead_until"]) if meta["ahead_until"] else None,
            ),
            rules=meta["rules"],
            child_age_limit_years=meta["child_age_limit_years"],
            small=meta["small"],
            grown=deserialize(dict[str, FeedFingerprint], meta["grown"]),
            parents=parents.cast(_PARENTS),
            **{name: frozenset(meta.get(name, ())) for name in BY_LIST},  # older than the list: none
            told={person: tuple(said) for person, said in meta["told"]} if "told" in meta else None,
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        raise TerminalError("these decisions cannot be read from the ledger: restore it from a backup") from None


def _mark_of(key: LedgerKey) -> str:
    """Tells one key from another, and nothing of either."""
    return key.mac("mark").hex()[:16]

"""Collects who was in what leaked, from the ledger by keyed hash, and names them by the agency's own ids."""

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from pipeline.answers.breach.facts import AffectedParent, BreachFacts, BreachQuestion, LeakedDrop
from pipeline.answers.person.ledger import read_person_withdrawals
from pipeline.answers.person.lines import DropDelivery, DropKey, PersonHandle, drop_deliveries
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo, Snapshot
from pipeline.core.staging import read_table
from pipeline.ledger.db.engine import ledger_snapshot
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.rows import from_row
from pipeline.ledger.db.tables import disclosure, publication_event
from pipeline.ledger.disclosures import Disclosure, Withdrawal
from pipeline.ledger.events import Event
from pipeline.ledger.notices import Notice
from pipeline.ledger.persons import person_hashes
from pipeline.ledger.withdrawals import Keys

Told = tuple[Withdrawal, Notice | None]
_AT_ONCE = 10_000
"""Lines in memory, and references in one statement: a recipient's years have millions, a database takes no more than
some ten thousands of values."""


@dataclass
class _Seen:
    """What the lines tell of one parent at one recipient."""

    references: set[str] = field(default_factory=set)
    first: date = date.max
    last: date = date.min
    drops: set[DropKey] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


def find_drop(ledger: LedgerDb, stem: str) -> tuple[Kbo, date]:
    """The recipient and night of the drop that has this name. Raises SettingsError, LedgerUnavailable."""
    query = sa.select(publication_event.c.kbo, publication_event.c.night).where(publication_event.c.stem == stem)
    with ledger_snapshot(ledger.engine) as connection:
        found = connection.execute(query.limit(1)).first()
    if found is None:
        raise SettingsError("--drop: the ledger has no drop of that name: give it as its files have it, without suffix")
    return Kbo(found.kbo), found.night


def collect_breach(question: BreachQuestion, ledger: LedgerDb, snapshot: Snapshot, keys: Keys) -> BreachFacts:
    """Raises LedgerUnavailable, or SettingsError for a key of the ledger that is not kept: nobody may be left out."""
    history = ledger.recipient(question.kbo).events()
    asked = _deliveries(question, history)
    counted, redacted, fields = Counter[DropKey](), Counter[DropKey](), dict[DropKey, set[str]]()
    seen = _Grouped(keys, read_table(snapshot.feeds["parent"], "parent_id")["parent_id"].to_pylist())
    for key, line in _lines(ledger, question, asked):
        fields.setdefault(key, set()).update(line.fields)
        counted[key] += bool(line.reference)
        redacted[key] += not line.reference
        if line.reference:
            seen.add(key, asked[key][0].night, line)
    drops = (
        LeakedDrop(
            *(event.night, key[1], event.contents.stem, delivery, tuple(sorted(fields.get(key, ())))),
            *(counted[key], redacted[key]),
        )
        for key, (event, delivery) in asked.items()
        if event.contents
    )
    held = {holding.reference for holding in ledger.recipient(question.kbo).holdings()}
    told = _told(ledger, question.kbo, seen.parents)
    parents = (_affected(found, held, told) for found in seen.parents.items())
    in_order = sorted(parents, key=lambda one: (one.parent_id is None, one.parent_id or 0, one.reference))
    by_number = sorted(drops, key=lambda drop: (drop.night, drop.sequence))
    return BreachFacts(question, _name(snapshot, question.kbo), tuple(by_number), tuple(in_order))


class _Grouped:
    """Lines by parent: the agency's id where its hash is known, or else the first reference at the recipient of the
    lines that share a hash or a reference, since either key may be rotated."""

    def __init__(self, keys: Keys, parent_ids: list[int]) -> None:
        self._keys, self._ids = keys, parent_ids
        self._known: dict[str, dict[bytes, int]] = {}
        self._gone: dict[PersonHandle | str, str] = {}
        self.parents: dict[int | str, _Seen] = {}

    def add(self, key: DropKey, night: date, line: Disclosure) -> None:
        if line.key_id not in self._known:
            hashes = person_hashes(self._keys(line.key_id), self._ids)
            self._known[line.key_id] = dict(zip(hashes, self._ids, strict=True))
        known = self._known[line.key_id].get(line.person)
        found = self.parents.setdefault(self._first_reference(line) if known is None else known, _Seen())
        found.references.add(line.reference)
        found.first, found.last = min(found.first, night), max(found.last, night)
        found.drops.add(key)
        found.fields.update(line.fields)

    def _first_reference(self, line: Disclosure) -> str:
        handle = line.key_id, line.person
        first = self._gone.get(handle) or self._gone.get(line.reference) or line.reference
        self._gone[handle] = self._gone[line.reference] = first
        return first


def _deliveries(question: BreachQuestion, history: tuple[Event, ...]) -> Mapping[DropKey, tuple[Event, DropDelivery]]:
    """The drops that counted, or that somebody may have, among those asked for, each with an event of its contents."""
    events = {
        (event.kbo, event.contents.sequence, event.contents.manifest_sha256): event
        for event in history
        if event.contents and question.first <= event.night <= question.last
        if question.stem in (None, event.contents.stem)
    }
    deliveries = drop_deliveries(history)
    return {key: (event, deliveries[key]) for key, event in events.items() if key in deliveries}


def _lines(
    ledger: LedgerDb, question: BreachQuestion, asked: Mapping[DropKey, Any]
) -> Iterator[tuple[DropKey, Disclosure]]:
    """Every line of these drops, each with the one key in memory of its drop; a redacted one has no reference."""
    at, same = disclosure.c, {key: key for key in asked}
    query = sa.select(disclosure).where(at.kbo == question.kbo, at.night.between(question.first, question.last))
    with ledger_snapshot(ledger.engine) as connection:
        rows = connection.execution_options(yield_per=_AT_ONCE).execute(query.order_by(at.id))
        for row in rows.mappings():
            key = same.get((Kbo(row["kbo"]), row["sequence"], row["manifest_sha256"]))
            if key:
                yield key, from_row(Disclosure, row)


def _told(ledger: LedgerDb, kbo: Kbo, parents: Mapping[int | str, _Seen]) -> Mapping[str, Told]:
    """The newest withdrawal under each reference, with its notice."""
    references = sorted({(kbo, reference) for found in parents.values() for reference in found.references})
    told: dict[str, Told] = {}
    for start in range(0, len(references), _AT_ONCE):
        lines = read_person_withdrawals(ledger.engine, (), references[start : start + _AT_ONCE])
        told |= {line.reference: (line, notice) for line, notice in lines}
    return told


def _affected(found: tuple[int | str, _Seen], held: AbstractSet[str], told: Mapping[str, Told]) -> AffectedParent:
    """`held`: the references that the recipient may still use."""
    who, seen = found
    said = [told[reference] for reference in seen.references if reference in told and not seen.references & held]
    withdrawal, notice = max(said, key=lambda each: each[0].at, default=(None, None))
    return AffectedParent(
        who if isinstance(who, int) else None,
        max(seen.references),
        seen.first,
        seen.last,
        len(seen.drops),
        tuple(sorted(seen.fields)),
        withdrawal.at if withdrawal else None,
        notice,
    )


def _name(snapshot: Snapshot, kbo: Kbo) -> str | None:
    names: list[str | None] = read_table(snapshot.feeds["recipient"], "name", kbo=kbo)["name"].to_pylist()
    return names[0] if names else None

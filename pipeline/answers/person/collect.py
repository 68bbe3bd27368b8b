"""Collects all records of one parent, from the ledger and agency_db, for the art. 15 report.

The ledger is searched by keyed hash alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.person import ledger as records
from pipeline.answers.person.agency import AgencyFacts, read_agency_facts
from pipeline.answers.person.facts import AccessRequest, PersonDecision, PersonFacts
from pipeline.answers.person.kept_noes import kept_noes
from pipeline.answers.person.lines import DisclosureLine, PersonHandle, PersonQuery, drop_deliveries, person_lines
from pipeline.core.connections import Connections
from pipeline.core.loads import AgencySource
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.gate.replay.record import DecisionRecord, read_record
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.persons import LedgerKey, insz_hash, ledger_key, ledger_key_of, person_hashes


def collect_facts(
    request: AccessRequest,
    agency_uri: str,
    ledger: LedgerDb,
    connections: Connections,
    settings: Settings,
    folder: Path,
) -> PersonFacts:
    """Puts the look-up on record first. Raises LedgerUnavailable, SettingsError for a missing ledger key (the answer
    would not be complete), and as `read_agency_facts`.
    """
    current = ledger_key(connections)
    records.append_lookup(ledger.engine, request.lookup(current))
    keys = [ledger_key_of(connections, id_) for id_ in sorted({*records.read_key_ids(ledger.engine), current.id})]
    agency = read_agency_facts(request, AgencySource(agency_uri, ledger), settings, folder)
    return _collect(request, agency, ledger, keys, connections, settings.child_age_limit_years)


def _collect(
    request: AccessRequest,
    agency: AgencyFacts,
    ledger: LedgerDb,
    keys: Sequence[LedgerKey],
    connections: Connections,
    child_age_limit_years: int,
) -> PersonFacts:
    asked = [] if request.parent_id is None else [request.parent_id]
    ids = sorted({*asked, *(row.parent_id for row in agency.rows)})
    query = _query(request, agency, keys, ids)
    lines, parents = _lines(agency, ledger, keys, query)
    histories = [ledger.recipient(kbo).events() for kbo in {line.kbo for line in lines}]
    drops = {drop: delivery for history in histories for drop, delivery in drop_deliveries(history).items()}
    disclosed = tuple(line for line in person_lines(query, lines, parents) if line.drop in drops)
    own = [line for line in disclosed if not line.other_number]
    rows = {line.row for line in own} | {*query.rows}
    decided_at, decisions = _decisions(ledger, ids, rows, connections)
    first_night, detailed_since = records.read_detailed_since(ledger.engine)
    kept = records.read_kept_noes(ledger.engine, rows, query.numbers)
    lookups = records.read_lookups(ledger.engine, rows, query.numbers)
    return PersonFacts(
        request=request,
        rows=agency.rows,
        consents=agency.consents,
        names=agency.names,
        lines=disclosed,
        drops=drops,
        withdrawals=tuple(records.read_person_withdrawals(ledger.engine, rows, {line.reference for line in own})),
        decided_at=decided_at,
        decisions=decisions,
        kept_noes=kept_noes(*kept, child_age_limit_years),
        lookups=tuple(lookup for lookup in lookups if lookup.at < request.at),
        first_night=first_night,
        detailed_since=detailed_since,
        returned=records.read_returned_words(ledger.engine, rows, query.numbers),
    )


def _query(request: AccessRequest, agency: AgencyFacts, keys: Sequence[LedgerKey], ids: Sequence[int]) -> PersonQuery:
    rows = {(key.id, person) for key in keys for person in person_hashes(key, ids)}
    numbers = {(key.id, insz_hash(key, request.insz)) for key in keys} if request.insz else set()

    def has_other_number(handles: Collection[PersonHandle]) -> bool:
        used = [key for key in keys if key.id in {id_ for id_, _ in handles}]
        return any((key.id, person) in handles for key in used for person in person_hashes(key, agency.others))

    return PersonQuery(rows, numbers, has_other_number)


def _lines(
    agency: AgencyFacts, ledger: LedgerDb, keys: Sequence[LedgerKey], query: PersonQuery
) -> tuple[tuple[DisclosureLine, ...], dict[PersonHandle, int]]:
    """Every line that may be the requester's, and the parent_id of each handle, as far as a consent event tells.

    The parent of a consent event leads to lines without the number, under a rotated key and for another recipient.
    """
    parents: dict[PersonHandle, int] = {}
    while True:
        lines = records.read_person_lines(ledger.engine, {*query.rows, *parents}, query.numbers)
        new = sorted(_parents(lines, agency, keys) - {*parents.values()})
        if not new:
            return lines, parents
        for key in keys:
            parents |= {(key.id, person): id_ for id_, person in zip(new, person_hashes(key, new), strict=True)}


def _parents(lines: Sequence[DisclosureLine], agency: AgencyFacts, keys: Sequence[LedgerKey]) -> set[int]:
    """The parents of the lines' consent events, where the line's hash is that parent's too: events are corrected."""
    by_id = {key.id: key for key in keys}
    by_event = agency.parents_of({event for line in lines if (event := line.disclosure.consent_event) is not None})
    named = [(line.row, by_event[event]) for line in lines if (event := line.disclosure.consent_event) in by_event]
    return {parent for (key_id, person), parent in named if person_hashes(by_id[key_id], [parent])[0] == person}


def _decisions(
    ledger: LedgerDb, ids: Sequence[int], rows: Collection[PersonHandle], connections: Connections
) -> tuple[datetime | None, tuple[PersonDecision, ...]]:
    """Of the newest night on record."""
    nights = ledger.decided_instants()
    kept = ledger.decisions(nights[0][1]) if nights else None
    if kept is None:
        return None, ()
    key = ledger_key_of(connections, kept.key_id)
    record = read_record(kept.decisions, key)
    parents = record.parents
    hashes = {*person_hashes(key, ids), *(person for key_id, person in rows if key_id == key.id)}
    marks = pa.array({int.from_bytes(person[:8]) for person in hashes}, pa.uint64())
    decisions = parents.filter(pc.is_in(parents["person"], value_set=marks))
    return kept.decided_at, tuple(told_decision(row, record) for row in decisions.to_pylist())


def told_decision(row: dict[str, Any], record: DecisionRecord) -> PersonDecision:
    """As the parent is told it, never as it was made: that may rest on another parent's address. `row`: of the record's
    `parents`."""
    person, told = row["person"], record.told or {}
    if person in told:
        kbo, reason, is_returned = told[person]
        return PersonDecision(row["outcome"], Kbo(kbo) if kbo else None, reason, (), is_returned, is_told=True)
    fields = tuple(filter(None, (row["fields"] or "").split(",")))
    return PersonDecision(row["outcome"], row["kbo"], row["reason"], fields, person in record.said_to_recipient)

"""Everything that is on record of one parent, brought together from the ledger and agency_db for the art. 15 report.

The ledger is asked by keyed hash alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.person.agency import Dossier, of_agency
from pipeline.answers.person.facts import Decision, Known, Question
from pipeline.answers.person.ledger import AnswerPages
from pipeline.answers.person.lines import Asked, Handle, Line, delivered, given
from pipeline.core.connections import Connections
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.gate.replay.record import read_record
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.persons import LedgerKey, ledger_key, ledger_key_of, person_of_insz, persons


def known(
    question: Question, agency_uri: str, ledger: LedgerDb, connections: Connections, settings: Settings, folder: Path
) -> Known:
    """Puts the look-up on record first. Raises LedgerUnavailable, AgencyUnreachable or FeedError, SettingsError for a
    ledger key that is not kept (the answer would not be complete), TerminalError for a number that is two parents'."""
    pages = AnswerPages(ledger.engine)
    current = ledger_key(connections)
    pages.record(question.look_up(current))
    keys = [ledger_key_of(connections, id_) for id_ in sorted({*pages.key_ids(), current.id})]
    dossier = of_agency(question, agency_uri, settings, folder)
    return _found(question, dossier, ledger, keys, connections)


def _found(
    question: Question, dossier: Dossier, ledger: LedgerDb, keys: Sequence[LedgerKey], connections: Connections
) -> Known:
    pages, ids = AnswerPages(ledger.engine), _ids(question, dossier)
    mine = {(key.id, person) for key in keys for person in persons(key, ids)}
    number = {(key.id, person_of_insz(key, question.insz)) for key in keys} if question.insz else set()
    asked = Asked(mine, number, lambda handles: _is_another(handles, dossier.others, keys))
    lines, whose = _lines(pages, dossier, keys, mine, number)
    drops = {
        drop: became
        for kbo in {line.kbo for line in lines}
        for drop, became in delivered(ledger.recipient(kbo).events()).items()
    }
    own = given(asked, lines, drops, whose)
    whole = {one.line.row for one in own if not one.other_number} | mine
    references = {one.line.reference for one in own if not one.other_number}
    decided_at, decisions = _decisions(ledger, ids, whole, connections)
    earlier = [one for one in pages.look_ups(whole, number) if one.at < question.at]
    return Known(
        question,
        dossier.rows,
        dossier.consents,
        dossier.names,
        tuple(own),
        tuple(pages.withdrawals(whole, references)),
        decided_at,
        decisions,
        tuple(earlier),
        *pages.detailed_since(),
    )


def _lines(
    pages: AnswerPages, dossier: Dossier, keys: Sequence[LedgerKey], mine: set[Handle], number: set[Handle]
) -> tuple[tuple[Line, ...], dict[Handle, int]]:
    """Every line that may be the asker's, and whose each handle is, as far as a consent event tells.

    A line without the number, under a rotated key and for another recipient, is led to by the parent of its event.
    """
    rows, whose = mine, dict[Handle, int]()
    while True:
        lines = pages.lines(rows, number)
        new = sorted(_parents(lines, dossier, keys) - {*whose.values()})
        if not new:
            return lines, whose
        whose |= {(key.id, person): id_ for key in keys for id_, person in zip(new, persons(key, new), strict=True)}
        rows = rows | whose.keys()


def _parents(lines: Sequence[Line], dossier: Dossier, keys: Sequence[LedgerKey]) -> set[int]:
    """The parents of these lines' consent events; only where the line's own hash is that parent's, since an event may
    have become another's."""
    parents, by_id = (
        dossier.parents_of({line.disclosure.consent_event for line in lines}),
        {key.id: key for key in keys},
    )
    named = [
        (line, parents[line.disclosure.consent_event]) for line in lines if line.disclosure.consent_event in parents
    ]
    return {id_ for line, id_ in named if persons(by_id[line.disclosure.key_id], [id_])[0] == line.disclosure.person}


def _ids(question: Question, dossier: Dossier) -> list[int]:
    """The rows asked for, be they there or gone."""
    asked = [] if question.parent_id is None else [question.parent_id]
    return sorted({*asked, *(row.parent_id for row in dossier.rows)})


def _is_another(handles: Collection[Handle], others: pa.Array, keys: Sequence[LedgerKey]) -> bool:
    """Whether a row of these handles is in agency_db today under another number."""
    ids = others.to_pylist()
    used = [key for key in keys if key.id in {id_ for id_, _ in handles}]
    return any((key.id, person) in handles for key in used for person in persons(key, ids))


def _decisions(
    ledger: LedgerDb, ids: Sequence[int], rows: Collection[Handle], connections: Connections
) -> tuple[datetime | None, tuple[Decision, ...]]:
    """Of the newest night on record."""
    nights = ledger.decided_instants()
    kept = ledger.decisions(nights[0][1]) if nights else None
    if kept is None:
        return None, ()
    key = ledger_key_of(connections, kept.key_id)
    decided = read_record(kept.decisions, key)
    hashes = {*persons(key, ids), *(person for key_id, person in rows if key_id == key.id)}
    marks = pa.array({int.from_bytes(person[:8]) for person in hashes}, pa.uint64())
    found = decided.parents.filter(pc.is_in(decided.parents["person"], value_set=marks))
    return kept.decided_at, tuple(_decision(row) for row in found.to_pylist())


def _decision(row: dict[str, Any]) -> Decision:
    kbo = Kbo(row["kbo"]) if row["kbo"] else None
    return Decision(row["outcome"], kbo, row["reason"], tuple(filter(None, (row["fields"] or "").split(","))))

"""Everything that is on record of one parent, brought together from the ledger and agency_db for the art. 15 report.

The INSZ stays in this process: agency_db is read whole and searched here, so that it stands in no query that a
database may log; the ledger is asked by keyed hash.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.engine import Engine, engine
from pipeline.adapters.ledger_answers import AnswerPages
from pipeline.adapters.ledger_db import LedgerDb
from pipeline.adapters.staging import private_folder
from pipeline.connections import Connections
from pipeline.decided import read_record
from pipeline.errors import TerminalError
from pipeline.extract import read_feeds
from pipeline.known import Consent, Decision, Known, Question, Row
from pipeline.model import Field, Kbo, Moment
from pipeline.night import ledger_key, ledger_key_of
from pipeline.persons import LedgerKey, person_of_insz, persons
from pipeline.settings import Settings
from pipeline.subject import Asked, Handle, delivered, given

FEEDS = ("parent", "residence", "consent_event", "recipient")


@dataclass(frozen=True)
class _Agency:
    rows: tuple[Row, ...]
    consents: tuple[Consent, ...]
    names: dict[str, str]
    others: pa.Array
    """The rows that have another number today."""


def known(
    question: Question, agency_uri: str, ledger: LedgerDb, connections: Connections, settings: Settings, folder: Path
) -> Known:
    """Puts the look-up on record first. Raises LedgerUnavailable, AgencyUnreachable or FeedError, SettingsError for a
    ledger key that is not kept (the answer would not be complete), TerminalError for a number that is two parents'."""
    pages = AnswerPages(ledger.engine)
    current = ledger_key(connections)
    pages.record(question.look_up(current))
    keys = [ledger_key_of(connections, id_) for id_ in sorted({*pages.key_ids(), current.id})]
    agency = _of_agency(question, agency_uri, settings, folder)
    return _found(question, agency, ledger, keys, connections)


def _of_agency(question: Question, uri: str, settings: Settings, folder: Path) -> _Agency:
    with engine(settings, private_folder(folder)) as run:
        read_feeds(uri, FEEDS, run)
        run.set_up()
        run.set_moment(Moment.of(question.at), settings)
        for file in ("gate/01_successor.sql", "gate/02_current_residence.sql", "check/row_consent_event.sql"):
            run.run(file)
        asked = {"insz": question.insz, "parent": question.parent_id}
        rows = tuple(_row(row) for row in run.run("answer/parents.sql", **asked).to_pylist())
        _must_be_one(rows)
        return _Agency(rows, _consents(run, rows), _names(run), _others(run, question.insz))


def _row(row: dict[str, Any]) -> Row:
    filled = frozenset(field for field in Field if row[f"has_{field}"])
    return Row(row["parent_id"], row["family_id"], filled, row["is_protected"])


def _must_be_one(rows: Sequence[Row]) -> None:
    families = [row.family_id for row in rows]
    if len(set(families)) < len(families):
        raise TerminalError(
            "two parents of one family have that INSZ in agency_db, so it does not say whose the answer would be: ask "
            "the agency to correct it, or ask by --parent"
        )


def _consents(run: Engine, rows: Sequence[Row]) -> tuple[Consent, ...]:
    found = run.run("answer/consents.sql", parents=[row.parent_id for row in rows]).to_pylist()
    return tuple(Consent(**row | {"fields": tuple(row["fields"])}) for row in found)


def _names(run: Engine) -> dict[str, str]:
    return {row["kbo"]: row["name"] for row in run.run("answer/recipients.sql").to_pylist()}


def _others(run: Engine, insz: str | None) -> pa.Array:
    if insz is None:
        return pa.array([], pa.int64())
    return run.run("answer/numbers.sql", insz=insz)["parent_id"].combine_chunks()


def _found(
    question: Question, agency: _Agency, ledger: LedgerDb, keys: Sequence[LedgerKey], connections: Connections
) -> Known:
    pages, ids = AnswerPages(ledger.engine), _ids(question, agency)
    mine = {(key.id, person) for key in keys for person in persons(key, ids)}
    number = {(key.id, person_of_insz(key, question.insz)) for key in keys} if question.insz else set()
    asked = Asked(mine, number, lambda handles: _is_another(handles, agency.others, keys))
    lines = pages.lines(mine, number)
    drops = {
        drop: became for kbo in {line.kbo for line in lines} for drop, became in delivered(ledger.events(kbo)).items()
    }
    own = given(asked, lines, drops)
    whole = {one.line.row for one in own if not one.other_number} | mine
    references = {one.line.reference for one in own if not one.other_number}
    decided_at, decisions = _decisions(ledger, ids, whole, connections)
    earlier = [one for one in pages.look_ups(whole, number) if one.at < question.at]
    return Known(
        question,
        agency.rows,
        agency.consents,
        agency.names,
        tuple(own),
        tuple(sorted(pages.withdrawals(whole, references), key=lambda one: (one.at, one.kbo))),
        decided_at,
        decisions,
        tuple(earlier),
        *pages.detailed_since(),
    )


def _ids(question: Question, agency: _Agency) -> list[int]:
    """The rows asked for, be they there or gone."""
    asked = [] if question.parent_id is None else [question.parent_id]
    return sorted({*asked, *(row.parent_id for row in agency.rows)})


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

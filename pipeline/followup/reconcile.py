"""Every night: withdrawals recorded at the agency against withdrawals applied here; they must match (DOMAIN).

Whoever a recipient holds and tonight's decisions do not release to it any more gets a withdrawal on record, for every
recipient at once, so that a host that fails hides none. Then, beside the gate: each parent whose latest word to a
recipient is no, counted by a query of its own, is released to it by no decision, and is on that record if it was held.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.engine import engine
from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, Kbo, Moment, Release, WithdrawalReconciliation
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import local, private_folder, writing
from pipeline.followup.reconciliation_page import reconciliation_page
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.disclosures import Holding
from pipeline.ledger.persons import ledger_key_of, persons
from pipeline.ledger.withdrawals import Found, Keys, Verdicts, due

log = logging.getLogger(__name__)

PAGE = "reconciliation.html"
Holdings = Mapping[Kbo, Sequence[Holding]]


def withdraw_night(context: RunContext, decided: Release) -> tuple[int, Holdings]:
    """Put on record what every recipient must be told to drop; how many that are, and what each held before.

    What an earlier try of this run put on record counts as its own.
    Raises LedgerUnavailable, or SettingsError for a key of the ledger that is not kept.
    """
    ledger = open_ledger(context.ledger)
    before = {kbo: ledger.holdings(kbo, but_of_run=context.run) for kbo in ledger.recipients()}
    table = pq.read_table(local(decided.decisions), columns=["parent_id", "kbo", "reason"])
    verdicts = Verdicts(table, lambda key_id: ledger_key_of(context.connections, key_id))
    found = Found(context.run, context.night, decided.moment.at)
    told = {kbo: due(kbo, held, verdicts, found) for kbo, held in before.items()}
    for kbo, withdrawals in told.items():
        ledger.record_withdrawals(withdrawals)
        if withdrawals:
            log.warning("recipient %s: %d withdrawals to send", kbo, len(withdrawals))
    return sum(map(len, told.values())), before


def reconcile_night(
    context: RunContext, checked: CheckedSnapshot, decided: Release, before: Holdings
) -> tuple[WithdrawalReconciliation, ...]:
    """Recorded beside applied, for each recipient that any withdrawal is for; also as a page of the Data Docs.

    Raises TerminalError when anything does not match: then nothing may be delivered.
    """
    pairs = recorded(checked, decided.moment, context.settings, context.folder / "release")
    after = _holdings(open_ledger(context.ledger), before)
    found = reconciled(pairs, released(decided), before, after, lambda id_: ledger_key_of(context.connections, id_))
    names = {papers.kbo: papers.name for papers in decided.recipients}
    private_folder(context.docs)
    with writing(context.docs / PAGE) as part:
        part.write_text(reconciliation_page(found, names, decided.moment.at), "utf-8")
    log.info("withdrawals: %d recorded, %d applied; %d held, %d of them to be told", *totals(found))
    must_match(found)
    return found


def _holdings(ledger: LedgerDb, of: Iterable[Kbo]) -> Holdings:
    return {kbo: ledger.holdings(kbo) for kbo in of}


def recorded(checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path) -> dict[Kbo, list[int]]:
    """The parents whose latest word to each recipient is no, without the gate."""
    with engine(settings, private_folder(folder)) as run:
        run.attach(checked.snapshot, moment, settings)
        return by_recipient(run.run("followup/withdrawals_recorded.sql"))


def released(decided: Release) -> dict[Kbo, list[int]]:
    """The parents that the decisions release to each recipient."""
    only = [("outcome", "=", "released")]
    return by_recipient(pq.read_table(local(decided.decisions), columns=["kbo", "parent_id"], filters=only))


def by_recipient(pairs: pa.Table) -> dict[Kbo, list[int]]:
    """Parents by KBO, of a table of parent_id and kbo."""
    found: dict[Kbo, list[int]] = {}
    for kbo, parent in zip(pairs["kbo"].to_pylist(), pairs["parent_id"].to_pylist(), strict=True):
        found.setdefault(Kbo(kbo), []).append(parent)
    return found


def reconciled(
    pairs: Mapping[Kbo, Sequence[int]], sent: Mapping[Kbo, Sequence[int]], before: Holdings, after: Holdings, keys: Keys
) -> tuple[WithdrawalReconciliation, ...]:
    """`pairs`: recorded, `sent`: released tonight, both parents by recipient; `before` and `after` tonight's record."""
    return tuple(
        _one(kbo, pairs[kbo], sent.get(kbo, ()), before.get(kbo, ()), after.get(kbo, ()), keys) for kbo in sorted(pairs)
    )


def _one(
    kbo: Kbo,
    parents: Sequence[int],
    sent: Sequence[int],
    before: Sequence[Holding],
    after: Sequence[Holding],
    keys: Keys,
) -> WithdrawalReconciliation:
    withdrawn = {person for key_id in {held.key_id for held in before} for person in persons(keys(key_id), parents)}
    held = {one.reference for one in before if one.person in withdrawn}
    return WithdrawalReconciliation(
        kbo=kbo,
        recorded=len(parents),
        applied=len(set(parents) - set(sent)),
        held=len(held),
        on_record=len(held - {one.reference for one in after}),
    )


def totals(found: Iterable[WithdrawalReconciliation]) -> tuple[int, int, int, int]:
    """Recorded, applied, held, on record."""
    listed = list(found)
    return (
        sum(one.recorded for one in listed),
        sum(one.applied for one in listed),
        sum(one.held for one in listed),
        sum(one.on_record for one in listed),
    )


def must_match(found: Iterable[WithdrawalReconciliation]) -> None:
    """Raises TerminalError naming each recipient for which anything was recorded and not applied, or not noted."""
    wrong = "; ".join(
        f"recipient {one.kbo}: {one.recorded} recorded, {one.applied} applied, {one.held} held, "
        f"{one.on_record} on record to be told"
        for one in found
        if not one.matches
    )
    if wrong:
        raise TerminalError(
            f"withdrawals recorded and applied do not match ({wrong}), so nothing is delivered: "
            "report a bug; when it is mended, clear this run from `extract` on"
        )

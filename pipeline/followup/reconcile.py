"""Compare, each night, the withdrawals recorded at the agency with those applied here; both must match (DOMAIN).

First, record a withdrawal for each parent whom a recipient holds and tonight's decisions no longer release, for every
recipient at once, so that a host that fails hides none. Then count, by a query apart from the gate, the parents to whom
a no counts for a recipient and no grant holds: no decision may release them, and those held must have a withdrawal on
record.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.core.engine import snapshot_engine
from pipeline.core.errors import TerminalError
from pipeline.core.ground import only_a_warning
from pipeline.core.model import CheckedSnapshot, Kbo, Moment, Release, WithdrawalReconciliation
from pipeline.core.page_folder import page_folder, writing_page
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import read_table
from pipeline.followup.reconciliation_page import reconciliation_page
from pipeline.gate.clocks import as_if_recorded_now
from pipeline.gate.suppression import NOTHING_APPLIED, AppliedList, register_list
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.disclosures import Holding
from pipeline.ledger.persons import ledger_key_of, person_hashes
from pipeline.ledger.suppression import SuppressionList
from pipeline.ledger.withdrawals import Keys, Verdicts, withdrawals_due

log = logging.getLogger(__name__)

PAGE = "reconciliation.html"
Holdings = Mapping[Kbo, Sequence[Holding]]


def withdraw_night(context: RunContext, decided: Release, bound: AppliedList = NOTHING_APPLIED) -> tuple[int, Holdings]:
    """Record the withdrawals of every recipient: their number, and what each recipient held before.

    `bound`: what the suppression list came to.
    A withdrawal that an earlier try of this run recorded counts again.
    Raises LedgerUnavailable, or SettingsError for a key of the ledger that is not kept.
    """
    ledger = open_ledger(context.ledger)
    before = {kbo: ledger.recipient(kbo).holdings(but_of_run=context.run) for kbo in ledger.recipients()}
    table = read_table(decided.decisions, "parent_id", "kbo", "reason")
    keys = partial(ledger_key_of, context.connections)
    verdicts = Verdicts(table, keys, bound.said_to_recipient, bound.told)
    new = {
        kbo: withdrawals_due(kbo, held, verdicts, context.run, context.night, decided.moment.at)
        for kbo, held in before.items()
    }
    for kbo, withdrawals in new.items():
        ledger.record_withdrawals(withdrawals)
        if withdrawals:
            log.warning("recipient %s: %d withdrawals to send", kbo, len(withdrawals))
    return sum(map(len, new.values())), before


def reconcile_night(
    context: RunContext, checked: CheckedSnapshot, decided: Release, before: Holdings
) -> tuple[WithdrawalReconciliation, ...]:
    """The withdrawals recorded and applied, per recipient that has any; also as a page of the Data Docs.

    Raises TerminalError when a recipient's figures do not match: then no drop may be delivered.
    """
    ledger = open_ledger(context.ledger)
    listed = suppression_records(ledger.engine, context.connections).read()
    recorded = recorded_withdrawals(checked, decided.moment, context.settings, context.folder / "release", listed)
    after = {kbo: ledger.recipient(kbo).holdings() for kbo in before}
    results = reconcile(
        recorded, released_parents(decided), before, after, lambda key_id: ledger_key_of(context.connections, key_id)
    )
    names = {papers.kbo: papers.name for papers in decided.recipients}
    page = reconciliation_page(results, names, decided.moment.at, decided.noes)
    with only_a_warning("no page of the reconciliation"), writing_page(page_folder(context.docs) / PAGE) as part:
        part.write_text(page, "utf-8")
    figures = ("recorded", "applied", "held", "on_record")
    totals = (sum(getattr(result, figure) for result in results) for figure in figures)
    log.info("withdrawals: %d recorded, %d applied; %d held, %d of them to be told", *totals)
    require_match(results)
    return results


def recorded_withdrawals(
    checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path, listed: SuppressionList
) -> dict[Kbo, list[int]]:
    """The parents against whom a no counts for each recipient, counted apart from the gate; also one recorded ahead,
    and one that only the ledger's suppression list still has."""
    with snapshot_engine(checked.snapshot, moment, settings, folder) as run:
        found = run.run("followup/withdrawals_recorded.sql")
        with as_if_recorded_now(run, moment, settings) as later:
            if later is not None:
                found = pa.concat_tables([found, later.run("followup/withdrawals_recorded.sql")])
        register_list(run, listed)
        found = pa.concat_tables([found, run.run("followup/noes_kept.sql")])
    return _parents_by_recipient(found.group_by(found.column_names).aggregate([]))


def released_parents(decided: Release) -> dict[Kbo, list[int]]:
    """The parents that the decisions release to each recipient."""
    return _parents_by_recipient(read_table(decided.decisions, "kbo", "parent_id", outcome="released"))


def _parents_by_recipient(pairs: pa.Table) -> dict[Kbo, list[int]]:
    parents: dict[Kbo, list[int]] = {}
    for kbo, parent in zip(pairs["kbo"].to_pylist(), pairs["parent_id"].to_pylist(), strict=True):
        parents.setdefault(Kbo(kbo), []).append(parent)
    return parents


def reconcile(
    recorded: Mapping[Kbo, Sequence[int]],
    released: Mapping[Kbo, Sequence[int]],
    before: Holdings,
    after: Holdings,
    keys: Keys,
) -> tuple[WithdrawalReconciliation, ...]:
    """Per recipient with a recorded withdrawal: `recorded` and `released` are parents, `before` and `after` holdings.

    A parent is applied when no decision of tonight releases the parent; a held one is on record when the ledger does
    not list the reference as held any more.
    """
    results = []
    for kbo in sorted(recorded):
        parents = recorded[kbo]
        held = _references_of(parents, before.get(kbo, ()), keys)
        still_held = {holding.reference for holding in after.get(kbo, ())}
        results.append(
            WithdrawalReconciliation(
                kbo=kbo,
                recorded=len(parents),
                applied=len(set(parents) - set(released.get(kbo, ()))),
                held=len(held),
                on_record=len(held - still_held),
            )
        )
    return tuple(results)


def _references_of(parents: Sequence[int], holdings: Sequence[Holding], keys: Keys) -> set[str]:
    """The references under which a recipient holds one of these parents, whichever key the hash was made with."""
    hashes: set[bytes] = set()
    for key_id in {holding.key_id for holding in holdings}:
        hashes.update(person_hashes(keys(key_id), parents))
    return {holding.reference for holding in holdings if holding.person in hashes}


def require_match(results: Iterable[WithdrawalReconciliation]) -> None:
    """Raises TerminalError that names each recipient with a withdrawal recorded and not applied, or not on record."""
    wrong = "; ".join(
        f"recipient {result.kbo}: {result.recorded} recorded, {result.applied} applied, {result.held} held, "
        f"{result.on_record} on record to be told"
        for result in results
        if not result.matches
    )
    if wrong:
        raise TerminalError(
            f"withdrawals recorded and applied do not match ({wrong}), so nothing is delivered: "
            "report a bug; when it is mended, clear this run from `extract` on"
        )

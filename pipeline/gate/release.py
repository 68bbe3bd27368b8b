"""The release step: the gate of DOMAIN.md, run as SQL over a checked snapshot.

The rules are the files of sql/gate/ in the order of their numbers: the facts of each rule, then the decision, then the
recipients of a drop. Python decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.engine import Engine, snapshot_engine
from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, Kbo, Moment, NoCounts, Papers, Reason, Release, ReportedPaper
from pipeline.core.settings import Settings
from pipeline.core.staging import Staging, local
from pipeline.gate.alone import parents_alone
from pipeline.gate.clocks import as_if_recorded_now
from pipeline.gate.suppression import TOLD, AppliedList, apply_list
from pipeline.ledger.suppression import SuppressionList

QUARANTINE = ("source/check/row_impossible.sql", "source/check/row_parent.sql")
"""Leaves the table `failed_parent`."""
RULES_OF_ROWS = (*QUARANTINE, "source/check/row_consent_event.sql")


def run_gate(run: Engine) -> None:
    """Run the gate in an engine that is set up and holds the feeds.

    Leaves its tables in the engine: among them `dossier` and `decision`, with a row per parent.
    """
    for file in RULES_OF_ROWS:
        run.define(file)
    run.define_folder("gate")


def run_gate_for_now(run: Engine, moment: Moment, settings: Settings) -> bool:
    """As `run_gate` at `moment`, to which the engine is set; where rows are recorded ahead, what is released is so both
    as of now and as if they had been recorded now.

    Returns whether it was decided twice. The table `dossier` and those of the papers are as of `moment`; twice decided,
    `later_counting_no` has the noes that count also when they are recorded ahead.
    """
    run_gate(run)
    with as_if_recorded_now(run, moment, settings) as later:
        if later is None:
            return False
        run_gate(later)
        for table in ("decision", "dossier", "covered", "counting_no"):
            run.connection.register(f"later_{table}", later.connection.table(table).to_arrow_table())
    for table in ("decision", "covered"):
        run.define(f"gate/clocks/{table}.sql")
    return True


def release(checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path) -> Release:
    """What the gate alone decides on every parent of the population; writes `folder`/decisions.parquet.

    Each parent ends released, or withheld with the first reason that applies: the counts add up to the population.
    `moment` of the release has `ahead_until` only where rows were recorded ahead, and so decided twice.
    """
    with snapshot_engine(checked.snapshot, moment, settings, folder) as run:
        is_twice = run_gate_for_now(run, moment, settings)
        return _release(run, moment if is_twice else replace(moment, ahead_until=None), folder)


def release_within(
    listed: SuppressionList, checked: CheckedSnapshot, moment: Moment, settings: Settings, folder: Path
) -> tuple[Release, AppliedList]:
    """As `release`, with the ledger's suppression list as an upper bound.

    Raises FeedError, before anything is written, when the agency lost a no that the ledger knows.
    """
    with snapshot_engine(checked.snapshot, moment, settings, folder) as run:
        is_twice = run_gate_for_now(run, moment, settings)
        bound = apply_list(run, listed, moment, is_whole=True).require_none_lost()
        bound = replace(bound, told=told_decisions(run, listed, moment, settings, folder))
        made = _release(run, moment if is_twice else replace(moment, ahead_until=None), folder)
    returned = len(bound.said_to_recipient)
    counts = {"withheld_by_list": bound.parents.num_rows - returned, "said_to_recipient": returned}
    return replace(made, noes=replace(made.noes, **counts)), bound


def told_decisions(run: Engine, listed: SuppressionList, moment: Moment, settings: Settings, folder: Path) -> pa.Table:
    """In the form of TOLD, of each parent whom `run` withholds for a protected address, whosever (gate/alone.py).

    Who would be released alone is told `no_need`: it rests on assessments that a parent does not know.
    """
    with parents_alone(run, moment, settings, folder) as alone:
        if alone is None:
            return TOLD.empty_table()
        run_gate_for_now(alone, moment, settings)
        said = apply_list(alone, listed, moment, is_whole=False).said_to_recipient
        told = alone.run("gate/alone/told.sql")
    returned = pa.array([parent in said for parent in told["parent_id"].to_pylist()], pa.bool_())
    return told.append_column("is_returned", returned).cast(TOLD)


def _release(run: Engine, moment: Moment, folder: Path) -> Release:
    """Of an engine that holds the decisions; writes `folder`/decisions.parquet."""
    decisions = run.run("gate/release/decisions.sql")
    counts = run.rows("gate/release/counts.sql")
    recipients = tuple(map(_papers, run.rows("gate/release/recipients.sql")))
    (noes,) = run.rows("gate/release/noes.sql")
    reported = tuple(ReportedPaper(**row) for row in run.rows("gate/release/papers_reported.sql"))
    made = Release(
        moment=moment,
        decisions=Staging(folder).write_table("decisions.parquet", decisions),
        recipients=recipients,
        population=decisions.num_rows,
        rows={papers.kbo: _count(counts, "released", "kbo", papers.kbo) for papers in recipients},
        withheld={reason.value: _count(counts, "withheld", "reason", reason.value) for reason in Reason},
        reported=reported,
        noes=NoCounts(**noes),
    )
    if made.population != sum(made.rows.values()) + sum(made.withheld.values()):
        raise TerminalError("the gate's outcomes do not add up to its population: nothing is released, report a bug")
    return made


def referrals(
    checked: CheckedSnapshot, decided: Release, settings: Settings, folder: Path
) -> Iterator[tuple[Papers, pa.Table]]:
    """Each recipient with its rows (none is an empty table), in the order of `decided.recipients`.

    Columns: parent_id int64, then text, NULL where not allowed: first_name, last_name, street, house_number,
    box_number, postal_code, municipality, phone, email.
    """
    with snapshot_engine(checked.snapshot, decided.moment, settings, folder) as run:
        run.define("gate/release/decision_from_staging.sql", path=str(local(decided.decisions)))
        run.define("gate/release/released_parent.sql")
        run.define("gate/release/released_residence.sql")
        run.define("gate/01_successor.sql")
        run.define("gate/02_current_residence.sql")
        rows = run.run("gate/release/referrals.sql")
    for papers in decided.recipients:
        yield papers, rows.filter(pc.equal(rows["kbo"], papers.kbo)).drop_columns("kbo")


@dataclass(frozen=True)
class RecipientRelease:
    """What one recipient may get at one moment.

    `papers`: None without coverage. `rows`: as of `referrals`. `grounds`: parent_id, insz, fields, agreements,
    protocols, consent_event, text_version. `rows` and `grounds` have one row a parent, in the same order.
    """

    papers: Papers | None
    rows: pa.Table
    grounds: pa.Table

    def among(self, parents: pa.Array) -> "RecipientRelease":
        """The part about these parents."""
        rows, grounds = (
            table.filter(pc.is_in(table["parent_id"], value_set=parents)) for table in (self.rows, self.grounds)
        )
        return RecipientRelease(self.papers, rows, grounds)


def recipient_release(run: Engine, kbo: Kbo) -> RecipientRelease:
    """For one recipient, after the gate. Raises TerminalError when a row does not stand on anything."""
    covered = {row["kbo"]: _papers(row) for row in run.rows("gate/release/recipients.sql")}
    tables = (run.run("gate/release/referrals.sql"), run.run("gate/release/grounds.sql"))
    rows, grounds = (table.filter(pc.equal(table["kbo"], kbo)).drop_columns("kbo") for table in tables)
    if not rows["parent_id"].equals(grounds["parent_id"]):
        raise TerminalError(f"recipient {kbo}: {rows.num_rows} rows on {grounds.num_rows} grounds: report a bug")
    return RecipientRelease(covered.get(kbo), rows, grounds)


def _papers(row: dict[str, Any]) -> Papers:
    return Papers(**row | {name: tuple(row[name]) for name in ("agreements", "protocols")})


def _count(counts: list[dict[str, Any]], outcome: str, key: str, value: str) -> int:
    return sum(row["parents"] for row in counts if row["outcome"] == outcome and row[key] == value)

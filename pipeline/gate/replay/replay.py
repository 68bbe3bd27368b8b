"""A past decision, made again on the agency's present tables and compared with the record of that night.

Made again on the night's own input (restage.py), the gate must say what is on record, except where a table without
history holds something else on a parent today: fingerprints tell which. From there it is step by step to the present.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from pipeline.core.connections import Connections
from pipeline.core.engine import Engine, snapshot_engine
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.core.staging import Staging, writing
from pipeline.gate.release import run_gate
from pipeline.gate.replay.fingerprints import GROWING, FeedGrowth, growth_since, of_parents, rules_hash
from pipeline.gate.replay.record import DecisionRecord, read_record
from pipeline.gate.replay.restage import GateInput, gate_inputs
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.persons import LedgerKey, ledger_key_of
from pipeline.source.check import check
from pipeline.source.extract import extract

RULES = "the rules themselves"
AHEAD = "recorded ahead of our clock, and heeded that night all the same"
BY_LIST = "the ledger's suppression list"
TO_RECIPIENT = "a no that the recipient itself returned"
UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class DecisionDifference:
    """So many parents with one decision on record and another now, and the tables that the difference comes from."""

    on_record: str
    decided_now: str
    causes: tuple[str, ...]
    parents: int


@dataclass(frozen=True)
class Comparison:
    """The decisions on record beside those made again. `parents`: everyone with a row, then or now."""

    parents: int
    population_then: int
    population_now: int
    differences: tuple[DecisionDifference, ...]
    grown: tuple[FeedGrowth, ...]
    rules_are_the_same: bool

    @property
    def different(self) -> int:
        return sum(difference.parents for difference in self.differences)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Differences that no table without history can explain: a person must look."""
        altered = [f"append-only table {growth.feed}: {growth.altered}" for growth in self.grown if growth.altered]
        unexplained = sum(each.parents for each in self.differences if UNEXPLAINED in each.causes)
        return (*altered, *([f"{unexplained} parents: the difference is unexplained"] if unexplained else ()))


@dataclass(frozen=True)
class Replay:
    """`decisions`: parent_id int64, outcome, kbo, reason, fields; compared, also said_then and because.

    `run`: the run whose decisions are on record; like `comparison`, None where none are.
    """

    moment: Moment
    decisions: pa.Table
    run: str | None = None
    comparison: Comparison | None = None

    @property
    def alarms(self) -> tuple[str, ...]:
        return self.comparison.alarms if self.comparison else ()


def read_present(agency_uri: str, moment: Moment, now: datetime, settings: Settings, folder: Path) -> GateInput:
    """The present content of agency_db, checked, for a decision at `moment`; `folder` is for the caller to purge.

    The feeds may be of any later day: their age is judged at the decision, their marks of the future at `now`.
    Raises FeedError for feeds that cannot be trusted.
    """
    snapshot = extract(agency_uri, now, settings, folder / "snapshot")
    check(snapshot, moment, now, settings, previous=None, docs=None)
    return GateInput(snapshot, moment, settings)


def replay(present: GateInput, kept: NightDecisions | None, connections: Connections, folder: Path) -> Replay:
    """Decide again on `present`, and compare with the decisions on record, if any are `kept`."""
    if kept is None:
        return Replay(present.moment, decisions_at(present, folder / "gate"))
    key = ledger_key_of(connections, kept.key_id)
    comparison, decisions = compare_decisions(read_record(kept.decisions, key), key, present, folder / "replay")
    return Replay(present.moment, decisions, kept.run, comparison)


def write_decisions(replayed: Replay, path: Path) -> None:
    """As CSV with a header, readable by its owner alone; no personal value."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with writing(path) as part:
        pc.write_csv(replayed.decisions, part)


def decisions_at(given: GateInput, folder: Path) -> pa.Table:
    """The gate's decisions: parent_id int64, outcome, kbo, reason, fields; sorted by parent_id."""
    with snapshot_engine(given.snapshot, given.moment, given.settings, folder) as run:
        run_gate(run)
        return run.run("gate/release/decisions.sql")


def compare_decisions(
    record: DecisionRecord, key: LedgerKey, present: GateInput, folder: Path
) -> tuple[Comparison, pa.Table]:
    """The record beside the gate's decisions on `present`, both at the same instant; the table as of `Replay`.

    The table has a row per parent of today's population, and per parent with a difference.
    """
    with snapshot_engine(present.snapshot, present.moment, present.settings, folder) as run:
        of_parents(run, key)
        run.connection.register("recorded", record.parents)
        run.connection.register("withheld_by_list", _by_list(record))
        known_at = record.moment.known_at
        grown = tuple(growth_since(run, key, feed, known_at, record.grown[feed]) for feed in GROWING)
        first, *steps = gate_inputs(record, present, grown, run, Staging(folder))
        same_rules = record.rules == rules_hash()
        now = decisions_at(first, folder / "gate")
        run.connection.register("first", now)
        ahead = record.moment.ahead_until is not None  # a replay takes the instant strictly
        without_table = [f"{growth.feed}, altered" for growth in grown if growth.altered]
        without_table += [RULES] * (not same_rules) + [AHEAD] * ahead
        run.define("gate/replay/cause_of_first.sql", otherwise=without_table or [UNEXPLAINED])
        for step in steps:
            before, now = now, decisions_at(step, folder / "gate")
            run.connection.register("before", before)
            run.connection.register("after", now)
            run.define("gate/replay/cause_of_step.sql", cause=step.cause)
        run.connection.register("after", now)
        return _comparison(run, record, grown, same_rules, now.num_rows), run.run("gate/replay/decided_now.sql")


def _by_list(record: DecisionRecord) -> pa.Table:
    """Whom the suppression list withheld that night: person uint64, cause."""
    persons = sorted(record.withheld_by_list)
    causes = [TO_RECIPIENT if person in record.said_to_recipient else BY_LIST for person in persons]
    return pa.table({"person": pa.array(persons, pa.uint64()), "cause": pa.array(causes, pa.string())})


def _comparison(
    run: Engine, record: DecisionRecord, grown: tuple[FeedGrowth, ...], same_rules: bool, population: int
) -> Comparison:
    run.define("gate/replay/difference.sql", unexplained=UNEXPLAINED)
    differences = run.run("gate/replay/differences.sql").to_pylist()
    outside = record.parents["outcome"].to_pylist().count("outside")
    return Comparison(
        parents=run.run("gate/replay/everyone.sql")["parents"][0].as_py(),
        population_then=record.parents.num_rows - outside,
        population_now=population,
        differences=tuple(DecisionDifference(**row | {"causes": tuple(row["causes"])}) for row in differences),
        grown=grown,
        rules_are_the_same=same_rules,
    )

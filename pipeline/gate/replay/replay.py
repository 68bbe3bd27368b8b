"""A decision of the past, made again on the agency's database of today and held against what was decided then.

Made again on the night's own world (pipeline/gate/replay/restage.py), the gate must say what is on record, but for what
a table without history holds on a parent today: fingerprints tell which. From there it is step by step to the world of
today."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from pipeline.core.connections import Connections
from pipeline.core.engine import Engine, engine
from pipeline.core.model import Moment, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder, writing
from pipeline.gate.release import RULES_OF_ROWS, decide
from pipeline.gate.replay.fingerprints import GROWING, Later, later, of_parents, rules_hash
from pipeline.gate.replay.record import Decided, read_record
from pipeline.gate.replay.restage import Today, World, worlds
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.persons import LedgerKey, ledger_key_of
from pipeline.source.check import check
from pipeline.source.extract import extract

RULES = "the rules themselves"
UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Difference:
    """So many parents on whom the record says `said` and the gate now `says`, and the tables it comes from."""

    said: str
    says: str
    causes: tuple[str, ...]
    parents: int


@dataclass(frozen=True)
class Comparison:
    """The decisions on record beside those made again. `parents`: everyone with a row, then or now."""

    parents: int
    population_then: int
    population_now: int
    differences: tuple[Difference, ...]
    grown: tuple[Later, ...]
    rules_are_the_same: bool

    @property
    def different(self) -> int:
        return sum(each.parents for each in self.differences)

    @property
    def alarms(self) -> tuple[str, ...]:
        """What no table without history can explain: a person must look."""
        altered = [f"append-only table {each.feed}: {each.altered}" for each in self.grown if each.altered]
        unexplained = sum(each.parents for each in self.differences if UNEXPLAINED in each.causes)
        return (*altered, *([f"{unexplained} parents: the difference is unexplained"] if unexplained else ()))


@dataclass(frozen=True)
class Asked:
    """Decide what held `at`, with what was recorded by `known_at`; `folder` is for the caller to purge."""

    at: datetime
    known_at: datetime
    now: datetime
    settings: Settings
    folder: Path

    @property
    def moment(self) -> Moment:
        return Moment(self.at, self.known_at)


@dataclass(frozen=True)
class Replay:
    """What the gate decides: parent_id int64, outcome, kbo, reason, fields; and with a night on record, as `compare`.

    `run` made the decisions that are on record; both it and `comparison` are None where none are.
    """

    moment: Moment
    decisions: pa.Table
    run: str | None = None
    comparison: Comparison | None = None

    @property
    def alarms(self) -> tuple[str, ...]:
        return self.comparison.alarms if self.comparison else ()


def replay(agency_uri: str, kept: NightDecisions | None, asked: Asked, connections: Connections) -> Replay:
    """Decide a past night again on what agency_db holds today. Raises FeedError for feeds that cannot be trusted.

    They may be of any later day: their age is judged at the decision, their marks of the future now.
    """
    key = ledger_key_of(connections, kept.key_id) if kept else None
    snapshot = extract(agency_uri, asked.now, asked.settings, asked.folder / "snapshot")
    check(snapshot, asked.moment, asked.now, asked.settings, previous=None, docs=None)
    if kept is None or key is None:
        return Replay(asked.moment, decisions_at(snapshot, asked.moment, asked.settings, asked.folder / "gate"))
    decided = read_record(kept.decisions, key)
    comparison, decisions = compare(decided, key, snapshot, asked.moment, asked.settings, asked.folder / "replay")
    return Replay(asked.moment, decisions, kept.run, comparison)


def write_decisions(replayed: Replay, path: Path) -> None:
    """As CSV with a header, readable by its owner alone; no personal value."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with writing(path) as part:
        pc.write_csv(replayed.decisions, part)


def decisions_at(snapshot: Snapshot, moment: Moment, settings: Settings, folder: Path) -> pa.Table:
    """The gate's decisions: parent_id int64, outcome, kbo, reason, fields; sorted by parent_id."""
    with engine(settings, private_folder(folder)) as run:
        decide(run, snapshot, moment, settings)
        return run.run("gate/release/decisions.sql")


def compare(
    decided: Decided, key: LedgerKey, snapshot: Snapshot, moment: Moment, settings: Settings, folder: Path
) -> tuple[Comparison, pa.Table]:
    """What was decided then beside what the gate says at `moment`, both at the same instant.

    The table has a row per parent of today's population, and per parent with a difference: parent_id int64, outcome,
    kbo, reason, fields, said_then, because (text).
    """
    private_folder(folder)
    with engine(settings, folder) as run:
        run.attach(snapshot, moment, settings)
        run.run(RULES_OF_ROWS[0])
        of_parents(run, key)
        run.connection.register("recorded", decided.parents)
        grown = tuple(later(run, key, feed, decided.moment.known_at, decided.grown[feed]) for feed in GROWING)
        first, *steps = worlds(decided, Today(run, snapshot, moment, settings, grown, folder))
        same_rules = decided.rules == rules_hash()
        now = _decide(first, folder)
        run.connection.register("first", now)
        run.run("gate/replay/cause_of_first.sql", otherwise=_otherwise(grown, same_rules))
        for step in steps:
            before, now = now, _decide(step, folder)
            run.connection.register("before", before)
            run.connection.register("after", now)
            run.run("gate/replay/cause_of_step.sql", cause=step.cause)
        run.connection.register("after", now)
        return _summed(run, decided, grown, same_rules, now.num_rows), run.run("gate/replay/decided_now.sql")


def _decide(world: World, folder: Path) -> pa.Table:
    return decisions_at(world.snapshot, world.moment, world.settings, folder / "gate")


def _otherwise(grown: tuple[Later, ...], same_rules: bool) -> list[str]:
    """What a difference comes from that no table without history explains."""
    causes = [f"{each.feed}, altered" for each in grown if each.altered]
    return causes + ([] if same_rules else [RULES]) or [UNEXPLAINED]


def _summed(run: Engine, decided: Decided, grown: tuple[Later, ...], same_rules: bool, population: int) -> Comparison:
    run.run("gate/replay/difference.sql", unexplained=UNEXPLAINED)
    differences = run.run("gate/replay/differences.sql").to_pylist()
    outside = decided.parents["outcome"].to_pylist().count("outside")
    return Comparison(
        parents=run.run("gate/replay/everyone.sql")["parents"][0].as_py(),
        population_then=decided.parents.num_rows - outside,
        population_now=population,
        differences=tuple(Difference(**row | {"causes": tuple(row["causes"])}) for row in differences),
        grown=grown,
        rules_are_the_same=same_rules,
    )

"""A decision of the past, made again on the agency's database of today and held against what was decided then.

What the append-only tables hold is the same for ever, so the night's own world is made of the rows known by then, and
of the small tables as that night kept them. On it the gate must say what is on record, but for what a table without
history holds on a parent today. Then one thing after another is replaced by what it is today: where a decision changes,
that thing is the cause.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.adapters.engine import Engine, engine
from pipeline.adapters.staging import private_folder, staged, writing
from pipeline.decided import Decided
from pipeline.fingerprints import GROWING, SMALL, Later, later, of_parents, rules_hash, small_table, small_tables
from pipeline.model import Moment, Snapshot, StagedFile
from pipeline.persons import LedgerKey
from pipeline.release import RULES_OF_ROWS, decide
from pipeline.settings import Settings

RULES = "the rules themselves"
UNEXPLAINED = "unexplained"
AGE_LIMIT = "setting child_age_limit_years"


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
class _World:
    """What the gate decides on: feeds, what is known of them, the age limit. `cause` is what made it of the last."""

    cause: str
    snapshot: Snapshot
    moment: Moment
    settings: Settings


def decisions_at(snapshot: Snapshot, moment: Moment, settings: Settings, folder: Path) -> pa.Table:
    """The gate's decisions: parent_id int64, outcome, kbo, reason, fields; sorted by parent_id."""
    with engine(settings, private_folder(folder)) as run:
        decide(run, snapshot, moment, settings)
        return run.run("release/decisions.sql")


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
        first, *steps = _worlds(run, decided, grown, snapshot, moment, settings, folder)
        same_rules = decided.rules == rules_hash()
        now = _decide(first, folder)
        run.connection.register("first", now)
        run.run("replay/cause_of_first.sql", otherwise=_otherwise(grown, same_rules))
        for step in steps:
            before, now = now, _decide(step, folder)
            run.connection.register("before", before)
            run.connection.register("after", now)
            run.run("replay/cause_of_step.sql", cause=step.cause)
        run.connection.register("after", now)
        return _summed(run, decided, grown, same_rules, now.num_rows), run.run("replay/decided_now.sql")


def _decide(world: _World, folder: Path) -> pa.Table:
    return decisions_at(world.snapshot, world.moment, world.settings, folder / "gate")


def _otherwise(grown: tuple[Later, ...], same_rules: bool) -> list[str]:
    """What a difference comes from that no table without history explains."""
    causes = [f"{each.feed}, altered" for each in grown if each.altered]
    return causes + ([] if same_rules else [RULES]) or [UNEXPLAINED]


def _summed(run: Engine, decided: Decided, grown: tuple[Later, ...], same_rules: bool, population: int) -> Comparison:
    run.run("replay/difference.sql", unexplained=UNEXPLAINED)
    differences = run.run("replay/differences.sql").to_pylist()
    outside = decided.parents["outcome"].to_pylist().count("outside")
    return Comparison(
        parents=run.run("replay/everyone.sql")["parents"][0].as_py(),
        population_then=decided.parents.num_rows - outside,
        population_now=population,
        differences=tuple(Difference(**row | {"causes": tuple(row["causes"])}) for row in differences),
        grown=grown,
        rules_are_the_same=same_rules,
    )


def _worlds(
    run: Engine,
    decided: Decided,
    grown: tuple[Later, ...],
    snapshot: Snapshot,
    moment: Moment,
    settings: Settings,
    folder: Path,
) -> Iterator[_World]:
    """The night's own world, then one thing after another as it is today; the last is today's, known at `moment`."""
    small = _small_of_then(run, decided, folder)
    then, after_load, known = _growing(run, decided, grown, moment, folder)
    widest = Moment(moment.at, max(moment.known_at, decided.moment.known_at))
    limit = decided.child_age_limit_years
    world = _World(
        "",
        Snapshot(snapshot.read_at, snapshot.feeds | small | then),
        widest,
        replace(settings, child_age_limit_years=limit),
    )
    yield world
    steps = [(name, {name: snapshot.feeds[name]}) for name in small]
    steps += [(f"{feed}, loaded later", {feed: file}) for feed, file in after_load.items()]
    steps += [(f"{_learned(decided, moment)}: {feed}", {feed: file}) for feed, file in known.items()]
    for cause, files in steps:
        feeds = world.snapshot.feeds | files
        world = replace(world, cause=cause, snapshot=Snapshot(snapshot.read_at, feeds))
        yield world
    if limit != settings.child_age_limit_years:
        yield replace(world, cause=AGE_LIMIT, settings=settings)


def _learned(decided: Decided, moment: Moment) -> str:
    return "known since" if moment.known_at > decided.moment.known_at else "not known yet"


def _small_of_then(run: Engine, decided: Decided, folder: Path) -> dict[str, StagedFile]:
    """Those of the tables that are kept whole that are not what they were, as they were."""
    today = json.loads(json.dumps(small_tables(run)))
    changed = [name for name in SMALL if today[name] != decided.small[name]]
    return {name: _written(small_table(name, decided.small[name]), folder / f"{name}.parquet") for name in changed}


_Files = dict[str, StagedFile]


def _growing(
    run: Engine, decided: Decided, grown: tuple[Later, ...], moment: Moment, folder: Path
) -> tuple[_Files, _Files, _Files]:
    """Feeds that only grow: as the night knew them, with what a later load brought, with what is known at `moment`.

    Each only where it is not the one before.
    """
    then: _Files = {}
    loaded: _Files = {}
    known: _Files = {}
    by = decided.moment.known_at
    for feed in grown:
        between = {"feed": feed.feed, "this": by, "that": moment.known_at}
        moved = run.run("replay/recorded_between.sql", **between)["rows"][0].as_py()
        stages = [(loaded, by, (), bool(feed.hashes)), (known, moment.known_at, (), bool(moved))]
        if not any(needed for *_, needed in stages):
            continue
        for files, known_at, without, needed in [(then, by, feed.hashes, True), *stages]:
            if needed:
                rows = run.run("replay/narrowed.sql", feed=feed.feed, known_at=known_at, later=list(without))
                name = f"{feed.feed}.{len(then)}{len(loaded)}{len(known)}.parquet"
                files[feed.feed] = _written(rows, folder / name)
    return then, loaded, known


def _written(rows: pa.Table, path: Path) -> StagedFile:
    with writing(path) as part:
        pq.write_table(rows, part)
    return staged(path, rows.num_rows)

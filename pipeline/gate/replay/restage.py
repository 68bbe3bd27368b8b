"""The world that a night decided on, made again from the agency's tables of today, and the way from it to today's.

What the append-only tables hold is the same for ever: the rows known by then make the night's own feeds again. The
small tables without history are on record whole. Then one thing after another is replaced by what it is today, so that
where a decision changes, that thing is the cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.engine import Engine
from pipeline.core.model import Moment, Snapshot, StagedFile
from pipeline.core.settings import Settings
from pipeline.core.staging import staged, writing
from pipeline.gate.replay.fingerprints import SMALL, Later, small_table, small_tables
from pipeline.gate.replay.record import Decided

AGE_LIMIT = "setting child_age_limit_years"


@dataclass(frozen=True)
class World:
    """What the gate decides on. `cause`: the one thing in which it differs from the world before it."""

    cause: str
    snapshot: Snapshot
    moment: Moment
    settings: Settings


@dataclass(frozen=True)
class Today:
    """The agency's tables as they are, attached to the engine `run`; `moment`: what is asked; `grown`: since then."""

    run: Engine
    snapshot: Snapshot
    moment: Moment
    settings: Settings
    grown: tuple[Later, ...]
    folder: Path


def worlds(then: Decided, today: Today) -> Iterator[World]:
    """The night's own world first; the last is today's, as known at the moment that is asked."""
    tables = _small_of_then(then, today)
    feeds, steps = _feeds_of_then(then.moment.known_at, today)
    world = World(
        "",
        Snapshot(today.snapshot.read_at, today.snapshot.feeds | tables | feeds),
        Moment(today.moment.at, max(then.moment.known_at, today.moment.known_at)),  # the feeds themselves are narrower
        replace(today.settings, child_age_limit_years=then.child_age_limit_years),
    )
    yield world
    for cause, name, file in [*((name, name, today.snapshot.feeds[name]) for name in tables), *steps]:
        world = replace(world, cause=cause, snapshot=_with(world.snapshot, name, file))
        yield world
    if world.settings != today.settings:
        yield replace(world, cause=AGE_LIMIT, settings=today.settings)


def _with(snapshot: Snapshot, name: str, file: StagedFile) -> Snapshot:
    return Snapshot(snapshot.read_at, snapshot.feeds | {name: file})


def _small_of_then(then: Decided, today: Today) -> dict[str, StagedFile]:
    """Those of the tables that are kept whole that are not what they were, as they were."""
    now = small_tables(today.run)
    changed = [name for name in SMALL if now[name] != then.small[name]]
    return {name: _write(small_table(name, then.small[name]), today.folder / f"{name}.parquet") for name in changed}


_Step = tuple[str, str, StagedFile]


def _feeds_of_then(known_by: datetime, today: Today) -> tuple[dict[str, StagedFile], list[_Step]]:
    """Feeds that only grow, as the night knew them, where that is not all; then what a later load brought of what had
    been recorded by then, and what is known at the moment that is asked."""
    asked = today.moment.known_at
    feeds: dict[str, StagedFile] = {}
    loaded: list[_Step] = []
    learned: list[_Step] = []
    for grown in today.grown:
        feed = grown.feed
        between = today.run.run("gate/replay/recorded_between.sql", feed=feed, this=known_by, that=asked)["rows"][
            0
        ].as_py()
        if grown.hashes or between:
            feeds[feed] = _narrowed(today, feed, known_by, grown.hashes, "then")
        if grown.hashes:
            loaded.append((f"{feed}, loaded later", feed, _narrowed(today, feed, known_by, (), "loaded")))
        if between:
            cause = f"{'known since' if asked > known_by else 'not known yet'}: {feed}"
            learned.append((cause, feed, _narrowed(today, feed, asked, (), "asked")))
    return feeds, loaded + learned


def _narrowed(today: Today, feed: str, known_at: datetime, without: tuple[int, ...], name: str) -> StagedFile:
    rows = today.run.run("gate/replay/narrowed.sql", feed=feed, known_at=known_at, later=list(without))
    return _write(rows, today.folder / f"{feed}.{name}.parquet")


def _write(rows: pa.Table, path: Path) -> StagedFile:
    with writing(path) as part:
        pq.write_table(rows, part)
    return staged(path, rows.num_rows)

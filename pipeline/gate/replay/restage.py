"""The input that the gate had on a past night, made again from the agency's present tables, and the way to the present.

The append-only tables lose nothing: the rows known by then make the night's own feeds again. The small tables without
history are on record whole. From there one thing after another is replaced by its present state, so that where a
decision changes, that thing is the cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.core.engine import Engine
from pipeline.core.model import Moment, Snapshot, StagedFile
from pipeline.core.settings import Settings
from pipeline.core.staging import Staging
from pipeline.gate.replay.fingerprints import SMALL, FeedGrowth, small_table, small_tables
from pipeline.gate.replay.record import DecisionRecord

AGE_LIMIT = "setting child_age_limit_years"


@dataclass(frozen=True)
class GateInput:
    """What the gate decides on. `cause`: the one thing in which this input differs from the input before it."""

    snapshot: Snapshot
    moment: Moment
    settings: Settings
    cause: str = ""

    def then(self, cause: str, feed: str, file: StagedFile) -> "GateInput":
        """The next input, with another file for one feed."""
        snapshot = Snapshot(self.snapshot.read_at, self.snapshot.feeds | {feed: file})
        return replace(self, cause=cause, snapshot=snapshot)


def gate_inputs(
    record: DecisionRecord, present: GateInput, grown: tuple[FeedGrowth, ...], run: Engine, staging: Staging
) -> Iterator[GateInput]:
    """The night's own input first; the last one is `present`, whose feeds are attached to `run`."""
    small = small_tables(run)
    changed = {name: small_table(name, record.small[name]) for name in SMALL if small[name] != record.small[name]}
    tables = {name: staging.write_table(f"{name}.parquet", table) for name, table in changed.items()}
    feeds, steps = _growing_feeds_then(record.moment.known_at, present.moment.known_at, grown, run, staging)
    current = GateInput(
        Snapshot(present.snapshot.read_at, present.snapshot.feeds | tables | feeds),
        Moment(present.moment.at, max(record.moment.known_at, present.moment.known_at)),  # the feeds are narrower
        replace(present.settings, child_age_limit_years=record.child_age_limit_years),
    )
    yield current
    for cause, feed, file in [*((name, name, present.snapshot.feeds[name]) for name in tables), *steps]:
        current = current.then(cause, feed, file)
        yield current
    if current.settings != present.settings:
        yield replace(current, cause=AGE_LIMIT, settings=present.settings)


_Step = tuple[str, str, StagedFile]


def _growing_feeds_then(
    known_by: datetime, present_by: datetime, grown: tuple[FeedGrowth, ...], run: Engine, staging: Staging
) -> tuple[dict[str, StagedFile], list[_Step]]:
    """The growing feeds as the night knew them, where they differ; then the rows recorded by then and loaded later, and
    the rows known at the instant `present_by`."""

    def narrowed(feed: str, known_at: datetime, without: tuple[int, ...], name: str) -> StagedFile:
        rows = run.run("gate/replay/narrowed.sql", feed=feed, known_at=known_at, later=list(without))
        return staging.write_table(f"{feed}.{name}.parquet", rows)

    feeds: dict[str, StagedFile] = {}
    loaded: list[_Step] = []
    learned: list[_Step] = []
    for growth in grown:
        feed = growth.feed
        counts = run.run("gate/replay/recorded_between.sql", feed=feed, this=known_by, that=present_by)
        between = counts["rows"][0].as_py()
        if growth.hashes or between:
            feeds[feed] = narrowed(feed, known_by, growth.hashes, "then")
        if growth.hashes:
            loaded.append((f"{feed}, loaded later", feed, narrowed(feed, known_by, (), "loaded")))
        if between:
            cause = f"{'known since' if present_by > known_by else 'not known yet'}: {feed}"
            learned.append((cause, feed, narrowed(feed, present_by, (), "asked")))
    return feeds, loaded + learned

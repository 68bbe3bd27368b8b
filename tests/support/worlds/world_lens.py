"""A synthetic world looked at through DuckDB: what the real extract makes of it, one view per feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipeline.core.model import CheckedSnapshot, Moment, Release, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.demo.world import WorldSummary, synthesize
from pipeline.gate.release import release
from pipeline.source.extract import extract

AS_OF = date(2026, 11, 23)
SEED = 20
LATEST_ASSESSMENT = """
    select distinct on (child_id)
        child_id, income, education, employment, stimulation, housing, health,
        coalesce(income, false)::int + coalesce(education, false)::int + coalesce(employment, false)::int
            + coalesce(stimulation, false)::int + coalesce(housing, false)::int + coalesce(health, false)::int as weak
    from indicator_assessment join child using (child_id)
    where assessed_on between birth_date and $day
        and coalesce(income, education, employment, stimulation, housing, health) is not null
    order by child_id, assessed_on desc, recorded_at desc, assessment_id desc
"""


@dataclass(frozen=True)
class Lens:
    """A world on SQLite at `path`, made for the start of `as_of`."""

    path: Path
    folder: Path
    as_of: date

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.path}"

    @property
    def night(self) -> datetime:
        """03:30 of its day, when the pipeline runs."""
        return datetime(self.as_of.year, self.as_of.month, self.as_of.day, 2, 30, tzinfo=UTC)

    @cached_property
    def snapshot(self) -> Snapshot:
        return extract(self.uri, self.night, Settings(), self.folder / f"snapshot-{self.as_of}")

    @cached_property
    def duckdb(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        for feed, file in self.snapshot.feeds.items():
            connection.read_parquet(str(local(file))).create_view(feed)
        return connection

    def rows(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Parameters that the query does not name are left out."""
        named = {name: value for name, value in parameters.items() if f"${name}" in query}
        return self.duckdb.execute(query, named or None).fetchall()

    def one(self, query: str, **parameters: object) -> Any:
        ((value,),) = self.rows(query, **parameters)
        return value

    def release(self) -> Release:
        """The real gate's answer, the checks left out."""
        checked = CheckedSnapshot(self.snapshot, ())
        return release(checked, Moment.of(self.night), Settings(), self.folder / f"release-{self.as_of}")


def world(folder: Path, scale: float, seed: int = SEED, as_of: date = AS_OF) -> Lens:
    """A new world in a folder."""
    lens = Lens(folder / "agency.db", folder, as_of)
    synthesize(lens.uri, seed, scale, as_of)
    return lens


def advanced(lens: Lens, scale: float, days: int, seed: int = SEED) -> tuple[Lens, WorldSummary]:
    """The same world, some days later."""
    later = lens.as_of + timedelta(days=days)
    summary = synthesize(lens.uri, seed, scale, later, advance=True)
    return Lens(lens.path, lens.folder, later), summary


@contextmanager
def killed(where: Any, name: str, monkeypatch: Any) -> Iterator[None]:
    """Whatever calls `where.name` dies there."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, name, die)
        yield

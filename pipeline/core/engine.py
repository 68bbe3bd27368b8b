"""DuckDB, in memory, over a snapshot's Parquet: every rule and count is a file under sql/."""

import atexit
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.core.errors import SettingsError
from pipeline.core.ground import on_ground
from pipeline.core.kept_duckdb import connection_to, empty_database
from pipeline.core.memory import LEAST_MB, duckdb_memory_mb
from pipeline.core.model import Field, Moment, Snapshot
from pipeline.core.package_data import REFERENCE, SQL
from pipeline.core.settings import PREFIX, Settings
from pipeline.core.staging import local, private_folder

_PARSED: dict[str, tuple[duckdb.Statement, ...]] = {}
atexit.register(_PARSED.clear)  # DuckDB complains of statements that outlive the interpreter
_MOST_PARSED = 1000
"""Texts; more than that are not those of sql/, and are not kept."""
_REFERENCE_TABLES: dict[tuple[str, Path], pa.Table] = {}
"""What each of these queries made of the reference data in that folder."""


def parsed(text: str, connection: duckdb.DuckDBPyConnection) -> tuple[duckdb.Statement, ...]:
    """The statements of a text that is used again and again, which a process parses once, whatever the connection."""
    statements = _PARSED.get(text)
    if statements is None:
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        statements = _PARSED[text] = tuple(connection.extract_statements(text))
    return statements


class Engine:
    """One in-memory database; `run` executes a file under sql/ with bound parameters."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def run(self, file: str, **parameters: object) -> pa.Table:
        """The result of one SQL file, e.g. `run("gate/release/counts.sql")`; no columns for a definition."""
        (query,) = self._statements(file)
        relation = self.connection.sql(query, params=parameters or None)
        return relation.to_arrow_table() if relation is not None else pa.table({})

    def rows(self, file: str, **parameters: object) -> list[dict[str, Any]]:
        """As `run`, as dictionaries: for a few rows without an instant, quicker, since DuckDB plans once."""
        (query,) = self._statements(file)
        found = self.connection.execute(query, parameters or None)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def define(self, file: str, **parameters: object) -> None:
        """As `run`, for a file that makes a table, view or macro: quicker, since nothing is asked for."""
        for statement in self._statements(file):
            self.connection.execute(statement, parameters or None)

    def _statements(self, file: str) -> tuple[duckdb.Statement, ...]:
        return parsed((SQL / file).read_text("utf-8"), self.connection)

    def define_folder(self, folder: str) -> None:
        """Run every file of a folder of definitions, in the order of their numbers."""
        for path in sorted((SQL / folder).glob("*.sql")):
            self.define(f"{folder}/{path.name}")

    def attach(self, snapshot: Snapshot, moment: Moment, settings: Settings) -> None:
        """Make a view per feed of the snapshot, and call `set_up` and `set_moment`."""
        for feed, file in snapshot.feeds.items():
            self.show(feed, local(file))
        self.set_up()
        self.set_moment(moment, settings)

    def show(self, feed: str, path: Path) -> None:
        """A view of one file, by a statement: DuckDB looks into the file once, and a relation would twice."""
        source = str(path).replace("'", "''")
        self.connection.execute(f"create or replace view {feed} as from read_parquet('{source}')")

    @contextmanager
    def beside(self) -> Iterator["Engine"]:
        """Another engine on the same feeds, with tables, macros and a moment of its own."""
        with closing(connection_to(self.connection)) as connection:
            yield Engine(connection)

    def set_up(self) -> None:
        """Make the rules' macros and the tables municipality and merger."""
        for macro in ("2_is_blank", "3_field_list", "4_within_decree", "7_insz_digits"):
            self.define(f"core/{macro}.sql")
        for number, table in ((5, "municipality"), (6, "merger")):
            self._define_reference(f"core/{number}_{table}.sql", table)

    def _define_reference(self, file: str, table: str) -> None:
        """A table of reference data, which a process reads once."""
        known = (SQL / file).read_text("utf-8"), REFERENCE
        if known not in _REFERENCE_TABLES:
            self.define(file, folder=str(REFERENCE))
            _REFERENCE_TABLES[known] = self.connection.table(table).to_arrow_table()
            return
        self.connection.register("reference_rows", _REFERENCE_TABLES[known])
        self.connection.execute(f"create temp table {table} as from reference_rows")
        self.connection.unregister("reference_rows")

    def set_moment(self, moment: Moment, settings: Settings) -> None:
        """Make the one-row table `moment`."""
        self.define(
            "core/1_moment.sql",
            at=moment.at,
            known_at=moment.known_at,
            day=moment.day,
            child_age_limit_years=settings.child_age_limit_years,
            decree_fields=[field.value for field in Field],
        )


def small(settings: Settings) -> Settings:
    """For a task of which several run at once, each with few rows."""
    most = min(settings.duckdb_memory_mb or duckdb_memory_mb(), LEAST_MB)
    return replace(settings, duckdb_threads=1, duckdb_memory_mb=most)


@contextmanager
def engine(settings: Settings, spill: Path) -> Iterator[Engine]:
    """An engine bounded in memory that spills into the private folder `spill`; times are UTC throughout.

    Raises as `on_ground` for what the system refuses there, and SettingsError for a query that cannot spill enough.
    """
    most = settings.duckdb_memory_mb or duckdb_memory_mb()
    config: dict[str, str | int] = {
        "memory_limit": f"{most}MB",
        "threads": settings.duckdb_threads,
        "preserve_insertion_order": "false",
    }
    try:
        with on_ground(private_folder(spill)), empty_database(config, spill) as connection:
            yield Engine(connection)
    except duckdb.OutOfMemoryException:
        raise SettingsError(
            f"a query needs more than the {most} MB that DuckDB may have: set {PREFIX}DUCKDB_MEMORY_MB higher, on a "
            "machine that has as much, then clear the task"
        ) from None


@contextmanager
def snapshot_engine(snapshot: Snapshot, moment: Moment, settings: Settings, spill: Path) -> Iterator[Engine]:
    """As `engine`, with the snapshot attached."""
    with engine(settings, spill) as run:
        run.attach(snapshot, moment, settings)
        yield run

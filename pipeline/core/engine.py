"""DuckDB, in memory, over a snapshot's Parquet: every rule and count is a file under sql/."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.core.ground import on_ground
from pipeline.core.model import Field, Moment, Snapshot
from pipeline.core.package_data import REFERENCE, SQL
from pipeline.core.settings import Settings
from pipeline.core.staging import local, private_folder


class Engine:
    """One in-memory database; `run` executes a file under sql/ with bound parameters."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def run(self, file: str, **parameters: object) -> pa.Table:
        """The result of one SQL file, e.g. `run("gate/release/counts.sql")`; no columns for a definition."""
        relation = self.connection.sql((SQL / file).read_text("utf-8"), params=parameters or None)
        return relation.to_arrow_table() if relation is not None else pa.table({})

    def define(self, file: str, **parameters: object) -> None:
        """As `run`, for a file that makes a table, view or macro: quicker, since nothing is asked for."""
        self.connection.execute((SQL / file).read_text("utf-8"), parameters or None)

    def define_folder(self, folder: str) -> None:
        """Run every file of a folder of definitions, in the order of their numbers."""
        for path in sorted((SQL / folder).glob("*.sql")):
            self.define(f"{folder}/{path.name}")

    def attach(self, snapshot: Snapshot, moment: Moment, settings: Settings) -> None:
        """Make a view per feed of the snapshot, and call `set_up` and `set_moment`."""
        for feed, file in snapshot.feeds.items():
            self.connection.read_parquet(str(local(file))).create_view(feed)
        self.set_up()
        self.set_moment(moment, settings)

    @contextmanager
    def beside(self) -> Iterator["Engine"]:
        """Another engine on the same feeds, with tables, macros and a moment of its own."""
        cursor = self.connection.cursor()
        try:
            cursor.execute("set TimeZone = 'UTC'")
            yield Engine(cursor)
        finally:
            cursor.close()

    def set_up(self) -> None:
        """Make the rules' macros and the tables municipality and merger."""
        for macro in ("2_is_blank", "3_field_list", "4_within_decree", "7_insz_digits"):
            self.define(f"core/{macro}.sql")
        for table in ("5_municipality", "6_merger"):
            self.define(f"core/{table}.sql", folder=str(REFERENCE))

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


@contextmanager
def engine(settings: Settings, spill: Path) -> Iterator[Engine]:
    """An engine bounded in memory that spills into the private folder `spill`; times are UTC throughout.

    Raises as `on_ground` for what the system refuses there.
    """
    with on_ground(private_folder(spill)):
        connection = duckdb.connect(
            config={
                "memory_limit": f"{settings.duckdb_memory_mb}MB",
                "threads": settings.duckdb_threads,
                "temp_directory": str(spill),
                "preserve_insertion_order": "false",
            }
        )
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield Engine(connection)
        finally:
            connection.close()


@contextmanager
def snapshot_engine(snapshot: Snapshot, moment: Moment, settings: Settings, spill: Path) -> Iterator[Engine]:
    """As `engine`, with the snapshot attached."""
    with engine(settings, spill) as run:
        run.attach(snapshot, moment, settings)
        yield run

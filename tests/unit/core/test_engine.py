"""DuckDB per look: what a process keeps between two of them is text and reference data, never a row of one of them."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline.core import engine as engines
from pipeline.core.engine import engine, parsed
from pipeline.core.package_data import SQL
from pipeline.core.settings import Settings
from tests.support import PROJECT


def test_the_reference_data_are_read_once_and_are_the_same_in_every_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_REFERENCE_TABLES", {})
    found = []
    for _ in range(2):
        with engine(Settings(), tmp_path) as run:
            run.set_up()
            found.append([run.connection.table(name).to_arrow_table() for name in ("municipality", "merger")])
    assert [table.sort_by(table.column_names[0]) for table in found[0]] == [
        table.sort_by(table.column_names[0]) for table in found[1]
    ]
    assert [table.num_rows for table in found[0]] == [912, 43] and len(engines._REFERENCE_TABLES) == 2


def test_no_table_of_one_engine_is_in_another(tmp_path: Path) -> None:
    with engine(Settings(), tmp_path) as run, engine(Settings(), tmp_path) as other:
        for statement in parsed("create table parent as select 1 as parent_id; select 2", run.connection):
            run.connection.execute(statement)
        with pytest.raises(duckdb.CatalogException):
            other.connection.execute("from parent")


def test_a_statement_that_was_parsed_once_takes_the_parameters_of_each_call(tmp_path: Path) -> None:
    file, moment = "core/1_moment.sql", dict.fromkeys(("at", "known_at"), "2026-06-15 01:30:00+00")
    for day in ("2026-06-15", "2026-06-16"):
        with engine(Settings(), tmp_path) as run:
            run.define(file, **moment, day=day, child_age_limit_years=3, decree_fields=["name"])
            (row,) = run.connection.execute("select day::varchar, decree_fields from moment").fetchall()
            assert row == (day, ["name"])
    assert (SQL / file).read_text("utf-8") in engines._PARSED


def test_a_process_that_ends_complains_of_no_statement_left() -> None:
    program = (
        "from pathlib import Path; from tempfile import mkdtemp; from pipeline.core.engine import engine; "
        "from pipeline.core.settings import Settings\n"
        "with engine(Settings(), Path(mkdtemp())) as run: run.set_up()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert (done.stdout, done.stderr) == ("", "")

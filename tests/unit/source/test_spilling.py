"""Check and release in little memory: DuckDB spills into the step's own folder, and says the same."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bench.copies import copy_snapshot
from pipeline.core import kept_duckdb
from pipeline.core.engine import engine
from pipeline.core.errors import SettingsError
from pipeline.core.model import CheckedSnapshot, Release, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.gate.release import release
from pipeline.source.check import CheckResult, check
from tests.support.checking import judge_plainly
from tests.support.worlds.tables import AT, baseline, instant, moment, stage

NOW, COPIES = instant(AT), 60_000
Result = TypeVar("Result")
SPACIOUS = Settings(duckdb_memory_mb=2000, duckdb_threads=1)
CHECK_MOST_MB, GATE_MOST_MB = 28, 58
"""The bound of the first try; where a step begins to spill differs a little from machine to machine."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Sixty thousand families, all released."""
    folder = tmp_path_factory.mktemp("families")
    with engine(SPACIOUS, folder / "spill") as run:
        return copy_snapshot(stage(baseline(), folder / "one").snapshot, COPIES, folder / "many", run)


@pytest.fixture
def spilled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Of each engine, whether it had to spill."""
    seen: list[bool] = []
    leaves = kept_duckdb._leaves_its_folder

    def noted(instance: Any) -> bool:
        seen.append(not leaves(instance))
        return not seen[-1]

    monkeypatch.setattr(kept_duckdb, "_leaves_its_folder", noted)
    yield seen


@pytest.fixture(autouse=True)
def plainly_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_plainly(monkeypatch)


def spilling(step: Callable[[Settings], Result], most: int, spilled: list[bool]) -> Result:
    """What the step says under the largest bound, in MB, under which it spills."""
    for megabytes in range(most, 0, -1):
        result = step(Settings(duckdb_memory_mb=megabytes, duckdb_threads=1))
        if spilled[-1]:
            return result
    raise AssertionError("the step never spilled")


def test_in_little_memory_check_says_the_same(snapshot: Snapshot, spilled: list[bool]) -> None:
    def checked(settings: Settings) -> CheckResult:
        return check(snapshot, moment(), NOW, settings, None, docs=None)

    plenty = checked(SPACIOUS)
    assert isinstance(plenty.checked, CheckedSnapshot) and spilled == [False]
    assert spilling(checked, CHECK_MOST_MB, spilled) == plenty
    assert_only_parquet_in(local(snapshot.feeds["parent"]).parent)


def test_in_little_memory_the_gate_says_the_same(snapshot: Snapshot, spilled: list[bool], tmp_path: Path) -> None:
    checked = check(snapshot, moment(), NOW, SPACIOUS, None, docs=None).checked
    assert isinstance(checked, CheckedSnapshot)

    def released(settings: Settings) -> Release:
        return release(checked, moment(), settings, tmp_path / str(settings.duckdb_memory_mb))

    plenty, little = released(SPACIOUS), spilling(released, GATE_MOST_MB, spilled)
    assert (little.rows, little.withheld, little.decisions.sha256) == (
        plenty.rows,
        plenty.withheld,
        plenty.decisions.sha256,
    )
    assert sum(little.rows.values()) == COPIES
    assert_only_parquet_in(tmp_path)


def assert_only_parquet_in(folder: Path) -> None:
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".parquet"}


def test_what_cannot_spill_enough_ends_in_a_sentence(tmp_path: Path) -> None:
    """A disk full besides is tests/unit/core/test_staging.py's."""
    with (
        pytest.raises(SettingsError, match=r"more than the 25 MB .* GEGEVENSDELING_DUCKDB_MEMORY_MB higher"),
        engine(Settings(duckdb_memory_mb=25, duckdb_threads=1), tmp_path / "spill") as run,
    ):
        run.connection.execute("select list(i) from range(20_000_000) as numbers(i)").fetchall()

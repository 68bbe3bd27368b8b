"""Check and release in little memory: DuckDB spills into the step's own folder, and says the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.copies import copy_snapshot
from pipeline.core import kept_duckdb
from pipeline.core.engine import engine
from pipeline.core.errors import SettingsError
from pipeline.core.model import CheckedSnapshot, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.gate.release import release
from pipeline.source.check import check
from tests.support.checking import judge_plainly
from tests.support.worlds.tables import AT, baseline, instant, moment, stage

NOW, COPIES = instant(AT), 60_000
SPACIOUS = Settings(duckdb_memory_mb=2000, duckdb_threads=1)
TIGHT, TIGHT_GATE = (Settings(duckdb_memory_mb=most, duckdb_threads=1) for most in (25, 54))


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


def test_in_little_memory_check_and_release_spill_and_say_the_same(
    snapshot: Snapshot, spilled: list[bool], tmp_path: Path
) -> None:
    plenty, little = (check(snapshot, moment(), NOW, settings, None, docs=None) for settings in (SPACIOUS, TIGHT))
    assert little == plenty
    assert isinstance(plenty.checked, CheckedSnapshot)
    made, same = (
        release(plenty.checked, moment(), settings, tmp_path / str(settings.duckdb_memory_mb))
        for settings in (SPACIOUS, TIGHT_GATE)
    )
    assert spilled == [False, True, False, True]
    assert (same.rows, same.withheld, same.decisions.sha256) == (made.rows, made.withheld, made.decisions.sha256)
    assert sum(same.rows.values()) == COPIES
    left = [path for folder in (tmp_path, local(snapshot.feeds["parent"]).parent) for path in folder.rglob("*")]
    assert all(path.suffix == ".parquet" for path in left if path.is_file())


def test_what_cannot_spill_enough_ends_in_a_sentence(tmp_path: Path) -> None:
    """A disk full besides is tests/unit/core/test_staging.py's."""
    with (
        pytest.raises(SettingsError, match=r"more than the 25 MB .* GEGEVENSDELING_DUCKDB_MEMORY_MB higher"),
        engine(TIGHT, tmp_path / "spill") as run,
    ):
        run.connection.execute("select list(i) from range(20_000_000) as numbers(i)").fetchall()

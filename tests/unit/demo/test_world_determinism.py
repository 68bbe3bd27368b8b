"""The same seed, scale and day make the same world, and a new world replaces the old one wholly or not at all."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.demo.world import synthesize
from pipeline.demo.world import synthesize as entry
from pipeline.demo.world.schema import SCHEMAS
from pipeline.demo.world.store import Store
from tests.support.worlds.world_lens import AS_OF, SEED, killed, world

pytestmark = pytest.mark.many_threads

Contents = dict[str, list[tuple[object, ...]]]


def contents(path: Path) -> Contents:
    """Every table, sorted."""
    with closing(sqlite3.connect(path)) as database:
        return {name: sorted(database.execute(f"select * from {name}").fetchall(), key=repr) for name in SCHEMAS}


def test_the_same_seed_scale_and_day_give_the_same_world(tmp_path: Path) -> None:
    first = world(tmp_path / "1", 0.005)
    second = world(tmp_path / "2", 0.005)
    assert contents(first.path) == contents(second.path)


@pytest.mark.parametrize(("seed", "as_of"), [(SEED + 1, AS_OF), (SEED, date(2026, 11, 24))])
def test_another_seed_or_day_gives_another_world(tmp_path: Path, seed: int, as_of: date) -> None:
    first = world(tmp_path / "1", 0.005)
    second = world(tmp_path / "2", 0.005, seed, as_of)
    assert contents(first.path)["parent"] != contents(second.path)["parent"]


def test_a_new_world_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.01)
    synthesize(lens.uri, 3, 0.002, AS_OF)
    assert contents(lens.path) == contents(world(tmp_path / "fresh", 0.002, 3).path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["agency.db"]


def test_a_run_that_dies_leaves_the_old_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lens = world(tmp_path, 0.002)
    before = lens.path.read_bytes()
    with killed(Store, "replace_control", monkeypatch), pytest.raises(KeyboardInterrupt):
        entry(lens.uri, 3, 0.002, AS_OF)
    assert lens.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["agency.db"]


def test_what_a_killed_run_left_lying_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".agency.db.part").write_bytes(b"half a world")
    world(tmp_path, 0.002)
    assert [path.name for path in tmp_path.iterdir()] == ["agency.db"]


@pytest.mark.parametrize(
    ("out", "seed", "scale", "as_of"),
    [
        ("mysql://somewhere", 1, 0.01, AS_OF),
        ("sqlite:///relative.db", 1, 0.01, AS_OF),
        ("sqlite:////{folder}/a.db", 1, 0, AS_OF),
        ("sqlite:////{folder}/a.db", 1, 3, AS_OF),
        ("sqlite:////{folder}/a.db", -1, 0.01, AS_OF),
        ("sqlite:////{folder}/a.db", 1, 0.01, date(2025, 1, 1)),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, out: str, seed: int, scale: float, as_of: date) -> None:
    with pytest.raises(SettingsError):
        synthesize(out.format(folder=str(tmp_path).lstrip("/")), seed, scale, as_of)
    assert list(tmp_path.iterdir()) == []


def test_the_summary_and_the_control_rows_count_what_is_there(tmp_path: Path) -> None:
    summary = synthesize(f"sqlite:///{tmp_path}/a.db", SEED, 0.005, AS_OF)
    held = contents(tmp_path / "a.db")
    assert summary.rows == {name: len(rows) for name, rows in held.items()}
    assert summary.produced_at == datetime(2026, 11, 22, 23, tzinfo=UTC)
    expected = [(name, "2026-11-22 23:00:00+00:00", len(held[name])) for name in SCHEMAS if name != "feed_control"]
    assert sorted(held["feed_control"]) == sorted(expected)
    assert summary.recipients_with_agreement == len({row[2] for row in held["agreement"]})


def test_midnight_in_summer_is_two_hours_before_that_of_utc(tmp_path: Path) -> None:
    summary = synthesize(f"sqlite:///{tmp_path}/a.db", SEED, 0.002, date(2026, 7, 1))
    assert summary.produced_at == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_progress_is_told_as_it_goes(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    synthesize(f"sqlite:///{tmp_path}/a.db", SEED, 0.002, AS_OF, progress=lambda part, rows: heard.append((part, rows)))
    assert heard[0][0] == "papers"
    assert [rows for _, rows in heard] == sorted(rows for _, rows in heard)
    assert len(heard) == 24

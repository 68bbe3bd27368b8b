"""What rests between tasks: whole or not there, for its owner alone, and what was staged or nothing."""

import errno
import hashlib
import os
from pathlib import Path

import duckdb
import pytest

from pipeline.core import staging
from pipeline.core.errors import TerminalError, TransientError
from pipeline.core.ground import on_ground


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o077])
def lax_or_strict(request: pytest.FixtureRequest):
    """Whatever umask the scheduler runs with."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_a_private_folder_is_its_owner_s_alone(tmp_path: Path) -> None:
    folder = staging.private_folder(tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b" and mode(folder) == 0o700
    folder.chmod(0o777)
    assert mode(staging.private_folder(folder)) == 0o700


def test_a_file_appears_whole_and_private(tmp_path: Path) -> None:
    with staging.writing(tmp_path / "x.parquet") as part:
        assert mode(part) == 0o600, "before anything is in it"
        part.write_text("half")
        assert not (tmp_path / "x.parquet").exists()
        part.write_text("whole")
    assert (tmp_path / "x.parquet").read_text() == "whole"
    assert mode(tmp_path / "x.parquet") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_what_duckdb_makes_anew_is_private_too(tmp_path: Path) -> None:
    with staging.writing(tmp_path / "x.parquet") as part:
        duckdb.sql("select 1 as one").write_parquet(str(part))
    assert mode(tmp_path / "x.parquet") == 0o600


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "x").write_text("old")
    with pytest.raises(type(error)), staging.writing(tmp_path / "x") as part:
        part.write_text("new")
        raise error
    assert (tmp_path / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_the_rest_of_a_killed_task_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".x.part").write_text("rest")
    (tmp_path / ".x.part").chmod(0o644)
    with staging.writing(tmp_path / "x") as part:
        assert mode(part) == 0o600
        part.write_text("new")
    assert (tmp_path / "x").read_text() == "new"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "x"),
        OSError(errno.EDQUOT, "x"),
        OSError(errno.EFBIG, "x"),
        duckdb.IOException("Could not write: No space left on device"),
    ],
)
def test_a_full_disk_is_transient_and_leaves_nothing(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(TransientError) as caught, staging.writing(tmp_path / "x"):
        raise error
    assert str(caught.value) == f"staging is full: make room under {tmp_path} and clear the task"
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """/dev/full answers as a full disk does."""
    with (
        pytest.raises(TransientError),
        on_ground(tmp_path),
        Path("/dev/full").open("w", encoding="utf-8") as full,
    ):
        full.write("x")


@pytest.mark.parametrize("error", [OSError("no number"), duckdb.BinderException("no such column")])
def test_another_failure_keeps_its_name(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)), staging.writing(tmp_path / "x"):
        raise error


def test_two_tries_write_beside_each_other_and_each_renames_its_own(tmp_path: Path) -> None:
    with staging.writing(tmp_path / "x") as late, staging.writing(tmp_path / "x") as early:
        early.write_text("early")
        late.write_text("late")
        assert early != late
    assert (tmp_path / "x").read_text() == "late" and len(list(tmp_path.iterdir())) == 1
    assert staging.try_folder(tmp_path / "a") != staging.try_folder(tmp_path / "a")


def test_a_reference_travels_and_finds_its_file(tmp_path: Path) -> None:
    (tmp_path / "x y%20#?.parquet").write_bytes(b"content")
    file = staging.staged(tmp_path / "x y%20#?.parquet", 7)
    assert (file.rows, file.sha256) == (7, hashlib.sha256(b"content").hexdigest())
    assert staging.local(file) == tmp_path / "x y%20#?.parquet"


def test_a_staged_file_that_is_gone_or_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"content")
    file = staging.staged(tmp_path / "x.parquet", 7)
    (tmp_path / "x.parquet").write_bytes(b"Content")
    with pytest.raises(TerminalError, match=r"staged file x\.parquet changed since it was written: clear the run"):
        staging.local(file)
    (tmp_path / "x.parquet").unlink()
    with pytest.raises(TerminalError, match=r"staged file x\.parquet of this run is gone: clear the run"):
        staging.local(file)
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(TerminalError, match="is gone"):
        staging.local(file)


def test_purging_removes_all_and_may_be_repeated(tmp_path: Path) -> None:
    folder = staging.private_folder(tmp_path / "run")
    (folder / "deep").mkdir()
    (folder / "deep" / "x").touch()
    for _ in range(2):
        staging.purge(folder)
        assert not folder.exists()
    assert tmp_path.exists()

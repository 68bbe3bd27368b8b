"""Which night is at work, told by its lock and by what its last task left: nobody else begins or purges beside it."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import RunAtWork
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.tasks.at_work import FILE, SILENCE, at_work, beginning, end_run, is_over
from pipeline.tasks.retention import apply_retention, purge_runs_that_are_over
from tests.support.forks import is_killed


@pytest.fixture
def night(tmp_path: Path) -> Callable[[str], RunContext]:
    def of(run: str) -> RunContext:
        settings = Settings(staging=str(tmp_path / "staging"), data_docs=str(tmp_path / "docs"))
        return RunContext(run, datetime.now(UTC).date(), settings, lambda _: None, lambda: datetime.now(UTC))

    return of


def begins(context: RunContext) -> bool:
    try:
        with beginning(context):
            return True
    except RunAtWork as refused:
        assert "run scheduled__2026-06-15T01:30 is at work" in str(refused) and "tried again" in str(refused)
        return False


def silent(context: RunContext, longer_than: timedelta) -> None:
    """As if nothing had been heard of it for so long."""
    then = (datetime.now(UTC) - longer_than - timedelta(seconds=1)).timestamp()
    for path in (context.folder / FILE, context.folder):
        os.utime(path, (then, then))


def over(context: RunContext) -> bool:
    return is_over(context.folder, datetime.now(UTC), context.settings)


FIRST = "scheduled__2026-06-15T01:30"


def test_a_second_night_begins_once_the_first_is_over(night: Callable[[str], RunContext]) -> None:
    first, second = night(FIRST), night("backfill")
    with beginning(first):
        assert not begins(second) and not over(first)
        with at_work(first):
            assert not begins(second), "two of its deliveries at once"
    assert not begins(second) and not over(first), "between two of its tasks"
    assert begins(first), "its own next try"
    with at_work(first):
        end_run(first)
        assert not over(first) and not begins(second), "`close` itself, or a delivery that goes on"
    assert begins(second) and over(first)
    with at_work(first):
        assert not over(first), "one of its deliveries was cleared"


def test_a_night_that_waits_for_a_person_keeps_its_files_and_holds_up_nobody(
    night: Callable[[str], RunContext],
) -> None:
    first, second = night(FIRST), night("backfill")
    with beginning(first):
        pass
    silent(first, SILENCE)
    assert begins(second) and not over(first)
    silent(first, timedelta(days=1))
    assert over(first)


def test_a_night_that_was_killed_at_work_holds_up_nobody(night: Callable[[str], RunContext]) -> None:
    first, second = night(FIRST), night("backfill")

    def dies() -> None:
        with beginning(first):
            os.kill(os.getpid(), signal.SIGKILL)

    assert is_killed(dies)
    assert begins(second) and not over(first), "it may be cleared, and go on"


def test_of_ten_that_begin_at_once_one_does(night: Callable[[str], RunContext]) -> None:
    """As a backfill: each holds its lock until all were asked."""
    read, write = os.pipe()
    children = []
    for number in range(10):
        if (child := os.fork()) == 0:
            try:
                with beginning(night(f"backfill {number}")):
                    os.write(write, b"1")
                    signal.pause()
            except RunAtWork:
                os.write(write, b"0")
            finally:
                os._exit(0)
        children.append(child)
    os.close(write)  # a child that dies without a word ends the reading
    said = b"".join(os.read(read, 1) for _ in children)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert sorted(said) == sorted(b"0000000001")


def test_only_what_is_over_is_purged(night: Callable[[str], RunContext]) -> None:
    """By the next night and by an hour, however long ago its folder last changed."""
    runs = {name: night(name) for name in ("held", "over", "dead", "ancient")}
    for run in runs.values():
        with at_work(run):
            (run.folder / "snapshot").mkdir()
    end_run(runs["over"])
    silent(runs["dead"], timedelta(days=2))
    silent(runs["ancient"], timedelta(days=20))
    with at_work(runs["held"]):
        os.utime(runs["held"].folder, (0, 0))
        for purge in (purge_runs_that_are_over, apply_retention):
            purge(night("now"))
            left = sorted(path.parent.name for path in night("now").settings.staging_folder.glob("*/snapshot"))
            assert left == ["held"]
    assert not runs["ancient"].folder.exists() and runs["dead"].folder.exists()


def test_what_vanishes_under_a_purge_is_borne(night: Callable[[str], RunContext], tmp_path: Path) -> None:
    staging = night("now").settings.staging_folder
    staging.mkdir(parents=True)
    (staging / "a link to nothing").symlink_to(tmp_path / "gone")
    (elsewhere := tmp_path / "elsewhere" / "snapshot").mkdir(parents=True)
    (staging / "a link").symlink_to(elsewhere.parent)
    os.utime(elsewhere.parent, (0, 0))
    (staging / "a file").write_text("x")
    purge_runs_that_are_over(night("now"))
    apply_retention(night("now"))
    assert elsewhere.exists() and len(list(staging.iterdir())) == 3

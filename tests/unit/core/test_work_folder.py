"""The folder of one task: private, gone in the end, and after a kill with the next task."""

import os
import signal
from pathlib import Path

from pipeline.core.work_folder import work_folder
from tests.support.forks import is_killed


def test_it_is_private_and_goes_with_its_task(tmp_path: Path) -> None:
    with work_folder(tmp_path / "scratch") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "rows").write_text("x")
        with work_folder(tmp_path / "scratch") as other:
            assert folder.is_dir() and other != folder, "a task that is at work beside it is left alone"
        assert (folder / "rows").is_file()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_a_killed_task_left_goes_with_the_next_one(tmp_path: Path) -> None:
    def killed() -> None:
        with work_folder(tmp_path) as folder:
            (folder / "rows").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)

    assert is_killed(killed) and list(tmp_path.glob("*/rows"))
    with work_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []

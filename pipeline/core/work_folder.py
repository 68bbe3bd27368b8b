"""The private folder of one task on this machine, where staging is an object store: nothing in it outlives the task.

A task that is killed cannot remove its folder: the next one on this machine does, since the lock in it is free then.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.core.ground import on_ground
from pipeline.core.lock import try_lock
from pipeline.core.staging import private_folder, purge_leftover

_LOCK = "lock"
_YOUNG_SECONDS = 60
"""A folder gets its name once it is locked; until then it is empty, and this young."""


@contextmanager
def work_folder(root: Path) -> Iterator[Path]:
    """Raises as `on_ground`."""
    sweep(private_folder(root))
    name = secrets.token_hex(8)
    part, folder = private_folder(root / f"new-{name}"), root / f"task-{name}"
    with on_ground(part), (part / _LOCK).open("w", encoding="utf-8") as lock:
        try_lock(lock)
        part.rename(folder)
        try:
            yield folder
        finally:
            purge_leftover(folder)


def sweep(root: Path) -> None:
    """Remove what killed tasks left there."""
    for folder in (*root.glob("task-*"), *root.glob("new-*")):
        if _is_left(folder):
            purge_leftover(folder)


def _is_left(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        if folder.name.startswith("new-") and folder.stat().st_mtime > time.time() - _YOUNG_SECONDS:
            return False
    try:
        with (folder / _LOCK).open(encoding="utf-8") as lock:
            return try_lock(lock)
    except FileNotFoundError:  # its task is removing it, or died while it did
        return folder.is_dir()
    except OSError:  # not ours to read
        return False

"""File locks between processes of one machine (flock): a lock ends when the file is closed or the process dies."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from pipeline.core.ground import only_a_warning


def try_lock(file: IO[str]) -> bool:
    """Lock the file without waiting. False when another process holds the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share_lock(file: IO[str]) -> None:
    """Lock the file beside others that share the lock: `try_lock` is False while any of them holds it."""
    fcntl.flock(file, fcntl.LOCK_SH)


@contextmanager
def courtesy(path: Path, patience_seconds: float) -> Iterator[None]:
    """As `mutex`, and without it where the file cannot be locked: no work fails for want of it."""
    with ExitStack() as stack:
        with only_a_warning("nobody waits for others"):
            stack.enter_context(mutex(path, patience_seconds))
        yield


@contextmanager
def mutex(path: Path, patience_seconds: float) -> Iterator[None]:
    """Wait until no other process is inside the mutex at `path`, but at most `patience_seconds`; then proceed all the
    same: for short work that runs fastest alone."""
    with path.open("a", encoding="utf-8") as file:
        deadline = time.monotonic() + patience_seconds
        while not try_lock(file) and time.monotonic() < deadline:
            time.sleep(0.01)  # flock waits without a bound, or not at all
        yield

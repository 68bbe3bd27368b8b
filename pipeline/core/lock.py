"""File locks between processes of one machine (flock): a lock ends when the file is closed or the process dies."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def try_lock(file: IO[str]) -> bool:
    """Lock the file without waiting. False when another process holds the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def mutex(path: Path, patience_seconds: float) -> Iterator[None]:
    """Wait until no other process is inside the mutex at `path`, but at most `patience_seconds`; then proceed all the
    same: for short work that runs fastest alone."""
    with path.open("a", encoding="utf-8") as file:
        deadline = time.monotonic() + patience_seconds
        while not try_lock(file) and time.monotonic() < deadline:
            time.sleep(0.01)  # flock waits without a bound, or not at all
        yield

"""One process of this machine after the other, for short work that runs fastest alone; not a lock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.lock import try_lock


@contextmanager
def mutex(path: Path, patience_seconds: float) -> Iterator[None]:
    """Wait until no other process is inside the mutex at `path`, but at most `patience_seconds`; then proceed.

    The mutex ends with the block, or with the death of the process.
    """
    with path.open("a") as file:
        deadline = time.monotonic() + patience_seconds
        while not try_lock(file) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield

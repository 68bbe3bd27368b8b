"""A file lock between processes of one machine (flock): the lock ends when the file is closed or the process dies."""

import fcntl
from typing import IO


def try_lock(file: IO[str]) -> bool:
    """Lock the file without waiting. False when another process holds the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

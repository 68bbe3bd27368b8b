"""A file that is written whole, once, and on disk before the caller goes on."""

import os
from contextlib import suppress
from pathlib import Path

_MODE = 0o440


def write_once(path: Path, content: bytes) -> None:
    """Raises FileExistsError when it is there already, another OSError when it cannot be written whole."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError("cut off")
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):  # half a file stays where nothing can be removed
            path.unlink()
        raise
    finally:
        os.close(descriptor)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)

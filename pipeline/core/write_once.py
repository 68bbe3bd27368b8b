"""A file that is written whole, once, and on disk before the caller goes on."""

import os
from contextlib import suppress
from pathlib import Path

from pipeline.core.errors import ObjectGone
from pipeline.core.object_store import ObjectStore

OncePlace = Path | ObjectStore
"""A folder, or a prefix of a store, to which files are only ever added."""

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


def add_once(place: OncePlace, name: str, content: bytes) -> None:
    """As `write_once`, in either kind of place. Raises StoreTransient or StoreRefused too."""
    if isinstance(place, Path):
        write_once(place / name, content)
    else:
        place.create(name, content)


def names_in(place: OncePlace) -> list[str]:
    """Raises OSError, StoreTransient or StoreRefused."""
    if isinstance(place, Path):
        return [entry.name for entry in place.iterdir()]
    return [entry.key for entry in place.entries()]


def read_in(place: OncePlace, name: str) -> bytes:
    """Raises FileNotFoundError, another OSError, StoreTransient or StoreRefused."""
    if isinstance(place, Path):
        return (place / name).read_bytes()
    try:
        return place.get(name)
    except ObjectGone:
        raise FileNotFoundError(name) from None

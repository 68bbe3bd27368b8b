"""Whether a folder of ours is fit for what it holds: there, ours alone, writable, with room. Nothing is written."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.precondition import Precondition, broken, doubtful, met

LEAST_FREE_MB = 2_000
"""Of staging, for one night: half a million parents take 300 MB, and DuckDB spills beside them."""
FEW_FREE_MB = 10_000


@dataclass(frozen=True)
class FolderHealth:
    """`mode` is None where there is no folder; `free_mb` of its disk, or of the nearest folder above it; `repository`:
    the working tree of a version control system that it lies in."""

    path: Path
    mode: int | None
    is_writable: bool
    free_mb: float
    repository: Path | None


def read_folder_health(path: Path) -> FolderHealth:
    """Raises OSError."""
    there = next(each for each in (path, *path.parents) if each.is_dir())
    repository = next((each for each in (path, *path.parents) if (each / ".git").exists()), None)
    disk = os.statvfs(there)
    mode = stat.S_IMODE(path.stat().st_mode) if path.is_dir() else None
    may_write = os.access(there, os.W_OK | os.X_OK, effective_ids=True)
    return FolderHealth(path, mode, may_write, disk.f_bavail * disk.f_frsize / 1e6, repository)


def staging_preconditions(found: FolderHealth) -> Iterator[Precondition]:
    """Of the folder that holds rows about persons between two tasks."""
    yield _room("staging", found)
    if found.mode is not None and found.mode & 0o077:
        yield broken("staging", "mode", f"{found.path} is {found.mode:04o}: chmod 700, for its owner alone")
    else:
        yield met("staging", "mode", "closed to others" if found.mode is not None else "made at the first night, 0700")
    if found.free_mb < LEAST_FREE_MB:
        yield broken("staging", "space", f"{found.free_mb:,.0f} MB free: make room for {LEAST_FREE_MB:,} MB")
    elif found.free_mb < FEW_FREE_MB:
        yield doubtful("staging", "space", f"{found.free_mb:,.0f} MB free, which may be few: make room")
    else:
        yield met("staging", "space", f"{found.free_mb:,.0f} MB free")
    if found.repository:
        says = f"it lies in the repository {found.repository}: see that nothing of it is kept there once it is deleted"
        yield doubtful("staging", "versions", says)
    else:
        yield met("staging", "versions", "in no repository; whether snapshots are made of its disk cannot be seen")


def folder_precondition(about: str, found: FolderHealth, *, must_exist: bool) -> Precondition:
    """Of a folder into which a task only adds."""
    if must_exist and found.mode is None:
        return broken(about, "folder", f"{found.path} is not there, and is never made: mount it, or make it once")
    return _room(about, found)


def _room(about: str, found: FolderHealth) -> Precondition:
    if not found.is_writable:
        return broken(about, "folder", f"this account may not write in {found.path}: give it that right")
    return met(about, "folder", str(found.path))

"""Folders and disks that refuse, for real: a file or a broken link in the place of a folder, another user's, full ones.

Root may write anywhere: so a test as root gives up, for a while, the rights that make it so.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.servers.services import IS_ROOT, SCRATCH

NOBODY = 65534
_OVERRIDES = 0b1110
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER."""
_VERSION_3 = 0x20080522


@contextmanager
def without_overrides() -> Iterator[None]:
    """This thread, and those it begins, may do with files what their modes say; afterwards all that it could."""
    libc = ctypes.CDLL(None, use_errno=True)
    head, before = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, before) == 0
    within = (ctypes.c_uint32 * 6)(*before)
    within[0] &= ~_OVERRIDES
    assert libc.capset(head, within) == 0
    try:
        yield
    finally:
        assert libc.capset(head, before) == 0


def a_file(path: Path) -> None:
    path.write_text("not a folder", encoding="utf-8")


def a_broken_link(path: Path) -> None:
    path.symlink_to(path.with_name("gone"))


def a_circle(path: Path) -> None:
    path.symlink_to(path)


def another_users(path: Path) -> None:
    """As root only: nobody else may give a folder away."""
    path.mkdir(mode=0o700)
    os.chown(path, NOBODY, NOBODY)


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a file": (a_file, "Not a directory|File exists"),
    "a broken link": (a_broken_link, "File exists|No such file or directory"),
    "a circle": (a_circle, "Too many levels of symbolic links|File exists"),
    **({"another user's": (another_users, "Permission denied|Operation not permitted")} if IS_ROOT else {}),
}
"""What may be in the place of a folder, and the system's reason."""


@cache
def may_mount() -> bool:
    """Root in a container often may not."""
    with TemporaryDirectory(dir=_scratch()) as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0


def _scratch() -> Path:
    SCRATCH.mkdir(exist_ok=True)
    return SCRATCH


@contextmanager
def mounted(path: Path, *, read_only: bool, holding: Path | None = None) -> Iterator[None]:
    """A disk of 64 kB at the folder: full, or read-only; of a megabyte with what a folder holds."""
    path.mkdir(parents=True, exist_ok=True)
    size = "1m" if holding else "64k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=True)
    try:
        if holding:
            shutil.copytree(holding, path, dirs_exist_ok=True)
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", str(path)], check=True)
        else:
            with (path / "filler").open("wb", buffering=0) as file, _until_full():
                while True:
                    file.write(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@contextmanager
def _until_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        assert error.strerror == "No space left on device"

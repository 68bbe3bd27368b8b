"""What the tests' real services share: where they may keep their files, ports, and what to do without one.

A service that cannot be had raises `Missing` with the reason, and the tests that need it are left out, or fail where
REQUIRE_SERVICES=1. `.ci/services` installs all of them. Each listens on 127.0.0.1, on a free port, and is stopped by
who started it.
"""

import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

SCRATCH = Path(__file__).parents[3] / ".test"
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
IS_ROOT = os.geteuid() == 0
FIRST = "run .ci/services first"


class Missing(Exception):
    """A service that this machine does not have: which, and why."""


@contextmanager
def or_left_out(service: AbstractContextManager[T]) -> Iterator[T]:
    """The running service, or the end of the tests that need it."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(service)
        except Missing as missing:
            leave_out(missing)
        yield running


def leave_out(missing: Missing) -> None:
    if REQUIRED:
        pytest.fail(f"REQUIRE_SERVICES=1, but {missing}", pytrace=False)
    pytest.skip(str(missing))


@contextmanager
def own_folder(base: Path, name: str) -> Iterator[Path]:
    """A folder that any user may enter, gone afterwards."""
    folder = base / f"{name}-{os.getpid()}"
    folder.mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on, and that no other call gives.

    The system's own choice would not do: whoever asks for any port meanwhile may get the same one.
    """
    return next(port for port in _PORTS if _is_free(port))


def _ports() -> Iterator[int]:
    """A thousand ports of this worker's own, below those that the system gives out (32768 on Linux), in a circle.

    It begins where the process's number says, since the tests of another checkout may run too.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 12_000 + 1000 * (worker % 20)
    return (first + place % 1000 for place in count(os.getpid()))


_PORTS = _ports()


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def wait_for(what: str, look: Callable[[], T | None], seconds: float = 180, pause: float = 0.02) -> T:
    """What `look` gives once it gives something; AssertionError, naming it, when that takes too long."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(pause)
    return found


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(process: "subprocess.Popen[bytes]", port: int, log: Path) -> Iterator[None]:
    """Until it listens, and as long as the block takes."""
    try:
        wait_for(f"{process.args} to listen", lambda: process.poll() is not None or listens(port))
        if process.poll() is not None:
            pytest.fail(f"{process.args} ended: {log.read_text(encoding='utf-8') if log.exists() else 'no log'}")
        yield
    finally:
        process.terminate()
        process.wait()


def _ancestors(folder: Path) -> list[os.stat_result]:
    return [path.stat() for path in (folder, *folder.parents) if path.exists()]


def may_hold_chroots(folder: Path) -> bool:
    """sshd's own rule: every folder above belongs to root, and nobody else may write in it."""
    return all(seen.st_uid == 0 and not seen.st_mode & 0o022 for seen in _ancestors(folder))


def may_be_entered(folder: Path) -> bool:
    """By a user that is neither its owner nor of its group."""
    return all(seen.st_mode & stat.S_IXOTH for seen in _ancestors(folder))


def first_place(places: tuple[Path, ...], fits: Callable[[Path], bool], otherwise: str) -> Path:
    for place in places:
        if fits(place) and (place == SCRATCH or place.is_dir()):
            return place
    raise Missing(otherwise)


@contextmanager
def found_chromium() -> Iterator[Path]:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            yield Path(path)
            return
    raise Missing("Chromium: not installed")

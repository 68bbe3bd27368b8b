"""The programs that the demo starts: each in a session of its own, of which nothing is left once the demo ends."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

STOPS_WITHIN_SECONDS = 10.0
"""So long a program may take to end by itself once it was asked to; what is left of it then is killed."""

_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def running(
    command: Sequence[str], log: IO[str], environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a program, which writes to `log`; it ends with us, with all that it started.

    A terminal's Ctrl-C reaches us alone, so that one place decides how everything ends.
    """
    process = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        yield process
    finally:
        with _uninterrupted():
            _end(process)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C would leave behind what the first one is ending."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _INTERRUPTIONS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Politely, then not."""
    _signal(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOPS_WITHIN_SECONDS)
    deadline = time.monotonic() + STOPS_WITHIN_SECONDS
    while _signal(process.pid, signal.SIGKILL) and time.monotonic() < deadline:
        process.poll()
        time.sleep(0.05)  # nobody tells us when a child of a child is gone
    process.wait()


def _signal(leader: int, number: signal.Signals) -> bool:
    """To every process of the session; whether there is any. Airflow gives each task a process group of its own."""
    found = [int(entry.name) for entry in Path("/proc").glob("[1-9]*")] or [leader]
    members = [pid for pid in found if _session_of(pid) == leader]
    for pid in members:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return bool(members)


def _session_of(pid: int) -> int | None:
    with suppress(ProcessLookupError, PermissionError):
        return os.getsid(pid)
    return None

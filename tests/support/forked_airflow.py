"""`airflow` commands, each in a process of its own that has the libraries already.

They take longer to import than a small night takes. What imports them once is a process that pytest starts, and every
command is forked from it. Airflow itself is not among them: it reads its home and its settings as it is imported, so
each command imports it under its own environment.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.forkserver import ensure_running
from multiprocessing.util import get_temp_dir
from pathlib import Path
from signal import SIGKILL

from tests.support.measured import unmeasured
from tests.support.servers.services import SCRATCH

LIBRARIES = (
    "a2wsgi",
    "cadwyn",
    "fastapi",
    "httpx",
    "libcst",
    "pendulum",
    "pipeline.source.judge",
    "pipeline.tasks.housekeeping",
    "pipeline.tasks.nightly_delivery",
    "sqlalchemy.ext.asyncio",
)


def start_airflow(
    arguments: tuple[str, ...], environment: dict[str, str], folder: Path, log: Path
) -> ForkServerProcess:
    """In a process group of its own; the log is appended to."""
    process = _forking().Process(target=_run, args=(arguments, environment, folder, log), daemon=True)
    process.start()
    return process


def ended(process: ForkServerProcess, seconds: float = 600) -> int:
    """Its exit code, as `subprocess` gives it. What takes longer is killed."""
    process.join(seconds)
    if process.exitcode is None:
        kill(process)
    assert process.exitcode is not None
    return process.exitcode


def kill(process: ForkServerProcess) -> None:
    """With all that it started."""
    assert process.pid is not None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, SIGKILL)
    process.join(30)


@cache
def _forking() -> ForkServerContext:
    """Coverage does not look into it, nor into what is forked from it."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, *LIBRARIES])
    with unmeasured(), _own_folder():
        ensure_running()
    return context


@contextmanager
def _own_folder() -> Iterator[None]:
    """multiprocessing removes its folder as Python ends, and the tests' own is gone by then."""
    before, tempfile.tempdir = tempfile.tempdir, str(SCRATCH)
    try:
        get_temp_dir()
        yield
    finally:
        tempfile.tempdir = before


def _run(arguments: tuple[str, ...], environment: dict[str, str], folder: Path, log: Path) -> None:
    """As the script `airflow` does, whose exit code is this process's."""
    os.setsid()
    with log.open("ab") as stream:
        for output in (1, 2):
            os.dup2(stream.fileno(), output)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # the new environment says where
    sys.argv = ["airflow", *arguments]
    from airflow.__main__ import main

    main()

"""Processes with the libraries that Airflow and a night take, which take longer to import than a small night does.

What imports them once is a process that pytest starts, and others are forked from it. Airflow itself is not among them:
it reads its home and its settings as it is imported (airflow_commands.py, airflow_components.py).
"""

import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.forkserver import ensure_running
from multiprocessing.util import get_temp_dir
from pathlib import Path
from signal import SIGKILL
from typing import NoReturn

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


def kill(process: ForkServerProcess) -> None:
    """With all that it started."""
    assert process.pid is not None
    kill_group(process.pid)
    process.join(30)


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, SIGKILL)


@cache
def forking() -> ForkServerContext:
    """What makes processes with the libraries. Coverage does not look into them."""
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


def as_airflow(environment: dict[str, str], folder: Path, log: Path) -> None:
    """This process becomes one that an `airflow` command may run in: nothing of it is the tests' any more."""
    os.setsid()
    with log.open("ab") as stream:
        for output in (1, 2):
            os.dup2(stream.fileno(), output)
    for text in (sys.stdout, sys.stderr):
        text.reconfigure(line_buffering=True)  # its log is read meanwhile
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # the new environment says where


def run_airflow(arguments: tuple[str, ...]) -> NoReturn:
    """As the script `airflow` does, whose exit code is this process's: it was forked, and has nothing else to end."""
    code = 1
    try:
        from airflow.__main__ import main

        sys.argv = ["airflow", *arguments]
        main()
        code = 0
    except SystemExit as end:
        print(end, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        if sys.exc_info()[0]:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)

"""DuckDB computes in one thread while a test runs: in a small world a second one gains nothing, and costs a quarter.

A module marked `many_threads` keeps what the settings say, and so does every process that a test starts: there the
threads themselves are looked at, such as a reader that breaks off in one of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import duckdb
import pytest

from pipeline.core.kept_duckdb import close_idle


@contextmanager
def in_one_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", partial(_connect, duckdb.connect))
        yield


@contextmanager
def in_its_threads() -> Iterator[None]:
    """As the settings say; what was started for one thread is not taken, and nothing of this is kept."""
    close_idle()
    try:
        yield
    finally:
        close_idle()


def _connect(connect: Any, *arguments: Any, config: dict[str, Any] | None = None, **more: Any) -> Any:
    return connect(*arguments, config={**(config or {}), "threads": 1}, **more)

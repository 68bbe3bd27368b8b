"""The quick tests stay quick: Airflow, a browser and a server are refused while they run, and the lists name files."""

import subprocess
import sys

import pytest

from tests.support import PROJECT
from tests.support.quick import NOT_QUICK, QUICK, is_quick

HOOKED = "import sys; from tests.support.quick import forbid; sys.addaudithook(forbid); "


@pytest.mark.parametrize(
    "act",
    [
        "import airflow",
        "from airflow.sdk import dag",
        "import playwright.sync_api",
        "import socket; socket.create_server(('127.0.0.1', 0))",
        "import asyncio; asyncio.run(asyncio.start_server(print, '127.0.0.1', 0))",
    ],
)
def test_what_is_not_quick_is_refused(act: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOOKED + act], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "list its file in tests/support/quick.py" in done.stderr


def test_anything_else_is_not() -> None:
    act = "import duckdb, asyncssh, socket; socket.socketpair(); duckdb.sql('select 1').fetchall()"
    subprocess.run([sys.executable, "-c", HOOKED + act], cwd=PROJECT, check=True)


@pytest.mark.parametrize("path", [*QUICK, *NOT_QUICK])
def test_each_path_is_there(path: str) -> None:
    assert any(str(file.relative_to(PROJECT)).startswith(path) for file in PROJECT.glob("tests/**/test_*.py"))


def test_the_second_list_takes_from_the_first() -> None:
    assert is_quick("tests/unit/core/test_insz.py")
    assert not is_quick("tests/unit/source/test_check_lies.py") and not is_quick("tests/e2e/test_search.py")

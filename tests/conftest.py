"""Fixtures for real services, tests' files kept inside the project, and a list of what was left out and why."""

import gc
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from xdist.remote import Producer

from tests.support import PROJECT
from tests.support.measured import measured_among, unmeasured
from tests.support.one_thread import in_its_threads, in_one_thread
from tests.support.order import LongestFirst, SaidAtOnce, rank, scheduling, shuffled
from tests.support.quick import forbid, is_quick
from tests.support.rewritten import rewrite_share
from tests.support.servers.gnupg import Gpg, run_gnupg
from tests.support.servers.openssh import OpenSsh, run_openssh
from tests.support.servers.other_servers import run_gesftpserver, run_proftpd
from tests.support.servers.postgres import run_postgres
from tests.support.servers.services import REQUIRED, SCRATCH, found_chromium, or_left_out
from tests.support.sparing import spared

MEASURED = pytest.StashKey[frozenset[str]]()
"""The tests that coverage looks into."""


@pytest.fixture(scope="session")
def openssh() -> Iterator[OpenSsh]:
    """A real sshd with chroot accounts."""
    with or_left_out(run_openssh()) as server:
        yield server


@pytest.fixture(scope="session")
def proftpd() -> Iterator[OpenSsh]:
    """A real ProFTPD with the same accounts."""
    with or_left_out(run_proftpd()) as server:
        yield server


@pytest.fixture(scope="session")
def plain_proftpd() -> Iterator[OpenSsh]:
    """One that offers neither posix-rename nor fsync."""
    with or_left_out(run_proftpd(plain=True)) as server:
        yield server


@pytest.fixture(scope="session")
def gesftpserver() -> Iterator[OpenSsh]:
    """A real gesftpserver behind sshd."""
    with or_left_out(run_gesftpserver()) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A real PostgreSQL: gives the address of a fresh database at each call."""
    with or_left_out(run_postgres()) as fresh_database:
        yield fresh_database


@pytest.fixture(scope="session")
def gnupg() -> Iterator[Gpg]:
    """The real gpg, with a keyring of its own."""
    with or_left_out(run_gnupg()) as keyring:
        yield keyring


@pytest.fixture
def new_gnupg() -> Iterator[Gpg]:
    """Likewise, with a keyring that nobody used before."""
    with or_left_out(run_gnupg("new")) as keyring:
        yield keyring


@pytest.fixture(scope="session")
def chromium() -> Iterator[Path]:
    """The browser's executable."""
    with or_left_out(found_chromium()) as browser:
        yield browser


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="the quick tests alone: tests/support/quick.py")
    parser.addoption("--shuffle", type=int, metavar="SEED", help="the files, and the tests of each, in another order")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """None: as pytest itself decides."""
    is_left_out = collection_path.suffix == ".py" and not is_quick(str(collection_path.relative_to(PROJECT)))
    return True if config.option.quick and is_left_out else None


def pytest_configure(config: pytest.Config) -> None:
    """Tests write in the project only: a folder for each process, since several may run at once."""
    SCRATCH.mkdir(exist_ok=True)
    if config.option.basetemp is None:
        _sweep()
        config.option.basetemp = str(SCRATCH / f"pytest-{os.getpid()}")
    folder = SCRATCH / f"tmp-{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    if config.option.quick:
        sys.addaudithook(forbid)


def pytest_unconfigure() -> None:
    shutil.rmtree(SCRATCH / f"tmp-{os.getpid()}", ignore_errors=True)


def _sweep() -> None:
    """What earlier runs left behind, for a look at what failed; a run that still goes on keeps its own."""
    for folder in SCRATCH.glob("*-*"):
        process = folder.name.rpartition("-")[2]
        if process.isdigit() and not _lives(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[MEASURED] = measured_among(item.nodeid for item in items)
    items.sort(key=lambda item: rank(item.nodeid))
    if config.option.shuffle is not None:
        items[:] = shuffled(items, config.option.shuffle)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the garbage collector looks at it once, and never again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Workers collect alike: coverage looks into the first of them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        with unmeasured():
            rewrite_share(session.config)
    with nullcontext() if worker in (None, "gw0") else unmeasured():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Where workers run the tests, coverage looks into them, not into the process that hears of it."""
    with unmeasured() if session.config.pluginmanager.has_plugin("dsession") else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """With what a test's fixtures set up and take down."""
    measuring = nullcontext() if item.nodeid in item.config.stash[MEASURED] else unmeasured()
    threads = in_its_threads() if item.get_closest_marker("many_threads") else in_one_thread()
    with measuring, threads, spared(item.nodeid):
        return (yield)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LongestFirst:
    return scheduling(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    if reporter := session.config.pluginmanager.get_plugin("terminalreporter"):
        session.config.pluginmanager.register(SaidAtOnce(reporter))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where every service is required, nothing at all may be left out."""
    if REQUIRED and session.exitstatus == pytest.ExitCode.OK and _left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nothing is skipped in silence."""
    if left_out := _left_out(terminalreporter.config):
        terminalreporter.section("left out, and why")
        for reason, tests in sorted(left_out.items()):
            terminalreporter.line(f"{tests:5} test{'s' if tests > 1 else ' '}  {reason}")
        if REQUIRED:
            terminalreporter.line("REQUIRE_SERVICES=1: nothing may be left out, so this run failed", red=True)


def _left_out(config: pytest.Config) -> Counter[str]:
    """Tests left out, by reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    return Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)

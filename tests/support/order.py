"""In which order the suite runs where several files run at once, and each failure said as soon as it is there.

A file is one worker's, with what it sets up once (xdist's own `loadgroup` would do that by marks, but puts the group's
name into the name of every test, and then none can be copied into ARGS). The longest begin first, since one that begins
last is waited for alone. Some folders are all one worker's: the nights under a real Airflow, since they wait while
others compute, and files that need what takes seconds to import, as Airflow and the overview's charts do.
"""

from itertools import groupby
from random import Random

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

UNDER_AIRFLOW = "tests/e2e/"
TOGETHER = (UNDER_AIRFLOW, "tests/dags/", "tests/integration/answers/overview/", "tests/unit/answers/overview/")
"""Folders whose files are all one worker's."""
LONGEST = (
    UNDER_AIRFLOW,
    "tests/property/test_nights_machine.py",
    "tests/unit/gate/test_now_not_then.py",
    "tests/integration/tasks/test_noes_not_lost.py",
    "tests/integration/tasks/",
    "tests/integration/delivery/test_now_over_sftp.py",
    "tests/integration/delivery/test_crash_",
    "tests/integration/followup/",
    "tests/unit/gate/test_no_bypass.py",
    "tests/integration/ledger/test_ledger_kill.py",
    "tests/unit/delivery/test_publish_crash.py",
    "tests/property/",
    "tests/integration/answers/overview/",
    "tests/unit/answers/overview/",
    "tests/unit/source/test_check_",
    "tests/unit/gate/replay/",
    "tests/unit/demo/test_world_",
)
"""How their paths begin; as `--durations` tells. The others follow as they were collected."""


class LongestFirst(LoadFileScheduling):
    """As `--dist loadfile`, but that everything in a folder of TOGETHER counts as one file."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))


class SaidAtOnce:
    """The log of a run that is cut off tells what had failed by then."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = crash.message.partition("\n")[0][:300] if crash else ""
            self.reporter.line(f"\nFAILED {report.nodeid} ({report.when}) {why}", red=True)


def rank(nodeid: str) -> int:
    """The place among the longest."""
    return next((place for place, path in enumerate(LONGEST) if nodeid.startswith(path)), len(LONGEST))


def shuffled(items: list[pytest.Item], seed: int) -> list[pytest.Item]:
    """Files in any order, and so are the tests of each; a file stays together, with what it sets up once.

    A file marked `in_order` keeps the order of its tests. Off unless `--shuffle SEED` is given: all workers must order
    alike, and what fails must fail again.
    """
    chance = Random(seed)
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    chance.shuffle(files)
    for tests in files:
        if not tests[0].get_closest_marker("in_order"):
            chance.shuffle(tests)
    return [test for tests in files for test in tests]


def scheduling(config: pytest.Config, log: Producer) -> LongestFirst:
    config.option.loadscopereorder = False  # else the files with many tests come first, however short
    return LongestFirst(config, log)

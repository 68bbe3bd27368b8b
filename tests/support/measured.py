"""Where coverage does not look: in long files that run hardly a line which no measured file runs, and in all but the
first cases of a test that needs a server or a database. It makes whatever Python does a third longer, of pipeline/ or
not.

What it tells is then less than what the suite runs, never more. The lines of pipeline/ that only such a file or case
runs count as uncovered, and a file has to come off the list if the gate (pyproject.toml) is not met.
"""

import os
import posix
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from coverage import Coverage
from coverage.collector import Collector

IN_CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage starts in child processes (`patch = subprocess`)."""
UNMEASURED = (
    "tests/e2e/test_dags_test.py",
    "tests/e2e/test_nothing_leaks.py",
    "tests/e2e/test_under_a_scheduler.py",
    "tests/integration/delivery/test_crash_",
    "tests/integration/delivery/test_fetch_while_replaced.py",
    "tests/integration/delivery/test_now_over_sftp.py",
    "tests/integration/delivery/test_recipient_",
    "tests/integration/followup/test_followup_openssh.py",
    "tests/integration/followup/test_replacement_killed.py",
    "tests/integration/indicators/test_sheets_delivered.py",
    "tests/integration/ledger/test_ledger_kill.py",
    "tests/integration/ledger/test_ledger_redaction.py",
    "tests/integration/source/test_any_value.py",
    "tests/integration/source/test_impossible_values.py",
    "tests/integration/tasks/test_cleared_in_any_order.py",
    "tests/integration/tasks/test_feeds_that_lie.py",
    "tests/integration/tasks/test_housekeeping_killed.py",
    "tests/integration/tasks/test_load_under_way.py",
    "tests/integration/tasks/test_night_answered.py",
    "tests/integration/tasks/test_night_bad_input.py",
    "tests/integration/tasks/test_night_in_a_locale.py",
    "tests/integration/tasks/test_night_odd_values.py",
    "tests/integration/tasks/test_night_sealed.py",
    "tests/integration/tasks/test_night_shapes.py",
    "tests/property/",
    "tests/sql/",
    "tests/unit/answers/overview/test_overview_annex.py",
    "tests/unit/answers/overview/test_overview_page.py",
    "tests/unit/answers/overview/test_overview_pictures.py",
    "tests/unit/delivery/test_deliver.py",
    "tests/unit/delivery/test_publish_crash.py",
    "tests/unit/delivery/test_told_after_a_death.py",
    "tests/unit/demo/test_world_",
    "tests/unit/followup/test_reconcile.py",
    "tests/unit/gate/replay/",
    "tests/unit/gate/test_explain.py",
    "tests/unit/gate/test_no_bypass.py",
    "tests/unit/gate/test_now_not_then.py",
    "tests/unit/gate/test_suppression.py",
    "tests/unit/source/test_check_",
    "tests/unit/support/test_mutation.py",
)
"""How their paths begin."""
FIRST_CASES = "tests/integration/"
"""How the paths of these tests begin: one on two databases and five kinds of hosts runs the same lines on most."""
ALL_CASES = "tests/integration/delivery/sftp/test_hostile_hosts.py"
"""But of this one, each of which has a behaviour of its own."""
CASES = 12
"""So many of each of them are measured, as they are written."""


def measured_among(nodeids: Iterable[str]) -> frozenset[str]:
    """The tests that coverage looks into, of all in the order in which they were collected."""
    cases: Counter[str] = Counter()
    found = []
    for nodeid in nodeids:
        test = nodeid.partition("[")[0]
        cases[test] += 1
        is_further = cases[test] > CASES and nodeid.startswith(FIRST_CASES) and not nodeid.startswith(ALL_CASES)
        if not is_further and not nodeid.startswith(UNMEASURED):
            found.append(nodeid)
    return frozenset(found)


@contextmanager
def unmeasured() -> Iterator[None]:
    """Coverage, where it runs, pauses in this process, and does not begin in those that are started meanwhile.

    It is its collector that pauses: each `Coverage.start` wraps `os._exit` once more (`patch = _exit`), and a process
    that is forked would save what was measured so far as often as that, or end in a RecursionError and go on as pytest.
    """
    collector, inherited, leave = _collecting(), os.environ.pop(IN_CHILDREN, None), os._exit
    if collector:
        collector.stop()
        os._exit = posix._exit
    try:
        yield
    finally:
        if collector:
            collector.start()
            os._exit = leave
        if inherited is not None:
            os.environ[IN_CHILDREN] = inherited


def _collecting() -> Collector | None:
    """None where coverage does not run, or pauses already."""
    running = Coverage.current()
    return running._collector if running and running._collector in Collector._collectors else None

"""Coverage pauses and goes on, however often, and a process that is forked afterwards ends when it says so; and which
tests it looks into."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROJECT
from tests.support.measured import ALL_CASES, CASES, FIRST_CASES, IN_CHILDREN, UNMEASURED, measured_among

SCRIPT = """
import os
from tests.support.measured import unmeasured
leave = os._exit
for _ in range(1200):
    with unmeasured(), unmeasured():
        assert os._exit is not leave, "nothing is saved meanwhile"
    assert os._exit is leave
if os.fork() == 0:
    os._exit(7)
_, status = os.wait()
assert os.waitstatus_to_exitcode(status) == 7
"""


def test_a_fork_ends_however_often_coverage_paused(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "coverage", "run", f"--data-file={tmp_path / 'data'}", str(tmp_path / "script.py")]
    environment = {name: value for name, value in os.environ.items() if name != IN_CHILDREN}
    subprocess.run(command, cwd=PROJECT, env=environment | {"PYTHONPATH": str(PROJECT)}, check=True, timeout=60)


def test_of_a_test_with_servers_the_first_cases_are_measured_and_of_any_other_all() -> None:
    alone, whole = f"{FIRST_CASES}test_a.py::test_alone", ("tests/unit/test_b.py", ALL_CASES)
    of_servers = [f"{FIRST_CASES}test_a.py::test_{name}[{n}]" for name in "ab" for n in range(CASES + 6)]
    first = {test for test in of_servers if test.endswith(tuple(f"[{n}]" for n in range(CASES)))}
    others = [f"{path}::test_b[{n}]" for path in whole for n in range(9)]
    assert measured_among([alone, *of_servers, *others]) == {alone, *first, *others}


def test_what_has_all_its_cases_measured_is_there() -> None:
    assert (PROJECT / ALL_CASES).exists()


@pytest.mark.parametrize("path", UNMEASURED)
def test_each_file_that_is_not_measured_is_there(path: str) -> None:
    found = [str(file.relative_to(PROJECT)) for file in PROJECT.glob("tests/**/test_*.py")]
    here = [file for file in found if file.startswith(path)]
    assert here and measured_among(f"{file}::test_a" for file in here) == frozenset()

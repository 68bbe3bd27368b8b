"""The tests of tests/sql over another copy of the SQL, in a process of their own; prints the first that fails."""

import subprocess
import sys
from pathlib import Path

import pytest

import pipeline.core.engine as adapter

PROJECT = Path(__file__).parents[2]
MARK = "first failure: "


def failed_test(file: str) -> tuple[str, str] | None:
    """The first test that fails over the SQL that this process has now: ("sql tests", its name).

    The row checks run before the gate, and no file of the gate with them.
    """
    asked = {"gate": "test_gate_files.py", "gate/clocks": "test_gate_clocks.py"}.get(str(Path(file).parent), "")
    command = [sys.executable, "-m", "tests.mutation.sql_tests", str(adapter.SQL), asked]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    named = [line.removeprefix(MARK) for line in ended.stdout.splitlines() if line.startswith(MARK)]
    return None if ended.returncode == 0 else ("sql tests", named[0] if named else f"pytest: {ended.returncode}")


class FirstFailure:
    """Remembers which test failed."""

    name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.name = self.name or report.nodeid


def main(sql: str, asked: str) -> int:
    adapter.SQL, first = Path(sql), FirstFailure()
    ended = pytest.main(["-x", "-q", str(PROJECT / "tests" / "sql" / asked)], plugins=[first])
    print(f"\n{MARK}{first.name}" if first.name else "")
    return ended


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

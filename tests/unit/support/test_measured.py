"""Coverage pauses and goes on, however often, and a process that is forked afterwards ends when it says so."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support import PROJECT
from tests.support.measured import IN_CHILDREN

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

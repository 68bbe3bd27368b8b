"""What the tests of every DAG have in common: where the files are, what an error leads to, what parsing one costs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.core import errors
from tests.support import PROJECT
from tests.support.night import bare_environment

DAGS = PROJECT / "dags"
TRANSIENT = (
    "TransientError",
    "AgencyUnreachable",
    "LoadUnderWay",
    "LedgerUnavailable",
    "LedgerConflict",
    "DeliveryTransient",
)
TERMINAL = ("TerminalError", "FeedError", "SettingsError", "DeliveryRefused")

_TOO_HEAVY = ("pandas", "pyarrow", "duckdb", "great_expectations", "paramiko", "altair")
_PARSE = """
import json, runpy, sys, time
import airflow.sdk
began = time.process_time()
runpy.run_path(sys.argv[1])
seconds = time.process_time() - began
print(json.dumps({"seconds": seconds, "modules": list(sys.modules)}))
"""


def decided(task: Any, name: str) -> str:
    """What the task's policy makes of that error at its first try."""
    error = getattr(errors, name)("no value in it")
    return str(task.retry_policy.evaluate(error, try_number=1, max_tries=4).action.value)


def assert_light(file: str, scratch: Path) -> None:
    """A DAG file is parsed again in every task: it is quick once Python has compiled it, and imports nothing heavy."""
    first, again = _parsed(file, scratch), _parsed(file, scratch)
    assert [name for name in _TOO_HEAVY if name in first["modules"]] == []
    assert min(first["seconds"], again["seconds"]) < 0.5


def _parsed(file: str, scratch: Path) -> Any:
    """The CPU seconds of one parse in a process of its own, and the modules that it loaded."""
    parsed = subprocess.run(
        [sys.executable, "-c", _PARSE, str(DAGS / file)],
        env=bare_environment() | {"AIRFLOW_HOME": str(scratch / "airflow"), "HOME": str(scratch)},
        cwd=scratch,
        capture_output=True,
        timeout=300,
        check=True,
    )
    return json.loads(parsed.stdout.splitlines()[-1])

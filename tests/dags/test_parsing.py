"""A DAG file is parsed again in every task: it is quick once Python has compiled it, and imports nothing heavy."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dags.dag_files import DAGS
from tests.support.night import bare_environment

FILES = sorted(path.name for path in DAGS.glob("*.py"))
TOO_HEAVY = ("pandas", "pyarrow", "duckdb", "great_expectations", "paramiko", "altair", "pipeline.core.model")
PARSE_EACH = """
import json, os, runpy, sys, time
import airflow.sdk
for file in sys.argv[1:]:
    if os.fork() == 0:
        began = time.process_time()
        runpy.run_path(file)
        seconds = time.process_time() - began
        print(json.dumps({"file": file, "seconds": seconds, "modules": list(sys.modules)}), flush=True)
        os._exit(0)
    _, status = os.wait()
    assert status == 0, file
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """By file, two parses, each in a process of its own that has Airflow's SDK and nothing else of ours: the CPU
    seconds, and the modules that it then had."""
    scratch = tmp_path_factory.mktemp("parsing")
    ended = subprocess.run(
        [sys.executable, "-c", PARSE_EACH, *(str(DAGS / file) for file in 2 * FILES)],
        env=bare_environment() | {"AIRFLOW_HOME": str(scratch / "airflow"), "HOME": str(scratch)},
        cwd=scratch,
        capture_output=True,
        timeout=300,
        check=True,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    return {file: [line for line in lines if Path(line["file"]).name == file] for file in FILES}


@pytest.mark.parametrize("file", FILES)
def test_it_is_parsed_fast_and_imports_nothing_heavy(parsed: dict[str, list[Any]], file: str) -> None:
    first, again = parsed[file]
    assert [name for name in TOO_HEAVY if name in first["modules"]] == []
    assert min(first["seconds"], again["seconds"]) < 0.5

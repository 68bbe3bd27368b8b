"""What the command line answers without a database: its version, the DAG folder, and its help at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.main import main

HEAVY = ("duckdb", "importlib.metadata", "jinja2", "numpy", "pandas", "pyarrow", "rich", "sqlalchemy")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == "gegevensdeling 0.1.0\n"


def test_the_dags_folder_has_every_dag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dags-folder"]) == 0
    names = {path.name for path in Path(capsys.readouterr().out.strip()).glob("*.py")}
    assert names == {"authorities_overview.py", "housekeeping.py", "nightly_delivery.py"}


def test_reading_the_arguments_imports_nothing_heavy() -> None:
    code = (
        f"import sys, pipeline.cli.main as cli; cli.command_parser(); sys.exit(bool({{*sys.modules}} & {{*{HEAVY}}}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Which executor Airflow has: from its environment, else from its own file, without parsing that file whole."""

import re
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r"^executor[ \t]*=[ \t]*(\S.*)$", re.MULTILINE)
_DEFAULT = "LocalExecutor"


def executor_of(environment: Mapping[str, str]) -> str:
    """As Airflow's setting has it: one name or several, with commas."""
    if told := environment.get("AIRFLOW__CORE__EXECUTOR"):
        return told
    home = Path(environment.get("AIRFLOW_HOME") or Path.home() / "airflow")
    try:
        found = _LINE.search(Path(environment.get("AIRFLOW_CONFIG") or home / "airflow.cfg").read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return _DEFAULT
    return found[1] if found else _DEFAULT

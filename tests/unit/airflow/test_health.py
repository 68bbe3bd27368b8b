"""What `doctor` makes of Airflow's own tables: which standing each of its preconditions has."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.airflow.health import DAGS, AirflowHealth, airflow_preconditions, read_airflow_health
from pipeline.core.errors import TransientError

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WELL = AirflowHealth(
    executor="LocalExecutor",
    paused=dict.fromkeys(DAGS, False),
    pools={"deliveries": 8},
    import_errors=0,
    last=dict.fromkeys(DAGS, NOW - timedelta(hours=8)),
)


def not_met(found: AirflowHealth, is_ledger_sqlite: bool = True) -> list[tuple[str, str]]:
    judged = airflow_preconditions(found, NOW, is_ledger_sqlite=is_ledger_sqlite)
    return [(each.what, each.standing.value) for each in judged if each.standing != "met"]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (WELL, []),
        (replace(WELL, executor="CeleryExecutor"), [("executor", "broken")]),
        (replace(WELL, pools={}), [("pool", "broken")]),
        (replace(WELL, pools={"deliveries": 20}), [("pool", "doubtful")]),
        (replace(WELL, import_errors=1), [("files", "broken")]),
        (replace(WELL, paused={}), [(dag, "broken") for dag in DAGS]),
        (replace(WELL, paused=WELL.paused | {DAGS[0]: True}), [(DAGS[0], "broken")]),
        (replace(WELL, last={}), [(dag, "doubtful") for dag in DAGS]),
        (replace(WELL, last=WELL.last | {DAGS[0]: NOW - timedelta(hours=27)}), [(DAGS[0], "broken")]),
    ],
)
def test_each_precondition_has_its_standing(found: AirflowHealth, says: list[tuple[str, str]]) -> None:
    assert not_met(found) == says


def test_celery_goes_with_a_ledger_on_postgresql() -> None:
    assert not_met(replace(WELL, executor="CeleryExecutor"), is_ledger_sqlite=False) == []


def test_its_settings_are_found_as_airflow_finds_them(tmp_path: Path) -> None:
    home = {"AIRFLOW_HOME": str(tmp_path)}
    assert read_airflow_health(home) is None
    with closing(sqlite3.connect(tmp_path / "other.db")):
        pass
    (tmp_path / "airflow.cfg").write_text(f"[database]\nsql_alchemy_conn = sqlite:///{tmp_path}/other.db\n", "utf-8")
    with pytest.raises(TransientError, match=r"its database cannot be read .*airflow db migrate"):
        read_airflow_health(home)


def test_airflow_itself_is_not_loaded_nor_is_its_home_made(tmp_path: Path) -> None:
    code = "import sys, pipeline.airflow.health; sys.exit('airflow' in sys.modules)"
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "home")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    assert not (tmp_path / "home").exists()

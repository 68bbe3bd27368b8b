"""Airflow's database, made once for all nights under `airflow dags test`."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.night import House, bare_environment


@pytest.fixture(scope="session")
def with_airflow(tmp_path_factory: pytest.TempPathFactory) -> Callable[[House], House]:
    """Gives a house its own copy of a database that is ready for use: each test is saved the seconds to make one."""
    home = tmp_path_factory.mktemp("airflow")
    subprocess.run(
        [str(Path(sys.executable).with_name("airflow")), "db", "migrate"],
        env=bare_environment() | {"AIRFLOW_HOME": str(home), "HOME": str(home)},
        check=True,
        capture_output=True,
        timeout=600,
    )

    def furnish(house: House) -> House:
        house.home.airflow.mkdir(exist_ok=True)
        shutil.copy(home / "airflow.db", house.home.airflow_db)
        return house

    return furnish

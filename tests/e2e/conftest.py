"""Airflow's database, made once for all nights under `airflow dags test`."""

from collections.abc import Callable
from contextlib import closing
from sqlite3 import connect

import pytest

from tests.support.airflow_commands import start_airflow
from tests.support.night import House


@pytest.fixture(scope="session")
def with_airflow(tmp_path_factory: pytest.TempPathFactory) -> Callable[[House], House]:
    """Gives a house its own copy of a database that is ready for use: each test is saved the seconds to make one."""
    home = tmp_path_factory.mktemp("airflow")
    database, log = home / "airflow.db", home / "migrate.log"

    def furnish(house: House) -> House:
        if not database.exists():
            environment = house.environment | {"AIRFLOW_HOME": str(home)}
            assert start_airflow(("db", "migrate"), environment, home, log).ended() == 0, log.read_text()
        house.home.airflow.mkdir(exist_ok=True)
        with closing(connect(database)) as made, closing(connect(house.home.airflow_db)) as copy:
            made.backup(copy)  # with what still lies beside the file
        return house

    return furnish

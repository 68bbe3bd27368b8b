"""Airflow in a home of its own, and the DAGs as it reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dags.dag_files import DAGS


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Airflow writes to its home as soon as it is imported: what needs it is imported under this fixture."""
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        yield home


@pytest.fixture(scope="module")
def bag(airflow_home: Path) -> Any:
    """A real DagBag of the project's folder."""
    from airflow.dag_processing.dagbag import DagBag

    found = DagBag(dag_folder=str(DAGS))
    assert found.import_errors == {}
    return found

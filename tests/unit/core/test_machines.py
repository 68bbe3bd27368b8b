"""What cannot work on several machines is refused; one machine is asked nothing."""

from pathlib import Path

import pytest

from pipeline.airflow.executor import executor_of
from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError
from pipeline.core.machines import is_of_several_machines, require_fit_for_several
from pipeline.core.settings import Settings
from pipeline.core.version import package_version


@pytest.mark.parametrize(
    ("executor", "environment", "several"),
    [
        ("LocalExecutor", {}, False),
        ("pipeline.airflow.preloading.PreloadingExecutor", {}, False),
        ("CeleryExecutor", {}, True),
        ("LocalExecutor,CeleryExecutor", {}, True),
        ("airflow.providers.cncf.kubernetes.executors.kubernetes_executor.KubernetesExecutor", {}, True),
        ("LocalExecutor", {"AIRFLOW_IS_K8S_EXECUTOR_POD": "True"}, True),
    ],
)
def test_which_executors_are_of_several_machines(executor: str, environment: dict[str, str], several: bool) -> None:
    assert is_of_several_machines(executor, environment) is several


def test_the_executor_is_that_of_airflows_settings(tmp_path: Path) -> None:
    assert executor_of({"AIRFLOW_HOME": str(tmp_path)}) == "LocalExecutor"
    (tmp_path / "airflow.cfg").write_text("[core]\n# executor = X\nexecutor = CeleryExecutor\n")
    assert executor_of({"AIRFLOW_HOME": str(tmp_path)}) == "CeleryExecutor"
    assert executor_of({"AIRFLOW_CONFIG": str(tmp_path / "airflow.cfg")}) == "CeleryExecutor"
    assert executor_of({"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}) == "LocalExecutor"
    (tmp_path / "airflow.cfg").write_text("[core]\nexecutor = LocalExecutor, CeleryExecutor\n")
    assert is_of_several_machines(executor_of({"AIRFLOW_HOME": str(tmp_path)}), {}), "a space after the comma"


STORE = Settings(staging="s3://bucket/x")


@pytest.mark.parametrize(
    ("settings", "files", "says"),
    [
        (STORE, ("agency_db",), "the agency's database is a file"),
        (STORE, ("ledger_db",), "the ledger is a file"),
        (Settings(), (), "staging is a folder, and tasks run on several machines"),
    ],
)
def test_what_cannot_work_is_refused(settings: Settings, files: tuple[str, ...], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        require_fit_for_several(settings, lambda name: Connection(name, "sqlite" if name in files else "postgres"))


@pytest.mark.parametrize("settings", [STORE, Settings(staging_is_shared="yes")])
def test_what_can_work(settings: Settings) -> None:
    require_fit_for_several(settings, lambda name: Connection(name, "postgresql"))


def test_a_build_has_a_name() -> None:
    assert package_version() == package_version() != ""

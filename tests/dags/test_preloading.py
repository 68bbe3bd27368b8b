"""What a delivery loads, and that with PreloadingExecutor it finds all of that in the process it is forked from."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.tasks import nightly_delivery as tasks
from tests.support import PROJECT
from tests.support.checking import judge_plainly
from tests.support.night import lay
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

PACKAGES = {
    *("adbc_driver_manager", "adbc_driver_postgresql", "adbc_driver_sqlite", "duckdb", "pyarrow", "sqlalchemy"),
    *("pandas", "numpy", "dateutil"),  # by way of pyarrow, which asks for pandas whenever it is installed
    *("paramiko", "bcrypt", "invoke", "nacl", "yaml"),
    *("asyncssh", "cryptography", "pysequoia"),  # asyncssh reads the signing key
    *("pydantic", "pydantic_core", "typing_extensions", "typing_inspection", "annotated_types"),
    *("jinja2", "markupsafe"),
    *("pipeline", "expectations", "cython_runtime"),
}
"""All that a delivery may load. Great Expectations, scipy, XlsxWriter and the pictures' libraries are for others."""
CHILDREN = 50


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By a process that delivers once without anything loaded, once with all of it, and then forks children."""
    world, folder = small_world({BRUGGE: 1, GENT: 1}), tmp_path_factory.mktemp("preloading")
    with pytest.MonkeyPatch.context() as patch, lay(folder / "house", world) as house:
        judge_plainly(patch)
        night = house.night()
        released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
        work = json.dumps((vars(released.staged_release), released.recipients))
        command = [sys.executable, "-m", "tests.support.preloaded", "--children", str(CHILDREN), "--deliveries", work]
        environment = house.environment | {"AIRFLOW_HOME": str(house.path / "airflow"), "PYTHONPATH": str(PROJECT)}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def test_a_delivery_loads_no_package_that_it_does_not_use(told: dict[str, Any]) -> None:
    assert _foreign(told["loaded"]) - PACKAGES == set()


def test_what_a_delivery_loads_is_there_before_the_fork(told: dict[str, Any]) -> None:
    assert _foreign(told["loaded_anew"]) == set()


def test_no_thread_begins_as_the_libraries_are_loaded(told: dict[str, Any]) -> None:
    assert (told["began"], told["threads"], told["threads_afterwards"]) == (0, 1, 1)


def test_children_that_use_the_libraries_end_well(told: dict[str, Any]) -> None:
    assert told["ended_well"] == CHILDREN


def _foreign(modules: list[str]) -> set[str]:
    """The packages that are not Python's own."""
    packages = {module.partition(".")[0] for module in modules}
    return {name for name in packages if not name.startswith("_")} - sys.stdlib_module_names


@pytest.fixture
def executor(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """One that forks nothing, and notes what it loads."""
    from pipeline.airflow import preloading

    monkeypatch.setattr(preloading.LocalExecutor, "_spawn_worker", lambda _self: None)
    return preloading.PreloadingExecutor(parallelism=1)


def test_workers_that_are_not_forked_get_nothing(
    executor: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.airflow import preloading

    monkeypatch.setattr(preloading, "preload", lambda _: pytest.fail("loaded"))
    executor.is_mp_using_fork = False
    executor.start()
    assert "MP_START_METHOD=fork" in capsys.readouterr().out


def test_threads_that_began_are_told(
    executor: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.airflow import preloading

    monkeypatch.setattr(preloading, "preload", lambda _: 2)
    executor.is_mp_using_fork = True
    executor.start()
    assert "2 threads began" in capsys.readouterr().out


def test_the_environment_is_as_before(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.airflow import preloading

    blas, arrow = preloading.WITHOUT_THREADS
    monkeypatch.setenv(blas, "7")
    monkeypatch.delenv(arrow, raising=False)
    seen: list[str | None] = []
    monkeypatch.setattr(preloading, "import_module", lambda _: seen.extend((os.environ[blas], os.environ[arrow])))
    preloading.preload(["any"])
    assert (seen, os.environ[blas], os.environ.get(arrow)) == (["1", "background_thread:false"], "7", None)

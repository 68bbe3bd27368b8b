"""A whole Airflow as production runs it: a process for each of its components, forked from one that has imported it.

`airflow standalone` starts the same four as programs of their own, and then each takes longer to import Airflow than it
takes to begin. So do the scheduler's workers, which are forked from it here as Airflow itself does by default.
"""

import os
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.support.checking import judge_plainly_here
from tests.support.forked_airflow import as_airflow, forking, run_airflow

COMPONENTS = (
    ("scheduler", "--skip-serve-logs"),  # they would be served to the whole network; who reads them has the files
    ("dag-processor",),
    ("api-server",),
    ("triggerer", "--skip-serve-logs"),
)
LOADED_ONCE = (
    "airflow.dag_processing.dagbag",
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.operators.empty",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.python",
    "pipeline.airflow.approval",
    "pipeline.airflow.context",
    "pipeline.source.judge",
    "pipeline.tasks.approval",
    "pipeline.tasks.authorities_overview",
    "pipeline.tasks.nightly_delivery",
)
"""What each of some fifty tasks would import anew."""


def start_components(environment: dict[str, str], folder: Path, log: Path) -> ForkServerProcess:
    """In a process group of their own, with a database that is ready; they end together. The log is appended to."""
    process = forking().Process(target=_run, args=(environment, folder, log))
    process.start()
    return process


def _run(environment: dict[str, str], folder: Path, log: Path) -> None:
    as_airflow(environment, folder, log)
    from airflow.configuration import write_default_airflow_configuration_if_needed
    from airflow.settings import engine
    from airflow.utils.db import initdb

    write_default_airflow_configuration_if_needed()  # with the secrets that the components share
    initdb()
    for module in LOADED_ONCE:
        import_module(module)
    judge_plainly_here()
    engine.dispose()
    for component in COMPONENTS:
        if os.fork() == 0:
            run_airflow(component)
    os.wait()  # none ends by itself
    raise SystemExit(f"a component of Airflow ended, see {log}")

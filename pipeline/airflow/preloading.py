"""LocalExecutor that has a night's libraries loaded before its workers are forked, so that no task imports them anew.

Chosen by AIRFLOW__CORE__EXECUTOR=pipeline.airflow.preloading.PreloadingExecutor: see docs/deployment.md. Each component
of Airflow reads this file, but only the scheduler starts an executor, and nothing heavy is imported before that.

On Linux an Airflow worker is a fork of the scheduler and a task a fork of a worker, without another program in between:
what the scheduler has, a task has. A fork takes along one thread, the one that forks. A library whose own threads had
begun would wait for them in vain in a task, so none may have begun by then.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from airflow.executors.local_executor import LocalExecutor

OF_AIRFLOW = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.standard.operators.empty",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.python",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
)
"""What Airflow itself imports in a worker and in each task."""

OF_A_NIGHT = (
    "asyncssh",  # reads the signing key
    "pipeline.airflow.approval",
    "pipeline.airflow.context",
    "pipeline.airflow.dags",
    "pipeline.tasks.approval",
    "pipeline.tasks.housekeeping",
    "pipeline.tasks.nightly_delivery",
)
"""What one task a recipient needs; not what one task a night needs, such as Great Expectations and scipy."""

WITHOUT_THREADS = {
    "OPENBLAS_NUM_THREADS": "1",  # numpy's linear algebra, which no task computes with enough to want threads
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # Arrow's jemalloc, which tidies up as it is called instead
}
"""Both libraries read this as they are imported, and would start a thread by then."""

THREADS = Path("/proc/self/task")


class PreloadingExecutor(LocalExecutor):
    """As LocalExecutor, with the libraries there before it forks its workers."""

    def start(self) -> None:
        """Where workers are not forked (Python 3.14's choice, unless Airflow is told otherwise), nothing is loaded."""
        if not self.is_mp_using_fork:
            self.log.warning("nothing is loaded for tasks: set AIRFLOW__SCHEDULER__MP_START_METHOD=fork")
        elif began := preload((*OF_AIRFLOW, *OF_A_NIGHT)):
            self.log.warning(
                "%d threads began as the libraries were loaded, so that a task, which is forked, may hang: "
                "set AIRFLOW__CORE__EXECUTOR=LocalExecutor",
                began,
            )
        super().start()


def preload(modules: Sequence[str]) -> int:
    """Import each; how many threads began meanwhile."""
    before = threads()
    with _environment(WITHOUT_THREADS):
        for module in modules:
            import_module(module)
    return len(threads() - before)


def threads() -> set[str]:
    """Of this process, those of libraries among them; none where the system does not tell."""
    return {thread.name for thread in THREADS.iterdir()} if THREADS.is_dir() else set()


@contextmanager
def _environment(names: Mapping[str, str]) -> Iterator[None]:
    """With these values meanwhile, and what was there before afterwards."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

"""What the files in dags/ have in common: their pool, the asset of a night, and the way to a step.

Parsed again in every task of every run, so it imports airflow.sdk alone.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from airflow.sdk import Asset

from pipeline.airflow.alerting import WHAT_IS_WRONG
from pipeline.airflow.measuring import THE_NUMBERS
from pipeline.airflow.pool import PLACES

__all__ = ["NIGHT", "PLACES", "TELL", "steps_of"]

NIGHT = Asset("nightly_delivery")
"""A night that was closed and is whole; one that ended red does not renew it."""

_CALLED = [WHAT_IS_WRONG, THE_NUMBERS]
TELL: dict[str, Any] = {"on_success_callback": _CALLED, "on_failure_callback": _CALLED}
"""For the last task of a night or an hour, however it ended."""


def steps_of(module: str) -> Callable[..., Any]:
    """Runs a step of that module by its name, for the running task. The module is imported only then: it is heavy."""

    def run(step: str, **wire: Any) -> Any:
        from pipeline.airflow.context import run_step

        return run_step(getattr(import_module(module), step), **wire)

    return run

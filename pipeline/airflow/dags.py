"""What the files in dags/ have in common: their pool, the asset of a night, what is tried again, and the way to a step.

Parsed again in every task of every run, so it imports airflow.sdk alone.
"""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

PLACES = "deliveries"
"""The pool that bounds visits to hosts at once; see docs/deployment.md."""

NIGHT = Asset("nightly_delivery")
"""A night that was closed and is whole; one that ended red does not renew it."""

RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="pipeline.core.errors.TransientError", action=RetryAction.RETRY, reason="may pass by itself"
        ),
        RetryRule(exception="pipeline.core.errors.TerminalError", action=RetryAction.FAIL, reason="a person must act"),
    ]
)


def patience(retries: int, longest_pause: timedelta, timeout: timedelta) -> dict[str, Any]:
    """A DAG's `default_args`: what may pass is tried again so often, after pauses that double up to `longest_pause`."""
    return {
        "retries": retries,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": longest_pause,
        "retry_policy": RETRIES,
        "execution_timeout": timeout,
    }


def steps_of(module: str) -> Callable[..., Any]:
    """Runs a step of that module by its name, for the running task. The module is imported only then: it is heavy."""

    def run(step: str, **wire: Any) -> Any:
        from pipeline.airflow.context import run_step

        return run_step(getattr(import_module(module), step), **wire)

    return run

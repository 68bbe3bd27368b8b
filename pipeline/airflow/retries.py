"""The retry policy of every task: which errors are tried again, how often, and after which pauses.

Parsed again in every task of every run, so it imports airflow.sdk alone.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

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

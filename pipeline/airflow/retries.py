"""The retry policy of every task: which errors are tried again, how often, and after which pauses.

Parsed again in every task of every run, so it imports airflow.sdk alone.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule

RULES = [
    RetryRule(exception="pipeline.core.errors.TransientError", action=RetryAction.RETRY, reason="may pass by itself"),
    RetryRule(exception="pipeline.core.errors.TerminalError", action=RetryAction.FAIL, reason="a person must act"),
]
RETRIES = ExceptionRetryPolicy(rules=RULES)


class LoadPatience(ExceptionRetryPolicy):
    """As RETRIES, for a night: a load under way is tried again for LOAD_PATIENCE_MINUTES in all, in equal pauses.

    Airflow ends the tries by their number, so the pause is the patience divided by that number: the task's own, since
    `max_tries` counts on from the tries before a person cleared the task. A policy is asked in the worker alone, where
    the setting is read; the scheduler is told the pause.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        from pipeline.core.errors import LoadUnderWay

        if isinstance(exception, LoadUnderWay):
            retries = context["ti"].task.retries if context else max_tries
            return RetryDecision.retry(load_pause(max(retries, 1)), "a load is under way")
        return super().evaluate(exception, try_number, max_tries, context)


NIGHT_RETRIES = 4
"""Of a night's tasks, for whatever may pass by itself."""


def load_pause(retries: int) -> timedelta:
    """Between two tries while a load is under way. Raises SettingsError."""
    from pipeline.core.settings import Settings

    return timedelta(minutes=Settings.load().load_patience_minutes / retries)


def patience(
    retries: int, longest_pause: timedelta, timeout: timedelta, policy: ExceptionRetryPolicy = RETRIES
) -> dict[str, Any]:
    """A DAG's `default_args`: what may pass is tried again so often, after pauses that double up to `longest_pause`."""
    return {
        "retries": retries,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": longest_pause,
        "retry_policy": policy,
        "execution_timeout": timeout,
    }

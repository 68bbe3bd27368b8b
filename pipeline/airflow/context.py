"""The run context, the connections and the arguments as JSON, as Airflow gives them to a task (the UI: plugin.py)."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_type_hints

from airflow.sdk import BaseHook, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

from pipeline.airflow.executor import executor_of
from pipeline.core.connections import Connection
from pipeline.core.errors import redact_unexpected_errors
from pipeline.core.local_time import local_day
from pipeline.core.machines import is_of_several_machines, require_fit_for_several
from pipeline.core.run import RunContext
from pipeline.core.serialize import deserialize, serialize
from pipeline.core.settings import Settings


def current_run() -> RunContext:
    """The running task's night: its run id, and the local date on which the run was due."""
    run = get_current_context()["dag_run"]
    due, settings = local_day(run.run_after), Settings.load()
    if is_of_several_machines(executor_of(os.environ), os.environ):
        require_fit_for_several(settings, connection)
    return RunContext(run.run_id, due, settings, connection, lambda: datetime.now(UTC))


def connection(conn_id: str) -> Connection | None:
    """A connection from Airflow: environment, secrets backend or its database."""
    try:
        found = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None
    return Connection(
        conn_id,
        found.conn_type or "",
        host=found.host,
        port=found.port,
        login=found.login,
        password=found.password,
        schema=found.schema,
        extra=found.extra_dejson,
    )


def run_step(step: Callable[..., Any], **wire: Any) -> Any:
    """Run one step of a DAG for the current night; its arguments and result travel as JSON values."""
    return redact_unexpected_errors(_run_step)(step, wire)


def _run_step(step: Callable[..., Any], wire: dict[str, Any]) -> Any:
    kinds = get_type_hints(step)
    arguments = {name: deserialize(kinds[name], value) for name, value in wire.items()}
    return serialize(step(current_run(), **arguments))

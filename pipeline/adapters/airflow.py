"""The one file that knows Airflow: a task's context as a Night, connections, and errors without values."""

import functools
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar, get_type_hints

from airflow.sdk import BaseHook, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

from pipeline.adapters.wire import from_wire, to_wire
from pipeline.connections import Connection
from pipeline.errors import PipelineError, TerminalError
from pipeline.model import BRUSSELS
from pipeline.night import Night
from pipeline.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


def current_night() -> Night:
    """The running task's night: its run id, and the local date on which the run was due."""
    run = get_current_context()["dag_run"]
    due = run.run_after.astimezone(BRUSSELS).date()
    return Night(run.run_id, due, Settings.load(), connection, lambda: datetime.now(UTC))


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


def run(step: Callable[..., Any], **wire: Any) -> Any:
    """Run one step of pipeline/tasks.py for the current night; its arguments and result travel as JSON values."""
    return without_values(_run)(step, wire)


def _run(step: Callable[..., Any], wire: dict[str, Any]) -> Any:
    kinds = get_type_hints(step)
    arguments = {name: from_wire(kinds[name], value) for name, value in wire.items()}
    return to_wire(step(current_night(), **arguments))


def without_values(task: Callable[P, R]) -> Callable[P, R]:
    """A foreseen error passes as it is; any other may quote a value, so only its kind and place go on."""

    @functools.wraps(task)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return task(*args, **kwargs)
        except PipelineError as error:
            raise error.with_traceback(None) from None
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: it goes on without its text
            raise TerminalError(f"unforeseen {type(error).__name__} in {_place()}: report it as a bug") from None

    return wrapped


def _place() -> str:
    """File and line of our own code nearest to the error."""
    trace: Any = sys.exc_info()[2]
    place = "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "pipeline" in code.co_filename:
            place = f"{code.co_filename.rpartition('pipeline/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place

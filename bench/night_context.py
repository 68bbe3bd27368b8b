"""The run that a benchmark's tasks work for, without Airflow."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial

from pipeline.core.connections import from_environment
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings


def context_of(environment: Mapping[str, str], run: str, night: date) -> RunContext:
    """As Airflow would have it for a run of that id, due on that night."""
    connections = partial(from_environment, environment=environment)
    return RunContext(run, night, Settings.load(environment), connections, lambda: datetime.now(UTC))

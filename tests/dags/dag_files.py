"""What the tests of every DAG have in common: where the files are, and what an error leads to."""

from typing import Any

from pipeline.core import errors
from tests.support import PROJECT

DAGS = PROJECT / "dags"
TRANSIENT = (
    "TransientError",
    "AgencyUnreachable",
    "LoadUnderWay",
    "LedgerTransient",
    "LedgerConflict",
    "LockLost",
    "GroundTransient",
    "RunAtWork",
    "DeliveryTransient",
    "FileTaken",
    "StoreTransient",
)
TERMINAL = (
    "TerminalError",
    "FeedError",
    "SettingsError",
    "GroundError",
    "LedgerRefused",
    "DeliveryRefused",
    "NameTaken",
    "StoreRefused",
    "ObjectGone",
)


def decided(task: Any, name: str) -> str:
    """What the task's policy makes of that error at its first try."""
    error = getattr(errors, name)("no value in it")
    return str(task.retry_policy.evaluate(error, try_number=1, max_tries=4).action.value)

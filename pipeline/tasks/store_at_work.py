"""Which nights are at work where staging is an object store: each task of a night puts a mark there while it runs.

A mark that nobody took away is a killed task's: it counts for as long as a task may run, or until `close` was there,
which comes after the last try of every other task. Between two tasks of a run the object LEFT says when the last one
ended, and OVER that `close` was there.
"""

import logging
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from pipeline.core.bucket import require_no_versions
from pipeline.core.errors import PipelineError, RunAtWork
from pipeline.core.object_store import ObjectEntry, ObjectStore
from pipeline.core.run import RunContext, folder_name
from pipeline.core.settings import Settings
from pipeline.core.store_errors import unlike_a_store
from pipeline.tasks.work import working

log = logging.getLogger(__name__)

FOLDER = "at-work"
LEFT, OVER = f"{FOLDER}/left", f"{FOLDER}/over"
TASK_AT_MOST = timedelta(minutes=65)
"""A task of a night is ended after an hour (dags/nightly_delivery.py)."""
SILENCE = timedelta(minutes=5)
"""So long after a task of a run ended, its next one is still to begin."""

Runs = Mapping[str, Sequence[ObjectEntry]]
"""By the folder of a run in staging, everything that lies there."""


@contextmanager
def at_work_in_store(context: RunContext) -> Iterator[RunContext]:
    """The run with a folder of this task, as `working`, and its mark in the store while it runs."""
    with working(context) as inside:
        mark = f"{FOLDER}/task-{secrets.token_hex(8)}"
        inside.staging.write(mark, context.run.encode())
        inside.staging.remove(OVER)
        try:
            yield inside
        finally:
            _leave(inside, mark)


def _leave(context: RunContext, mark: str) -> None:
    try:
        if OVER not in context.staging.names(FOLDER):
            context.staging.write(LEFT, b"")
        context.staging.remove(mark)
    except PipelineError as error:  # then the mark is silent in time
        log.warning("staging does not know that this task ended: %s", error)


def end_run_in_store(context: RunContext) -> None:
    try:
        context.staging.write(OVER, b"")
    except PipelineError as error:  # then it is over once it has been silent for long
        log.warning("staging does not know that this run is over: %s", error)


def require_fit_and_alone(context: RunContext) -> None:
    """Raises StoreRefused for a bucket that keeps what is deleted, and RunAtWork beside another run that is at work.

    This one's mark lies there already, so of two that begin at once none passes over the other.
    """
    if store := context.store("staging"):
        require_no_versions(store)
        own, now, runs = folder_name(context.run), context.clock(), runs_in(store)
        if own not in runs:  # its mark lies there, so this is no listing of a store
            raise unlike_a_store(str(store))
        for run, entries in runs.items():
            if run != own and is_at_work(run, entries, now):
                raise RunAtWork(
                    f"run {run} is at work in {store.address}, and two nights do not go side by side: "
                    "this one begins when that one is over, and is tried again until then"
                )


def runs_in(store: ObjectStore) -> Runs:
    found: dict[str, list[ObjectEntry]] = defaultdict(list)
    for entry in store.entries():
        if "/" in entry.key:
            found[entry.key.partition("/")[0]].append(entry)
    return found


def is_at_work(run: str, entries: Sequence[ObjectEntry], now: datetime) -> bool:
    """Whether a task of it runs, or its next one is about to."""
    closed_at = max((entry.changed for entry in entries if entry.key == f"{run}/{OVER}"), default=None)
    began_after = max(now - TASK_AT_MOST, closed_at or now - TASK_AT_MOST)
    return any(
        (entry.key.startswith(f"{run}/{FOLDER}/task-") and entry.changed >= began_after)
        or (entry.key == f"{run}/{LEFT}" and closed_at is None and entry.changed > now - SILENCE)
        for entry in entries
    )


def is_over_in_store(run: str, entries: Sequence[ObjectEntry], now: datetime, settings: Settings) -> bool:
    """Whether `close` ended it, or it has been silent for longer than its rows, or a question, may wait."""
    if is_at_work(run, entries, now):
        return False
    silent_since = now - timedelta(days=max(settings.rows_days, settings.answer_hours / 24))
    return _is_closed(run, entries) or max(entry.changed for entry in entries) < silent_since


def _is_closed(run: str, entries: Sequence[ObjectEntry]) -> bool:
    return any(entry.key == f"{run}/{OVER}" for entry in entries)

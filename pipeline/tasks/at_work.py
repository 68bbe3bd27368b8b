"""Which nights are at work in staging: each task of a night holds a lock in the run's folder, and says so there.

The lock (flock) holds between the processes of one machine and ends with its process. Between two tasks of a run nobody
holds the lock: then the file says how the last task left, and its instant when. A run is over once `close` says so, or
once the run is silent for longer than its rows may stay; until then nobody else purges what it works on.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from pipeline.core.errors import RunAtWork, SettingsError
from pipeline.core.ground import on_ground
from pipeline.core.lock import mutex, share_lock, try_lock
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.core.store_address import is_store
from pipeline.ledger.db.kept_connections import kept_connections
from pipeline.tasks.store_at_work import at_work_in_store, end_run_in_store, require_fit_and_alone

P = ParamSpec("P")
R = TypeVar("R")

FILE = "at-work"
"""In the run's folder. First line: the run. Second: BUSY, BETWEEN or OVER."""
BUSY, BETWEEN, OVER = "busy", "between tasks", "over"

SILENCE = timedelta(minutes=5)
"""So long after a task of a run ended, its next one is still to begin. A task that was killed says nothing more."""

BEGIN = "begin"
"""In staging: who begins a night looks round alone."""


def task_of_a_night(step: Callable[Concatenate[RunContext, P], R]) -> Callable[Concatenate[RunContext, P], R]:
    """A step of a night that is at work while it runs."""

    @wraps(step)
    def working(context: RunContext, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with at_work(context) as working_context:
            return step(working_context, *args, **kwargs)

    return working


@contextmanager
def at_work(context: RunContext, *, is_first: bool = False) -> Iterator[RunContext]:
    """Hold the run's lock, beside other tasks of the same run, and keep its connections to the ledger."""
    if is_store(context.settings.staging):
        with at_work_in_store(context) as working, kept_connections():
            yield working
        return
    if not is_first:
        _require_shared(context)
    path = private_folder(context.folder) / FILE
    with ExitStack() as stack, kept_connections():
        with on_ground(path):
            share_lock(stack.enter_context(path.open("a", encoding="utf-8")))
            _say(path, context.run, BUSY)
        try:
            yield context
        finally:
            with suppress(OSError):  # the folder was purged, or its disk is full: then it is silent
                if OVER not in path.read_text("utf-8").split("\n")[1:]:
                    _say(path, context.run, BETWEEN)


def _require_shared(context: RunContext) -> None:
    """Raises SettingsError where staging is declared shared, and what the first task of the run wrote is not here."""
    if context.settings.staging_is_shared and not (context.folder / FILE).is_file():
        raise SettingsError(
            f"GEGEVENSDELING_STAGING_IS_SHARED is yes, but {context.settings.staging_folder} on this machine does not "
            "have what the first task of this run wrote there: share that folder, or set GEGEVENSDELING_STAGING to "
            "s3://bucket/prefix; remove the run's rows from the other machine; then clear this run from `extract` on"
        )


@contextmanager
def beginning(context: RunContext) -> Iterator[RunContext]:
    """As `at_work`, for the first task of a run. Raises RunAtWork beside another run that is at work."""
    if is_store(context.settings.staging):
        with at_work(context) as working:
            require_fit_and_alone(working)
            yield working
        return
    with ExitStack() as stack:
        staging = private_folder(context.settings.staging_folder)
        with on_ground(staging), mutex(staging / BEGIN, SILENCE.total_seconds()):
            if other := _another_at_work(context):
                raise RunAtWork(
                    f"run {other} is at work in {staging}, and two nights do not go side by side: "
                    "this one begins when that one is over, and is tried again until then"
                )
            stack.enter_context(at_work(context, is_first=True))
        yield context


def end_run(context: RunContext) -> None:
    """Say that the run is over: it keeps nothing from others any more."""
    if is_store(context.settings.staging):
        return end_run_in_store(context)
    with suppress(OSError):  # then it is over once it has been silent for long
        _say(context.folder / FILE, context.run, OVER)


def end_silent_runs(staging: Path) -> None:
    """For who ended all that was at work there: no run without its lock goes on, and the next one need not wait."""
    for path in staging.glob(f"*/{FILE}"):
        run, state, _ = _read(path.parent)
        if state not in (BUSY, OVER):
            with suppress(OSError):
                _say(path, run, OVER)


def is_over(folder: Path, now: datetime, settings: Settings) -> bool:
    """Whether the run in this folder ended, or has been silent for longer than its rows, or a question, may wait."""
    _, state, heard = _read(folder)
    if state in (BUSY, OVER):
        return state == OVER
    return heard < now - timedelta(days=max(settings.rows_days, settings.answer_hours / 24))


def _another_at_work(context: RunContext) -> str | None:
    """The run that holds its lock, or whose next task is about to."""
    with on_ground(context.settings.staging_folder):
        folders = sorted(context.settings.staging_folder.iterdir())
    for folder in folders:
        if folder == context.folder or not folder.is_dir():
            continue
        run, state, heard = _read(folder)
        if state == BUSY or (state == BETWEEN and heard > context.clock() - SILENCE):
            return run
    return None


def _read(folder: Path) -> tuple[str, str, datetime]:
    """The run, its state and when it was last heard of: BUSY while its lock is held, and no state if killed at work."""
    try:
        with (folder / FILE).open(encoding="utf-8") as file:
            locked = not try_lock(file)
            run, _, state = file.read().strip().partition("\n")
            heard = os.fstat(file.fileno()).st_mtime
    except OSError:  # no night's, or not ours to read
        return folder.name, "", _changed(folder)
    return run or folder.name, BUSY if locked else state.replace(BUSY, ""), datetime.fromtimestamp(heard, UTC)


def _changed(folder: Path) -> datetime:
    """Long ago, for a folder that vanished."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return datetime.min.replace(tzinfo=UTC)


def _say(path: Path, run: str, state: str) -> None:
    path.write_text(f"{run}\n{state}\n", encoding="utf-8")

"""Deletes what rests in an object store once its time is over: staged files, Data Docs, unfinished uploads."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pipeline.core.bucket import abort_uploads
from pipeline.core.ground import only_a_warning
from pipeline.core.object_store import ObjectEntry, ObjectStore
from pipeline.core.run import RunContext, folder_name
from pipeline.tasks.store_at_work import is_over_in_store, runs_in

ROWS = ("snapshot", "deliver", "sheets", "housekeeping")
PAGE = "checks.html"
"""The file behind the tab of a run's tasks; an hour of housekeeping has this page alone."""


def purge_store(context: RunContext, store: ObjectStore) -> None:
    """The rows and then all of runs that ended or died, and uploads that nobody finishes any more."""
    settings, now = context.settings, context.clock()
    with only_a_warning(f"unfinished uploads stay in {store}"):  # not every store tells of them
        abort_uploads(store, now - timedelta(days=settings.rows_days))
    for run, entries in runs_in(store).items():
        if not is_over_in_store(run, entries, now, settings):
            continue
        if _is_older(entries, now, settings.staging_days):
            store.remove(entry.key for entry in entries)
        elif _is_older(entries, now, settings.rows_days):
            store.remove(_of_rows(run, entries))


def purge_snapshots(context: RunContext, store: ObjectStore) -> None:
    """No snapshot outlives its run; the files for re-runs stay for `staging_days`. What others work on stays."""
    settings, now = context.settings, context.clock()
    for run, entries in runs_in(store).items():
        if run == folder_name(context.run) or not is_over_in_store(run, entries, now, settings):
            continue
        is_old = _is_older(entries, now, settings.staging_days)
        store.remove(entry.key for entry in entries if is_old or entry.key.startswith(f"{run}/snapshot/"))


def purge_docs(context: RunContext, store: ObjectStore) -> None:
    """Data Docs of an hour (a single page) are kept for `staging_days`, those of a night for `docs_days`."""
    settings, now = context.settings, context.clock()
    for run, entries in runs_in(store).items():
        is_of_an_hour = [entry.key for entry in entries] == [f"{run}/{PAGE}"]
        if _is_older(entries, now, settings.staging_days if is_of_an_hour else settings.docs_days):
            store.remove(entry.key for entry in entries)


def _of_rows(run: str, entries: Iterable[ObjectEntry]) -> list[str]:
    return [entry.key for entry in entries if entry.key.removeprefix(f"{run}/").partition("/")[0] in ROWS]


def _is_older(entries: Sequence[ObjectEntry], now: datetime, days: float) -> bool:
    return max(entry.changed for entry in entries) < now - timedelta(days=days)

"""Deletes staged data and Data Docs whose retention period has ended, even if no new run starts."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.core.ground import only_a_warning
from pipeline.core.run import RunContext
from pipeline.core.staging import purge_leftover
from pipeline.tasks.at_work import is_over
from pipeline.tasks.store_retention import PAGE, purge_docs, purge_snapshots, purge_store

COMMANDS = (
    "explain-",
    "decide-",
    "person-",
    "register-",
    "test-drop-",
    "overview-",
    "sheets-",
    "resend-",
    "resume-",
    "kept-noes-",
    "returned-",
)
"""Prefixes of the folders in which a person's command works; a command removes its folder, unless it is killed."""


def apply_retention(context: RunContext) -> None:
    """Purge this run's folder, the rows and then the folders of runs that ended or died, and old Data Docs.

    Data Docs of an hour (a single page) are kept for `staging_days`, those of a night for `docs_days`.
    """
    if store := context.store("staging"):
        with only_a_warning(f"nothing is purged in {store.address}"):
            purge_store(context, store)
    else:
        purge_leftover(context.folder)
    _apply_retention_to_folders(context)
    if docs := context.store("data_docs"):
        with only_a_warning(f"nothing is purged in {docs.address}"):
            purge_docs(context, docs)
    else:
        _apply_retention_to_docs(context)


def _apply_retention_to_folders(context: RunContext) -> None:
    """Of staging; where that is a store, of what a killed command left on this machine."""
    settings, now = context.settings, context.clock()
    for folder in _folders(settings.staging_folder):
        is_command = folder.name.startswith(COMMANDS)
        if not is_command and not is_over(folder, now, settings):
            continue
        if _is_older(folder, now, settings.rows_days if is_command else settings.staging_days):
            purge_leftover(folder)
        elif _is_older(folder, now, settings.rows_days):
            for rows in ("snapshot", "deliver", "sheets", "housekeeping"):
                purge_leftover(folder / rows)


def _apply_retention_to_docs(context: RunContext) -> None:
    settings, now = context.settings, context.clock()
    for folder in _folders(Path(settings.data_docs).absolute()):
        days = settings.staging_days if _is_of_an_hour(folder) else settings.docs_days
        if _is_older(folder, now, days):
            purge_leftover(folder)


def purge_runs_that_are_over(context: RunContext) -> None:
    """No snapshot outlives its run; the files for re-runs stay for `staging_days`. What others work on stays."""
    settings, now = context.settings, context.clock()
    if store := context.store("staging"):
        return purge_snapshots(context, store)
    for folder in _folders(settings.staging_folder):
        if folder == context.folder or not is_over(folder, now, settings):
            continue
        is_old = _is_older(folder, now, settings.staging_days)
        purge_leftover(folder if is_old else folder / "snapshot")


def _folders(root: Path) -> list[Path]:
    """Links are nobody's runs: what they lead to stays."""
    with only_a_warning(f"nothing is purged in {root}"):
        return [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()] if root.is_dir() else []
    return []


def _is_of_an_hour(docs: Path) -> bool:
    with suppress(OSError):
        return [path.name for path in docs.iterdir()] == [PAGE]
    return False


def _is_older(folder: Path, now: datetime, days: float) -> bool:
    """By its last change: a purge inside the folder, or a run that goes on, counts as a change."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC) < now - timedelta(days=days)
    return False

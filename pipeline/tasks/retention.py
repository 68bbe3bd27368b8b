"""Deletes staged data and Data Docs whose retention period has ended, even if no new run starts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.core.run import RunContext
from pipeline.core.staging import purge

PAGE = "checks.html"
"""The file behind the tab of a run's tasks; an hour of housekeeping has this page alone."""
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
)
"""Prefixes of the folders in which a person's command works; a command removes its folder, unless it is killed."""


def apply_retention(context: RunContext) -> None:
    """Purge this run's folder, the rows and then the folders of runs that ended or died, and old Data Docs.

    Data Docs of an hour (a single page) are kept for `staging_days`, those of a night for `docs_days`.
    """
    settings, now = context.settings, context.clock()
    purge(context.folder)
    for folder in _folders(settings.staging_folder):
        is_command = folder.name.startswith(COMMANDS)
        if _is_older(folder, now, settings.rows_days if is_command else settings.staging_days):
            purge(folder)
        elif _is_older(folder, now, settings.rows_days):
            for rows in ("snapshot", "deliver", "housekeeping"):
                purge(folder / rows)
    for folder in _folders(Path(settings.data_docs).absolute()):
        is_hourly = [path.name for path in folder.iterdir()] == [PAGE]
        if _is_older(folder, now, settings.staging_days if is_hourly else settings.docs_days):
            purge(folder)


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []


def _is_older(folder: Path, now: datetime, days: float) -> bool:
    """By its last change: a purge inside the folder, or a run that goes on, counts as a change."""
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC) < now - timedelta(days=days)

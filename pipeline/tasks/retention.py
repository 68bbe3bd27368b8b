"""What rests in staging and in the Data Docs, and goes when its time is over, whether or not another night comes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.core.run import RunContext
from pipeline.core.staging import purge

PAGE = "checks.html"
"""Where the tab of a run's tasks looks; an hour of housekeeping has this page alone."""
COMMANDS = ("explain-", "decide-", "person-", "register-", "test-drop-", "overview-", "sheets-")
"""How the folders begin in which a person's command works; each removes its own, unless it is killed."""


def purge_rests(context: RunContext) -> None:
    """What the next night would purge, should it never come: rows of runs that ended or died, then all of them; and old
    Data Docs, of which the hourly ones (a single page) go first."""
    settings, now = context.settings, context.clock()
    purge(context.folder)
    for folder in _folders(settings.staging_folder):
        scratch = folder.name.startswith(COMMANDS)
        if _older(folder, now, settings.rows_days if scratch else settings.staging_days):
            purge(folder)
        elif _older(folder, now, settings.rows_days):
            for rest in ("snapshot", "deliver", "housekeeping"):
                purge(folder / rest)
    for folder in _folders(Path(settings.data_docs).absolute()):
        single = [path.name for path in folder.iterdir()] == [PAGE]
        if _older(folder, now, settings.staging_days if single else settings.docs_days):
            purge(folder)


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []


def _older(folder: Path, now: datetime, days: float) -> bool:
    """By its last change; purging something in it changes it too, and so does a run that goes on."""
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC) < now - timedelta(days=days)

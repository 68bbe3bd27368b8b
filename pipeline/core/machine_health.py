"""Whether this machine and the settings are fit: Python, the time zone, paths, approvers. Judged purely."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipeline.core.local_time import BRUSSELS
from pipeline.core.precondition import Precondition, broken, doubtful, met
from pipeline.core.settings import PREFIX, Settings
from pipeline.core.store_address import is_store

OLDEST, NEWEST_TRIED = (3, 11), (3, 14)
FOLDERS = ("staging", "recipients", "anchors", "data_docs", "overviews")


def machine_preconditions(python: tuple[int, int], package: str) -> Iterator[Precondition]:
    """`python`: its version; `package`: ours."""
    shown = ".".join(map(str, python))
    if not OLDEST <= python <= NEWEST_TRIED:
        yield broken("versions", "Python", f"{shown} is none of 3.11 to 3.14: install one of them")
    else:
        yield met("versions", "Python", f"{shown}; gegevensdeling {package}")
    offsets = [datetime(2026, month, 1, tzinfo=BRUSSELS).utcoffset() for month in (1, 7)]
    hours = [offset.total_seconds() / 3600 if offset else 0 for offset in offsets]
    if hours != [1, 2]:
        yield broken("time zone", "Europe/Brussels", "its rules are wrong here: install the package tzdata anew")
    else:
        yield met("time zone", "Europe/Brussels", "an hour before UTC in winter, two in summer")


def settings_preconditions(settings: Settings) -> Iterator[Precondition]:
    """Of settings that parse."""
    folders = {name: getattr(settings, name) for name in FOLDERS if not is_store(getattr(settings, name))}
    relative = [name for name, path in folders.items() if not Path(path.removeprefix("file://")).is_absolute()]
    if relative:
        names = ", ".join(f"{PREFIX}{name.upper()}" for name in relative)
        yield doubtful("settings", "paths", f"{names} depend on the folder that a process begins in: set them absolute")
    else:
        yield met("settings", "paths", "all absolute")
    if not settings.approver_ids:
        yield doubtful("settings", "approvers", f"nobody may let a held run go: name them in {PREFIX}APPROVERS")
    else:
        yield met("settings", "approvers", f"{len(settings.approver_ids)} named")

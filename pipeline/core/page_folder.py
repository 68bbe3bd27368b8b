"""Folders of pages, which a web server under another account may have to read.

They are their owner's alone, unless an administrator gave the folder above them to a group that reads it and passes on
to what is made in it (`chmod 2750`): then that group may read them too. What is there already stays as it is.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.ground import on_ground
from pipeline.core.staging import writing

_SHARED = stat.S_ISGID | stat.S_IRGRP | stat.S_IXGRP


def page_folder(path: Path) -> Path:
    """The folder, made if need be, as are those above it. Raises as `on_ground`."""
    with on_ground(path):
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                if _is_shared(folder.parent):
                    folder.chmod(stat.S_IRWXU | _SHARED)
    return path


@contextmanager
def writing_page(path: Path) -> Iterator[Path]:
    """As `writing`, of a page."""
    with writing(path) as part:
        yield part
    share_page(path)


def share_page(page: Path) -> None:
    """Let those read a page who may read its folder. Raises as `on_ground`."""
    with on_ground(page):
        if _is_shared(page.parent):
            page.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP)


def _is_shared(folder: Path) -> bool:
    return stat.S_IMODE(folder.stat().st_mode) & _SHARED == _SHARED

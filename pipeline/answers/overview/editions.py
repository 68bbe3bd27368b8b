"""Where the overviews of the authorities lie: each in a folder named by its instant, whole or not there at all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.staging import private_folder, purge

_FORM = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"\d{8}T\d{6}Z")


@contextmanager
def new_overview(root: Path, at: datetime) -> Iterator[Path]:
    """A folder to write one into; renamed to `at` (aware) in the end, it is the newest. A failure leaves nothing."""
    name = f"{at.astimezone(UTC):{_FORM}}"
    part = private_folder(root) / f".{name}.part"
    purge(part)
    try:
        yield private_folder(part)
        part.rename(root / name)
    finally:
        purge(part)


def newest_overview(root: Path) -> Path | None:
    """The last one that was made; None when there is none, nor a folder for them."""
    return max(_folders(root), default=None)


def file_of(root: Path, overview: str, name: str) -> Path | None:
    """The file of that name of the overview of that name; None where there is none, whatever else the names lead to."""
    folder = (root / overview).resolve()
    path = (folder / name).resolve()
    is_there = _NAME.fullmatch(overview) and path.parent == folder and path.name == name and path.is_file()
    return path if is_there else None


def purge_overviews(root: Path, before: datetime) -> None:
    """Those made before then (aware) go, but for the newest; so does what a killed task left half made."""
    for folder in sorted(_folders(root))[:-1]:
        if datetime.strptime(folder.name, _FORM).replace(tzinfo=UTC) < before:
            purge(folder)
    for half in root.glob(".*.part"):
        purge(half)


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if _NAME.fullmatch(path.name)] if root.is_dir() else []

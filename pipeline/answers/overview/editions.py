"""The folders of overviews, each named by its instant and either complete or absent, and the summary in each."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from pipeline.core.model import Kbo
from pipeline.core.page_folder import page_folder, share_page
from pipeline.core.staging import purge

FILE = "headline.json"
"""The summary's file, beside the overview's other files."""
FORM = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True)
class OverviewSummary:
    """`answer`: the answer to parliament, in Dutch sentences. `figures`: names and numbers (None: unknown), in order.

    `names`: of every authority."""

    as_of: date
    known_at: datetime
    answer: tuple[str, ...]
    figures: tuple[tuple[str, int | None], ...]
    names: Mapping[Kbo, str] = field(default_factory=dict)


@contextmanager
def new_overview(root: Path, at: datetime) -> Iterator[Path]:
    """A folder to write an overview into, renamed to `at` (aware) in the end. A failure leaves nothing."""
    name = f"{at.astimezone(UTC):{FORM}}"
    part = page_folder(root) / f".{name}.part"
    purge(part)
    try:
        yield page_folder(part)
        for page in part.iterdir():
            share_page(page)
        part.rename(root / name)
    finally:
        purge(part)


def newest_overview(root: Path) -> Path | None:
    """The folder of the newest overview; None without an overview or without `root`."""
    return max(_folders(root), default=None)


def file_of(root: Path, overview: str, name: str) -> Path | None:
    """One file of one overview; None without such a file, and for names that lead outside the overview's folder."""
    folder = (root / overview).resolve()
    path = (folder / name).resolve()
    is_there = NAME.fullmatch(overview) and path.parent == folder and path.name == name and path.is_file()
    return path if is_there else None


def purge_overviews(root: Path, before: datetime) -> None:
    """Delete overviews made before `before` (aware), except the newest, and the partial folders of killed tasks."""
    for folder in sorted(_folders(root))[:-1]:
        if datetime.strptime(folder.name, FORM).replace(tzinfo=UTC) < before:
            purge(folder)
    for part in root.glob(".*.part"):
        purge(part)


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if NAME.fullmatch(path.name)] if root.is_dir() else []

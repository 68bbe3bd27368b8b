"""The overview in all its forms, as files: all of them, or none."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path

from pipeline.answers.overview.annex import pdf
from pipeline.answers.overview.model import Overview
from pipeline.answers.overview.page import html
from pipeline.answers.overview.spreadsheets import csv_of, xlsx_of
from pipeline.answers.overview.tables import tables
from pipeline.core.errors import SettingsError
from pipeline.core.staging import writing


def files(overview: Overview) -> Mapping[str, bytes]:
    """Every form by its file's name; the same overview gives the same bytes."""
    stem = f"overzicht-{overview.as_of}"
    made = tables(overview)
    return {
        f"{stem}.html": html(overview).encode(),
        f"{stem}.pdf": pdf(overview),
        f"{stem}.xlsx": xlsx_of(made, overview.known_at.astimezone(UTC)),
        **{f"{stem}-{table.key}.csv": csv_of(table) for table in made},
    }


def write_overview(overview: Overview, folder: Path) -> tuple[Path, ...]:
    """Write every form into `folder`, which is made if need be; those of the same day that lie there are replaced.

    Each form is made before any is written, and all are written before any appears. Raises SettingsError for a folder
    that cannot be written to.
    """
    made = files(overview)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            for name, content in made.items():
                stack.enter_context(writing(folder / name)).write_bytes(content)
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError):
        raise SettingsError(f"{folder} is no folder that can be written to: name another with --out") from None
    return tuple(folder / name for name in made)

"""Writes the overview in all its forms: all files, or none."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path

from pipeline.answers.overview.annex import overview_pdf
from pipeline.answers.overview.model import Overview
from pipeline.answers.overview.page import overview_html
from pipeline.answers.overview.tables import overview_tables
from pipeline.core.documents import dutch
from pipeline.core.documents.csv import table_csv_bytes
from pipeline.core.documents.xlsx import Footer, tables_xlsx_bytes
from pipeline.core.errors import SettingsError
from pipeline.core.staging import writing


def overview_files(overview: Overview) -> Mapping[str, bytes]:
    """Every form by its file's name; the same overview gives the same bytes."""
    day = dutch.short_day(overview.as_of)
    stem = f"overzicht-{overview.as_of}"
    tables = overview_tables(overview)
    return {
        f"{stem}.html": overview_html(overview).encode(),
        f"{stem}.pdf": overview_pdf(overview),
        f"{stem}.xlsx": tables_xlsx_bytes(tables, overview.known_at.astimezone(UTC), Footer(f"Overzicht van {day}")),
        **{f"{stem}-{table.key}.csv": table_csv_bytes(table) for table in tables},
    }


def write_overview(overview: Overview, folder: Path) -> tuple[Path, ...]:
    """Write every form into `folder`: each is made before any is written. Raises as `write_files`."""
    return write_files(overview_files(overview), folder)


def write_files(made: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write these files into `folder`, which is made if need be; those of the same name that lie there are replaced.

    All are written before any appears. Raises SettingsError for a folder that cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            for name, content in made.items():
                stack.enter_context(writing(folder / name)).write_bytes(content)
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError):
        raise SettingsError(f"{folder} is no folder that can be written to: name another with --out") from None
    return tuple(folder / name for name in made)

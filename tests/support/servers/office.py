"""A workbook on paper: the real LibreOffice makes its PDF, the real poppler reads it and draws it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.services import FIRST, Missing


@dataclass(frozen=True)
class PrintedPages:
    """A PDF; `size` is that of a page, in points."""

    pdf: Path

    @property
    def texts(self) -> list[list[str]]:
        """The lines of each page, as they stand on it."""
        text = _said("pdftotext", "-layout", str(self.pdf), "-")
        return [[line.strip() for line in page.splitlines() if line.strip()] for page in text.split("\f")[:-1]]

    @property
    def size(self) -> tuple[float, float]:
        (line,) = (line for line in _said("pdfinfo", str(self.pdf)).splitlines() if line.startswith("Page size:"))
        width, height = (float(each) for each in line.split(":")[1].split(" pts")[0].split(" x "))
        return width, height

    def draw_first(self, picture: Path, wide: int, high: int = 0) -> None:
        """The first page as a PNG, `wide` pixels; with `high` only so much of its top."""
        target = str(picture.with_suffix(""))
        size = ("-scale-to-x", str(wide), "-scale-to-y", "-1", "-W", str(wide), "-H", str(high))
        _said("pdftoppm", "-png", "-singlefile", *size, str(self.pdf), target)


@contextmanager
def found_office() -> Iterator[None]:
    """Raises Missing."""
    if missing := [name for name in ("soffice", "pdftotext", "pdftoppm") if shutil.which(name) is None]:
        raise Missing(f"{', '.join(missing)}: not installed; {FIRST}")
    yield


def printed(content: bytes, folder: Path, name: str = "werkboek.xlsx") -> PrintedPages:
    """Of a workbook or a CSV file of ours. Starts LibreOffice, which takes seconds, with a profile of its own in that
    folder."""
    file = folder / name
    file.write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    reader = ("--infilter=CSV:59,34,76",) if file.suffix == ".csv" else ()  # semicolons, quotes, UTF-8
    to_pdf = ("--convert-to", "pdf", "--outdir", str(folder))
    _said("soffice", profile, "--headless", *reader, *to_pdf, str(file), home=folder)
    return PrintedPages(file.with_suffix(".pdf"))


def _said(*command: str, home: Path | None = None) -> str:
    """What the command prints; `home`: where it may keep what it keeps in a home folder."""
    environment = os.environ | ({"HOME": str(home)} if home else {})
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, env=environment).stdout

"""Staging: the files of a run between its tasks, written under a temporary name and renamed, for their owner only."""

import hashlib
import logging
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.errors import PipelineError, TerminalError
from pipeline.core.ground import on_ground, reason_of
from pipeline.core.model import StagedFile

log = logging.getLogger(__name__)


def private_folder(path: Path) -> Path:
    """The folder, made if need be, as are those above it, with access for its owner alone. Raises as `on_ground`."""
    with on_ground(path):
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
    return path


def try_folder(folder: Path) -> Path:
    """A private folder of one try alone: a task that was taken for dead may go on beside its own retry."""
    return private_folder(folder / secrets.token_hex(4))


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, 0600 and renamed to it at the end; nothing is left after a failure.

    Of one try alone, as `try_folder`. Raises as `on_ground`.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with on_ground(path.parent):
            part.touch(mode=0o600)
            part.chmod(0o600)
            yield part
            part.chmod(0o600)  # DuckDB makes the file anew, in a folder that is closed to others
            part.replace(path)
    finally:
        with suppress(OSError):  # the folder itself is gone, or is no folder
            part.unlink(missing_ok=True)


def staged(path: Path, rows: int) -> StagedFile:
    """The reference that travels between tasks."""
    return StagedFile(f"file://{path}", sha256_of(path), rows)


def local(file: StagedFile) -> Path:
    """The staged file's path; raises TerminalError when it is gone or is not what was staged, and as `on_ground`."""
    path = Path(file.uri.removeprefix("file://"))
    with on_ground(path):
        found = sha256_of(path) if path.is_file() else None
    if found is None:
        raise TerminalError(f"staged file {path.name} of this run is gone: clear the run from its first task")
    if found != file.sha256:
        raise TerminalError(f"staged file {path.name} changed since it was written: clear the run from its first task")
    return path


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def purge(folder: Path) -> None:
    """Remove a folder of staging and its content; all or part of it may be gone already. Raises as `on_ground`."""
    with on_ground(folder):
        while folder.exists():
            with suppress(FileNotFoundError):  # another purges it too
                shutil.rmtree(folder)


def purge_leftover(folder: Path) -> None:
    """As `purge`, for what nobody needs any more: what cannot be removed is named, and stops nothing."""
    try:
        purge(folder)
    except (PipelineError, OSError) as error:
        log.warning("a leftover stays, remove it by hand: %s", reason_of(error))


@dataclass(frozen=True)
class Staging:
    """A folder of staged files; a `name` is a path in it."""

    folder: Path

    def write(self, name: str, content: bytes, rows: int = 0) -> StagedFile:
        """Stage bytes, which stand for so many rows."""
        with writing(self.folder / name) as part:
            part.write_bytes(content)
        return staged(self.folder / name, rows)

    def write_table(self, name: str, table: pa.Table) -> StagedFile:
        """Stage a table as Parquet."""
        with writing(self.folder / name) as part:
            pq.write_table(table, part)
        return staged(self.folder / name, table.num_rows)

    def remove(self, *names: str) -> None:
        """Remove files or folders; each may be gone already. Raises as `on_ground`."""
        for name in names:
            path = self.folder / name
            if path.is_dir():
                purge(path)
            else:
                with on_ground(path):
                    path.unlink(missing_ok=True)


def read_table(file: StagedFile, *columns: str, **equal: str) -> pa.Table:
    """Columns of a staged table, of the rows in which the columns of `equal` have these values. Raises as `local`."""
    with pq.ParquetFile(local(file)) as parquet:  # unlike pq.read_table, without importing pandas
        table = parquet.read(columns=[*columns, *equal])
    for name, value in equal.items():
        table = table.filter(pc.equal(table[name], value))
    return table.select(columns)

"""Staging: the files of a run between its tasks, written under a temporary name and renamed, for their owner only."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.errors import TerminalError, TransientError
from pipeline.core.model import StagedFile

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SAYS_FULL = tuple(os.strerror(number) for number in _FULL)  # DuckDB's errors carry the system's words alone


def private_folder(path: Path) -> Path:
    """The folder, made if need be, as are those above it, with access for its owner alone."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


@contextmanager
def disk_full_is_transient(folder: Path) -> Iterator[None]:
    """Raises TransientError, with the remedy, where the disk under `folder` is full."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if getattr(error, "errno", None) in _FULL or any(says in str(error) for says in _SAYS_FULL):
            raise TransientError(f"staging is full: make room under {folder} and clear the task") from None
        raise


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, 0600 and renamed to it at the end; nothing is left after a failure."""
    part = path.with_name(f".{path.name}.part")
    try:
        with disk_full_is_transient(path.parent):
            part.touch(mode=0o600)
            part.chmod(0o600)
            yield part
            part.chmod(0o600)  # DuckDB makes the file anew, in a folder that is closed to others
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def staged(path: Path, rows: int) -> StagedFile:
    """The reference that travels between tasks."""
    return StagedFile(f"file://{path}", sha256_of(path), rows)


def local(file: StagedFile) -> Path:
    """The staged file's path; raises TerminalError when it is gone or is not what was staged."""
    path = Path(file.uri.removeprefix("file://"))
    if not path.is_file():
        raise TerminalError(f"staged file {path.name} of this run is gone: clear the run from its first task")
    if sha256_of(path) != file.sha256:
        raise TerminalError(f"staged file {path.name} changed since it was written: clear the run from its first task")
    return path


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def purge(folder: Path) -> None:
    """Remove a folder of staging and its content; the folder may be gone already."""
    if folder.exists():
        shutil.rmtree(folder)


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
        """Remove files or folders; each may be gone already."""
        for name in names:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def read_table(file: StagedFile, *columns: str, **equal: str) -> pa.Table:
    """Columns of a staged table, of the rows in which the columns of `equal` have these values. Raises as `local`."""
    with pq.ParquetFile(local(file)) as parquet:  # unlike pq.read_table, without importing pandas
        table = parquet.read(columns=[*columns, *equal])
    for name, value in equal.items():
        table = table.filter(pc.equal(table[name], value))
    return table.select(columns)

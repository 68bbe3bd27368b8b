"""Where the files of a run rest between its tasks: a port with two implementations, a folder and an object store.

Within a task every file is one of this machine: `fetch` brings what another task handed on, `put` hands on.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from pipeline.core.errors import ObjectGone, PipelineError, TerminalError
from pipeline.core.ground import on_ground
from pipeline.core.model import StagedFile
from pipeline.core.object_store import ObjectStore
from pipeline.core.staging import Staging, local, log, private_folder, purge_leftover, writing

_GONE = "staged file {name} of this run is gone: clear the run from its first task"
_CHANGED = "staged file {name} changed since it was written: clear the run from its first task"
_OTHER = "a staged file is another run's, or was altered on its way: clear this run from `extract` on"
_NAME = re.compile(r"(?:[\w+-][\w.+-]*/)*[\w+-][\w.+-]*", re.ASCII)
"""Of a staged file; joined to a folder it lies below that folder, which `/x` and `../x` do not."""
_MOST = 1 << 30
"""Bytes of what is read into memory: a watermark takes 6 a row of the feeds that only grow."""
_DIGITS = 64
"""Of a SHA-256 in hex, before the content of what is read by its name alone."""


class RunStaging(Protocol):
    """Of one run; a `name` is a path in it, with slashes."""

    def put(self, file: StagedFile) -> StagedFile:
        """Hand on a file that this task wrote in its folder: the reference by which any task finds it."""

    def fetch(self, file: StagedFile) -> StagedFile:
        """The same content as a file in this task's folder, which `local` opens. Raises TerminalError when it is gone,
        is not what was handed on, or is another run's."""

    def name_of(self, file: StagedFile) -> str | None:
        """None for a file that is not this run's."""

    def write(self, name: str, content: bytes, rows: int = 0) -> StagedFile:
        """Stage bytes, which stand for so many rows."""

    def read(self, name: str) -> bytes | None:
        """What `write` staged; None when it is not there."""

    def names(self, folder: str) -> list[str]:
        """Of the files under `folder`, however deep."""

    def remove(self, *names: str) -> None:
        """Remove files or folders; each may be gone already."""

    def remove_leftover(self, *names: str) -> None:
        """As `remove`, for what nobody needs any more: what cannot be removed is named, and stops nothing."""


@dataclass(frozen=True)
class FolderStaging:
    """In a folder of this machine, or one that every machine shares."""

    folder: Path

    def put(self, file: StagedFile) -> StagedFile:
        return file

    def fetch(self, file: StagedFile) -> StagedFile:
        return file

    def name_of(self, file: StagedFile) -> str | None:
        path = Path(file.uri.removeprefix("file://"))
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else None

    def write(self, name: str, content: bytes, rows: int = 0) -> StagedFile:
        return Staging(self.folder).write(name, content, rows)

    def read(self, name: str) -> bytes | None:
        path = self.folder / name
        with on_ground(path):
            return path.read_bytes() if path.is_file() else None

    def names(self, folder: str) -> list[str]:
        files = (path for path in (self.folder / folder).rglob("*") if path.is_file())
        return [path.relative_to(self.folder).as_posix() for path in files]

    def remove(self, *names: str) -> None:
        Staging(self.folder).remove(*names)

    def remove_leftover(self, *names: str) -> None:
        for name in names:
            purge_leftover(self.folder / name)


@dataclass(frozen=True)
class StoreStaging:
    """In an object store. `run`: the folder of the run there. `folder`: this task's own, on this machine."""

    store: ObjectStore
    run: str
    folder: Path

    def put(self, file: StagedFile) -> StagedFile:
        path = local(file)
        key = self._key(path.relative_to(self.folder).as_posix())
        self.store.put(key, path)
        return StagedFile(self.store.uri(key), file.sha256, file.rows)

    def fetch(self, file: StagedFile) -> StagedFile:
        name = self.name_of(file)
        if name is None:
            raise TerminalError(_OTHER)
        path = self.folder / name
        private_folder(path.parent)
        with writing(path) as part:
            try:
                found = self.store.get_file(self._key(name), part)
            except ObjectGone:
                raise TerminalError(_GONE.format(name=path.name)) from None
            if found != file.sha256:
                raise TerminalError(_CHANGED.format(name=path.name))
        return StagedFile(f"file://{path}", file.sha256, file.rows)

    def name_of(self, file: StagedFile) -> str | None:
        key = self.store.key_of(file.uri)
        name = key.removeprefix(f"{self.run}/") if key and key.startswith(f"{self.run}/") else ""
        return name if _NAME.fullmatch(name) else None

    def write(self, name: str, content: bytes, rows: int = 0) -> StagedFile:
        digest = sha256(content).hexdigest()
        self.store.put(self._key(name), digest.encode() + content if _is_named(name) else content)
        return StagedFile(self.store.uri(self._key(name)), digest, rows)

    def read(self, name: str) -> bytes | None:
        try:
            found = self.store.get(self._key(name), _MOST)
        except ObjectGone:
            return None
        digest, content = found[:_DIGITS], found[_DIGITS:]
        if sha256(content).hexdigest().encode() != digest:
            raise TerminalError(_CHANGED.format(name=name))
        return content

    def names(self, folder: str) -> list[str]:
        keys = [entry.key for entry in self.store.entries(self._key(f"{folder}/"))]
        return [key.removeprefix(f"{self.run}/") for key in keys]

    def remove(self, *names: str) -> None:
        wanted = {self._key(name) for name in names}
        folders = tuple(f"{key}/" for key in wanted)
        there = [entry.key for entry in self.store.entries(f"{self.run}/")]
        self.store.remove(key for key in there if key in wanted or key.startswith(folders))

    def remove_leftover(self, *names: str) -> None:
        try:
            self.remove(*names)
        except PipelineError as error:
            log.warning("a leftover stays: %s", error)

    def _key(self, name: str) -> str:
        return f"{self.run}/{name}"


def _is_named(name: str) -> bool:
    """Whether it is read by its name alone, without a reference that has its hash: those lie in no folder of a try."""
    return "/" not in name

"""Files on a host against what the ledger has of them: by size first, then by their bytes.

A file of another size than the one on record is not read. Of one that has that size, no more is read than what we put
there and one block. A file of a line from before sizes were on record is read within the connection's own bounds.
"""

from collections.abc import Mapping
from typing import Protocol

from pipeline.delivery.ports import RemoteFolder


class FilesOnRecord(Protocol):
    """A drop's contents, or a notice."""

    @property
    def go_name(self) -> str:
        """Of the empty file that makes the others count."""

    @property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 (hex) of every other file, by name."""

    def size_of(self, name: str) -> int | None:
        """Bytes of one of its files; None where that is not on record."""


def is_altered(folder: RemoteFolder, files: FilesOnRecord, name: str) -> bool:
    """Whether one of these files is there and is not what was put. The GO file is empty, so it is not read."""
    if name == files.go_name:
        return folder.stat(name) not in (0, None)
    return folder.sha256(name, files.size_of(name)) not in (files.hashes[name], None)


def lies_whole(folder: RemoteFolder, files: FilesOnRecord) -> bool:
    """The GO file and every other, each with its own bytes: a folder that lacks some may be another host's."""
    if folder.stat(files.go_name) != 0:
        return False
    return all(folder.sha256(name, files.size_of(name)) == sha256 for name, sha256 in files.hashes.items())

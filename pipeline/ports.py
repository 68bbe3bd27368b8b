"""What the steps ask of the outside, as small Protocols; `pipeline/adapters/` answers them."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from pipeline.model import Drop, Kbo


class RemoteFolder(Protocol):
    """One recipient's folder on its host, open for the length of one delivery."""

    def stat(self, name: str) -> int | None:
        """Size in bytes, or None when there is no such file."""

    def sha256(self, name: str) -> str | None:
        """The hash of what the host gives back, or None when there is no such file."""

    def put(self, source: Path, name: str, run: str) -> None:
        """Make `name` appear whole, or not at all: temporary name, checked write, read back, rename.

        Replaces a file of that name. Raises DeliveryTransient or DeliveryRefused.
        """

    def remove(self, name: str) -> bool:
        """True when it was there."""

    def sweep(self, run: str) -> int:
        """Remove temporary files of our own pattern left by earlier tries; how many."""


class Host(Protocol):
    """Where one recipient's drops go."""

    def open(self) -> AbstractContextManager[RemoteFolder]:
        """Connect, authenticate and enter the folder, every phase bounded in time."""


class PublicationLog(Protocol):
    """The part of the ledger that publication writes; see pipeline/ledger.py."""

    def intend(self, drop: Drop, run: str, at: datetime) -> None: ...

    def about_to_release(self, kbo: Kbo, night: date, run: str, at: datetime) -> None: ...

    def published(self, kbo: Kbo, night: date, run: str, at: datetime) -> None: ...

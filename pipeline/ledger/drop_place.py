"""Where a drop lies: before which account, in which folder of which host, put there by which installation. Pure.

On record with each event of a drop (pipeline/ledger/events.py), as it was when the drop was put there: settings and
connections may change afterwards, and the drop stays where it is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from posixpath import normpath


@dataclass(frozen=True)
class DropPlace:
    """`connection` is its id, `host_key` the pinned key's fingerprint as `ssh-keygen -lf` shows it, `installation` the
    id of the one that put the drop there (pipeline/ledger/installation.py).
    """

    installation: str
    connection: str
    host_key: str
    account: str
    folder: str

    def is_same(self, other: "DropPlace") -> bool:
        """Whether both are one folder on one host, whichever installation put something there."""
        return self._path == other._path and self.host_key == other.host_key

    def differs_by_key(self, other: "DropPlace | None") -> bool:
        """The host's key is all that differs: it was exchanged, or it is another host under the same connection. Of a
        place that is not on record nothing is known."""
        return other is not None and self._path == other._path and self.host_key != other.host_key

    @property
    def _path(self) -> tuple[str, str, str]:
        return self.connection, self.account, normpath(self.folder)

    @property
    def row(self) -> dict[str, str]:
        """As the ledger stores it."""
        return asdict(self)

    def __str__(self) -> str:
        return f"folder {self.folder} of account {self.account}, connection {self.connection}, host key {self.host_key}"


def read_place(row: Mapping[str, str] | None) -> DropPlace | None:
    """The place that `DropPlace.row` was made of."""
    return DropPlace(**row) if row is not None else None

"""One recipient's folder over SFTP: a file is whole, or not there at all."""

import hashlib
import logging
import re
import secrets
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from paramiko import SFTPAttributes, SFTPError
from paramiko.sftp import SFTP_NO_SUCH_FILE

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, FileTaken, LedgerUnavailable, LockLost, NameTaken
from pipeline.core.ground import on_ground
from pipeline.core.settings import Settings
from pipeline.core.staging import sha256_of
from pipeline.delivery.ports import EntryKind
from pipeline.delivery.sftp.client import StatusError
from pipeline.delivery.sftp.connection import Endpoint, SftpConnection
from pipeline.delivery.sftp.limits import HostLimits
from pipeline.delivery.sftp.looks import Answer, LookingClient

__all__ = ["Endpoint", "SftpFolder", "SftpHost"]

log = logging.getLogger(__name__)

_PART = re.compile(r"\.((AANMELDING|INTREKKING)_OPGROEIEN_.+|TERUG_OPGROEIEN_.+\.(OK|FOUT))\.[0-9a-f]{12}\.part")
OURS = ".gegevensdeling"
"""No such file exists. Each of our connections removes it, so that the host's log tells ours from the recipient's."""
_MODE = 0o640
"""The recipient's own group may read; nobody else."""


@dataclass(frozen=True)
class SftpHost:
    """Implements `pipeline.delivery.ports.Host`."""

    endpoint: Endpoint
    settings: Settings
    limits: HostLimits = field(default_factory=HostLimits)

    @contextmanager
    def open(self) -> Iterator["SftpFolder"]:
        """Connect and enter the folder; the whole connection ends at the deadline.

        Raises SettingsError, DeliveryTransient or DeliveryRefused.
        """
        connection = SftpConnection(self.endpoint, self.settings, self.limits)
        with connection.connected() as client:
            path = self.endpoint.folder.rstrip("/")
            with connection.doing("entering the folder"):
                with _or_nothing():  # first: the session is ours where there is no such folder too
                    client.remove(f"{path}/{OURS}")
                client.stat(self.endpoint.folder)
            yield SftpFolder(client, path, connection)


class SftpFolder:
    """Implements `pipeline.delivery.ports.RemoteFolder`.

    What has the name of a file and is none (a folder, a pipe, a link wherever it leads) is somebody else's: it counts
    as nothing, and is never waited for. It stays, but where a file of ours comes in its place; a folder stays then too.
    """

    def __init__(self, client: LookingClient, folder: str, connection: SftpConnection) -> None:
        self._client, self._folder, self._connection = client, folder, connection
        self._lacking: set[str] = set()
        self._links: set[str] = set()
        self._try = secrets.token_hex(8)

    def stat(self, name: str) -> int | None:
        with self._connection.doing(f"looking for {name}"), _or_nothing():
            return self._size(name, self._client.lstat(self._path(name)))
        return None

    def sizes(self, names: Collection[str]) -> dict[str, int | None]:
        with self._connection.doing(f"looking for {len(names)} files"):
            said = self._client.looks([self._path(name) for name in names])
            return {name: self._size_said(name, found) for name, found in zip(names, said, strict=True)}

    def _size_said(self, name: str, found: Answer) -> int | None:
        if isinstance(found, SFTPAttributes):
            return self._size(name, found)
        if found is None or found.code != SFTP_NO_SUCH_FILE:
            raise found or SFTPError("unexpected kind of answer")
        return None

    def _size(self, name: str, found: SFTPAttributes) -> int | None:
        """None of what is no file."""
        if self._kind(name, found) is not EntryKind.FILE:
            return None
        if found.st_size is None:  # a file that seems to be gone would count as fetched
            raise SFTPError("attributes without a size")
        return found.st_size

    def kind(self, name: str) -> EntryKind | None:
        with self._connection.doing(f"looking for {name}"), _or_nothing():
            return self._kind(name, self._client.lstat(self._path(name)))
        return EntryKind.LINK if name in self._links else None

    def _kind(self, name: str, found: SFTPAttributes) -> EntryKind:
        """ProFTPD tells of what a link leads to, whatever is asked, but in a listing."""
        return EntryKind.LINK if name in self._links else _kind(found)

    def names(self) -> list[str]:
        with self._connection.doing("listing the folder"):
            return self._listed()

    def _listed(self) -> list[str]:
        listing = self._client.listing(self._folder or "/")
        self._links = listing.links
        return [name for name in listing.names if name not in (".", "..")]

    def sha256(self, name: str) -> str | None:
        if self.stat(name) is None:
            return None
        with self._connection.doing(f"reading back {name}"), _or_nothing():
            return self._client.sha256(self._path(name))
        return None

    def read(self, name: str, most: int | None = None) -> bytes | None:
        if self.stat(name) is None:
            return None
        with self._connection.doing(f"reading {name}"), _or_nothing():
            return self._client.content(self._path(name), most)
        return None

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        """A file that reads back differently never gets its name. Its temporary name is of this run and this try."""
        part = self._path(f".{name}.{hashlib.sha256(f'{run} {self._try}'.encode()).hexdigest()[:12]}.part")
        try:
            with on_ground(source):
                size, expected = self._write(source, part, name), sha256_of(source)
            with self._connection.doing(f"reading back {name}"):
                sha256 = self._client.sha256(part, size)
            if sha256 != expected:
                raise DeliveryTransient(f"{self._connection.where} gives {name} back altered: it is tried again")
            if before_rename:
                before_rename()
            self._rename(part, name, size)
        except (LockLost, LedgerUnavailable):  # the temporary name tells the next visit that nothing counts
            raise
        except Exception:  # re-raised, once nothing is left of the file
            self._remove_part(part, name)
            raise

    def remove(self, name: str) -> bool:
        with self._connection.doing(f"removing {name}"):
            self._links.discard(name)
            return self._remove(self._path(name))

    def is_begun(self, name: str) -> bool:
        return any(part.startswith(f".{name}.") and self.stat(part) is not None for part in self.matching(_PART))

    def remove_temporary(self) -> int:
        with self._connection.doing("removing temporary files"):
            return sum(self._remove(self._path(name)) for name in self._matching(_PART))

    def matching(self, pattern: re.Pattern[str]) -> list[str]:
        """The names in the folder that a pattern of ASCII matches in full."""
        with self._connection.doing("listing the folder"):
            return self._matching(pattern)

    def _matching(self, pattern: re.Pattern[str]) -> list[str]:
        """A name with anything in it but printable ASCII is none of ours, and could steer a terminal."""
        names = self._listed()
        return [name for name in names if name.isascii() and name.isprintable() and pattern.fullmatch(name)]

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _write(self, source: Path, part: str, name: str) -> int:
        """The number of bytes sent."""
        with source.open("rb") as stream, self._connection.doing(f"writing {name}"):
            for missing in self._client.write_new(stream, part, _MODE):
                self._does_without(missing, "files are read back all the same")
            return stream.tell()

    def _rename(self, part: str, name: str, size: int) -> None:
        with self._connection.doing(f"renaming {name}"), self._or_vanished(name), self._or_taken(name):
            if name in self._links:  # ProFTPD would put the file where the link leads to
                self._links.discard(name)
                self._remove(self._path(name))
            is_seen = self._client.supersede_seen(part, self._path(name), size)
            if is_seen is None:
                self._does_without("posix-rename", "plain rename, once nothing has the name any more")
                self._client.stat(part)  # else what another try put would go, and nothing come in its place
                self._remove(self._path(name))
                self._client.rename(part, self._path(name))
        if not is_seen:
            self._require_renamed(part, name, size)

    def _require_renamed(self, part: str, name: str, size: int) -> None:
        """Look again, and say what is there: a host may say OK and do nothing, or somebody may be quick."""
        hidden = Path(part).name
        there = self.sizes((name, hidden))
        is_left, found = there[hidden] is not None, there[name]
        if found == size and not is_left:
            return
        if found is None and not is_left:
            raise FileTaken(f"{self._connection.where}: {name} was renamed, and is gone already: it is tried again")
        left = "its temporary file is there still" if is_left else "its temporary file is gone"
        seen = f"{name} is not there" if found is None else f"{name} is there with {found} bytes of {size}"
        raise DeliveryTransient(
            f"{self._connection.where} says that it renamed {name}, and {seen}; {left}: it is tried again; ask its "
            "owner when this stays"
        )

    @contextmanager
    def _or_vanished(self, name: str) -> Iterator[None]:
        """Raises DeliveryTransient when the temporary file is there no more: another try took it away."""
        try:
            yield
        except StatusError as error:
            if error.code != SFTP_NO_SUCH_FILE:
                raise
            where = self._connection.where
            raise DeliveryTransient(f"{where} lost the temporary file of {name} to another try: look again") from None

    @contextmanager
    def _or_taken(self, name: str) -> Iterator[None]:
        """Raises NameTaken when something else than a file has the name."""
        try:
            yield
        except StatusError as error:
            if not self._is_other(self._path(name), error):
                raise
            where = self._connection.where
            raise NameTaken(f"{where} has something else than a file under the name {name}: move it away") from None

    def _is_other(self, path: str, error: StatusError) -> bool:
        """Whether the host failed on something that is there and is no file."""
        with _or_nothing():
            return error.code != SFTP_NO_SUCH_FILE and _kind(self._client.lstat(path)) is not EntryKind.FILE
        return False

    def _does_without(self, what: str, instead: str) -> None:
        """Says so, once a connection."""
        if what not in self._lacking:
            self._lacking.add(what)
            log.info("%s offers no %s: %s", self._connection.where, what, instead)

    def _remove(self, path: str) -> bool:
        with _or_nothing():
            try:
                is_gone = self._client.remove_seen(path) or not self._client.is_there(path)
            except StatusError as error:
                if not self._is_other(path, error):
                    raise
                log.warning("%s: %s is no file, so not ours, and stays", self._connection.where, Path(path).name)
                return False
            if not is_gone:
                raise DeliveryTransient(
                    f"{self._connection.where} says that it removed {Path(path).name}, and that is there still: it is "
                    "tried again; ask its owner when this stays"
                )
            return True
        return False

    def _remove_part(self, part: str, name: str) -> None:
        """When the connection itself broke, the next try removes the file."""
        try:
            with self._connection.doing(f"removing the temporary file of {name}"):
                self._remove(part)
        except (DeliveryTransient, DeliveryRefused):
            log.info("%s: a temporary file may be left of %s, the next try removes it", self._connection.where, name)


_KINDS = {0: EntryKind.FILE, stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.FOLDER, stat.S_IFLNK: EntryKind.LINK}


def _kind(found: SFTPAttributes) -> EntryKind:
    """A host that says nothing of its kind is believed: it is a file."""
    return _KINDS.get(stat.S_IFMT(found.st_mode or 0), EntryKind.OTHER)


@contextmanager
def _or_nothing() -> Iterator[None]:
    """Ignore a missing file."""
    try:
        yield
    except StatusError as error:
        if error.code != SFTP_NO_SUCH_FILE:
            raise

"""The recipients' folders, in memory: each act of ours is framed by steps, at which a process may be killed."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pipeline.core.errors import DeliveryTransient
from pipeline.delivery.ports import ANOTHER_SIZE, EntryKind
from pipeline.delivery.recipients import RecipientSettings
from pipeline.ledger.drop_place import DropPlace

Step = Callable[[str], None]
Place = tuple[str, str, str]
"""Connection, account and folder."""
WAY_BACK = "/in"
"""Where a recipient puts what it returns: beside each folder of drops."""
Files = dict[str, bytes]


def place_of(recipient: RecipientSettings | DropPlace) -> Place:
    return recipient.connection, recipient.account, recipient.folder


@dataclass
class PlaceFolder:
    """Implements `pipeline.delivery.ports.RemoteFolder`."""

    files: Files
    step: Step

    def stat(self, name: str) -> int | None:
        return len(self.files[name]) if name in self.files else None

    def sizes(self, names: Collection[str]) -> dict[str, int | None]:
        return {name: self.stat(name) for name in names}

    def sha256(self, name: str, size: int | None = None) -> str | None:
        if size not in (None, self.stat(name)):
            return ANOTHER_SIZE if name in self.files else None
        return sha256(self.files[name]).hexdigest() if name in self.files else None

    def read(self, name: str, size: int | None = None) -> bytes | None:
        self.step(f"read {name}")
        return self.files.get(name)

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        content, part = source.read_bytes(), f".{name}.{run}.part"
        self.step(f"put {name}")
        self.files[part] = content
        self.step(f"not renamed {name}")
        if before_rename:
            try:
                before_rename()
            except Exception:
                self.files.pop(part, None)
                raise
            self.step(f"looked {name}")
        if part not in self.files:
            raise DeliveryTransient(f"{part} vanished before its rename")
        self.files[name] = self.files.pop(part)
        self.step(f"has put {name}")

    def kind(self, name: str) -> EntryKind | None:
        return EntryKind.FILE if name in self.files else None

    def names(self) -> list[str]:
        return sorted(self.files)

    def remove(self, name: str) -> bool:
        self.step(f"remove {name}")
        there = self.files.pop(name, None) is not None
        self.step(f"has removed {name}")
        return there

    def is_begun(self, name: str) -> bool:
        return any(part.startswith(f".{name}.") and part.endswith(".part") for part in self.files)

    def remove_temporary(self) -> int:
        parts = [name for name in self.files if name.startswith(".") and name.endswith(".part")]
        for name in parts:
            del self.files[name]
        return len(parts)

    def matching(self, pattern: re.Pattern[str]) -> list[str]:
        return sorted(name for name in self.files if pattern.fullmatch(name))


@dataclass
class PlaceHost:
    """Implements `pipeline.delivery.ports.Host`."""

    place: Place
    places: "Places"

    @contextmanager
    def open(self) -> Iterator[PlaceFolder]:
        self.places.step("connect")
        if self.place in self.places.unreachable:
            raise DeliveryTransient("the host does not answer")
        yield PlaceFolder(self.places.files(self.place), self.places.step)


@dataclass
class Places:
    step: Step
    folders: dict[Place, Files] = field(default_factory=dict)
    unreachable: set[Place] = field(default_factory=set)
    is_undisturbed: bool = False
    """While one process alone may be at work: in this one, a second would wait for the first for ever."""

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        self.is_undisturbed = True
        try:
            yield
        finally:
            self.is_undisturbed = False

    def files(self, place: Place) -> Files:
        return self.folders.setdefault(place, {})

    def copy(self) -> dict[Place, Files]:
        """What lies where now."""
        return {place: dict(files) for place, files in self.folders.items() if files}

    def host(self, place: Place) -> PlaceHost:
        return PlaceHost(place, self)

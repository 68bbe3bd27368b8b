"""One house for many tests: laid once, with a night behind it, and as it was then before each of them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.night import House, lay
from tests.support.worlds.tables import World

RUNNING = ("host.log", "host.port")
"""Files of the SFTP host, which goes on."""


@dataclass(frozen=True)
class SavedHouse:
    """`copy` is the house's folder as it is to be found again."""

    house: House
    copy: Path

    def anew(self) -> House:
        """The house, without whatever was done to it since."""
        for path in self.house.path.iterdir():
            if path.name not in RUNNING:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.copy, self.house.path, symlinks=True, dirs_exist_ok=True)
        return replace(self.house, environment=dict(self.house.environment), settings=dict(self.house.settings))

    def entered(self, monkeypatch: pytest.MonkeyPatch) -> House:
        """As `anew`; the command knows its connections and settings."""
        house = self.anew()
        house.enter(monkeypatch)
        return house


@contextmanager
def saved(
    folder: Path, made: World, prepare: Callable[[House], object] = lambda _: None, **how: Any
) -> Iterator[SavedHouse]:
    """A house as `tests.support.night.lay` lays it, prepared, and saved."""
    with lay(folder / "house", made, **how) as house:
        prepare(house)
        yield save(house, folder / "copy")


def save(house: House, copy: Path) -> SavedHouse:
    """As it is now."""
    shutil.copytree(house.path, copy, symlinks=True, ignore=shutil.ignore_patterns(*RUNNING))
    return SavedHouse(house, copy)

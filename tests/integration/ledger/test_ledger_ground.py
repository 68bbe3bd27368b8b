"""A ledger on SQLite whose file, folder or disk refuses: folder, the system's reason and remedy, and no address."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.core.errors import LedgerUnavailable
from pipeline.ledger.db.engine import connect, transaction
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.log import RecipientLog
from tests.support.ground import KINDS, NOBODY, may_mount, mounted, without_overrides
from tests.support.worlds.small_world import GENT


def no_right_to_write(file: Path) -> None:
    os.chown(file, NOBODY, NOBODY)
    file.chmod(0o444)


def a_folder_that_takes_no_files(file: Path) -> None:
    """SQLite puts its log beside the file."""
    file.parent.chmod(0o555)


def in_the_place_of_the_file(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def put(file: Path) -> None:
        file.unlink()
        make(file)

    return put


RUINS: dict[str, tuple[Callable[[Path], None], str]] = {
    "another user's file": (no_right_to_write, "Permission denied"),
    "a read-only folder": (a_folder_that_takes_no_files, "Permission denied"),
    "a folder": (in_the_place_of_the_file(lambda file: file.mkdir()), "Is a directory"),
    "a circle of links": (in_the_place_of_the_file(KINDS["a circle"][0]), "Too many levels of symbolic links"),
    "a link to no folder": (
        in_the_place_of_the_file(lambda file: file.symlink_to(file.parent / "gone" / "ledger.db")),
        "No such file or directory",
    ),
}

DISKS = {"a full disk": "No space left on device", "a read-only disk": "Read-only file system"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger that is sound, with the lock of one recipient."""
    (folder := tmp_path / "ledgers").mkdir()
    with uses(folder / "s3cret.db"):
        pass
    return folder / "s3cret.db"


@contextmanager
def uses(file: Path) -> Iterator[RecipientLog]:
    """As a delivery: opened anew, and with the recipient's records locked."""
    ledger = LedgerDb(connect(f"sqlite:///{file}"))
    with ledger.delivering(GENT) as log:
        with transaction(ledger.engine) as connection:
            connection.exec_driver_sql("create table if not exists filler (x)")
            connection.exec_driver_sql("insert into filler values (zeroblob(100000))")
        yield log


def refusal(file: Path) -> str:
    with pytest.raises(LedgerUnavailable) as caught, without_overrides(), uses(file):
        pass
    said = str(caught.value)
    assert said.startswith("the ledger cannot be read or written (") and "\n" not in said
    assert "nothing is sent without it" in said and "check the connection ledger_db" in said and "s3cret" not in said
    return said


@contextmanager
def ruined(file: Path, what: str) -> Iterator[str]:
    """The system's reason."""
    if what in DISKS:
        kept = shutil.copytree(file.parent, file.parent.with_name("kept"))
        with mounted(file.parent, read_only=what == "a read-only disk", holding=kept):
            yield DISKS[what]
        return
    ruin, reason = RUINS[what]
    ruin(file)
    yield reason


@pytest.mark.parametrize("what", [*RUINS, *(DISKS if may_mount() else ())])
def test_a_refusal_names_the_folder_the_reason_and_the_remedy(file: Path, what: str) -> None:
    with ruined(file, what) as reason:
        said = refusal(file)
    assert re.search(rf"{re.escape(str(file.parent))} cannot be used \({reason}\): \w+", said), said

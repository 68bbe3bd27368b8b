"""A host that means harm, before the folder of the way back: it is told and delays nothing. Nothing is on record but
of references that the recipient had. Once it is honest, all is taken in."""

import time
from pathlib import Path

import pytest

from pipeline.delivery.sftp.folder import SftpHost
from pipeline.demo.host import prepare
from tests.support.hostile.flows import HASTY
from tests.support.hostile.table import BEHAVIOURS
from tests.support.hostile_host import hostile
from tests.support.publishing import MemoryLedger
from tests.support.returns import returns_world

MET = (
    "a banner that drips",
    "a page that claims four billion names",
    "a name of 1 MB",
    "names with NUL, newline, escape codes, not UTF-8",
    "files of 1 TB",
    "files of -1 bytes",
    "files that are links",
    "attributes that are not there",
    "bytes of another place",
    "a file that never ends",
    "no answer to read",
    "cut at close",
    "OK to renames that it does not do",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    prepare(made, ())
    return made


@pytest.mark.parametrize("name", MET)
def test_what_a_host_does_there_is_told_and_ends(name: str, tmp_path: Path, home: Path) -> None:
    behaviour, world = BEHAVIOURS[name], returns_world(tmp_path)
    stem = world.put("R1;geen_contact", "R2;verhuisd")
    with hostile(world.way_back, home, behaviour.misconduct) as host:
        world.site = SftpHost(host.endpoint, HASTY, behaviour.limits)
        began = time.monotonic()
        found = world.take_in()
        assert time.monotonic() - began < HASTY.delivery_deadline_seconds + 5
        assert host.met
    assert all(remark.text.isprintable() and remark.text.isascii() for remark in found.remarks)
    assert set(world.said) <= {("geen_contact", "R1"), ("verhuisd", "R2")}
    assert isinstance(world.ledger, MemoryLedger)
    receipts = {name.rpartition(".")[0] for name in world.names(".OK") + world.names(".FOUT")}
    assert receipts <= {one.name.removesuffix(".csv") for one in world.ledger.returned_files()}
    world.site = None
    world.take_in()
    assert world.said[-2:] == [("geen_contact", "R1"), ("verhuisd", "R2")] and f"{stem}.OK" in world.names()
    world.agrees()

"""Every misconduct of a recipient's host that we thought of, against each thing that a delivery does there: it ends as
docs/hosts.md says, within its time and memory, and nothing that the host says is shown as it says it."""

import hashlib
import logging
import re
import time
from pathlib import Path

import pytest
from paramiko import sftp

from pipeline.core.errors import DeliveryTransient
from pipeline.core.settings import Settings
from pipeline.delivery.ports import ANOTHER_SIZE
from pipeline.delivery.sftp.client import BLOCK
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.demo.host import prepare
from tests.support.hostile.answers import KINDS
from tests.support.hostile.behaviour import Behaviour, End
from tests.support.hostile.flows import PATIENT, run_all
from tests.support.hostile.page import ends_of, ends_on_page
from tests.support.hostile.table import BEHAVIOURS
from tests.support.hostile_host import HostileFiles, Misconduct, Request, attrs, hostile

MOST_SECONDS = PATIENT.delivery_deadline_seconds + 5
"""Of a flow: whatever the host does and however busy this machine is."""
MOST_MEGABYTES = 200
"""Of all seven flows together, with their hosts in this process."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    prepare(made, ())
    return made


def peak_kilobytes() -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_each_behaviour_ends_as_the_page_says(
    name: str, tmp_path: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    behaviour = BEHAVIOURS[name]
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = peak_kilobytes()
    with caplog.at_level(logging.DEBUG):
        ended = run_all(behaviour, tmp_path, home)
    assert peak_kilobytes() - before < MOST_MEGABYTES * 1024
    assert ends_of(ended) == ends_on_page()[name]
    assert not {End.UNTRUE, End.STUCK, End.OTHER} & {each.end for each in ended}
    for each in ended:
        assert each.seconds < MOST_SECONDS
        if each.end in (End.TRANSIENT, End.REFUSED):
            _says_what_to_do(each.says)
        if each.end is behaviour.ends:
            assert re.search(behaviour.words, each.says), each.says
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("tests.")]
    assert [message for message in ours if not message.isprintable()] == []


def _says_what_to_do(text: str) -> None:
    """One sentence: where, at which phase, and what to do; without a byte of the host's that could steer a terminal."""
    assert text.isascii() and text.isprintable() and ". " not in text
    assert re.search(r"^gent@host:22[: ]|^0212214125: ", text), text
    assert re.search(
        r": (it is tried again|have |ask |check |find out|look again|move it)|; nothing was sent: ", text
    ), text


def test_the_table_is_as_long_as_was_promised() -> None:
    """And every behaviour comes to pass in some flow, so that none is listed for nothing."""
    assert len(BEHAVIOURS) >= 40
    assert set(ends_on_page()) == set(BEHAVIOURS)
    assert "never met" not in ends_on_page().values()


@pytest.mark.parametrize("kind", ["look", "read"])
def test_a_host_that_answers_all_at_the_last_moment_has_its_deadline(kind: str, tmp_path: Path, home: Path) -> None:
    """So it delays nobody beyond its own slot: whatever it does, its connection is over by then."""

    def answer(files: HostileFiles, asked: Request) -> bytes:
        if asked.kind == KINDS[kind]:
            files.host.over.wait(0.2)
        return asked.honest

    settings = Settings(connect_timeout_seconds=20, channel_timeout_seconds=20, delivery_deadline_seconds=1)
    (tmp_path / "x").write_bytes(bytes(40 * 32_000))
    with hostile(tmp_path, home, Misconduct(answer=answer)) as host:
        began = time.monotonic()
        with (
            pytest.raises(DeliveryTransient, match=r"took longer than the deadline at .+ \(1 s in all\)"),
            SftpHost(host.endpoint, settings).open() as folder,
        ):
            while True:
                folder.sha256("x")
        assert time.monotonic() - began < 10


def test_no_more_is_read_than_what_was_put_there_and_one_block(tmp_path: Path, home: Path) -> None:
    """Of a file that has its size when it is looked at, and a gigabyte when it is read; of another size, nothing."""
    lengths: list[int] = []

    def answer(_files: HostileFiles, asked: Request) -> bytes:
        if asked.kind == KINDS["read"]:
            lengths.append(int.from_bytes(asked.body[-4:]))
        return attrs(asked.number, 77) if asked.kind == sftp.CMD_LSTAT else asked.honest

    with (tmp_path / "x").open("wb") as file:
        file.truncate(1 << 30)
    with (
        hostile(tmp_path, home, Misconduct(answer=answer)) as host,
        SftpHost(host.endpoint, Settings()).open() as folder,
    ):
        assert folder.sha256("x", 77) != hashlib.sha256(bytes(77)).hexdigest()
        assert len(folder.read("x", 77) or b"") == 77 + BLOCK and sum(lengths) == 2 * (77 + BLOCK)
        assert (folder.sha256("x", 78), folder.read("x", 78)) == (ANOTHER_SIZE, None)
        assert sum(lengths) == 2 * (77 + BLOCK), "it is not read"


def test_a_limit_that_ends_the_connection_is_told_of_all_that_follows(tmp_path: Path, home: Path) -> None:
    """Not "does not answer": what was refused last would say nothing of why."""
    big: Behaviour = BEHAVIOURS["an error message of 10 MB"]
    (tmp_path / "AANMELDING_1").touch()

    def answer(files: HostileFiles, asked: Request) -> bytes:
        given = big.misconduct.answer
        assert given
        return given(files, asked) if asked.path == "/out/AANMELDING_1" else asked.honest

    with (
        hostile(tmp_path, home, Misconduct(answer=answer)) as host,
        SftpHost(host.endpoint, Settings()).open() as folder,
    ):
        for name in ("AANMELDING_1", "another"):
            with pytest.raises(
                Exception, match="sends an answer of more than 262,144 bytes at looking for AANMELDING_1"
            ):
                folder.stat(name)

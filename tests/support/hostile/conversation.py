"""Conversations with a host that sends whatever comes to it: its answers are spoilt here and there.

Over a socket pair, without SSH, so that thousands can be had; or over a bare line on which no SSH ever comes about. A
spoilt answer comes after the host did what was asked: whether a host that did not is believed is another question.
"""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from unittest import mock

from hypothesis import strategies as st

from pipeline.core.settings import Settings
from pipeline.delivery.sftp.connection import SftpConnection
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.delivery.sftp.limits import HostLimits
from pipeline.delivery.sftp.looks import LookingClient
from pipeline.delivery.sftp.transport import WatchedSocket
from pipeline.demo.host import prepare
from tests.support.hostile.behaviour import End
from tests.support.hostile.flows import FLOWS, Ended, ended_of
from tests.support.hostile_host import ENDED, HostileFiles, HostileHost, Misconduct, Request, hostile
from tests.support.servers.unruly_host import framed, status

Spoil = Callable[[Request], bytes]
SHORT = Settings(connect_timeout_seconds=0.2, channel_timeout_seconds=0.1, delivery_deadline_seconds=5)
FEW = replace(HostLimits(), names=500, pages=50, idle_packets=200)
HELLO = b"SSH-2.0-hostile\r\n"


def _flip(places: list[tuple[int, int]]) -> Spoil:
    def spoil(asked: Request) -> bytes:
        given = bytearray(asked.honest)
        for place, value in places:
            given[place % len(given)] = value
        return bytes(given)

    return spoil


def _cut(_asked: Request) -> bytes:
    raise EOFError


spoils: st.SearchStrategy[Spoil] = st.one_of(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=6).map(_flip),
    st.integers(0, 40).map(lambda count: lambda asked: asked.honest[:count]),
    st.binary(max_size=200).map(lambda more: lambda asked: asked.honest + more),
    st.binary(max_size=400).map(lambda whole: lambda asked: bytes(whole)),
    st.tuples(st.integers(0, 255), st.binary(max_size=300)).map(
        lambda packet: lambda asked: framed(packet[0], asked.number + packet[1])
    ),
    st.integers(0, 2**32 - 1).map(lambda length: lambda asked: struct.pack(">I", length) + asked.honest[4:]),
    st.integers(0, 2**32 - 1).map(lambda code: lambda asked: asked.honest and status(asked.number, code)),
    st.integers(1, 300).map(lambda times: lambda asked: asked.honest * times),
    st.just(_cut),
)
scripts = st.dictionaries(st.integers(0, 70), spoils, min_size=1, max_size=5)
"""At which request, counted from 0 (the version), what is said instead."""
lines = st.tuples(st.booleans(), st.lists(st.binary(min_size=1, max_size=400), max_size=5))
"""Whether it begins as SSH does, and what it says afterwards, before it ends the line."""


@contextmanager
def _paired(host: HostileHost) -> Any:
    """Every connection of the product leads to this host, over a socket pair."""

    class Near(WatchedSocket):
        def get_name(self) -> str:
            return "paired"

    class Paired(SftpConnection):
        threads: ClassVar[list[threading.Thread]] = []

        def _dial(self) -> None:
            near, far = socket.socketpair()
            self._raw = Near(fileno=near.detach())
            self._raw.watch = self._watch
            self._raw.settimeout(SHORT.channel_timeout_seconds)
            self.threads.append(threading.Thread(target=_serve, args=(host, far)))
            self.threads[-1].start()

        def _log_in(self, key: object) -> None:
            """There is no SSH."""

        def _start(self) -> LookingClient:
            return LookingClient(self._raw, self._watch)  # type: ignore[arg-type]

    with mock.patch("pipeline.delivery.sftp.folder.SftpConnection", Paired):
        yield
    for thread in Paired.threads:
        thread.join(10)
        assert not thread.is_alive(), "the host goes on after its conversation"


def _serve(host: HostileHost, far: socket.socket) -> None:
    with far, suppress(*ENDED):
        HostileFiles(host, far).serve()


@dataclass
class Conversations:
    """Worlds of each flow, made once: each conversation has a copy of one. The host's keys are kept in `home`."""

    folder: Path
    home: Path

    def __post_init__(self) -> None:
        self._worlds = {name: flow.ready(self.folder / name) for name, flow in FLOWS.items()}

    def spoilt(self, flow: str, script: Mapping[int, Any]) -> Ended:
        """One flow, whose answers are spoilt by the script."""
        asked_before = 0

        def answer(_files: HostileFiles, asked: Request) -> bytes:
            nonlocal asked_before
            spoil = script.get(asked_before)
            asked_before += 1
            honest = asked.honest
            return spoil(asked) if spoil else honest

        with self._copy(flow) as world:
            host = HostileHost(world.view.path, prepare(self.home, ()), Misconduct(answer=answer))
            world.site = SftpHost(host.endpoint, SHORT, FEW)
            with _paired(host):
                return ended_of(flow, world, host)

    def on_a_line(self, is_ssh: bool, pieces: list[bytes]) -> Ended:
        """A drop, on a line on which no SSH comes about."""

        def say(_host: HostileHost, end: socket.socket) -> None:
            for piece in ([HELLO] if is_ssh else []) + pieces:
                end.sendall(piece)

        with self._copy("drop") as world, hostile(world.view.path, self.home, Misconduct(line=say)) as host:
            world.site = SftpHost(host.endpoint, SHORT, FEW)
            return ended_of("drop", world, host)

    @contextmanager
    def _copy(self, flow: str) -> Any:
        with TemporaryDirectory(dir=self.folder) as folder:
            yield self._worlds[flow].copy(Path(folder) / "world")


BAD = (End.UNTRUE, End.STUCK, End.OTHER)


def judge(ended: Ended) -> None:
    """Whatever the host sends: success that is true, or one of the two errors, in our own words, and in time.

    A host that says that a file is gone is believed: nobody can prove that it is not.
    """
    assert ended.end not in BAD, f"{ended.flow}: {ended.end} {ended.says}"
    assert ended.says.isascii() and ended.says.isprintable(), f"{ended.flow} repeats the host: {ended.says!r}"
    assert ended.seconds < 2 * SHORT.delivery_deadline_seconds, f"{ended.flow} took {ended.seconds:.1f} s"

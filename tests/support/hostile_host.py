"""A recipient's host that means harm: raw bytes and raw SFTP packets of our choosing, after a real SSH handshake.

It serves a folder on disk as a host of good will does, but for what its misconduct says. What it may do is in
`tests/support/hostile/`.
"""

import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import paramiko
from paramiko import sftp

from pipeline.delivery.sftp.folder import Endpoint
from pipeline.demo.host import HostKeys, prepare
from tests.support.servers.unruly_host import UnrulyHost, framed, page_of, status

OUT = "/out"
ENDED = (EOFError, OSError, paramiko.SSHException)


@dataclass(frozen=True)
class Request:
    """One of SFTP's; `path` is None where a handle is given."""

    kind: int
    number: bytes
    body: bytes
    path: str | None
    do: Callable[[], bytes]

    @cached_property
    def honest(self) -> bytes:
        """What a host of good will answers, once it has done it."""
        return self.do()


Answering = Callable[["HostileFiles", Request], bytes]
"""What is sent for a request: an answer, more than one, a part of one, or nothing."""


@dataclass(frozen=True)
class Misconduct:
    """What a host does instead; each part that is None is as it should be.

    `line` has the bare socket to itself, `session` the channel on which SFTP should be spoken; `login` is called when a
    key is shown, `opening` when a channel is asked for, `subsystem` when SFTP is: each may take as long as it likes.
    `answer` answers the requests of SFTP. `window`: bytes that we may send at first.
    """

    line: Callable[["HostileHost", socket.socket], None] | None = None
    login: Callable[["HostileHost", paramiko.Transport], None] | None = None
    opening: Callable[["HostileHost", paramiko.Transport], None] | None = None
    subsystem: Callable[["HostileHost", paramiko.Transport], None] | None = None
    session: Callable[["HostileHost", paramiko.Channel], None] | None = None
    answer: Answering | None = None
    window: int | None = None


@dataclass
class HostileHost:
    """`root` is what lies in the folder; `met`: whether the misconduct came to pass; `over`: whether the test is."""

    root: Path
    keys: HostKeys
    misconduct: Misconduct
    met: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("127.0.0.1", self.port, "gent", OUT, self.keys.host_public, self.keys.agency_private)

    def serve(self, end: socket.socket, key: paramiko.PKey) -> None:
        """One connection, to its end."""
        with suppress(*ENDED), end:
            if self.misconduct.line:
                self.met = True
                return self.misconduct.line(self, end)
            transport = paramiko.Transport(end, default_window_size=self.misconduct.window or 2_097_152)
            transport.set_log_channel("tests.hostile")
            transport.add_server_key(key)
            door = _Door(self, transport)
            try:
                transport.start_server(server=door)
                while transport.is_active() and not door.asked.wait(0.01):
                    pass
                if door.channel:
                    self._session(door.channel)
            finally:
                transport.close()

    def _session(self, channel: paramiko.Channel) -> None:
        if self.misconduct.session:
            self.met = True
            self.misconduct.session(self, channel)
        else:
            HostileFiles(self, channel).serve()


class _Door(paramiko.ServerInterface):
    """Lets anybody in; `asked` for SFTP."""

    def __init__(self, host: HostileHost, transport: paramiko.Transport) -> None:
        self.asked, self.channel = threading.Event(), None
        self._host, self._transport = host, transport

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._misbehave(self._host.misconduct.login)
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        self._misbehave(self._host.misconduct.opening)
        return paramiko.OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        self._misbehave(self._host.misconduct.subsystem)
        self.channel = channel
        threading.Timer(0, self.asked.set).start()  # once the answer to this is on its way
        return True

    def _misbehave(self, how: Callable[[HostileHost, paramiko.Transport], None] | None) -> None:
        if how:
            self._host.met = True
            how(self._host, self._transport)


class HostileFiles(UnrulyHost):
    """SFTP on one channel, over the files on disk."""

    def __init__(self, host: HostileHost, channel: Any) -> None:
        super().__init__(channel, seed=0, patience=1)
        self.host, self._opened, self._next = host, {}, 0

    def _answer(self, kind: int, body: bytes) -> bytes:
        if kind == sftp.CMD_INIT:
            asked = Request(kind, b"", body, None, lambda: framed(sftp.CMD_VERSION, struct.pack(">I", 3)))
        else:
            number, rest = body[:4], body[4:]
            asked = Request(kind, number, rest, self._path(kind, rest), lambda: self._honest(kind, number, rest))
        answer = self.host.misconduct.answer
        given = answer(self, asked) if answer else asked.honest
        self.host.met = self.host.met or given != vars(asked).get("honest")
        return given

    def wait(self) -> bytes:
        """Say nothing until the test is over."""
        self.host.met = True
        self.host.over.wait(60)
        raise EOFError

    def file_of(self, path: str) -> Path:
        return self.host.root / path.rsplit("/", 1)[-1] if path != OUT else self.host.root

    def _path(self, kind: int, rest: bytes) -> str | None:
        if kind in (sftp.CMD_READ, sftp.CMD_WRITE, sftp.CMD_CLOSE, sftp.CMD_FSTAT, sftp.CMD_FSETSTAT, sftp.CMD_READDIR):
            return None
        texts = _texts(rest)
        return (texts[1] if kind == sftp.CMD_EXTENDED else texts[0]).decode()

    def _honest(self, kind: int, number: bytes, rest: bytes) -> bytes:
        """Raises nothing: what the disk refuses is the host's answer."""
        try:
            return self._does(kind, number, rest)
        except FileNotFoundError:
            return status(number, sftp.SFTP_NO_SUCH_FILE)
        except (OSError, KeyError):  # a handle that is not its own, since it gave another one
            return status(number, sftp.SFTP_FAILURE)

    def _does(self, kind: int, number: bytes, rest: bytes) -> bytes:
        texts = _texts(rest)
        if kind in (sftp.CMD_STAT, sftp.CMD_LSTAT):
            found = self.file_of(texts[0].decode()).stat(follow_symlinks=kind == sftp.CMD_STAT)
            return attrs(number, found.st_size, found.st_mode)
        if kind == sftp.CMD_OPEN:
            return self._open(number, texts[0].decode(), int.from_bytes(rest[4 + len(texts[0]) :][:4]))
        if kind == sftp.CMD_OPENDIR:
            return self._keep(number, iter([sorted(path.name for path in self.host.root.iterdir())]))
        if kind == sftp.CMD_REMOVE:
            self.file_of(texts[0].decode()).unlink()
        elif kind == sftp.CMD_RENAME or (kind == sftp.CMD_EXTENDED and texts[0] == b"posix-rename@openssh.com"):
            old, new = texts[-2:]
            self.file_of(old.decode()).rename(self.file_of(new.decode()))
        elif kind != sftp.CMD_EXTENDED:
            return self._with_handle(kind, number, texts[0], rest[4 + len(texts[0]) :])
        return status(number, sftp.SFTP_OK)

    def _open(self, number: bytes, path: str, flags: int) -> bytes:
        if flags & sftp.SFTP_FLAG_WRITE:
            return self._keep(number, os.open(self.file_of(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        return self._keep(number, os.open(self.file_of(path), os.O_RDONLY))

    def _keep(self, number: bytes, what: Any) -> bytes:
        self._next += 1
        handle = b"h%d" % self._next
        self._opened[handle] = what
        return framed(sftp.CMD_HANDLE, number + string(handle))

    def _with_handle(self, kind: int, number: bytes, handle: bytes, rest: bytes) -> bytes:
        what = self._opened[handle]
        if kind == sftp.CMD_READDIR:
            names = next(what, None)
            return page(number, names) if names else status(number, sftp.SFTP_EOF)
        if kind == sftp.CMD_FSTAT:
            found = os.fstat(what)
            return attrs(number, found.st_size, found.st_mode)
        if kind == sftp.CMD_READ:
            offset, length = struct.unpack(">QI", rest)
            block = os.pread(what, length, offset)
            return data(number, block) if block else status(number, sftp.SFTP_EOF)
        if kind == sftp.CMD_WRITE:
            os.pwrite(what, rest[12:], int.from_bytes(rest[:8]))
        if kind == sftp.CMD_CLOSE and isinstance(self._opened.pop(handle), int):
            os.close(what)
        return status(number, sftp.SFTP_OK)


def string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def page(number: bytes, names: list[str]) -> bytes:
    return framed(sftp.CMD_NAME, number + page_of(name.encode() for name in names))


def data(number: bytes, block: bytes) -> bytes:
    return framed(sftp.CMD_DATA, number + string(block))


def attrs(number: bytes, size: int | None, mode: int | None = stat.S_IFREG | 0o640) -> bytes:
    flags = (size is not None) | (mode is not None) << 2
    fields = (b"" if size is None else struct.pack(">Q", size)) + (b"" if mode is None else struct.pack(">I", mode))
    return framed(sftp.CMD_ATTRS, number + struct.pack(">I", flags) + fields)


def _texts(rest: bytes) -> list[bytes]:
    """The strings with which a request begins, as far as they make sense."""
    texts = []
    while len(rest) >= 4 and (length := int.from_bytes(rest[:4])) <= len(rest) - 4 and length < 10_000:
        texts.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    return texts


@contextmanager
def hostile(root: Path, home: Path, misconduct: Misconduct) -> Iterator[HostileHost]:
    """Such a host, on a port of 127.0.0.1, until the block ends; its keys are kept in `home`."""
    host, threads, ends = HostileHost(root, prepare(home, ()), misconduct), [], []
    key = paramiko.Ed25519Key.from_private_key_file(str(home / "keys" / "host"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        host.port = server.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    end, _ = server.accept()
                except OSError:
                    return
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ends.append(end)
                threads.append(threading.Thread(target=host.serve, args=(end, key)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield host
        finally:
            host.over.set()
            server.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for end in ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)
                assert not thread.is_alive(), "a hostile host goes on after its test"

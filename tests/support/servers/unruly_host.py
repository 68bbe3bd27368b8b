"""SFTP's bare protocol over a socket pair: a host that answers in any order and gives as little as it likes.

Without SSH, so that thousands of conversations can be had. Version 3 lets a host answer in any order, and a read may
give less than was asked; only `pages` may be beyond the standard's letter.
"""

import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from random import Random

from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_FSETSTAT,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_INIT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_STAT,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FAILURE,
    SFTP_OK,
)

from pipeline.delivery.sftp.client import CheckedClient

HANDLE = struct.pack(">I", 1) + b"h"


class UnrulyHost:
    """Holds one file. `patience`: how many requests it lets gather before it answers them, shuffled.

    `refuse`: the number of the write that it refuses, from 1. `pages`: a listing's, as bytes after their number.
    `attributes`: what it says of any file, likewise; None for the truth.
    """

    def __init__(self, end: socket.socket, seed: int, patience: int, refuse: int | None = None) -> None:
        self.pages: Iterator[bytes] = iter(())
        self.attributes: bytes | None = None
        self.file, self.writes, self.most_waiting = bytearray(), 0, 0
        self._end, self._chance, self._patience, self._refuse = end, Random(seed), patience, refuse
        self._waiting: list[bytes] = []

    def serve(self) -> None:
        """Until the other side ends."""
        try:
            while True:
                kind, body = self._packet(block=not self._waiting)
                if kind is None or not self._take(kind, body):
                    self._answer_all()
        except EOFError:
            return
        finally:
            self._end.shutdown(socket.SHUT_RDWR)

    def _packet(self, block: bool) -> tuple[int | None, bytes]:
        """The next request; None when none comes soon, and there are some to be answered."""
        self._end.settimeout(None if block else 0.002)
        try:
            first = self._end.recv(1)
        except TimeoutError:
            return None, b""
        finally:
            self._end.settimeout(None)
        if not first:
            raise EOFError
        (length,) = struct.unpack(">I", first + self._exactly(3))
        packet = self._exactly(length)
        return packet[0], packet[1:]

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            if not (more := self._end.recv(count - len(data))):
                raise EOFError
            data += more
        return data

    def _take(self, kind: int, body: bytes) -> bool:
        """False when it is time to answer."""
        self._waiting.append(self._answer(kind, body))
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        return kind in (CMD_READ, CMD_WRITE) and len(self._waiting) < self._patience

    def _answer_all(self) -> None:
        self._chance.shuffle(self._waiting)
        self._end.sendall(b"".join(self._waiting))
        self._waiting.clear()

    def _answer(self, kind: int, body: bytes) -> bytes:
        number, rest = body[:4], body[4:]
        if kind == CMD_INIT:
            return framed(CMD_VERSION, struct.pack(">I", 3))
        if kind in (CMD_OPEN, CMD_OPENDIR):
            return framed(CMD_HANDLE, number + HANDLE)
        if kind == CMD_READDIR:
            page = next(self.pages, None)
            return status(number, SFTP_EOF) if page is None else framed(CMD_NAME, number + page)
        if kind in (CMD_FSTAT, CMD_STAT):
            told = struct.pack(">IQ", 1, len(self.file)) if self.attributes is None else self.attributes
            return framed(CMD_ATTRS, number + told)
        if kind == CMD_WRITE:
            return status(number, self._write(rest[len(HANDLE) :]))
        if kind == CMD_READ:
            return self._read(number, rest[len(HANDLE) :])
        assert kind in (CMD_CLOSE, CMD_EXTENDED, CMD_FSETSTAT)
        return status(number, SFTP_OK)

    def _write(self, rest: bytes) -> int:
        self.writes += 1
        offset, length = struct.unpack(">QI", rest[:12])
        if self.writes == self._refuse:
            return SFTP_FAILURE
        self.file.extend(bytes(max(0, offset + length - len(self.file))))
        self.file[offset : offset + length] = rest[12:]
        return SFTP_OK

    def _read(self, number: bytes, rest: bytes) -> bytes:
        offset, length = struct.unpack(">QI", rest)
        data = bytes(self.file[offset : offset + self._chance.choice([length, length, max(1, length // 3)])])
        if not data:
            return status(number, SFTP_EOF)
        return framed(CMD_DATA, number + struct.pack(">I", len(data)) + data)


def page_of(names: Iterable[bytes], claimed: int | None = None, attributes: bytes = bytes(4)) -> bytes:
    """A page of a listing, which claims to have so many names (default: as many as it has)."""
    entries = [struct.pack(">I", len(name)) + name + bytes(4) + attributes for name in names]
    return struct.pack(">I", len(entries) if claimed is None else claimed) + b"".join(entries)


def framed(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", len(body) + 1, kind) + body


def status(number: bytes, code: int) -> bytes:
    return framed(CMD_STATUS, number + struct.pack(">III", code, 0, 0))


class Line(socket.socket):
    """A socket with the one thing that paramiko asks of a channel besides."""

    def get_name(self) -> str:
        return "unruly"


@contextmanager
def unruly(seed: int, patience: int, refuse: int | None = None) -> Iterator[tuple[CheckedClient, UnrulyHost]]:
    """A client of ours that talks to such a host."""
    one, far = socket.socketpair()
    near = Line(fileno=one.detach())
    host = UnrulyHost(far, seed, patience, refuse)
    thread = threading.Thread(target=host.serve)
    thread.start()
    try:
        yield CheckedClient(near), host
    finally:
        near.close()
        thread.join()
        far.close()

"""An SFTP client whose success means success.

paramiko's own put() looks at the answers to its writes only once more than 100 are outstanding, and swallows an error
at close: it can report success for a corrupt file. Its prefetch() leaves a thread spinning when the connection breaks,
and its listdir() fails on a name that is not UTF-8. Here every answer is looked at, with 64 requests under way. It
leans on paramiko's private names, so paramiko is pinned.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from paramiko import Channel, SFTPAttributes, SFTPClient, SFTPError
from paramiko.message import Message
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_FSETSTAT,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_STATUS,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_WRITE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
    int64,
)

BLOCK = 32_000
"""Bytes a request: 32,768 would spill into a second packet and meet Nagle's algorithm."""
UNDER_WAY = 64
AHEAD = 1 << 20
"""Bytes taken from the channel at most at a time."""

_NEW = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL


class Readable(Protocol):
    """A file to send."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at its end."""


class StatusError(OSError):
    """The host answered with this SFTP status; the connection is sound, and may be used further."""

    def __init__(self, code: int) -> None:
        super().__init__(f"SFTP status {code}")
        self.code = code


class CheckedClient(SFTPClient):
    """Its methods raise StatusError for a refusal, SFTPError for an answer that is none, and what paramiko raises.

    Requests go out together, so that a distant host is waited for less often, where a host that took them in another
    order than the standard's would have to refuse one; never where that would pass in silence, as a sync that
    overtakes the writes would.
    """

    def __init__(self, channel: Channel) -> None:
        """Over an open channel on which the host speaks SFTP."""
        self._ahead = bytearray()
        super().__init__(channel)

    def write_new(self, source: Readable, path: str, mode: int) -> list[str]:
        """Write a file, give it its mode, sync it to disk and close it; one of an earlier try is replaced.

        Gives the names of what the host does not offer: "mode" or "fsync".
        """
        handle = self._open_new(path)
        answers = _Statuses()
        try:
            self._write(source, handle, mode, answers)
        except StatusError:
            self._request(CMD_CLOSE, handle)
            raise
        answers.optional[self._send(answers, CMD_EXTENDED, b"fsync@openssh.com", handle)] = "fsync"
        self._send(answers, CMD_CLOSE, handle)
        self._must_all(answers)
        return answers.lacking

    def sha256(self, path: str, size: int | None = None) -> str:
        """Hexadecimal SHA-256 of what the host gives back; who knows what `size` it must have waits less."""
        digest = hashlib.sha256()
        with self._opened(path) as handle:
            for block in self._read(handle, size):
                digest.update(block)
        return digest.hexdigest()

    def content(self, path: str) -> bytes:
        """All that the host gives back."""
        with self._opened(path) as handle:
            return b"".join(self._read(handle, None))

    def names(self, folder: str) -> list[str]:
        """Names in a folder; what is not UTF-8 in them is replaced, so such a name serves to be looked at only."""
        handle = self._ask(CMD_HANDLE, CMD_OPENDIR, folder.encode()).get_binary()
        found: list[str] = []
        while page := self._page(handle):
            found += page
        self._request(CMD_CLOSE, handle)
        return found

    def supersede(self, old: str, new: str) -> bool:
        """Rename, replacing what is there in one step; False when the host does not offer that."""
        return self._offered(CMD_EXTENDED, b"posix-rename@openssh.com", old.encode(), new.encode())

    def _page(self, handle: bytes) -> list[str]:
        try:
            answer = self._ask(CMD_NAME, CMD_READDIR, handle)
        except EOFError:
            return []
        return [_name(answer) for _ in range(answer.get_int())]

    def _open_new(self, path: str) -> bytes:
        """The handle of a file that must not exist; one that does is our own, left by a try that was killed."""
        try:
            return self._open(path, _NEW, _mode(0o600))
        except StatusError as error:
            if error.code in (SFTP_NO_SUCH_FILE, SFTP_PERMISSION_DENIED):
                raise
            try:
                self.remove(path)
            except StatusError:
                raise error from None  # it was not the name that was in the way
        return self._open(path, _NEW, _mode(0o600))

    def _open(self, path: str, flags: int, attributes: SFTPAttributes) -> bytes:
        return self._ask(CMD_HANDLE, CMD_OPEN, path.encode(), flags, attributes).get_binary()

    @contextmanager
    def _opened(self, path: str) -> Iterator[bytes]:
        """The handle to read by; closed after a refusal too, and a refused close is an error."""
        handle = self._open(path, SFTP_FLAG_READ, SFTPAttributes())
        try:
            yield handle
        except StatusError:
            self._request(CMD_CLOSE, handle)
            raise
        self._request(CMD_CLOSE, handle)

    def _write(self, source: Readable, handle: bytes, mode: int, answers: "_Statuses") -> None:
        """The bytes and then the mode; all is answered when it ends."""
        offset = 0
        while answers.error is None and (block := source.read(BLOCK)):
            while answers.missing >= UNDER_WAY:
                self._read_response()
            self._send(answers, CMD_WRITE, handle, int64(offset), block)
            offset += len(block)
        if answers.error is None:
            answers.optional[self._send(answers, CMD_FSETSTAT, handle, _mode(mode))] = "mode"
        self._must_all(answers)

    def _must_all(self, answers: "_Statuses") -> None:
        """Raises the first refusal, once none of them is left to come."""
        while answers.missing:
            self._read_response()
        if answers.error is not None:
            raise answers.error

    def _read(self, handle: bytes, size: int | None) -> Iterator[bytes]:
        """In order, whatever order the host answers in; what lies beyond `size` is asked for too, so that it shows."""
        if size is None:
            size = SFTPAttributes._from_msg(self._ask(CMD_ATTRS, CMD_FSTAT, handle)).st_size or 0
        answers, asked = _Blocks(), deque[tuple[int, int, int]]()
        for offset in (*range(0, size, BLOCK), size):
            if len(asked) >= UNDER_WAY:
                yield self._block(handle, answers, *asked.popleft())
            length = min(BLOCK, size - offset) or BLOCK
            asked.append((self._send(answers, CMD_READ, handle, int64(offset), length), offset, length))
        for number, offset, length in asked:
            yield self._block(handle, answers, number, offset, length)

    def _block(self, handle: bytes, answers: "_Blocks", number: int, offset: int, length: int) -> bytes:
        """The answer to one read; a host may give less than was asked, and is then asked for the rest."""
        while number not in answers.data and answers.error is None:
            self._read_response()
        if answers.error is not None:
            raise answers.error
        block = more = answers.data.pop(number)
        while more and len(block) < length:
            more = self._piece(handle, offset + len(block), length - len(block))
            block += more
        return block

    def _piece(self, handle: bytes, offset: int, length: int) -> bytes:
        try:
            return self._ask(CMD_DATA, CMD_READ, handle, int64(offset), length).get_binary()
        except EOFError:
            return b""

    def _offered(self, kind: int, *what: Any) -> bool:
        try:
            self._request(kind, *what)
        except StatusError as error:
            if error.code != SFTP_OP_UNSUPPORTED:
                raise
            return False
        return True

    def _ask(self, expected: int, kind: int, *what: Any) -> Message:
        """The answer, which must be of the expected kind."""
        got, answer = self._request(kind, *what)
        if got != expected:
            raise SFTPError("unexpected kind of answer")
        return answer

    def _send(self, answers: "_Statuses | _Blocks", kind: int, *what: Any) -> int:
        """The number of a request that is not waited for."""
        answers.missing += 1
        number: int = self._async_request(answers, kind, *what)
        return number

    def _read_all(self, n: int) -> bytes:
        """paramiko's takes little at a time from a buffer of which all the rest then moves up: at 64 blocks that wait
        it takes longer than the network."""
        while len(self._ahead) < n:
            came = self.sock.recv(AHEAD)
            if not came:
                raise EOFError
            self._ahead += came
        taken = bytes(self._ahead[:n])
        del self._ahead[:n]
        return taken

    def _convert_status(self, msg: Message) -> None:
        """paramiko's, but keeping the code: its own tells a full disk from an unknown request by words alone."""
        code = msg.get_int()
        if code == SFTP_EOF:
            raise EOFError
        if code != SFTP_OK:
            raise StatusError(code)


class _Statuses:
    """What came in: the first refusal, and what the host lacks of the `optional` requests, by their numbers."""

    def __init__(self) -> None:
        self.missing = 0
        self.optional: dict[int, str] = {}
        self.lacking: list[str] = []
        self.error: StatusError | None = None

    def _async_response(self, kind: int, answer: Message, number: int) -> None:
        """Called by paramiko for each answer."""
        self.missing -= 1
        if kind != CMD_STATUS:
            raise SFTPError("unexpected kind of answer")
        code = answer.get_int()
        if code == SFTP_OP_UNSUPPORTED and number in self.optional:
            self.lacking.append(self.optional[number])
        elif code != SFTP_OK:
            self.error = self.error or StatusError(code)


class _Blocks:
    """What came in: data by request number, none at the end of the file, and the first refusal."""

    def __init__(self) -> None:
        self.missing = 0
        self.data: dict[int, bytes] = {}
        self.error: StatusError | None = None

    def _async_response(self, kind: int, answer: Message, number: int) -> None:
        """Called by paramiko for each answer."""
        self.missing -= 1
        if kind == CMD_DATA:
            self.data[number] = answer.get_binary()
            return
        if kind != CMD_STATUS:
            raise SFTPError("unexpected kind of answer")
        code = answer.get_int()
        self.data[number] = b""
        if code not in (SFTP_OK, SFTP_EOF):
            self.error = self.error or StatusError(code)


def _mode(mode: int) -> SFTPAttributes:
    attributes = SFTPAttributes()
    attributes.st_mode = mode
    return attributes


def _name(answer: Message) -> str:
    name, _long_name = answer.get_binary(), answer.get_binary()
    SFTPAttributes._from_msg(answer)
    return name.decode(errors="replace")

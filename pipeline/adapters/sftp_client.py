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
from typing import IO, Any

from paramiko import SFTPAttributes, SFTPClient, SFTPError
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
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_WRITE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    int64,
)

BLOCK = 32_000
"""Bytes a request: 32,768 would spill into a second packet and meet Nagle's algorithm."""
UNDER_WAY = 64

_NEW = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL


class StatusError(OSError):
    """The host answered with this SFTP status; the connection is sound, and may be used further."""

    def __init__(self, code: int) -> None:
        super().__init__(f"SFTP status {code}")
        self.code = code


class CheckedClient(SFTPClient):
    """Its methods raise StatusError for a refusal, SFTPError for an answer that is none, and what paramiko raises."""

    def write_new(self, source: IO[bytes], path: str, mode: int) -> list[str]:
        """Write a file that must not exist yet, give it its mode, sync it to disk and close it.

        Gives the names of what the host does not offer: "mode" or "fsync".
        """
        with self._opened(path, _NEW, _mode(0o600)) as handle:
            self._write(source, handle)
            missing = [] if self._offered(CMD_FSETSTAT, handle, _mode(mode)) else ["mode"]
            return missing if self._offered(CMD_EXTENDED, b"fsync@openssh.com", handle) else [*missing, "fsync"]

    def sha256(self, path: str) -> str:
        """Hexadecimal SHA-256 of what the host gives back."""
        digest = hashlib.sha256()
        with self._opened(path, SFTP_FLAG_READ, SFTPAttributes()) as handle:
            for block in self._read(handle):
                digest.update(block)
        return digest.hexdigest()

    def content(self, path: str) -> bytes:
        """All that the host gives back."""
        with self._opened(path, SFTP_FLAG_READ, SFTPAttributes()) as handle:
            return b"".join(self._read(handle))

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

    @contextmanager
    def _opened(self, path: str, flags: int, attributes: SFTPAttributes) -> Iterator[bytes]:
        """The handle; closed after a refusal too, and a refused close is an error."""
        handle = self._ask(CMD_HANDLE, CMD_OPEN, path.encode(), flags, attributes).get_binary()
        try:
            yield handle
        except StatusError:
            self._request(CMD_CLOSE, handle)
            raise
        self._request(CMD_CLOSE, handle)

    def _write(self, source: IO[bytes], handle: bytes) -> None:
        answers, offset = _Answers(), 0
        while answers.error is None and (block := source.read(BLOCK)):
            while answers.missing >= UNDER_WAY:
                self._read_response()
            answers.missing += 1
            self._async_request(answers, CMD_WRITE, handle, int64(offset), block)
            offset += len(block)
        while answers.missing:
            self._read_response()
        if answers.error is not None:
            raise answers.error

    def _read(self, handle: bytes) -> Iterator[bytes]:
        """In order, whatever order the host answers in."""
        size = SFTPAttributes._from_msg(self._ask(CMD_ATTRS, CMD_FSTAT, handle)).st_size or 0
        answers, asked = _Answers(), deque[tuple[int, int]]()
        for offset in range(0, size, BLOCK):
            if len(asked) >= UNDER_WAY:
                yield self._block(handle, answers, *asked.popleft())
            asked.append((self._async_request(answers, CMD_READ, handle, int64(offset), BLOCK), offset))
        for number, offset in asked:
            yield self._block(handle, answers, number, offset)

    def _block(self, handle: bytes, answers: "_Answers", number: int, offset: int) -> bytes:
        """The answer to one read; a host may give less than was asked, and is then asked for the rest."""
        while number not in answers.data and answers.error is None:
            self._read_response()
        if answers.error is not None:
            raise answers.error
        block = more = answers.data.pop(number)
        while more and len(block) < BLOCK:
            more = self._piece(handle, offset + len(block), BLOCK - len(block))
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

    def _convert_status(self, msg: Message) -> None:
        """paramiko's, but keeping the code: its own tells a full disk from an unknown request by words alone."""
        code = msg.get_int()
        if code == SFTP_EOF:
            raise EOFError
        if code != SFTP_OK:
            raise StatusError(code)


class _Answers:
    """What came in: data by request number, and the first refusal; `missing` counts the writes not yet answered."""

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

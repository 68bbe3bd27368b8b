"""An SFTP client whose success means success.

paramiko's own put() reads the answers to its writes only once more than 100 are outstanding, and swallows an error at
close: put() can report success for a corrupt file. Its prefetch() leaves a thread spinning when the connection breaks,
and its listdir() fails on a name that is not UTF-8. It takes an answer of any kind for OK, and one to nothing that was
asked for nothing. CheckedClient reads every answer, with 64 requests outstanding, by paramiko's private names: so
paramiko is pinned.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any, BinaryIO

from paramiko import Channel, SFTPAttributes, SFTPClient, SFTPError, SSHException, sftp
from paramiko.message import Message

from pipeline.delivery.sftp.claims import AnswerReader, Listing, attributes_of
from pipeline.delivery.sftp.limits import HostLimits, HostWatch

BLOCK = 32_000
"""Bytes a request: 32,768 would spill into a second packet and meet Nagle's algorithm."""
UNDER_WAY = 64
AHEAD = 1 << 20
"""Bytes taken from the channel at most at a time."""

_VERSION = 3

_LEAST_PACKET = 5
"""Bytes: the kind and a number."""

_NEW = sftp.SFTP_FLAG_WRITE | sftp.SFTP_FLAG_CREATE | sftp.SFTP_FLAG_EXCL


class StatusError(OSError):
    """The host answered with this SFTP status; the connection is sound, and may be used further."""

    def __init__(self, code: int) -> None:
        super().__init__(f"SFTP status {code}")
        self.code = code


class EndReached(StatusError, EOFError):
    """The host says that a listing or a file ends here; paramiko's own files know an EOFError."""

    def __init__(self) -> None:
        super().__init__(sftp.SFTP_EOF)


class CheckedClient(SFTPClient):
    """Methods raise StatusError for a refusal, SFTPError for an answer of a wrong kind, LimitReached, and paramiko's
    own errors.

    Requests go out together, for a distant host's sake, only where a host that takes them in another order than the
    standard's has to refuse one; a sync that overtakes the writes would pass in silence, and waits for them.
    """

    def __init__(self, channel: Channel, watch: HostWatch | None = None) -> None:
        """Over an open channel on which the host speaks SFTP."""
        self._ahead, self._watch = bytearray(), watch or HostWatch(HostLimits())
        super().__init__(channel)
        self._expecting: dict[int, Any] = {}  # paramiko's own forgets, with who asked, that something was asked

    def write_new(self, source: BinaryIO, path: str, mode: int) -> list[str]:
        """Write a file, set its mode, sync it to disk and close it; a file of an earlier try is replaced.

        Returns what the host does not offer: "mode" or "fsync".
        """
        handle = self._open_new(path)
        answers = _Statuses()
        try:
            self._write(source, handle, mode, answers)
        except StatusError:
            self._order(sftp.CMD_CLOSE, handle)
            raise
        answers.optional[self._send(answers, sftp.CMD_EXTENDED, b"fsync@openssh.com", handle)] = "fsync"
        self._send(answers, sftp.CMD_CLOSE, handle)
        self._must_all(answers)
        return answers.lacking

    def sha256(self, path: str, size: int | None = None) -> str:
        """Hexadecimal SHA-256 of the file as the host gives it back; with a known `size` it takes one request less."""
        digest = hashlib.sha256()
        with self._opened(path) as handle:
            for block in self._read(
                handle, self._size(handle, self._watch.limits.file_bytes) if size is None else size
            ):
                digest.update(block)
        return digest.hexdigest()

    def content(self, path: str, most: int | None = None) -> bytes:
        """The whole file as the host gives it back; at most so many bytes."""
        most = self._watch.limits.content_bytes if most is None else most
        with self._opened(path) as handle:
            return b"".join(self._read(handle, self._size(handle, most)))

    def stat(self, path: bytes | str) -> SFTPAttributes:
        """Of a file, or of what a link leads to."""
        return attributes_of(self._ask(sftp.CMD_ATTRS, sftp.CMD_STAT, path))

    def lstat(self, path: bytes | str) -> SFTPAttributes:
        """Of a file, or of a link itself."""
        return attributes_of(self._ask(sftp.CMD_ATTRS, sftp.CMD_LSTAT, path))

    def names(self, folder: str) -> list[str]:
        """Names in a folder; bytes that are not UTF-8 are replaced, so that such a name can only be shown."""
        return self.listing(folder).names

    def listing(self, folder: str) -> Listing:
        """Raises LimitReached for a folder that is too full."""
        handle, listing = self._handle(sftp.CMD_OPENDIR, folder.encode()), Listing(self._watch)
        with suppress(EndReached):
            while True:
                listing.add(self._ask(sftp.CMD_NAME, sftp.CMD_READDIR, handle))
        self._order(sftp.CMD_CLOSE, handle)
        return listing

    def remove(self, path: bytes | str) -> None:
        self._order(sftp.CMD_REMOVE, path)

    def rename(self, oldpath: bytes | str, newpath: bytes | str) -> None:
        """To a name that nothing has."""
        self._order(sftp.CMD_RENAME, oldpath, newpath)

    def supersede(self, old: str, new: str) -> bool:
        """Rename, replacing an existing file in one step; False when the host does not offer that."""
        try:
            self._order(sftp.CMD_EXTENDED, b"posix-rename@openssh.com", old.encode(), new.encode())
        except StatusError as error:
            if error.code != sftp.SFTP_OP_UNSUPPORTED:
                raise
            return False
        return True

    def _open_new(self, path: str) -> bytes:
        """The handle of a new file; an existing file is our own, of a try that was killed, and is replaced."""
        try:
            return self._open(path, _NEW, _mode(0o600))
        except StatusError as error:
            if error.code in (sftp.SFTP_NO_SUCH_FILE, sftp.SFTP_PERMISSION_DENIED):
                raise
            try:
                self.remove(path)
            except StatusError:
                raise error from None  # it was not the name that was in the way
        return self._open(path, _NEW, _mode(0o600))

    def _open(self, path: str, flags: int, attributes: SFTPAttributes) -> bytes:
        return self._handle(sftp.CMD_OPEN, path.encode(), flags, attributes)

    def _handle(self, kind: int, *what: Any) -> bytes:
        handle = self._ask(sftp.CMD_HANDLE, kind, *what).text()
        self._watch.at_most(len(handle), self._watch.limits.handle_bytes, "sends a handle of more than {most} bytes")
        if not handle:
            raise SFTPError("an empty handle")
        return handle

    @contextmanager
    def _opened(self, path: str) -> Iterator[bytes]:
        """A handle to read; closed after a refusal too, and a refused close is an error."""
        handle = self._open(path, sftp.SFTP_FLAG_READ, SFTPAttributes())
        try:
            yield handle
        except StatusError:
            self._order(sftp.CMD_CLOSE, handle)
            raise
        self._order(sftp.CMD_CLOSE, handle)

    def _write(self, source: BinaryIO, handle: bytes, mode: int, answers: "_Statuses") -> None:
        """The bytes and then the mode; returns once all is answered."""
        offset = 0
        while answers.error is None and (block := source.read(BLOCK)):
            while answers.missing >= UNDER_WAY:
                self._read_response()
            self._send(answers, sftp.CMD_WRITE, handle, sftp.int64(offset), block)
            offset += len(block)
        if answers.error is None:
            answers.optional[self._send(answers, sftp.CMD_FSETSTAT, handle, _mode(mode))] = "mode"
        self._must_all(answers)

    def _must_all(self, answers: "_Statuses") -> None:
        """Wait for every answer, then raise the first refusal."""
        while answers.missing:
            self._read_response()
        if answers.error is not None:
            raise answers.error

    def _size(self, handle: bytes, most: int) -> int:
        """Of an open file, as the host claims."""
        size = attributes_of(self._ask(sftp.CMD_ATTRS, sftp.CMD_FSTAT, handle)).st_size
        if size is None:
            raise SFTPError("attributes without a size")
        self._watch.at_most(size, most, "says that a file has more than {most} bytes")
        return size

    def _read(self, handle: bytes, size: int) -> Iterator[bytes]:
        """In order, in whatever order the host answers; one request goes beyond `size`, so that a longer file shows."""
        answers, asked = _Blocks(), deque[tuple[int, int, int]]()
        for offset in chain(range(0, size, BLOCK), (size,)):
            if len(asked) >= UNDER_WAY:
                yield self._block(handle, answers, *asked.popleft())
            length = min(BLOCK, size - offset) or BLOCK
            asked.append((self._send(answers, sftp.CMD_READ, handle, sftp.int64(offset), length), offset, length))
        for number, offset, length in asked:
            yield self._block(handle, answers, number, offset, length)

    def _block(self, handle: bytes, answers: "_Blocks", number: int, offset: int, length: int) -> bytes:
        """The answer to one read; when the host gives less than was asked, the rest is asked for."""
        while number not in answers.data and answers.error is None:
            self._read_response()
        if answers.error is not None:
            raise answers.error
        block = more = answers.data.pop(number)
        reads = 1
        with suppress(EndReached):
            while more and len(block) < length:
                reads += 1
                self._watch.at_most(
                    reads, self._watch.limits.reads_of_block, "needs more than {most} reads for a block"
                )
                rest = sftp.int64(offset + len(block)), length - len(block)
                more = self._ask(sftp.CMD_DATA, sftp.CMD_READ, handle, *rest).text()
                block += more
        if len(block) > length:
            raise SFTPError("more bytes than were asked for")
        return block

    def _ask(self, expected: int, kind: int, *what: Any) -> AnswerReader:
        """The answer, which must be of the expected kind."""
        got, answer = self._request(kind, *what)
        if got != expected:
            raise SFTPError("unexpected kind of answer")
        return _fields(answer)

    def _order(self, kind: int, *what: Any) -> None:
        """To be answered with a status alone, which must be OK."""
        self._ask(sftp.CMD_STATUS, kind, *what)

    def _send(self, answers: "_Statuses | _Blocks", kind: int, *what: Any) -> int:
        """Send a request without waiting; its number."""
        answers.missing += 1
        number: int = self._async_request(answers, kind, *what)
        return number

    def _async_request(self, receiver: Any, kind: int, *what: Any) -> int:
        if not self._expecting:
            self._watch.progress()
        return int(super()._async_request(receiver, kind, *what))  # type: ignore[misc]  # a private name

    def _write_all(self, out: bytes) -> None:
        view = memoryview(out)
        while view:
            if not (sent := self.sock.send(bytes(view))):
                raise SSHException("the channel was closed")
            view = view[sent:]

    def _read_all(self, n: int) -> bytes:
        """paramiko's own moves the whole buffer up for each small piece, which takes longer than the network."""
        while len(self._ahead) < n:
            came = self.sock.recv(AHEAD)
            if not came:
                raise EOFError
            self._ahead += came
        taken = bytes(self._ahead[:n])
        del self._ahead[:n]
        return taken

    def _read_packet(self) -> tuple[int, bytes]:
        """Kind and content of the next packet."""
        length = int.from_bytes(self._read_all(4))
        most = self._watch.limits.sftp_packet_bytes
        self._watch.at_most(length, most, "sends an answer of more than {most} bytes", ends=True)
        if length < _LEAST_PACKET:
            raise SFTPError("a packet without a number")
        packet = self._read_all(length)
        return packet[0], packet[1:]

    def _send_version(self) -> int:
        """Nothing that a host offers is asked for but what may be missing: the list is passed over."""
        message = Message()
        message.add_int(_VERSION)
        self._send_packet(sftp.CMD_INIT, message)
        length = int.from_bytes(self._read_all(4))
        if not _LEAST_PACKET <= length <= 16_777_216:
            raise SFTPError("no packet of SFTP")
        most = self._watch.limits.extension_bytes
        self._watch.at_most(length, most, "offers extensions in more than {most} bytes", ends=True)
        packet = self._read_all(length)
        if packet[0] != sftp.CMD_VERSION or (version := int.from_bytes(packet[1:5])) != _VERSION:
            raise SFTPError("another version than was asked for")
        self._watch.progress()
        return version

    def _read_response(self, waitfor: int | None = None) -> tuple[int, Message] | tuple[None, None]:
        """Take answers in until that of `waitfor`, or one."""
        while True:
            try:
                kind, content = self._read_packet()
            except EOFError:
                raise SSHException("the host ended the connection") from None
            answer = Message(content)
            number = answer.get_int()
            if number not in self._expecting:
                raise SFTPError("an answer to nothing that was asked")
            receiver = self._expecting.pop(number)
            self._watch.progress()
            if number == waitfor:
                if kind == sftp.CMD_STATUS:
                    self._convert_status(answer)
                return kind, answer
            if receiver is not type(None):
                receiver._async_response(kind, answer, number)
            if waitfor is None:
                return None, None

    def _convert_status(self, msg: Message) -> None:
        """paramiko's, but keeping the code: paramiko's own tells a full disk from an unknown request by words alone."""
        code = _fields(msg).number()
        if code == sftp.SFTP_EOF:
            raise EndReached
        if code != sftp.SFTP_OK:
            raise StatusError(code)


class _Statuses:
    """Answers of status alone: the first refusal, and what the host lacks of the `optional` requests, by number."""

    def __init__(self) -> None:
        self.missing = 0
        self.optional: dict[int, str] = {}
        self.lacking: list[str] = []
        self.error: StatusError | None = None

    def _async_response(self, kind: int, answer: Message, number: int) -> None:
        """Called by paramiko for each answer."""
        self.missing -= 1
        if kind != sftp.CMD_STATUS:
            raise SFTPError("unexpected kind of answer")
        self._take(_fields(answer).number(), number)

    def _take(self, code: int, number: int) -> None:
        if code == sftp.SFTP_OP_UNSUPPORTED and number in self.optional:
            self.lacking.append(self.optional[number])
        elif code != sftp.SFTP_OK:
            self.error = self.error or StatusError(code)


class _Blocks(_Statuses):
    """Answers with data, by request number; empty at the end of the file."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[int, bytes] = {}

    def _async_response(self, kind: int, answer: Message, number: int) -> None:
        if kind != sftp.CMD_DATA:
            return super()._async_response(kind, answer, number)
        self.missing -= 1
        self.data[number] = _fields(answer).text()

    def _take(self, code: int, number: int) -> None:
        self.data[number] = b""
        super()._take(sftp.SFTP_OK if code == sftp.SFTP_EOF else code, number)


def _mode(mode: int) -> SFTPAttributes:
    attributes = SFTPAttributes()
    attributes.st_mode = mode
    return attributes


def _fields(answer: Message) -> AnswerReader:
    """What follows the number of the request."""
    return AnswerReader(answer.asbytes(), answer.packet.tell())

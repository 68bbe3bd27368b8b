"""Writing a remote file so that success means success.

paramiko's own put() looks at the answers to its writes only once more than 100 are outstanding, and swallows an error
at close: it can report success for a corrupt file. Here every answer is looked at, with 64 writes under way. It leans on
paramiko's private names, so paramiko is pinned.
"""

import errno
from typing import IO

from paramiko import SFTPAttributes, SFTPClient
from paramiko.message import Message
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_EXTENDED,
    CMD_OPEN,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_WRITE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
    int64,
)

BLOCK = 32_000
"""Bytes a write: 32,768 would spill into a second packet and meet Nagle's algorithm."""
UNDER_WAY = 64

_ERRNO = {SFTP_NO_SUCH_FILE: errno.ENOENT, SFTP_PERMISSION_DENIED: errno.EACCES, SFTP_OP_UNSUPPORTED: errno.EOPNOTSUPP}


class CheckedClient(SFTPClient):
    """An SFTP client whose errors keep what the server's status was, and whose writes are all checked."""

    def _convert_status(self, msg: Message) -> None:
        code = msg.get_int()
        if code == SFTP_OK:
            return
        if code == SFTP_EOF:
            raise EOFError
        raise OSError(_ERRNO.get(code, errno.EIO), f"SFTP status {code}")

    def write_new(self, source: IO[bytes], path: str) -> bool:
        """Write a file that must not exist yet, and close it; True when the server also synced it to disk.

        Raises OSError for any refused open, write, sync or close; the file is closed even then.
        """
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL
        _, answer = self._request(CMD_OPEN, path.encode(), flags, SFTPAttributes())
        handle = answer.get_binary()
        try:
            self._send_blocks(source, handle)
            synced = self._fsync(handle)
        except OSError:
            self._request(CMD_CLOSE, handle)
            raise
        self._request(CMD_CLOSE, handle)
        return synced

    def _send_blocks(self, source: IO[bytes], handle: bytes) -> None:
        answers, offset = _Answers(self), 0
        while block := source.read(BLOCK):
            while answers.missing >= UNDER_WAY:
                self._read_response()
            answers.missing += 1
            self._async_request(answers, CMD_WRITE, handle, int64(offset), block)
            offset += len(block)
        while answers.missing:
            self._read_response()
        if answers.error is not None:
            raise answers.error

    def _fsync(self, handle: bytes) -> bool:
        try:
            self._request(CMD_EXTENDED, b"fsync@openssh.com", handle)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            return False
        return True


class _Answers:
    """Counts the writes not yet answered, and keeps the first error among the answers."""

    def __init__(self, client: CheckedClient) -> None:
        self._client = client
        self.missing = 0
        self.error: OSError | None = None

    def _async_response(self, _kind: int, answer: Message, _number: int) -> None:
        """Called by paramiko for each answer."""
        self.missing -= 1
        try:
            self._client._convert_status(answer)
        except (OSError, EOFError) as error:
            self.error = self.error or (error if isinstance(error, OSError) else OSError(errno.EIO, "end of file"))

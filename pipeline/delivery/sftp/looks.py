"""A client that looks at what the host did, together with the act: a host may say OK and do nothing.

An act and the looks at its files go out at once, for a distant host's sake. A host that takes requests in another order
than they came may answer the look first: so a look that shows anything else than the act done is made again, alone,
before it is believed.
"""

from collections.abc import Sequence
from typing import Any

from paramiko import SFTPAttributes, SFTPError, sftp
from paramiko.message import Message

from pipeline.delivery.sftp.claims import attributes_of
from pipeline.delivery.sftp.client import CheckedClient, StatusError, _fields, _Statuses

_RENAME = b"posix-rename@openssh.com"
Answer = SFTPAttributes | StatusError | None
"""What a host says of one request: None for a mere OK."""


class LookingClient(CheckedClient):
    """Methods raise as those of CheckedClient."""

    def looks(self, paths: Sequence[str]) -> list[Answer]:
        """What the host says of each path, of a link itself."""
        return self._together(*((sftp.CMD_LSTAT, path) for path in paths))

    def supersede_seen(self, old: str, new: str, size: int) -> bool | None:
        """As `supersede`, then whether the file is seen under its new name alone; None where the host lacks it."""
        act = sftp.CMD_EXTENDED, _RENAME, old.encode(), new.encode()
        said, there, left = self._together(act, (sftp.CMD_LSTAT, new), (sftp.CMD_LSTAT, old))
        if isinstance(said, StatusError):
            if said.code != sftp.SFTP_OP_UNSUPPORTED:
                raise said
            return None
        return _is_missing(left) and isinstance(there, SFTPAttributes) and there.st_size == size

    def remove_seen(self, path: str) -> bool:
        """Remove a file; whether it is seen to be gone."""
        said, left = self._together((sftp.CMD_REMOVE, path), (sftp.CMD_LSTAT, path))
        if isinstance(said, StatusError):
            raise said
        return _is_missing(left)

    def is_there(self, path: str) -> bool:
        """Whether anything has that name; a link itself counts."""
        (left,) = self._together((sftp.CMD_LSTAT, path))
        return not _is_missing(left)

    def _together(self, *requests: tuple[Any, ...]) -> list[Answer]:
        """The answer to each of the requests, which go out at once."""
        answers = _Answers()
        numbers = [self._send(answers, *request) for request in requests]
        self._must_all(answers)
        return [answers.found[number] for number in numbers]


def _is_missing(answer: Answer) -> bool:
    """Raises StatusError when the host can tell neither way."""
    if isinstance(answer, StatusError) and answer.code != sftp.SFTP_NO_SUCH_FILE:
        raise answer
    return isinstance(answer, StatusError)


class _Answers(_Statuses):
    """Answers that are attributes or a status, by request number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, Answer] = {}

    def _async_response(self, kind: int, answer: Message, number: int) -> None:
        self.missing -= 1
        if kind == sftp.CMD_ATTRS:
            self.found[number] = attributes_of(_fields(answer))
        elif kind == sftp.CMD_STATUS:
            code = _fields(answer).number()
            self.found[number] = None if code == sftp.SFTP_OK else StatusError(code)
        else:
            raise SFTPError("unexpected kind of answer")

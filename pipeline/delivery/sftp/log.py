"""What a recipient did, by the log of OpenSSH's internal-sftp (`-l INFO`): the folder gives no such evidence.

    internal-sftp[812]: session opened for local user ocmw-gent from [192.0.2.7]
    internal-sftp[812]: close "/out/AANMELDING_OPGROEIEN_....csv" bytes read 20480 written 0
    internal-sftp[812]: session closed for local user ocmw-gent from [192.0.2.7]

The log is read whole each time: a line that was read before adds nothing. Agency and recipient use one account: each
of our own sessions removes a file of a certain name (pipeline/delivery/sftp/folder.py, OURS).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath

from pipeline.core.errors import SettingsError
from pipeline.delivery.sftp.folder import OURS

_LINE = re.compile(r"internal-sftp\[(\d+)\]: (.*)")
_OPENED = re.compile(r"session opened for local user (\S+) from .*")
_READ = re.compile(r'close "([^"]+)" bytes read (\d+) written 0')
_RENAMED = re.compile(r'(?:posix-)?rename old "[^"]+" new "([^"]+)"')
_REMOVED = re.compile(r'remove name "([^"]+)"')


def reads_of(path: Path, account: str) -> dict[str, frozenset[int]]:
    """By file name, the bytes that this account read of it between opening and closing it, our own sessions left out.

    Raises SettingsError for a log that cannot be read: evidence that a setting promises may not lack in silence.
    """
    with _opened(path) as lines:
        return _reads(lines, account)


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[str]]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield lines
    except OSError as error:
        raise SettingsError(
            f"the host's log {path} cannot be read ({error.strerror}): mend that, or unset GEGEVENSDELING_SFTP_LOG"
        ) from None


def nobody_came(path: Path, account: str, go_name: str) -> bool:
    """Whether the log shows our session that put this GO file, and after that no other session of the account.

    Not so when that part of the log was rotated away: then nothing is known. Raises SettingsError as `reads_of`.
    """
    with _opened(path) as lines:
        others, put = _sessions(lines, account, go_name)
    return put is not None and all(last < put for last in others)


def _sessions(lines: Iterable[str], account: str, go_name: str) -> tuple[list[int], int | None]:
    """The last line of each session of this account that is not ours, and the line of ours in which the GO file got its
    name."""
    last: dict[int, int] = {}
    named: dict[int, int] = {}
    ours: set[int] = set()
    for session, number, message in _of_account(lines, account):
        last[session] = number
        if _is_ours(message):
            ours.add(session)
        elif (renaming := _RENAMED.fullmatch(message)) and PurePosixPath(renaming[1]).name == go_name:
            named[session] = number
    put = max((number for session, number in named.items() if session in ours), default=None)
    return [number for session, number in last.items() if session not in ours], put


def _reads(lines: Iterable[str], account: str) -> dict[str, frozenset[int]]:
    """By file, the bytes that sessions which are not ours read of it."""
    reads: dict[int, list[tuple[str, int]]] = defaultdict(list)
    ours: set[int] = set()
    for session, _, message in _of_account(lines, account):
        if reading := _READ.fullmatch(message):
            reads[session].append((PurePosixPath(reading[1]).name, int(reading[2])))
        elif _is_ours(message):
            ours.add(session)
    sizes_of: dict[str, set[int]] = defaultdict(set)
    for name, size in chain.from_iterable(read for session, read in reads.items() if session not in ours):
        sizes_of[name].add(size)
    return {name: frozenset(sizes) for name, sizes in sizes_of.items()}


def _of_account(lines: Iterable[str], account: str) -> Iterator[tuple[int, int, str]]:
    """Each line of the account's sessions: the number of the line that opened its session, its own, and its message.

    A process id belongs to a session until another session begins under it.
    """
    current: dict[str, int] = {}
    for number, line in enumerate(lines):
        if not (match := _LINE.search(line)):
            continue
        process, message = match.groups()
        if opening := _OPENED.fullmatch(message):
            current.pop(process, None)
            if opening[1] == account:
                current[process] = number
        if process in current:
            yield current[process], number, message


def _is_ours(message: str) -> bool:
    """Whether this line tells that the session is the agency's own."""
    return bool((removal := _REMOVED.fullmatch(message)) and PurePosixPath(removal[1]).name == OURS)

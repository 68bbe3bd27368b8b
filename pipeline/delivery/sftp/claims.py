"""What a host claims of its files, believed only as far as its bytes go.

paramiko takes a count as it comes: four billion names, or as many extended attributes, in an answer of 20 bytes keep it
busy for hours, and no deadline of the connection ends that.
"""

from paramiko import SFTPAttributes, SFTPError
from paramiko.message import Message

MOST_NAMES = 100_000
"""The bound on a directory listing. A recipient's folder holds some tens of files."""
_LEAST_NAME = 12
"""Bytes that an entry of a listing takes at least: the lengths of its two names, and the flags of its attributes."""
_LEAST_EXTENDED = 8
"""Bytes that an extended attribute takes at least: the lengths of its name and of its value."""
_FIXED = {
    SFTPAttributes.FLAG_SIZE: 8,
    SFTPAttributes.FLAG_UIDGID: 8,
    SFTPAttributes.FLAG_PERMISSIONS: 4,
    SFTPAttributes.FLAG_AMTIME: 8,
}
"""Bytes of what stands between the flags and the count of the extended attributes, by flag."""


class FolderTooFull(SFTPError):
    """A folder holds more than `MOST_NAMES` names."""


def names_of(page: Message) -> list[str]:
    """Of one page of a listing; a page without any is refused too, since it could come for ever.

    Raises SFTPError, or FolderTooFull.
    """
    count = page.get_int()
    if not 0 < count <= len(_rest(page)) // _LEAST_NAME:
        raise SFTPError("a listing's page that does not hold as many names as it says")
    if count > MOST_NAMES:
        raise FolderTooFull
    return [_name(page) for _ in range(count)]


def attributes_of(answer: Message) -> SFTPAttributes:
    """What the host says of a file. Raises SFTPError."""
    rest = _rest(answer)
    flags = int.from_bytes(rest[:4])
    at = 4 + sum(length for flag, length in _FIXED.items() if flags & flag)
    count = int.from_bytes(rest[at : at + 4]) if flags & SFTPAttributes.FLAG_EXTENDED else 0
    if count > len(rest[at + 4 :]) // _LEAST_EXTENDED:
        raise SFTPError("attributes that are not as many as they say")
    return SFTPAttributes._from_msg(answer)


def _rest(answer: Message) -> memoryview:
    """What was not read yet, uncopied: a page may have thousands of names."""
    return answer.packet.getbuffer()[answer.packet.tell() :]


def _name(page: Message) -> str:
    name, _long_name = page.get_binary(), page.get_binary()
    attributes_of(page)
    return name.decode(errors="replace")

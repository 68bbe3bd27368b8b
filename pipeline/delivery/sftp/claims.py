"""What a host claims, believed only as far as its bytes go.

paramiko takes a count as it comes: four billion names, or as many extended attributes, in an answer of 20 bytes keep it
busy for hours, and no deadline of the connection ends that. It fills up what is missing of an answer with zeros: a
status without a code would be OK, attributes without a size would be those of an empty file.
"""

import stat

from paramiko import SFTPAttributes, SFTPError

from pipeline.delivery.sftp.limits import HostWatch

_LEAST_NAME = 12
"""Bytes that an entry of a listing takes at least: the lengths of its two names, and the flags of its attributes."""
_LEAST_EXTENDED = 8
"""Bytes that an extended attribute takes at least: the lengths of its name and of its value."""


class AnswerReader:
    """The fields of an answer, in order; one that is not there whole raises SFTPError."""

    def __init__(self, content: bytes, at: int = 0) -> None:
        self._content, self._at = content, at

    @property
    def left(self) -> int:
        """How many bytes were not read yet."""
        return len(self._content) - self._at

    def number(self, length: int = 4) -> int:
        return int.from_bytes(self.take(length))

    def text(self) -> bytes:
        return self.take(self.number())

    def take(self, length: int) -> bytes:
        if length > self.left:
            raise SFTPError("an answer that is shorter than it says")
        self._at += length
        return self._content[self._at - length : self._at]


class Listing:
    """The names of a folder, as its pages come; bytes that are not UTF-8 are replaced, so that such a name can only be
    shown. `links`: those of links, by what the host says of each beside its name."""

    def __init__(self, watch: HostWatch) -> None:
        self.names: list[str] = []
        self.links: set[str] = set()
        self._watch, self._pages, self._bytes = watch, 0, 0

    def add(self, page: AnswerReader) -> None:
        """One page; a page without any name is refused too, since it could come for ever.

        Raises SFTPError or LimitReached.
        """
        limits = self._watch.limits
        self._pages, self._bytes = self._pages + 1, self._bytes + page.left
        self._watch.at_most(self._pages, limits.pages, "sends a listing of more than {most} pages")
        self._watch.at_most(self._bytes, limits.listing_bytes, "sends a listing of more than {most} bytes")
        count = page.number()
        if not 0 < count <= page.left // _LEAST_NAME:
            raise SFTPError("a listing's page that does not hold as many names as it says")
        if len(self.names) + count > limits.names:
            says = f"holds more than {limits.names:,} files in our folder at {{phase}}"
            self._watch.reach(says, "have what is not ours moved elsewhere", ends=False)
        self.names += [self._name(page) for _ in range(count)]

    def _name(self, page: AnswerReader) -> str:
        name, _long_name = page.text(), page.text()
        self._watch.at_most(len(name), self._watch.limits.name_bytes, "sends a name of more than {most} bytes")
        said, shown = attributes_of(page), name.decode(errors="replace")
        if stat.S_ISLNK(said.st_mode or 0):
            self.links.add(shown)
        return shown


def attributes_of(answer: AnswerReader) -> SFTPAttributes:
    """The size and the mode of a file, where the host says them. Raises SFTPError."""
    found, flags = SFTPAttributes(), answer.number()
    if flags & SFTPAttributes.FLAG_SIZE:
        found.st_size = answer.number(8)
    if flags & SFTPAttributes.FLAG_UIDGID:
        answer.take(8)
    if flags & SFTPAttributes.FLAG_PERMISSIONS:
        found.st_mode = answer.number()
    if flags & SFTPAttributes.FLAG_AMTIME:
        answer.take(8)
    if flags & SFTPAttributes.FLAG_EXTENDED:
        _pass_extended(answer)
    return found


def _pass_extended(answer: AnswerReader) -> None:
    count = answer.number()
    if count > answer.left // _LEAST_EXTENDED:
        raise SFTPError("attributes that are not as many as they say")
    for _ in range(2 * count):
        answer.text()

"""The bytes of a key file, whatever program wrote it: text in UTF-16 or with a byte order mark is read as well. Pure.

PowerShell's `>` writes what another program puts out as text in UTF-16. An armored key survives that; a binary one does
not.
"""

import codecs

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def without_mark(content: bytes) -> bytes:
    """As it is without a byte order mark. Raises UnicodeError for what was no text before it got one."""
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    return content if encoding is None else content.decode(encoding).encode("ascii")

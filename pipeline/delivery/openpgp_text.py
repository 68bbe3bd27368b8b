"""The bytes of a key file, whatever program wrote it: text in UTF-16 or with a byte order mark is read as well. Pure.

PowerShell's `>` writes what another program puts out as text in UTF-16. An armored key survives that; a binary one does
not.
"""

from pipeline.core.hand_text import encoding_by_mark


def without_mark(content: bytes) -> bytes:
    """As it is without a byte order mark. Raises UnicodeError for what was no text before it got one."""
    encoding = encoding_by_mark(content)
    return content if encoding is None else content.decode(encoding).encode("ascii")

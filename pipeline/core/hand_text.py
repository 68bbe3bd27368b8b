"""Text that people keep by hand, whatever program wrote it: UTF-8, with the mark that Windows editors put before it, or
UTF-16 with its mark, as PowerShell's `>` writes."""

import codecs
from importlib.resources.abc import Traversable
from pathlib import Path

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def encoding_by_mark(content: bytes) -> str | None:
    """None where no byte order mark says so."""
    return next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)


def text_of(content: bytes) -> str:
    """Line ends stay what they are. Raises UnicodeDecodeError for what is neither."""
    return content.decode(encoding_by_mark(content) or "utf-8")


def read_hand_text(path: Path | Traversable) -> str:
    """Line ends as everywhere in Python. Raises OSError or UnicodeDecodeError."""
    return text_of(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")

"""The ledger's chain: each link commits to the lines that were appended with it, and to the link before. Pure.

Whoever changes, removes, adds or exchanges a line must make every later head anew; heads that were put down elsewhere
(manifests, the night's anchor) then tell. As in a linked time-stamping scheme (Haber and Stornetta, 1991).

Who a line is about goes in as a commitment only, so that it can be redacted and the chain still holds.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
"""The head of a chain without links."""

Line = Mapping[str, Any]
"""One line of a table by column, without its id, its link and what says whom it is about."""


@dataclass(frozen=True)
class Link:
    """The n-th append, from 1 on. `lines`: how many; `content` and `head`: SHA-256 in hex."""

    n: int
    lines: int
    content: str
    head: str


@dataclass(frozen=True)
class Head:
    """Where a chain stood: its last link's number (0: none) and head."""

    n: int = 0
    sha256: str = GENESIS


def link(previous: Head, lines: Iterable[tuple[str, Line]]) -> Link:
    """The link that appends these lines, each with its table's name, in the order in which they are kept."""
    hashes = [line_sha256(table, line) for table, line in lines]
    content = sha256("".join(hashes).encode()).hexdigest()
    return Link(previous.n + 1, len(hashes), content, head_sha256(previous, content))


def head_sha256(previous: Head, content: str) -> str:
    """Of the link after `previous`."""
    return sha256(f"{previous.n + 1}:{previous.sha256}:{content}".encode()).hexdigest()


def line_sha256(table: str, line: Line) -> str:
    """Of a line's values as canonical JSON: instants in UTC, bytes in hex, an absent value as null."""
    values = [[name, _plain(line[name])] for name in sorted(line)]
    return sha256(json.dumps([table, values], ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def commitment(salt: bytes, *who: str | bytes | None) -> str:
    """Of whom a line is about; without the salt (16 random bytes, redacted with it) nobody can try who it might be."""
    text = json.dumps([_plain(each) for each in who], separators=(",", ":"))
    return sha256(salt + text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Mapping():
            return {name: _plain(value[name]) for name in sorted(value)}
        case None | str() | int():
            return value
    raise TypeError(f"a ledger's line holds no {type(value).__name__}")

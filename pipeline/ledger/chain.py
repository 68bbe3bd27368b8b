"""The ledger's chain: each link commits to the lines that were appended with it, and to the link before. Pure.

A changed, removed, added or exchanged line makes every later head another; heads stored outside the database
(manifests, anchors) then contradict the chain. As in a linked time-stamping scheme (Haber and Stornetta, 1991).

The columns that say whom a line is about go in as a commitment only, so that they can be redacted and the chain holds.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from pipeline.core.model import Head

ADDED_LATER = frozenset({"cells"})
"""Columns of whom a line is about that a table got later: a line from before has none, nor its commitment."""

Line = Mapping[str, Any]
"""One line of a table by column: with its id, without its link and what says whom it is about."""


@dataclass(frozen=True)
class Share:
    """What one table has in a link: how many lines, and the SHA-256 (hex) of their hashes by id."""

    lines: int
    sha256: str


@dataclass(frozen=True)
class Link:
    """The n-th append, from 1 on: what each table got, and the head of the chain with it."""

    n: int
    at: datetime
    shares: Mapping[str, Share]
    head: str

    def follows(self, previous: Head) -> bool:
        """Whether it is the very next link, and its head is what it says that it commits to."""
        return self.n == previous.n + 1 and self.head == head_sha256(previous, self.at, self.shares)


def link(previous: Head, at: datetime, lines: Mapping[str, Iterable[Line]]) -> Link:
    """The link that appends these lines, by table, each table's in the order of their ids."""
    shares = {table: share(table, lines[table]) for table in lines}
    return Link(previous.n + 1, at, shares, head_sha256(previous, at, shares))


def share(table: str, lines: Iterable[Line]) -> Share:
    """Of one table's lines in one link, which are read one by one, in the order of their ids."""
    digest, count = sha256(), 0
    for line in lines:
        count += 1
        digest.update(line_sha256(table, line))
    return Share(count, digest.hexdigest())


def hashed(row: Line, redacted: Collection[str]) -> Line:
    """What is hashed of a row: neither its link nor, where it can be redacted, whom it is about."""
    left_out = {"link", "salt", *redacted}
    return {name: row[name] for name in row if name not in left_out}


def head_sha256(previous: Head, at: datetime, shares: Mapping[str, Share]) -> str:
    """Of the link after `previous`, in hex."""
    held = {table: [each.lines, each.sha256] for table, each in shares.items()}
    return sha256(_canonical([previous.n + 1, previous.sha256, at, held])).hexdigest()


def line_sha256(table: str, line: Line) -> bytes:
    """Of a line's values as canonical JSON: sorted by name, instants in UTC, bytes in hex.

    An absent value is left out, so that a table may get a column and the chain still holds.
    """
    values = {name: value for name, value in line.items() if value is not None}
    return sha256(_canonical([table, values])).digest()


def commitment(salt: bytes, who: Line) -> str:
    """Of whom a line is about; without the salt (16 random bytes, redacted with it) nobody can try who it might be."""
    known = {name: value for name, value in who.items() if value is not None or name not in ADDED_LATER}
    return sha256(salt + _canonical(known)).hexdigest()


def _canonical(value: Any) -> bytes:
    return _encoder.encode(value).encode()


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            if value.tzinfo is None:
                raise ValueError("an instant needs a time zone")
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Mapping():
            return dict(value)
    raise TypeError(f"a ledger's line holds no {type(value).__name__}")


_encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)

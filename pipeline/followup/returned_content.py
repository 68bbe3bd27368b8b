"""A file of the way back, read: its rows, and which of them say nothing. Pure; any bytes give an answer.

    referentie;soort
    ABCD…;geen_contact

CSV with `;`, UTF-8 with or without BOM, CRLF or LF, cells plain or in quotes as Excel writes them: nothing else.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.core.model import Kbo
from pipeline.ledger.returns import ReturnKind

MOST_BYTES = 1 << 20
MOST_ROWS = 5_000
"""No recipient has as many parents."""
MOST_IN_LINE = 200
"""Characters; a reference has 32."""
HEADER = ["referentie", "soort"]

_NAME = r"TERUG_OPGROEIEN_{kbo}_[0-9]{{8}}_[0-9]{{6}}"
_CELL = re.compile(r'"((?:[^"]|"")*)"|([^";]*)')


class ReturnFault(StrEnum):
    """Why a file as a whole cannot be taken in."""

    ENCODING = "encoding"
    CONTROL = "control"
    HEADER = "header"
    ROWS = "rows"


@dataclass(frozen=True)
class GivenRow:
    """A row as it was given: `number` from 1 on, the header apart."""

    number: int
    reference: str
    kind: ReturnKind


@dataclass(frozen=True)
class ReturnedContent:
    """`given`: each statement once; `unread`: the numbers of the rows that are none; `count`: of all rows, but for the
    empty ones. Of a file with a `fault`, nothing is said of its rows."""

    given: tuple[GivenRow, ...] = ()
    unread: tuple[int, ...] = ()
    count: int = 0
    fault: ReturnFault | None = None


def stem_pattern(kbo: Kbo) -> re.Pattern[str]:
    """The names of this recipient's files, without their endings."""
    return re.compile(_NAME.format(kbo=kbo))


def read_returned(content: bytes) -> ReturnedContent:
    """Of any bytes, at most `MOST_BYTES` of them."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ReturnedContent(fault=ReturnFault.ENCODING)
    header, *lines = text.replace("\r\n", "\n").split("\n")
    if any(ord(character) < 32 and character != "\t" for line in (header, *lines) for character in line):
        return ReturnedContent(fault=ReturnFault.CONTROL)
    if _cells(header) != HEADER:
        return ReturnedContent(fault=ReturnFault.HEADER)
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip(" \t;")]
    if len(filled) > MOST_ROWS:
        return ReturnedContent(fault=ReturnFault.ROWS)
    rows = {number: _row(number, line) for number, line in filled}
    unread = tuple(number for number, row in rows.items() if row is None)
    return ReturnedContent(_once(rows.values()), unread, len(rows))


def _row(number: int, line: str) -> GivenRow | None:
    cells = _cells(line)
    if len(cells) != len(HEADER) or cells[1] not in set(ReturnKind):
        return None
    return GivenRow(number, cells[0].upper(), ReturnKind(cells[1]))


def _once(rows: Iterable[GivenRow | None]) -> tuple[GivenRow, ...]:
    """The first of each statement: a row that is doubled says nothing more."""
    seen: dict[tuple[str, ReturnKind], GivenRow] = {}
    for row in rows:
        if row:
            seen.setdefault((row.reference, row.kind), row)
    return tuple(seen.values())


def _cells(line: str) -> list[str]:
    """Without the blanks around them, in lowercase; none of a line that is no row."""
    if len(line) > MOST_IN_LINE:
        return []
    cells, at = [], 0
    while found := _CELL.match(line, at):
        cells.append((found[1].replace('""', '"') if found[1] is not None else found[2]).strip().lower())
        at = found.end()
        if at == len(line):
            return cells
        if line[at] != ";":
            return []
        at += 1
    return []

"""Which of the ledger's lines are one person's, and what became of the drops that they were in. Pure.

A parent's row in agency_db is known by its `parent_id`, a person by the INSZ. Both may change: a row goes, a number is
corrected, the ledger's key is rotated. Lines are of one row when they share the keyed hash of the `parent_id`, the
reference at one recipient, which is made with another key, or the parent that consent event and hash both name. A row
is the asker's when the last that is known of it says so: the row today, or else its newest line.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import DISCLOSED, Event, Kind

Handle = tuple[str, bytes]
"""A key's id, and a keyed hash under it."""


@dataclass(frozen=True)
class Line:
    """One line per person: `disclosure` in the drop that `kbo`, `sequence` and `manifest_sha256` name."""

    kbo: Kbo
    night: date
    sequence: int
    manifest_sha256: str
    disclosure: Disclosure

    @property
    def row(self) -> Handle:
        return self.disclosure.key_id, self.disclosure.person

    @property
    def number(self) -> Handle | None:
        """The INSZ's handle; None where the line has none."""
        return (self.disclosure.key_id, self.disclosure.insz) if self.disclosure.insz else None

    @property
    def drop(self) -> tuple[Kbo, int, str]:
        return self.kbo, self.sequence, self.manifest_sha256

    @property
    def reference(self) -> tuple[Kbo, str]:
        return self.kbo, self.disclosure.reference


@dataclass(frozen=True)
class Delivered:
    """What became of a drop that counted, or may have: `certain` is False where that is not known yet."""

    night: date
    published: datetime | None = None
    fetched: datetime | None = None
    taken_away: datetime | None = None
    certain: bool = True


@dataclass(frozen=True)
class Given:
    """One line of which the drop was there for the recipient.

    `other_number`: it stands under the asker's INSZ, but the row it was made of has another one since.
    """

    line: Line
    delivered: Delivered
    other_number: bool = False


def rows_of(lines: Iterable[Line], whose: Mapping[Handle, int]) -> list[list[Line]]:
    """The lines of each row, every line once, in the order of their nights. `whose`: the parents of handles."""

    def marks(line: Line) -> set[object]:
        parent = whose.get(line.row)
        return {line.row, line.reference, *([] if parent is None else [parent])}

    rows: list[list[Line]] = []
    for line in sorted(set(lines), key=lambda each: (each.night, each.kbo, each.sequence, each.manifest_sha256)):
        same = [row for row in rows if any(marks(line) & marks(one) for one in row)]
        rows = [row for row in rows if row not in same] + [[*(one for row in same for one in row), line]]
    return [sorted(row, key=lambda each: (each.night, each.kbo, each.sequence)) for row in rows]


@dataclass(frozen=True)
class Asked:
    """Of whom: `mine` are the handles of rows that are the asker's today, `number` those of the INSZ (none: by row).

    `another` tells whether a row is in agency_db today under another INSZ.
    """

    mine: Collection[Handle]
    number: Collection[Handle] = ()
    another: Callable[[Collection[Handle]], bool] = field(default=lambda _: False)

    def own(self, row: Sequence[Line]) -> list[tuple[Line, bool]]:
        """Of one row the asker's lines, each with whether the row has another number since."""
        handles = {line.row for line in row}
        if handles & set(self.mine):
            return [(line, False) for line in row]
        numbers = [line.number for line in row if line.number]
        if numbers and numbers[-1] in self.number and not self.another(handles):
            return [(line, False) for line in row]
        return [(line, True) for line in row if line.number in self.number]


def given(
    asked: Asked,
    lines: Iterable[Line],
    drops: Mapping[tuple[Kbo, int, str], Delivered],
    whose: Mapping[Handle, int],
) -> list[Given]:
    """Everything that was, or may have been, disclosed of the asker, in the order of the nights."""
    own = [pair for row in rows_of(lines, whose) for pair in asked.own(row)]
    found = [Given(line, drops[line.drop], other) for line, other in own if line.drop in drops]
    return sorted(
        found, key=lambda one: (one.line.night, one.line.kbo, one.line.sequence, one.line.disclosure.reference)
    )


def delivered(history: Iterable[Event]) -> dict[tuple[Kbo, int, str], Delivered]:
    """The drops of a recipient's history that counted, and those that may count (`Kind.RELEASING`)."""
    drops: dict[tuple[Kbo, int, str], Delivered] = {}
    last: dict[date, tuple[tuple[Kbo, int, str], Event]] = {}
    for event in history:
        if event.contents is None:
            continue
        key = (event.kbo, event.contents.sequence, event.contents.manifest_sha256)
        last[event.night] = key, event
        if event.kind in DISCLOSED or event.kind in (Kind.READ, Kind.ACKNOWLEDGED):
            drops[key] = _after(drops.get(key, Delivered(event.night)), event)
    maybe = {key: Delivered(event.night, certain=False) for key, event in last.values() if event.kind is Kind.RELEASING}
    return maybe | drops


def _after(drop: Delivered, event: Event) -> Delivered:
    """The first of each kind counts."""
    match event.kind:
        case Kind.PUBLISHED:
            return replace(drop, published=drop.published or event.at)
        case Kind.FETCHED | Kind.READ | Kind.ACKNOWLEDGED:
            return replace(drop, fetched=drop.fetched or event.at)
        case Kind.WITHDRAWN_FROM_HOST | Kind.EXPIRED | Kind.RECALLED:
            return replace(drop, taken_away=drop.taken_away or event.at)
    return drop

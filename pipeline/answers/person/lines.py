"""Selects the ledger's lines of one person, and follows the drops of these lines. Pure.

agency_db names a parent's row by `parent_id`, a person by INSZ. Both may change: a row is deleted, a number is
corrected, the ledger's key is rotated. Lines are of one row when they share the keyed hash of the `parent_id`, the
reference at one recipient (under another key), or the parent that both consent event and hash name. A row is the
requester's by the latest knowledge of the row: the row today, or else its newest line.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import AT_REST, DISCLOSED, REMOVAL, Event, Kind

PersonHandle = tuple[str, bytes]
"""A key's id, and a keyed hash under that key."""
DropKey = tuple[Kbo, int, str]
"""Recipient, sequence number and SHA-256 of the manifest."""


@dataclass(frozen=True)
class DisclosureLine:
    """One line per person of the drop that `kbo`, `sequence` and `manifest_sha256` name.

    `other_number`: the line has the requester's INSZ, but its row has another INSZ since.
    """

    kbo: Kbo
    night: date
    sequence: int
    manifest_sha256: str
    disclosure: Disclosure
    other_number: bool = False

    @property
    def row(self) -> PersonHandle:
        return self.disclosure.key_id, self.disclosure.person

    @property
    def number(self) -> PersonHandle | None:
        """The INSZ's handle; None for a line without INSZ."""
        return (self.disclosure.key_id, self.disclosure.insz) if self.disclosure.insz else None

    @property
    def drop(self) -> DropKey:
        return self.kbo, self.sequence, self.manifest_sha256

    @property
    def reference(self) -> tuple[Kbo, str]:
        return self.kbo, self.disclosure.reference


@dataclass(frozen=True)
class DropDelivery:
    """The instants of a drop that counted, or may have: `certain` is False where not known yet.

    `taken_early`: of one that was not delivered, when files of it were found gone before it could count.
    """

    published: datetime | None = None
    fetched: datetime | None = None
    taken_away: datetime | None = None
    certain: bool = True
    taken_early: datetime | None = None


@dataclass(frozen=True)
class PersonQuery:
    """`rows`: handles of the requester's rows today; `numbers`: handles of the INSZ (none for a query by row).

    `has_other_number` tells whether a row is in agency_db today under another INSZ.
    """

    rows: Collection[PersonHandle]
    numbers: Collection[PersonHandle] = ()
    has_other_number: Callable[[Collection[PersonHandle]], bool] = field(default=lambda _: False)

    def own(self, lines: Sequence[DisclosureLine]) -> list[DisclosureLine]:
        """The requester's lines among the lines of one row, in the order of the nights."""
        handles = {line.row for line in lines}
        numbers = [line.number for line in lines if line.number]
        is_known_by_number = numbers and numbers[-1] in self.numbers
        if handles & set(self.rows) or (is_known_by_number and not self.has_other_number(handles)):
            return list(lines)
        return [replace(line, other_number=True) for line in lines if line.number in self.numbers]


def person_lines(
    query: PersonQuery, lines: Iterable[DisclosureLine], parents: Mapping[PersonHandle, int]
) -> list[DisclosureLine]:
    """The requester's lines, in the order of the nights. `parents`: the parent_id of a row's handle, where known."""
    own = [line for row in group_by_row(lines, parents) for line in query.own(row)]
    return sorted(own, key=lambda line: (line.night, line.kbo, line.sequence, line.disclosure.reference))


def group_by_row(lines: Iterable[DisclosureLine], parents: Mapping[PersonHandle, int]) -> list[list[DisclosureLine]]:
    """The lines of each row, every line once, in the order of their nights."""

    def marks(line: DisclosureLine) -> set[object]:
        return {line.row, line.reference, *([parents[line.row]] if line.row in parents else [])}

    rows: list[list[DisclosureLine]] = []
    for line in sorted(set(lines), key=lambda each: (each.night, each.kbo, each.sequence, each.manifest_sha256)):
        same = [row for row in rows if any(marks(line) & marks(other) for other in row)]
        rows = [row for row in rows if row not in same] + [[*(other for row in same for other in row), line]]
    return [sorted(row, key=lambda each: (each.night, each.kbo, each.sequence)) for row in rows]


def drop_deliveries(history: Iterable[Event]) -> dict[DropKey, DropDelivery]:
    """The drops of a recipient's history that counted, those that may count (`Kind.RELEASING`), and each rendering of
    which files were taken before it counted."""
    drops: dict[DropKey, DropDelivery] = {}
    taken: dict[DropKey, DropDelivery] = {}
    last: dict[date, tuple[DropKey, Kind]] = {}
    for event in history:
        if event.contents is None:
            continue
        key = (event.kbo, event.contents.sequence, event.contents.manifest_sha256)
        if event.kind not in AT_REST:
            last[event.night] = key, event.kind
        if event.kind is Kind.TAKEN_EARLY:
            taken.setdefault(key, DropDelivery(certain=False, taken_early=event.at))
        if event.kind in DISCLOSED or event.kind in (Kind.READ, Kind.ACKNOWLEDGED):
            drops[key] = _after(drops.get(key, DropDelivery()), event)
    uncertain = {key: DropDelivery(certain=False) for key, kind in last.values() if kind is Kind.RELEASING}
    return uncertain | taken | drops


def _after(drop: DropDelivery, event: Event) -> DropDelivery:
    """The first event of each kind counts."""
    match event.kind:
        case Kind.PUBLISHED:
            return replace(drop, published=drop.published or event.at)
        case Kind.FETCHED | Kind.READ | Kind.ACKNOWLEDGED:
            return replace(drop, fetched=drop.fetched or event.at)
        case kind if kind in REMOVAL.values():
            return replace(drop, taken_away=drop.taken_away or event.at)
    return drop

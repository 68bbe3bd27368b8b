"""What is new, changed or gone in a drop since the last one that its recipient took in. Pure.

Known by a keyed hash of each row as it went out, which the ledger has with the disclosure: no old drop is kept. What is
not known (a line from before, a ledger key that is no longer kept, a redacted line) is called unknown, never guessed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.persons import BYTES, LedgerKey, person_hashes
from pipeline.ledger.withdrawals import Keys


class Stand(StrEnum):
    """What became of a row, as the recipient reads it."""

    NEW = "nieuw"
    CHANGED = "gewijzigd"
    UNCHANGED = "ongewijzigd"
    UNKNOWN = "onbekend"
    GONE = "verdwenen"


STAND = "Stand"
"""The column that a workbook has, and no other format: in those the columns are a contract with programs."""
STAND_FIELD: dict[str, object] = {
    "title": STAND,
    "description": (
        "nieuw, gewijzigd of ongewijzigd tegenover de laatste levering die u ophaalde of bevestigde; verdwenen: toen "
        "in de lijst, nu niet meer; onbekend: wij weten niet meer wat er toen stond."
    ),
    "type": "string",
    "constraints": {"required": True, "enum": [stand.value for stand in Stand]},
}
"""As a field of a Frictionless Table Schema, without its name."""


@dataclass(frozen=True)
class EarlierDrop:
    """The drop that a recipient is known to have: whom it was about. `stem`: None where it never had one.

    `rows`: as its manifest says. There are fewer lines where some were redacted, or are not known.
    """

    stem: str | None = None
    rows: int = 0
    lines: tuple[Disclosure, ...] = ()

    @property
    def is_complete(self) -> bool:
        return len(self.lines) == self.rows


@dataclass(frozen=True)
class DropChanges:
    """A drop against the earlier one with the stem `since` (None: the first). `stands`: of each row, by reference.

    `gone`: the references of the earlier drop that this one has no more, sorted.
    """

    since: str | None = None
    stands: Mapping[str, Stand] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutgoingRow:
    """One row of a drop as it goes out: `content` holds its cells that are not empty, by column."""

    parent_id: int
    content: bytes

    def cells(self, key: LedgerKey) -> bytes:
        """16 bytes: HMAC-SHA256 of `cells:<content>`, cut."""
        return key.mac("cells", self.content)[:BYTES]


def outgoing_rows(kbo: Kbo, table: pa.Table, parents: Mapping[str, int]) -> dict[str, OutgoingRow]:
    """By reference, of the rows of a drop's table; `parents`: whose each reference is.

    An empty cell is left out, so that a column which a later version adds changes no row that has nothing in it.
    """
    found = {}
    for row in table.to_pylist():
        filled = {header: cell for header, cell in row.items() if cell}
        content = json.dumps([kbo, filled], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        found[row["referentie"]] = OutgoingRow(parents[row["referentie"]], content)
    return found


def drop_changes(earlier: EarlierDrop, rows: Mapping[str, OutgoingRow], keys: Keys) -> DropChanges:
    """`keys` finds the ledger keys of earlier lines."""
    kept = _kept_keys({line.key_id for line in earlier.lines}, keys)
    known = {line.reference: line for line in earlier.lines}
    renamed, renamed_since = _renamed(earlier.lines, rows, kept)

    def stand(reference: str, row: OutgoingRow) -> Stand:
        line = known.get(reference)
        if line is None:
            is_new = earlier.is_complete and reference not in renamed_since
            return Stand.NEW if is_new else Stand.UNKNOWN
        key = kept.get(line.key_id)
        if line.cells is None or key is None:
            return Stand.UNKNOWN
        return Stand.UNCHANGED if row.cells(key) == line.cells else Stand.CHANGED

    stands = {reference: stand(reference, row) for reference, row in rows.items()}
    gone = sorted(known.keys() - rows.keys() - renamed)
    return DropChanges(earlier.stem, stands, tuple(gone))


def _kept_keys(ids: Iterable[str], keys: Keys) -> dict[str, LedgerKey]:
    """Those of the keys that are still kept, by id."""
    found = {}
    for key_id in ids:
        try:
            found[key_id] = keys(key_id)
        except SettingsError:
            continue  # what was hashed with it cannot be compared any more, and is called unknown
    return found


def _renamed(
    lines: Sequence[Disclosure], rows: Mapping[str, OutgoingRow], kept: Mapping[str, LedgerKey]
) -> tuple[set[str], set[str]]:
    """The references of before and of now behind which the same person stands: the reference key was replaced."""
    before, since = set(), set()
    for key_id, key in kept.items():
        then = {line.person: line.reference for line in lines if line.key_id == key_id}
        hashes = person_hashes(key, [row.parent_id for row in rows.values()])
        for reference, person in zip(rows, hashes, strict=True):
            if then.get(person, reference) != reference:
                before.add(then[person])
                since.add(reference)
    return before, since

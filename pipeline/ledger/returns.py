"""What a recipient returned by reference: the lines of the ledger of the way back. Pure, and without a value.

A file is on record once, with each of its rows that was taken in; the rows that were refused stand in it by number. A
row that says `geen_contact` is on the suppression list too, in the same transaction: from then on it is a no to its
recipient (pipeline/ledger/suppression.py). Nothing that comes back adds or changes a row (DOMAIN: the way back).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.core.model import Kbo


class ReturnKind(StrEnum):
    """What a recipient can say of a parent."""

    NO_CONTACT = "geen_contact"
    MOVED = "verhuisd"
    WRONG_DATA = "foute_gegevens"


@dataclass(frozen=True)
class ReturnedFile:
    """One file as it was taken in at `at`, and by which run.

    `sha256`: of its bytes. `rows`: all of its rows; `refused`: the numbers of those that were not taken in, at most as
    many as its receipt names. `fault`: why the file as a whole was refused (a word of its reader), "" for none.
    `over_share`: it says `geen_contact` of more than the set share of the recipient's parents.
    """

    kbo: Kbo
    name: str
    sha256: str
    at: datetime
    run: str
    rows: int
    refused: tuple[int, ...]
    fault: str
    over_share: bool


@dataclass(frozen=True)
class ReturnedRow:
    """One row that was taken in: `number` in its file, from 1 on, the header apart.

    `person` and `insz` (None: none known): keyed hashes under the key `key_id`, as of the newest drop that had the
    reference. None of `reference`, `person` and `insz` once the line is redacted.
    """

    number: int
    kind: ReturnKind
    reference: str | None
    person: bytes | None
    insz: bytes | None
    key_id: str


@dataclass(frozen=True)
class ReturnedParent:
    """What a recipient returned of a parent, by the agency's own number. `lifted`: of a no, by a named person."""

    parent_id: int
    kbo: Kbo
    at: datetime
    kind: ReturnKind
    lifted: bool


@dataclass(frozen=True)
class KnownParent:
    """A parent whom the recipient ever had, as of the newest drop with that reference: as of ReturnedRow."""

    reference: str
    person: bytes
    insz: bytes | None
    key_id: str

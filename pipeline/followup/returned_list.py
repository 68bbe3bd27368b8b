"""What recipients returned, as the agency can use it: by its own parent ids, so that its registry can follow.

The ledger knows a parent by keyed hash alone: whoever has the agency's ids hashes each of them, and sees which one is
meant. A parent without a row any more is not named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.documents.csv import csv_bytes
from pipeline.core.local_time import in_brussels
from pipeline.core.model import Snapshot
from pipeline.core.page_folder import page_folder, writing_page
from pipeline.core.staging import read_table
from pipeline.followup.returned_page import returned_page
from pipeline.ledger.db.engine import ledger_snapshot
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.returned_noes import ReturnedLine, read_all_returned_files, read_over_share, read_returned_lines
from pipeline.ledger.persons import person_hashes
from pipeline.ledger.returns import ReturnedFile, ReturnedParent
from pipeline.ledger.withdrawals import Keys

MOST_LINES = 20_000
"""The newest that a list has. One that is past its recipient's retention names nobody, and is not among them."""
PAGE, CSV = "teruggekomen.html", "teruggekomen.csv"


@dataclass(frozen=True)
class ReturnedList:
    """`files`: each that was ever taken in; `over_share`: those of them to look at. `parents`: the newest first, and of
    an instant by id."""

    files: tuple[ReturnedFile, ...]
    over_share: tuple[ReturnedFile, ...]
    parents: tuple[ReturnedParent, ...]


def returned_list(ledger: LedgerDb, snapshot: Snapshot, keys: Keys, at: datetime) -> ReturnedList:
    """Of the parents that have a row in the snapshot. Raises LedgerUnavailable, or SettingsError for a key of the
    ledger that is not kept."""
    with ledger_snapshot(ledger.engine) as connection:
        files, over = read_all_returned_files(connection), read_over_share(connection, at)
        lines = read_returned_lines(connection, MOST_LINES)
    parents = read_table(snapshot.feeds["parent"], "parent_id")["parent_id"].to_pylist() if lines else []
    found = sorted(named(lines, parents, keys), key=lambda one: one.parent_id)  # their order on record says nothing
    return ReturnedList(files, over, tuple(sorted(found, key=lambda one: one.at, reverse=True)))


def named(lines: Sequence[ReturnedLine], parents: Sequence[int], keys: Keys) -> Iterable[ReturnedParent]:
    """Each line of one of these parents, whichever key it was hashed with."""
    by_hash = {
        (key_id, person): parent
        for key_id in {line.key_id for line in lines}
        for parent, person in zip(parents, person_hashes(keys(key_id), parents), strict=True)
    }
    for line in lines:
        parent = by_hash.get((line.key_id, line.person))
        if parent is not None:
            yield ReturnedParent(parent, line.kbo, line.at, line.kind, line.lifted)


def write_returned_list(found: ReturnedList, at: datetime, folder: Path) -> None:
    """As a page and as CSV. Raises as `writing_page`."""
    with writing_page(page_folder(folder) / CSV) as part:
        part.write_bytes(returned_csv(found.parents))
    with writing_page(folder / PAGE) as part:
        part.write_text(returned_page(found.files, found.over_share, found.parents, at, CSV), "utf-8")


def returned_csv(parents: Sequence[ReturnedParent]) -> bytes:
    """No value of a person but the agency's own id."""
    columns: dict[str, list[str]] = {
        "parent_id": [str(one.parent_id) for one in parents],
        "soort": [one.kind.value for one in parents],
        "ontvanger": [one.kbo for one in parents],
        "teruggekomen": [f"{in_brussels(one.at):%Y-%m-%d %H:%M}" for one in parents],
        "opgeheven": ["ja" if one.lifted else "nee" for one in parents],
    }
    return csv_bytes(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))

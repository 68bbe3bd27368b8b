"""A backup of the ledger that is put back, until the newer one is found again (on SQLite: a file)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.ledger.anchors import read_anchors
from tests.support.nights_machine.history import History
from tests.support.nights_machine.opened_once import ledger_file


def is_older(history: History) -> bool:
    """Whether the anchors know of more than the backup has: else nobody can tell."""
    if history.ledger_before is None:
        return False
    heads = [anchor.head.n for anchor in read_anchors(history.folder / "anchors") if anchor.head]
    with older_ledger(history):
        head = history.nights.ledger.head()
    return max(heads, default=0) > (head.n if head else 0)


@contextmanager
def older_ledger(history: History) -> Iterator[None]:
    """The ledger is as it was when the last night began, meanwhile."""
    path, newer = ledger_file(history.ledger_uri), history.folder / "ledger.newer"
    assert path and history.ledger_before
    _exchange(history, path, newer)
    _exchange(history, history.ledger_before, path)
    try:
        yield
    finally:
        _exchange(history, newer, path)


def _exchange(history: History, source: Path, target: Path) -> None:
    """With nobody connected, all of a ledger is in its one file."""
    history.opened.close()
    shutil.copy(source, target)

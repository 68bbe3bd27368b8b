"""A new ledger without the time that its migrations take: made once in a process, and copied."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import sqlalchemy as sa

from pipeline.ledger.db.ledger import LedgerDb, open_ledger


def new_ledger(uri: str) -> LedgerDb:
    """As `open_ledger`. On SQLite what is not there yet is a copy of one that the migrations made."""
    url = sa.make_url(uri)
    if url.get_backend_name() == "sqlite" and not (path := Path(str(url.database))).exists():
        shutil.copy(_made_once(), path)
    return open_ledger(uri)


@cache
def _made_once() -> Path:
    path = Path(mkdtemp()) / "ledger.db"
    open_ledger(f"sqlite:///{path}")
    return path

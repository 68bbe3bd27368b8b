"""A ledger that is opened once a history, and keeps its connections: opening it takes longer than most of its work.

The product opens it for each task anew, and each transaction on a connection of its own. What is written, and under
which locks, is the same here; that it survives a power cut is not asked.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from pipeline.ledger.db import engine as opening
from pipeline.ledger.db import engines, ledger


class OpenedOnce:
    """The engines by address. `close` lets go of every connection: before a file is exchanged, and at the end."""

    def __init__(self) -> None:
        self._connect = opening.connect
        self._engines: dict[str, sa.Engine] = {}

    def connect(self, uri: str, existing: bool = False) -> sa.Engine:
        if uri not in self._engines:
            self._engines[uri] = engine = self._connect(uri, existing)
            if engine.dialect.name == "sqlite":
                engine.dispose()
                sa.event.listen(engine, "connect", _unhurried)
        return self._engines[uri]

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()


def _unhurried(connection: sqlite3.Connection, _entry: object) -> None:
    connection.execute("pragma synchronous = off").close()


def ledger_file(uri: str) -> Path | None:
    """None on PostgreSQL."""
    url = sa.make_url(uri)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def put_aside(opened: OpenedOnce, uri: str, copy: Path) -> Path | None:
    """A backup of the ledger, where it is a file."""
    path = ledger_file(uri)
    if path is None:
        return None
    opened.close()
    shutil.copy(path, copy)
    return copy


@contextmanager
def opened_once() -> Iterator[OpenedOnce]:
    """Whoever opens a ledger meanwhile gets the engine of its address."""
    opened = OpenedOnce()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "NullPool", QueuePool)
        patch.setattr(ledger, "connect", opened.connect)
        try:
            yield opened
        finally:
            opened.close()

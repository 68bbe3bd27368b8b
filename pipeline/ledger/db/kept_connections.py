"""For as long as a task runs, its connections to the ledger are kept: to open one takes longer than a transaction.

Outside of `kept_connections` each transaction has a connection of its own, so that a process that only waits, such as
Airflow's API server, holds no file open and no session.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

FileId = tuple[int, int]


@dataclass
class _Task:
    """Of this process: the engines that keep their connections, once the schema was looked at."""

    process: int = field(default_factory=os.getpid)
    engines: set[sa.Engine] = field(default_factory=set)


_TASK: ContextVar[_Task | None] = ContextVar("task", default=None)


@contextmanager
def kept_connections() -> Iterator[None]:
    """A ledger that is opened inside is looked at once, and keeps its connections up to the end."""
    if is_kept():
        yield
        return
    task = _Task()
    token = _TASK.set(task)
    try:
        yield
    finally:
        _TASK.reset(token)
        for engine in task.engines:
            engine.dispose()


def is_kept() -> bool:
    """Whether connections are kept here: not in a process that was forked from the one that keeps them."""
    task = _TASK.get()
    return task is not None and task.process == os.getpid()


def was_looked_at(engine: sa.Engine) -> bool:
    """Whether this task has seen that its schema is the newest one."""
    task = _TASK.get()
    return task is not None and is_kept() and engine in task.engines


def looked_at(engine: sa.Engine) -> None:
    """Its schema is the newest one."""
    if is_kept() and (task := _TASK.get()):
        task.engines.add(engine)


def of_one_file(engine: sa.Engine, file: Path) -> None:
    """SQLite: a kept connection that nobody uses leaves all that was written in the file itself, so that a copy is
    whole; and none writes to a file that another was put in place of, such as a backup."""

    def opened(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _id(file)

    def taken(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info.get("file") != _id(file):
            raise DisconnectionError("another file is there: it is opened")

    def given_back(connection: sqlite3.Connection | None, _entry: ConnectionPoolEntry) -> None:
        if connection is not None:
            _write_back(connection)

    sa.event.listen(engine, "connect", opened)
    sa.event.listen(engine, "checkout", taken)
    sa.event.listen(engine, "checkin", given_back)


def _write_back(connection: sqlite3.Connection) -> None:
    """As the last one that closes does, and without waiting: whoever is at work with it does so afterwards."""
    ((patience,),) = connection.execute("pragma busy_timeout").fetchall()
    with suppress(sqlite3.OperationalError):
        connection.execute("pragma busy_timeout = 0").close()
        connection.execute("pragma wal_checkpoint(truncate)").close()
    connection.execute(f"pragma busy_timeout = {patience}").close()


def _id(file: Path) -> FileId | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino

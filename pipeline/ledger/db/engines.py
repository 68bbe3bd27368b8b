"""An engine for the ledger's database, SQLite or PostgreSQL: how its connections begin, and what they are set to."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from tempfile import mkstemp

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from pipeline.ledger.db.kept_connections import of_one_file
from pipeline.ledger.db.remedies import tell_file
from pipeline.ledger.db.sessions import bound_session

PATIENCE_SECONDS = 30
"""How long a statement waits for another task's before the ledger counts as unavailable."""

_ENGINES = 8
"""Of so many addresses a process keeps the engine: what it compiled once serves again."""

LOOKS_ONLY = "looks_only"
"""An option of a connection that writes nothing: its transaction takes no lock."""

_dumps = partial(json.dumps, sort_keys=True)


@lru_cache(maxsize=_ENGINES)
def sqlite_engine(url: sa.URL, is_kept: bool) -> sa.Engine:
    """`is_kept`: a task keeps its connections. Transactions are ours (the driver begins none of its own)."""
    options = {"isolation_level": None, "timeout": PATIENCE_SECONDS}
    engine = sa.create_engine(url, poolclass=_pool(is_kept), connect_args=options, json_serializer=_dumps)
    if is_kept:
        of_one_file(engine, Path(str(url.database)))
    sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _take_write_lock)
    sa.event.listen(engine, "handle_error", partial(_tell_file, Path(str(url.database))))
    return engine


def _tell_file(file: Path, context: sa.engine.ExceptionContext) -> None:
    tell_file(context.original_exception, file)


def make_sqlite(path: Path) -> None:
    """Put a new file there in WAL mode, whole, readable by its owner only: switching a file that others open fails at
    once, without waiting."""
    with _folder_named(path):
        _make_new(path)


@contextmanager
def _folder_named(path: Path) -> Iterator[None]:
    """An error of the system names the folder: the file is the ledger's address."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path.parent)) from None
    except sqlite3.Error as error:
        tell_file(error, path)
        raise


def _make_new(path: Path) -> None:
    if path.exists():
        return
    descriptor, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
    os.close(descriptor)
    try:
        with closing(sqlite3.connect(name)) as connection:
            connection.execute("pragma journal_mode = wal").close()
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _pool(is_kept: bool) -> type[sa.Pool]:
    return QueuePool if is_kept else NullPool


@lru_cache(maxsize=_ENGINES)
def postgresql_engine(url: sa.URL, is_kept: bool) -> sa.Engine:
    """`is_kept`: as of `sqlite_engine`; a session that was silent for long may have been cut, so it is asked first."""
    from pipeline.ledger.db.watched import WatchedConnection, WatchedCursor

    options = {
        "connect_timeout": PATIENCE_SECONDS,
        "tcp_user_timeout": PATIENCE_SECONDS * 1000,
        "connection_factory": WatchedConnection,
        "cursor_factory": WatchedCursor,
    }
    engine = sa.create_engine(
        url, poolclass=_pool(is_kept), pool_pre_ping=is_kept, connect_args=options, json_serializer=_dumps
    )
    sa.event.listen(engine, "connect", partial(bound_session, seconds=PATIENCE_SECONDS))
    return engine


def _set_pragmas(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Each commit is on disk before the next act on the host: an intent must outlive a power cut.

    What is redacted or deleted is overwritten in the file.
    """
    for pragma in ("synchronous = full", "foreign_keys = on", "secure_delete = on"):
        connection.execute(f"pragma {pragma}").close()


def _take_write_lock(connection: sa.Connection) -> None:
    """Waiting for the lock is bounded at `begin`; a reader that turns writer later could fail at once."""
    looks_only = connection.get_execution_options().get(LOOKS_ONLY)
    connection.exec_driver_sql("begin" if looks_only else "begin immediate")

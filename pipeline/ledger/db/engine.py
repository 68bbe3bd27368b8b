"""The ledger's database: opened, brought to the newest schema, and locked; on SQLite and on PostgreSQL.

A lock belongs to a process and dies with it: in PostgreSQL an advisory lock of the session that also does the
writing (so PgBouncer must pool by session), beside SQLite a locked file (so both lie on a local disk).
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError, StatementError

from pipeline.core.errors import LedgerConflict, LedgerRefused, SettingsError
from pipeline.core.lock import try_lock
from pipeline.core.model import Kbo
from pipeline.ledger.db.engines import LOOKS_ONLY, make_sqlite, postgresql_engine, sqlite_engine
from pipeline.ledger.db.kept_connections import is_kept, looked_at, was_looked_at
from pipeline.ledger.db.remedies import error_of, remedy_of
from pipeline.ledger.db.sessions import require_sessions
from pipeline.ledger.db.tables import VERSION_TABLE

NEWEST = "0021"
"""The version that this code reads and writes: the last file of migrations/versions/."""

READING_SECONDS = 600
"""How long a statement may take that reads all of a ledger."""

OPENING, DELIVERING = 0x6D1, 0x6D2
"""Classes of our advisory locks in PostgreSQL; the second key is the KBO number, which fits its 31 bits."""

_NO_LEDGER = "there is no ledger at the address in the connection ledger_db: is its path or database spelled right?"

_SQLITE_KEYS = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_FOREIGNKEY"}
_TAKEN = _SQLITE_KEYS | {"23505", "23503"}
"""What the databases call a key that is there already, or one that should be; of PostgreSQL the SQLSTATE."""

_CODES = ("sqlite_errorname", "pgcode", "strerror")
"""Where SQLite, PostgreSQL and the system say what is the matter."""


@contextmanager
def ledger_errors() -> Iterator[None]:
    """Turn a database's failure into one sentence, without its address, its statement or its parameters.

    Raises LedgerConflict, LedgerTransient or LedgerRefused.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = getattr(error, "orig", None) or error
        code = next((str(said) for name in _CODES if (said := getattr(cause, name, None))), type(cause).__name__)
        if code in _TAKEN or _inserts_again(code, error):
            raise LedgerConflict("ledger: another task took this night or this number first; look again") from None
        remedy = remedy_of(code, cause)
        raise error_of(code, cause)(f"the ledger cannot be read or written ({code}): {remedy}") from None


def _inserts_again(code: str, error: Exception) -> bool:
    """On SQLite a trigger sees a key that is taken before the key's own constraint does; to change a line, another."""
    statement = error.statement if isinstance(error, StatementError) else None
    return code == "SQLITE_CONSTRAINT_TRIGGER" and (statement or "").lstrip().lower().startswith("insert")


@contextmanager
def transaction(source: sa.Engine | sa.Connection) -> Iterator[sa.Connection]:
    """One transaction, on a connection of its own or on the one that is given. Raises as `ledger_errors` does."""
    with ledger_errors():
        if isinstance(source, sa.Engine):
            with source.begin() as connection:
                yield connection
        else:
            with source.begin():
                yield source


@contextmanager
def read_transaction(source: sa.Engine | sa.Connection) -> Iterator[sa.Connection]:
    """As `transaction`, to read alone: in SQLite it takes no lock, so it waits for nobody who writes."""
    with ledger_errors():
        if isinstance(source, sa.Engine):
            with source.connect() as connection, _that_only_looks(connection), connection.begin():
                yield connection
        else:
            with _that_only_looks(source), source.begin():
                yield source


@contextmanager
def _that_only_looks(connection: sa.Connection) -> Iterator[None]:
    connection.execution_options(**{LOOKS_ONLY: True})
    try:
        yield
    finally:
        connection.execution_options(**{LOOKS_ONLY: False})


def connect(uri: str, existing: bool = False) -> sa.Engine:
    """An engine at the newest schema. Raises SettingsError for another kind of URI, or LedgerUnavailable.

    With `existing` no ledger is made, and SettingsError is raised where there is none.
    """
    url = _parse(uri)
    is_sqlite = url.get_backend_name() == "sqlite"
    with ledger_errors():
        if existing and is_sqlite and not Path(str(url.database)).exists():
            raise SettingsError(_NO_LEDGER)
        if is_sqlite:
            make_sqlite(Path(str(url.database)))
        engine = sqlite_engine(url, is_kept()) if is_sqlite else postgresql_engine(url, is_kept())
        if was_looked_at(engine):
            return engine
        if not is_sqlite:
            require_sessions(engine)
        _migrate(engine, existing)
        looked_at(engine)
    return engine


def engine_to_look(uri: str) -> sa.Engine:
    """As it is: nothing is made or migrated. Raises SettingsError for another kind of URI, or without its file."""
    url = _parse(uri)
    if url.get_backend_name() != "sqlite":
        return postgresql_engine(url, is_kept())
    if not Path(str(url.database)).is_file():
        raise SettingsError(_NO_LEDGER)
    return sqlite_engine(url, is_kept())


@contextmanager
def recipient_lock(engine: sa.Engine, kbo: Kbo) -> Iterator[tuple[sa.Connection, Callable[[], bool]]]:
    """A connection for one recipient's delivery, while no other task has one, and whether that is still so.

    Raises LedgerConflict if another has one.
    """
    with ExitStack() as stack:
        with ledger_errors():
            connection = stack.enter_context(engine.connect())
            if engine.dialect.name == "sqlite":
                path = _lock_file(engine, kbo)
                file = stack.enter_context(path.open("a", encoding="utf-8"))
                free, is_ours = try_lock(file), partial(_is_still_there, file, path)
            else:
                with connection.begin():
                    free = connection.execute(
                        sa.select(sa.func.pg_try_advisory_lock(DELIVERING, int(kbo)))
                    ).scalar_one()
                is_ours = partial(_session_has_lock, connection, kbo)
        if not free:
            raise LedgerConflict(f"another task is delivering to {kbo}: this one looks again later")
        stack.callback(_unlock, connection, kbo)
        yield connection, is_ours


def _is_still_there(locked: IO[str], path: Path) -> bool:
    """Whether the locked file is the one that another task would lock."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(locked.fileno()), path.stat())
    return False


_LOCKS_OF_SESSION = sa.text(
    "select exists(select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted"
    " and classid = :class and objid = :number and objsubid = 2)"
)


def _session_has_lock(connection: sa.Connection, kbo: Kbo) -> bool:
    """By the server that answers now, which may be another than the one that gave the lock."""
    with transaction(connection):
        held: bool = connection.execute(_LOCKS_OF_SESSION, {"class": DELIVERING, "number": int(kbo)}).scalar_one()
    return held


def _unlock(connection: sa.Connection, kbo: Kbo) -> None:
    """In PostgreSQL the lock ends with the session, which may outlast its connection a while: so it is given back.
    On a connection that is lost, the server finds out by itself."""
    if connection.dialect.name == "postgresql":
        try:
            with connection.begin():
                connection.execute(sa.select(sa.func.pg_advisory_unlock(DELIVERING, int(kbo))))
        except SQLAlchemyError:
            connection.invalidate()  # its session may have the lock still: nobody goes on with it


@contextmanager
def ledger_snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to read all of the ledger as it stands now, for as long as it takes, in nobody's way."""
    with ledger_errors(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(**{LOOKS_ONLY: True})
        else:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin(), _read_with_patience(connection):
            yield connection


@contextmanager
def _read_with_patience(connection: sa.Connection) -> Iterator[None]:
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(sa.text(f"set local statement_timeout = '{READING_SECONDS}s'"))
    watched: Any = connection.connection.dbapi_connection  # ours (watched.py)
    usual, watched.patience = watched.patience, READING_SECONDS
    try:
        yield
    finally:
        watched.patience = usual


def _parse(uri: str) -> sa.URL:
    try:
        url = sa.make_url(uri.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise SettingsError("the ledger's address is not a URI: check the connection ledger_db") from None
    if url.drivername == "sqlite" and Path(url.database or "").is_absolute():
        return url
    if url.drivername in ("postgresql", "postgresql+psycopg2"):
        return url.set(drivername="postgresql+psycopg2")  # the bare name means psycopg 3 from SQLAlchemy 2.1 on
    raise SettingsError("the ledger is sqlite:////absolute/path or postgresql://...: check the connection ledger_db")


def _migrate(engine: sa.Engine, existing: bool) -> None:
    """One task at a time; the others find it done. Alembic is imported only when there is something to do."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(OPENING, 0)))
        if connection.dialect.has_table(connection, VERSION_TABLE):
            found = connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalar_one()
            if found == NEWEST:
                return
        elif existing:
            raise SettingsError(_NO_LEDGER)
        _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise LedgerRefused(
            "the ledger is newer than this code, or a draft of before the first release: deploy the code that made it"
        ) from None


def _lock_file(engine: sa.Engine, kbo: Kbo) -> Path:
    folder = Path(f"{engine.url.database}.locks")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{int(kbo):010d}"

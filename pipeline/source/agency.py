"""The agency's database, opened read-only through ADBC: SQLite (the embedded default) or PostgreSQL.

One connection is one read-only transaction, so that all feeds are of the same instant.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

import adbc_driver_manager as adbc
import adbc_driver_postgresql
import adbc_driver_sqlite.dbapi
from adbc_driver_manager.dbapi import Connection

from pipeline.core.errors import SettingsError
from pipeline.source.database_thread import DatabaseHangs, DatabaseThread
from pipeline.source.problems import hangs, unreachable
from pipeline.source.reading import Agency, Catalogue

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
"""How long we wait for an answer of the database, or for the next rows, before we give it up."""

LOCKED_SECONDS = 15
"""How long a statement waits for somebody else's lock."""

SERVER_SECONDS = 1800
"""How long PostgreSQL lets a statement run, or our transaction idle, should we be gone."""


@contextmanager
def open_agency(uri: str, catalogue: Catalogue | None = None) -> Iterator[Agency]:
    """Connect to `sqlite:////absolute/path` or `postgresql://...`, read-only.

    `catalogue`: that of an earlier transaction at the same address, which spares reading the server's own tables again;
    for a look that is only compared, since a type that came to be since then is not in it.
    Raises AgencyUnreachable when it does not answer, SettingsError for another kind of address or a file without
    rights.
    """
    scheme = urlsplit(uri).scheme
    if scheme not in ("sqlite", "postgresql", "postgres"):
        raise SettingsError("connection agency_db is neither sqlite:////path nor postgresql://...: correct it")
    is_sqlite, thread = scheme == "sqlite", DatabaseThread(PATIENCE_SECONDS)
    farewells: tuple[Callable[[], None], ...] = ()
    try:
        if is_sqlite:
            connection = _connected(thread, _open_sqlite, uri)
        else:
            catalogue = catalogue or _connected(thread, _read_catalogue, uri)
            connection = _connected(thread, _open_postgresql, catalogue)
        farewells = (connection.rollback, connection.close)
        yield Agency(connection, thread, catalogue)
    finally:  # nothing was written, so nothing is lost when the database does not hear this
        thread.end(*farewells)


def _connected(thread: DatabaseThread, connect: Callable[..., T], argument: object) -> T:
    try:
        return thread.call(connect, argument)
    except DatabaseHangs:
        raise hangs(PATIENCE_SECONDS) from None
    except (adbc.Error, OSError) as error:
        raise unreachable(error) from None


def _open_sqlite(uri: str) -> Connection:
    path = Path(unquote(urlsplit(uri).path).removeprefix("/"))
    if path.exists() and not os.access(path, os.R_OK, effective_ids=True):
        raise SettingsError("agency_db is a file that this user may not read: give this user the right")
    connection: Connection = adbc_driver_sqlite.dbapi.connect(f"file:{quote(str(path))}?mode=ro")
    with connection.cursor() as cursor:
        cursor.execute(f"pragma busy_timeout = {LOCKED_SECONDS * 1000}")
    return connection


def _read_catalogue(uri: str) -> Catalogue:
    """The driver reads all types that the server knows, which takes it some ten times as long as it takes to connect;
    it keeps no connection."""
    return Catalogue(adbc_driver_postgresql.connect(_completed(uri)))


def _open_postgresql(catalogue: Catalogue) -> Connection:
    connection = Connection(catalogue, adbc.AdbcConnection(catalogue._db))
    for setting in (
        "set transaction isolation level repeatable read, read only",
        f"set lock_timeout = '{LOCKED_SECONDS}s'",
        f"set statement_timeout = '{SERVER_SECONDS}s'",
        f"set idle_in_transaction_session_timeout = '{SERVER_SECONDS}s'",
    ):
        with connection.cursor() as cursor:
            cursor.execute(setting)
    return connection


def _completed(uri: str) -> str:
    """With a bound on connecting, and UTF-8 whatever the address, the role or PGCLIENTENCODING says."""
    address, _, query = uri.partition("?")
    given = [option for option in query.split("&") if option and option.partition("=")[0] != "client_encoding"]
    if not any(option.startswith("connect_timeout=") for option in given):
        given.append("connect_timeout=15")
    return f"{address}?{'&'.join((*given, 'client_encoding=UTF8'))}"

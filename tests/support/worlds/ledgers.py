"""A new ledger without the time that its migrations take: made once in a process, and copied."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg2
import sqlalchemy as sa

from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from tests.support.servers.postgres import set_aside

_COPIES = count(1)


def new_ledger(uri: str) -> LedgerDb:
    """As `open_ledger`. Where nothing is yet, a copy of a ledger that the migrations made."""
    url = sa.make_url(uri)
    if url.get_backend_name() == "sqlite":
        if not Path(str(url.database)).exists():
            shutil.copy(_migrated_file(), str(url.database))
    elif _is_empty(url):
        template = f"migrated_{os.getpid()}"  # several processes may share a server, as in `make proof`
        _migrated_database(url.set(database=template))
        _take_the_place(url, template)
    return open_ledger(uri)


def copied_ledger(ledger: LedgerDb, uri: str) -> LedgerDb:
    """The same lines at a fresh address. Nobody may be using the ledger that is copied."""
    ledger.engine.dispose()
    url = sa.make_url(uri)
    if url.get_backend_name() == "sqlite":
        shutil.copy(str(ledger.engine.url.database), str(url.database))
    else:
        _recreate(url, str(ledger.engine.url.database))
    return open_ledger(uri)


def address_beside(ledger: LedgerDb, folder: Path) -> str:
    """A fresh one on the same kind of database: a file in `folder`, or one more database of the same server."""
    url = ledger.engine.url
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{folder / 'ledger.sqlite'}"
    beside = url.set(drivername="postgresql", database=f"{url.database}_{next(_COPIES)}")
    return beside.render_as_string(hide_password=False)


@cache
def _migrated_file() -> Path:
    path = Path(mkdtemp()) / "ledger.db"
    open_ledger(f"sqlite:///{path}").engine.dispose()
    return path


@cache
def _migrated_database(url: sa.URL) -> None:
    """One of each server and process. Nobody may be connected to a template that is copied."""
    _recreate(url)
    open_ledger(url.render_as_string(hide_password=False)).engine.dispose()


def copy_database(uri: str, to: str) -> None:
    """On PostgreSQL, whatever is in it; nobody may be connected to it."""
    _recreate(sa.make_url(to), str(sa.make_url(uri).database))


def _recreate(url: sa.URL, template: str = "template1") -> None:
    """Nothing of what is in it remains."""
    with _connected(url.set(database="postgres")) as cursor:
        cursor.execute(f"drop database if exists {url.database} with (force)")  # whoever just left may linger
        cursor.execute(f"create database {url.database} template {template} strategy file_copy")


def _take_the_place(url: sa.URL, template: str) -> None:
    """Of an empty database."""
    server = url.set(drivername="postgresql").render_as_string(hide_password=False).rpartition("/")[0]
    with _connected(url.set(database="postgres")) as cursor:
        set_aside(cursor, server, str(url.database))
        cursor.execute(f"create database {url.database} template {template} strategy file_copy")


def _is_empty(url: sa.URL) -> bool:
    with _connected(url) as cursor:
        cursor.execute("select not exists (select from pg_tables where schemaname = 'public')")
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


@contextmanager
def _connected(url: sa.URL) -> Iterator["psycopg2.extensions.cursor"]:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        yield connection.cursor()

"""Which refusals of the ledger's database may pass by themselves, so that Airflow tries again, and which never do."""

import errno
import os
import sqlite3

import psycopg2
import pytest
import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict, LedgerRefused, LedgerTransient, LedgerUnavailable
from pipeline.ledger.db.engine import ledger_errors


class ServerError(psycopg2.Error):
    """PostgreSQL's, of whichever code."""

    pgcode = ""


def of_server(code: str) -> Exception:
    return type("Coded", (ServerError,), {"pgcode": code})("s3cret")


def of_sqlite(name: str) -> Exception:
    error = sqlite3.DatabaseError("s3cret")
    error.sqlite_errorname = name
    return error


def of_system(number: int) -> Exception:
    return OSError(number, os.strerror(number), "/mount/ledger")


REFUSALS: dict[type[Exception], list[Exception]] = {
    LedgerTransient: [
        psycopg2.OperationalError("no answer: s3cret"),
        psycopg2.InterfaceError("closed: s3cret"),
        *map(of_server, ("08006", "25006", "40001", "40P01", "53100", "53300", "55P03", "57014", "57P01", "57P03")),
        *map(of_sqlite, ("SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_FULL", "SQLITE_IOERR_READ", "SQLITE_LOCKED")),
        *map(of_system, (errno.ENOSPC, errno.EDQUOT, errno.ENOENT, errno.ESTALE, errno.EBADF, errno.EMFILE)),
    ],
    LedgerRefused: [
        *map(of_server, ("22P02", "23502", "28000", "28P01", "3D000", "42501", "42P01", "P0001")),
        *map(of_sqlite, ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CORRUPT_INDEX", "SQLITE_ERROR")),
        *map(of_sqlite, ("SQLITE_CONSTRAINT_NOTNULL", "SQLITE_CONSTRAINT_TRIGGER")),
        *map(of_system, (errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EIO)),
    ],
    LedgerConflict: [*map(of_server, ("23505", "23503")), of_sqlite("SQLITE_CONSTRAINT_PRIMARYKEY")],
}


def wrapped(error: Exception) -> Exception:
    """As SQLAlchemy passes it on."""
    return error if isinstance(error, OSError) else sa.exc.DBAPIError("update s3cret", {}, error)


@pytest.mark.parametrize(
    ("kind", "error"), [(kind, error) for kind, errors in REFUSALS.items() for error in errors], ids=repr
)
def test_a_refusal_has_its_kind(kind: type[Exception], error: Exception) -> None:
    with pytest.raises((LedgerUnavailable, LedgerConflict)) as caught, ledger_errors():
        raise wrapped(error)
    assert type(caught.value) is kind
    assert "s3cret" not in str(caught.value)


def test_a_pool_that_is_used_up_may_pass() -> None:
    with pytest.raises(LedgerTransient), ledger_errors():
        raise sa.exc.TimeoutError("QueuePool limit of size 5 overflow 10 reached")


def test_a_right_that_is_missing_is_named_with_its_remedy() -> None:
    says = r"\(42501\).*lacks a right: run the block of docs/deployment.md, Rights"
    with pytest.raises(LedgerRefused, match=says), ledger_errors():
        raise wrapped(of_server("42501"))

"""A PostgreSQL backend that is stopped, as on a machine that hangs: it keeps its connection, and answers nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2


def backends(uri: str) -> list[int]:
    """The processes of the server that serve this database, but for the one that is asked."""
    with closing(psycopg2.connect(uri)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
            "and backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


@contextmanager
def stopped(uri: str) -> Iterator[None]:
    """All backends of the database that are there now, until the block ends."""
    pids = backends(uri)
    assert pids, "nobody is connected"
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

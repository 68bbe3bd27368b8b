"""A connection to PostgreSQL that gives up a server which does not answer, such as one that is stopped.

The driver waits outside Python, where no signal reaches it, and the server's own limits hold only while it runs. So
another thread shuts the socket, and the call that waits on it fails as when the connection is lost.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from psycopg2.extensions import connection, cursor

from pipeline.core.timer import call_after


class WatchedConnection(connection):  # type: ignore[misc] # psycopg2 has no types of its own
    """Each of its calls, and of its WatchedCursors, ends within `patience` seconds."""

    patience = 45.0  # somewhat longer than the server's own limits (engine.py), which say more of what is the matter

    def commit(self) -> None:
        with _shut_after(self):
            super().commit()

    def rollback(self) -> None:
        with _shut_after(self):
            super().rollback()


class WatchedCursor(cursor):  # type: ignore[misc] # likewise
    """Of a WatchedConnection."""

    connection: WatchedConnection

    def execute(self, *arguments: Any) -> None:
        with _shut_after(self.connection):
            super().execute(*arguments)

    def executemany(self, *arguments: Any) -> None:
        with _shut_after(self.connection):
            super().executemany(*arguments)

    def fetchmany(self, *arguments: Any) -> Any:
        """Of a cursor on the server (SQLAlchemy's `yield_per`) it asks for more; of another it only gives."""
        with _shut_after(self.connection) if self.name else nullcontext():
            return super().fetchmany(*arguments)


@contextmanager
def _shut_after(watched: WatchedConnection) -> Iterator[None]:
    if watched.closed:
        yield
        return
    own = socket.socket(fileno=os.dup(watched.fileno()))  # whose number is nobody else's
    with own as line, call_after(watched.patience, partial(_shut, line)):
        yield


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)

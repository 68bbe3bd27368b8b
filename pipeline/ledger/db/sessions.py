"""What the ledger asks of a session of PostgreSQL: its own limits, and that a lock of the session stays with it.

Between us and the server may stand a pooler, such as PgBouncer. It takes no settings at the start of a connection, so
they are set after it. One that gives each transaction another session would let two tasks hold one lock: it is refused.
"""

from typing import Any

import sqlalchemy as sa

from pipeline.core.errors import SettingsError

_SETTINGS = (
    "select set_config('statement_timeout', %(bound)s, false), set_config('lock_timeout', %(bound)s, false),"
    " set_config('idle_in_transaction_session_timeout', '30min', false), pg_backend_pid()"
)
_TRIED: set[str] = set()
"""Addresses of which this process knows that they give it sessions."""


def bound_session(connection: Any, _entry: object, *, seconds: float) -> None:
    """Bound what one statement may take, in one exchange with the server. Listens to SQLAlchemy's event `connect`."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS, {"bound": f"{seconds:g}s"})
        (*_, served_by) = cursor.fetchone()
    connection.autocommit = False
    connection.is_pooled = served_by != connection.info.backend_pid


def require_sessions(engine: sa.Engine) -> None:
    """Raises SettingsError for a pooler that gives each transaction another session, or two connections the same one.

    A server that answers itself names the process that the connection began with, and is believed.
    """
    address = engine.url.render_as_string()
    if address in _TRIED:
        return
    with engine.connect() as first:
        watched = first.connection.dbapi_connection
        is_pooled = watched.is_pooled  # type: ignore[union-attr] # ours (watched.py), and open here
        if is_pooled and not _keeps_its_session(engine, first):
            raise SettingsError(
                "the ledger is behind a pooler that gives each transaction another session, so two tasks could hold "
                "one lock: let it pool by session (PgBouncer: pool_mode = session), or go past it in ledger_db"
            )
    _TRIED.add(address)


def _keeps_its_session(engine: sa.Engine, first: sa.Connection) -> bool:
    """Whether two connections have a session each, also where the second begins when the first has nothing to do."""
    mine = _session(first)
    with engine.connect() as second, second.begin():
        other: int = second.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
        return mine == _session(first) and mine != other


def _session(connection: sa.Connection) -> int:
    """The process of the server that a transaction is served by."""
    with connection.begin():
        number: int = connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
    return number

"""What a database's error means to us: what may pass by itself, and what the agency has to mend. Pure.

PostgreSQL's errors are told apart by SQLSTATE, for their words are in the server's language; SQLite's by their words,
which never are. The words themselves, which may quote a value, are shown to nobody.
"""

from pipeline.core.errors import AgencyUnreachable, FeedError, PipelineError, SettingsError

NO_UTF8 = "22021"
"""Text that the database cannot give as UTF-8."""

AGAIN = "it is tried again"
_RESTORE = "ask the agency to restore the table, which is not there under that name"
_GRANT = "ask the agency to grant our role the right to select from it"
_MEND = "ask the agency to mend what its interface shows there"

_REMEDIES = {"42P01": _RESTORE, "3F000": _RESTORE, "42501": _GRANT}

_PASSING = {
    "40001": "gave way to another transaction",
    "55P03": "is locked by somebody else's work",
    "57014": "ended our statement, as by its limit of time",
    "57P01": "ended our connection, as for a restart",
    "25P03": "ended our connection, which was idle for too long",
}

_WHOLE_FILE = "ask the agency to put the whole file there, then run this again"
_OF_SQLITE: dict[str, tuple[type[PipelineError], str]] = {
    "database is locked": (AgencyUnreachable, f"agency_db is locked by a writer: {AGAIN}"),
    "attempt to write a readonly database": (
        SettingsError,
        "agency_db is in WAL mode, in a folder where this user may not write: let the agency take it out of WAL mode, "
        "or give this user the right",
    ),
    "disk image is malformed": (FeedError, f"agency_db is damaged or cut off: {_WHOLE_FILE}"),
    "file is not a database": (FeedError, f"agency_db is no SQLite database: {_WHOLE_FILE}"),
}


class TypesDiffer(FeedError):
    """A SQLite table holds a value of another type than the rows before it: it can be read as text."""


def unreachable(error: Exception) -> AgencyUnreachable:
    """The database does not let us in."""
    state = getattr(error, "sqlstate", None)
    detail = f" (SQLSTATE {state})" if state else ""
    return AgencyUnreachable(f"agency_db does not answer{detail}: check the connection and that the database is up")


def hangs(seconds: float) -> AgencyUnreachable:
    """The database keeps us waiting."""
    return AgencyUnreachable(f"agency_db gave no answer within {seconds:g} seconds: {AGAIN}")


def sqlite_problem(error: Exception, feed: str) -> PipelineError:
    """Of a statement on SQLite."""
    text = str(error)
    if "Type mismatch" in text:
        return TypesDiffer(f"feed {feed} holds values of another type than agreed: {_MEND}")
    if "no such table" in text:
        return _unreadable(feed, _RESTORE)
    for words, (kind, says) in _OF_SQLITE.items():
        if words in text:
            return kind(says)
    return FeedError(
        f"feed {feed} cannot be read to its end, as when its database is damaged or holds bytes that are no "
        "text: ask the agency to load it again"
    )


def postgresql_problem(error: Exception, feed: str) -> PipelineError:
    """Of a statement on PostgreSQL: what is no fault of the table (classes 22, 42, 0A, 3F) may pass."""
    state = getattr(error, "sqlstate", None) or ""
    if state[:2] in ("22", "42", "0A", "3F"):
        return _unreadable(feed, _REMEDIES.get(state, f"{_MEND} (SQLSTATE {state})"))
    detail = f" (SQLSTATE {state})" if state else ""
    return AgencyUnreachable(
        f"agency_db {_PASSING.get(state, 'broke off')}{detail} while feed {feed} was read: {AGAIN}"
    )


def not_text(feed: str, columns: list[str]) -> FeedError:
    """`columns`: those that hold bytes that are no text."""
    return FeedError(
        f"feed {feed} cannot be read to its end: column {', '.join(columns)} holds bytes that are no UTF-8 text, or "
        "a NUL: ask the agency to mend them, then run this again"
    )


def _unreadable(feed: str, remedy: str) -> FeedError:
    return FeedError(f"feed {feed} cannot be read: {remedy}, then run this again")

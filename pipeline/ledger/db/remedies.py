"""What to do when the ledger's database refuses, and whether that may pass by itself.

By its own code, or by the system's refusal of its file or folder.
"""

import re
from pathlib import Path

from pipeline.core import ground
from pipeline.core.errors import LedgerRefused, LedgerTransient, LedgerUnavailable
from pipeline.core.ground import named_refusal, refusal_of

_FILE_REFUSED = {
    "SQLITE_FULL": "the disk of its file is full: make room there",
    "SQLITE_IOERR_SHMSIZE": "the disk of its file is full: make room there",
    "SQLITE_READONLY": "its file, its folder or their disk is read-only for this account: give it the right to write",
    "SQLITE_CANTOPEN": "its file cannot be opened: see that it is a file, in a folder of this account",
    "SQLITE_PERM": "its file is another user's: give this account the right to write",
    "SQLITE_IOERR": "its disk is damaged, full or gone: look at the system's log",
}
"""By the code, or by its first two words, which the others make more precise: what the system may know more about."""
_OF_SQLITE = _FILE_REFUSED | {
    "SQLITE_NOTADB": "its file is no SQLite database: restore it from a backup",
    "SQLITE_CORRUPT": "its file is damaged: restore it from a backup",
}
_RIGHTS = (
    "the role of its connection lacks a right: run the block of docs/deployment.md, Rights, again; to redact, "
    "connection ledger_db_redaction must be the redactor's"
)
_OF_POSTGRESQL = {
    "42501": _RIGHTS,
    "42P01": "a table of it is missing: let its owner migrate it, or restore it from a backup",
    "3D000": "its server has no such database: make it, or name the right one",
    "53100": "the disk of its server is full: make room there",
    "25006": "its server is read-only, a replica perhaps: name the one that writes",
    "53300": "its server has too many connections: allow more, or lower the pool of deliveries",
}
_ELSE = "check the connection ledger_db"
_FILE = "ledger_file"

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_FOR_A_PERSON = {"0A", "22", "23", "28", "3D", "3F", "42", "P0"} | {
    "SQLITE_CONSTRAINT",
    "SQLITE_CORRUPT",
    "SQLITE_ERROR",
    "SQLITE_MISMATCH",
    "SQLITE_NOTADB",
}
"""Classes of SQLSTATE, and words of SQLite: rights, the schema, a value or a file that is no ledger."""


def tell_file(error: BaseException, file: Path) -> None:
    """Let an error of SQLite know of which file it is: SQLite itself does not say so."""
    setattr(error, _FILE, file)


def error_of(code: str, cause: BaseException) -> type[LedgerUnavailable]:
    """LedgerRefused where no other try would go better. What says no code, such as a lost connection, may pass."""
    if refusal := _system_refusal(_words(code), cause):
        return error_of_system(refusal)
    kind = code[:2] if _SQLSTATE.fullmatch(code) else _first_words(code)
    return LedgerRefused if kind in _FOR_A_PERSON else LedgerTransient


def error_of_system(refusal: OSError) -> type[LedgerUnavailable]:
    """As `error_of`, of a file or folder of the ledger's."""
    return LedgerRefused if refusal.errno in ground.FOR_A_PERSON else LedgerTransient


def remedy_of(code: str, cause: BaseException) -> str:
    """In words: nothing of the database's own text, which may quote a value. The ledger's folder, the system's reason
    and the remedy where the system refuses; the file's own name is the ledger's address."""
    words = _words(code)
    known = _refusal(words, cause) or _OF_POSTGRESQL.get(code) or _OF_SQLITE.get(words)
    return "; ".join(("nothing is sent without it", *([known] if known else []), _ELSE))


def _first_words(code: str) -> str:
    return "_".join(code.split("_")[:2])


def _words(code: str) -> str:
    return next((each for each in (code, _first_words(code)) if each in _OF_SQLITE), "")


def _refusal(words: str, cause: BaseException) -> str | None:
    refusal = _system_refusal(words, cause)
    if isinstance(cause, OSError):
        return named_refusal(Path(cause.filename), cause) if cause.filename else None
    file: Path | None = getattr(cause, _FILE, None)
    if file is None or words not in _FILE_REFUSED:
        return None
    return named_refusal(file.parent, refusal) if refusal else f"{file.parent}: {_OF_SQLITE[words]}"


def _system_refusal(words: str, cause: BaseException) -> OSError | None:
    """The system's own error, or what it refuses of the file that SQLite could not use."""
    if isinstance(cause, OSError):
        return cause
    file: Path | None = getattr(cause, _FILE, None)
    return refusal_of(file) if file is not None and words in _FILE_REFUSED else None

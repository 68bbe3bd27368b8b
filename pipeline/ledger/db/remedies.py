"""What to do when the ledger's database refuses: by its own code, or by the system's refusal of its file or folder."""

from pathlib import Path

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
_OF_POSTGRESQL = {
    "53100": "the disk of its server is full: make room there",
    "25006": "its server is read-only, a replica perhaps: name the one that writes",
    "53300": "its server has too many connections: allow more, or lower the pool of deliveries",
}
_ELSE = "check the connection ledger_db"
_FILE = "ledger_file"


def tell_file(error: BaseException, file: Path) -> None:
    """Let an error of SQLite know of which file it is: SQLite itself does not say so."""
    setattr(error, _FILE, file)


def remedy_of(code: str, cause: BaseException) -> str:
    """In words: nothing of the database's own text, which may quote a value. The ledger's folder, the system's reason
    and the remedy where the system refuses; the file's own name is the ledger's address."""
    words = next((each for each in (code, "_".join(code.split("_")[:2])) if each in _OF_SQLITE), "")
    known = _refusal(words, cause) or _OF_POSTGRESQL.get(code) or _OF_SQLITE.get(words)
    return "; ".join(("nothing is sent without it", *([known] if known else []), _ELSE))


def _refusal(words: str, cause: BaseException) -> str | None:
    """By the system's own error, or by what it refuses of the file that SQLite could not use."""
    if isinstance(cause, OSError):
        return named_refusal(Path(cause.filename), cause) if cause.filename else None
    file: Path | None = getattr(cause, _FILE, None)
    if file is None or words not in _FILE_REFUSED:
        return None
    refusal = refusal_of(file)
    return named_refusal(file.parent, refusal) if refusal else f"{file.parent}: {_OF_SQLITE[words]}"

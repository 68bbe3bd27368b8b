"""What to do when the ledger's database refuses: by its own code, or by the system's refusal of its files."""

from pipeline.core.ground import ground_problem

_OF_SQLITE = {
    "SQLITE_FULL": "the disk of its file is full: make room there",
    "SQLITE_IOERR_SHMSIZE": "the disk of its file is full: make room there",
    "SQLITE_READONLY": "its file, its folder or their disk is read-only for this account: give it the right to write",
    "SQLITE_CANTOPEN": "its file cannot be opened: see that it is a file, in a folder of this account",
    "SQLITE_PERM": "its file is another user's: give this account the right to write",
    "SQLITE_IOERR": "its disk is damaged, full or gone: look at the system's log",
    "SQLITE_NOTADB": "its file is no SQLite database: restore it from a backup",
    "SQLITE_CORRUPT": "its file is damaged: restore it from a backup",
}
"""By the code, or by its first two words, which the others make more precise."""
_OF_POSTGRESQL = {
    "53100": "the disk of its server is full: make room there",
    "25006": "its server is read-only, a replica perhaps: name the one that writes",
    "53300": "its server has too many connections: allow more, or lower the pool of deliveries",
}
_ELSE = "check the connection ledger_db"


def remedy_of(code: str, cause: BaseException) -> str:
    """In words: nothing of the database's own text, which may quote a value."""
    if isinstance(cause, OSError) and (problem := ground_problem(cause)):
        return f"nothing is sent without it; {problem}"
    known = _OF_POSTGRESQL.get(code) or _OF_SQLITE.get(code) or _OF_SQLITE.get("_".join(code.split("_")[:2]))
    return f"nothing is sent without it; {known}; {_ELSE}" if known else f"nothing is sent without it; {_ELSE}"

"""The ground under a run, its folders and disks: what the system refuses there, in one sentence with the remedy.

What may pass by itself (a full disk, a file that vanished) is a GroundTransient; for the rest a person must act first.
"""

import errno
import logging
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from pipeline.core.errors import GroundError, GroundTransient, PipelineError, StoreRefused, StoreTransient

log = logging.getLogger(__name__)

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
VANISHED = {errno.ENOENT, errno.ESTALE}
_REMEDIES: Mapping[int, str] = {
    **dict.fromkeys(VANISHED, "another try or a purge took it away, or its disk is not mounted"),
    errno.EROFS: "mount its disk for writing",
    **dict.fromkeys((errno.EACCES, errno.EPERM), "give this account the folder and the right to write in it"),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "a file or a broken link is where a folder must be: move it away"),
    errno.EISDIR: "a folder is where a file must be: move it away",
    errno.ELOOP: "its links lead in a circle: mend them",
    errno.ENOTEMPTY: "something is put there all the time: find out what",
    errno.EIO: "its disk is damaged or gone: look at the system's log",
    errno.ENOLCK: "its disk knows no locks (flock): put it on a local one",
    errno.EBUSY: "something else uses it: find out what",
    errno.ENAMETOOLONG: "its path is too long: choose a shorter one",
    **dict.fromkeys(FULL, "its disk is full: make room there"),
}
FOR_A_PERSON = _REMEDIES.keys() - FULL - VANISHED
"""What no other try would be given: rights, kinds, disks."""
_SAYS = {os.strerror(number): number for number in _REMEDIES}


@contextmanager
def on_ground(folder: Path) -> Iterator[None]:
    """Raises GroundError or GroundTransient, with the folder, the system's reason and the remedy, for its refusals."""
    try:
        yield
    except Exception as error:
        explained = ground_problem(error, folder)
        if explained is None:
            raise
        raise explained from None


def ground_problem(error: Exception, folder: Path | None = None) -> PipelineError | None:
    """The error in one sentence if the system refused a file or folder, else None.

    `folder`: where, for an error that does not say so. DuckDB's errors carry the system's words alone; those words are
    all that is taken of them.
    """
    number, named = _number(error), getattr(error, "filename", None)
    where = named if named and (folder is None or Path(named).is_absolute()) else folder
    if number is None or where is None:
        return None
    if number in FULL:
        return GroundTransient(f"staging is full: make room under {folder or Path(where).parent} and clear the task")
    kind = GroundTransient if number in VANISHED else GroundError
    then = "it is tried again" if kind is GroundTransient else "then clear the task"
    return kind(f"{os.fspath(where)} cannot be used ({os.strerror(number)}): {_REMEDIES[number]}; {then}")


def refusal_of(file: Path) -> OSError | None:
    """What the system refuses of a file that is to be written, or of files beside it; by trying, but the file itself is
    not opened: closing it would end the locks that this process has on it (POSIX)."""
    try:
        if os.path.lexists(file):  # a first write makes it
            _require_writable(file)
        with TemporaryFile(dir=file.parent) as beside:
            beside.write(bytes(1 << 16))
    except OSError as error:
        return error
    return None


def _require_writable(file: Path) -> None:
    if stat.S_ISDIR(file.stat().st_mode):
        raise _error(errno.EISDIR)
    if not os.access(file, os.R_OK | os.W_OK, effective_ids=True):
        raise _error(errno.EROFS if os.statvfs(file).f_flag & os.ST_RDONLY else errno.EACCES)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def named_refusal(folder: object, error: OSError) -> str:
    """The folder, the system's reason and the remedy, in one clause."""
    remedy = _REMEDIES.get(error.errno or 0, "look at the system's log")
    return f"{folder} cannot be used ({error.strerror or type(error).__name__}): {remedy}"


def _number(error: Exception) -> int | None:
    if isinstance(error, OSError):
        return error.errno if error.errno in _REMEDIES else None
    if type(error).__module__.lstrip("_").startswith("duckdb"):
        return next((number for says, number in _SAYS.items() if says in str(error)), None)
    return None


def reason_of(error: Exception) -> str:
    """The system's reason and the remedy, for a warning."""
    return str(error if isinstance(error, PipelineError) else ground_problem(error, Path()) or type(error).__name__)


@contextmanager
def only_a_warning(what: str) -> Iterator[None]:
    """For a page or a courtesy, which no delivery waits for: what keeps it from its folder is logged, and no more."""
    try:
        yield
    except (OSError, GroundError, GroundTransient, StoreRefused, StoreTransient) as error:
        log.warning("%s: %s", what, reason_of(error))

"""What the system refuses of files and folders, in one sentence: the place, the reason, the remedy, and its kind."""

import errno
import logging
import os
from pathlib import Path

import duckdb
import pytest

from pipeline.core import ground, staging
from pipeline.core.errors import GroundError, GroundTransient, TerminalError, redact_unexpected_errors
from pipeline.core.lock import courtesy
from pipeline.delivery.session import go_file

PASSES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOENT, errno.ESTALE}
REFUSED = [errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.EIO]


@pytest.mark.parametrize("number", [*sorted(PASSES), *REFUSED])
@pytest.mark.parametrize("of_duckdb", [False, True], ids=["system", "duckdb"])
def test_each_refusal_is_one_sentence(number: int, of_duckdb: bool) -> None:
    reason = os.strerror(number)
    error = duckdb.IOException(f"IO Error: of Noor: {reason}") if of_duckdb else OSError(number, reason, "/s/run/x")
    with pytest.raises((GroundError, GroundTransient)) as caught, ground.on_ground(Path("/s/run")):
        raise error
    said = str(caught.value)
    assert isinstance(caught.value, GroundTransient) == (number in PASSES)
    assert "/s/run" in said and "\n" not in said and "Noor" not in said
    assert said.startswith("staging is full: make room under ") or f"cannot be used ({reason}): " in said


def test_whatever_a_task_raises_of_it_is_foreseen() -> None:
    """Also where no step of ours expected it; an error of the network is not one of the ground."""

    def reads() -> None:
        Path("/proc/self/nothing/here").read_text("utf-8")

    with pytest.raises(
        GroundTransient, match=r"^/proc/self/nothing/here cannot be used \(No such file or directory\): "
    ):
        redact_unexpected_errors(reads)()

    def calls() -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    with pytest.raises(TerminalError, match="unforeseen ConnectionRefusedError"):
        redact_unexpected_errors(calls)()


def test_what_vanished_under_a_try_may_pass(tmp_path: Path) -> None:
    """Its run was purged, or its own retry began anew."""
    gone = tmp_path / "gone"
    with pytest.raises(GroundTransient, match="another try or a purge took it away"), staging.writing(gone / "x"):
        pass
    with pytest.raises(GroundTransient):
        go_file(gone / "x.csv", "x.GO")
    staging.purge(gone)
    staging.Staging(gone).remove("x")


def test_what_cannot_be_purged_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (leftover := tmp_path / "leftover").write_text("no folder")
    with pytest.raises(GroundError, match=f"{leftover} cannot be used .Not a directory.: a file or a broken link is"):
        staging.purge(leftover)
    with caplog.at_level(logging.WARNING):
        staging.purge_leftover(leftover)
    assert f"a leftover stays, remove it by hand: {leftover} cannot be used" in caplog.text


def test_a_courtesy_is_none_where_its_file_is_a_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), courtesy(tmp_path, 1):
        pass
    assert f"nobody waits for others: {tmp_path} cannot be used (Is a directory)" in caplog.text
    with pytest.raises(IsADirectoryError), courtesy(tmp_path / "lock", 1):
        raise IsADirectoryError(errno.EISDIR, "of the work itself", "x")

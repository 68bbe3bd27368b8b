"""What the demo starts ends with it: also a program that will not, and what that one started in a group of its own."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from pipeline.demo import processes
from pipeline.demo.processes import running

STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
open(sys.argv[1] + str(os.getpid()), "w").close()
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def started(folder: Path) -> list[int]:
    """Of the program and its child."""
    deadline = time.monotonic() + 30
    while len(found := list(folder.glob("pid-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    return [int(path.name.removeprefix("pid-")) for path in found]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, ValueError])
def test_nothing_is_left_of_what_will_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    monkeypatch.setattr(processes, "STOPS_WITHIN_SECONDS", 0.2)
    pids: list[int] = []
    with (
        (tmp_path / "log").open("w") as log,
        pytest.raises(interruption),
        running([sys.executable, "-c", STUBBORN, f"{tmp_path}/pid-"], log),
    ):
        pids += started(tmp_path)
        raise interruption
    assert len(pids) == 2 and not any(map(is_alive, pids))


def test_a_second_interruption_waits_until_all_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handlers are what they were, afterwards."""
    before = signal.getsignal(signal.SIGINT)
    ended = processes._end

    def interrupted_again(process: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        ended(process)  # type: ignore[arg-type]

    monkeypatch.setattr(processes, "_end", interrupted_again)
    with (tmp_path / "log").open("w") as log, running(["sleep", "60"], log) as process:
        pass
    assert process.returncode == -signal.SIGTERM
    assert signal.getsignal(signal.SIGINT) is before

"""The demo's SFTP hosts, each in a process of its own, forked from one that has imported what a host needs.

To import it takes half a second of computing, for each of many small nights. The command that the demo starts is run by
tests/integration/delivery/sftp/test_sftp_demo_host.py.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support import PROJECT
from tests.support.servers.services import wait_for


@dataclass(frozen=True)
class HostOrigin:
    """The process from which the hosts are forked; it ends, and they with it, when its input does."""

    process: "subprocess.Popen[bytes]"

    def ask(self, *what: object) -> int:
        """A request, and the id of the process that it is about."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(list(map(str, what))).encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@cache
def _origin() -> HostOrigin:
    command = [sys.executable, "-m", __name__]
    return HostOrigin(subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE))


@contextmanager
def demo_host(root: Path, ready: Path, log: Path) -> Iterator[int]:
    """The port of one that serves `root`; `ready` and `log` are files that it writes."""
    host = _origin().ask("start", root, ready, log)
    try:
        wait_for(f"the host, whose log is {log}", lambda: ready.exists() or None, seconds=60, pause=0.01)
        yield int(ready.read_text(encoding="utf-8"))
    finally:
        _origin().ask("stop", host)


def _fork_hosts() -> None:
    hosts: set[int] = set()
    for line in sys.stdin:
        what, *about = json.loads(line)
        if what == "start":
            hosts.add(host := _forked(*about))
        else:
            hosts.remove(host := int(about[0]))
            _end(host)
        print(host, flush=True)
    for host in hosts:
        _end(host)


def _forked(root: str, ready: str, log: str) -> int:
    if host := os.fork():
        return host
    try:
        _become_host(root, ready, log)
    finally:
        os._exit(1)


def _become_host(root: str, ready: str, log: str) -> None:
    from pipeline.demo.host import _main

    with Path(os.devnull).open("rb") as nothing, Path(log).open("wb") as written:
        for number, file in enumerate((nothing, written, written)):
            os.dup2(file.fileno(), number)
    sys.argv = ["host", "--root", root, "--ready", ready]
    _main()


def _end(host: int) -> None:
    os.kill(host, signal.SIGKILL)
    os.waitpid(host, 0)


if __name__ == "__main__":
    import pipeline.demo.host  # noqa: F401 - for all of them at once

    _fork_hosts()

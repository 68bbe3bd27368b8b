"""A broker (Redis) that forgets no message, and an object store (moto): on 127.0.0.1, until the block ends."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import PROJECT
from tests.support.servers.services import FIRST, Missing, free_port, running

ENVIRONMENTS = PROJECT / ".cache"


@dataclass(frozen=True)
class Broker:
    """`kept` is the folder with every message that was ever sent."""

    address: str
    kept: Path


@contextmanager
def run_redis(folder: Path) -> Iterator[Broker]:
    server = shutil.which("redis-server")
    if server is None:
        raise Missing(f"Redis: not installed, {FIRST}")
    folder.mkdir()
    port, password = free_port(), secrets.token_hex(16)
    lines = (
        "bind 127.0.0.1", f"port {port}", f"dir {folder}", f"requirepass {password}",
        'save ""', "appendonly yes", "appendfsync no", "auto-aof-rewrite-percentage 0",
    )  # fmt: skip
    settings, log = folder / "redis.conf", folder / "redis.log"
    settings.touch(mode=0o600)
    settings.write_text("\n".join(lines), "utf-8")
    with running(_started(server, str(settings), log=log), port, log):
        yield Broker(f"redis://:{password}@127.0.0.1:{port}/0", folder / "appendonlydir")


@contextmanager
def run_moto(folder: Path) -> Iterator[int]:
    """Its port. It keeps everything in memory and takes any secret."""
    server = ENVIRONMENTS / "moto" / "bin" / "moto_server"
    if not server.exists():
        raise Missing("moto: not installed, run `make test-machines`")
    folder.mkdir()
    port, log = free_port(), folder / "moto.log"
    with running(_started(str(server), "--host", "127.0.0.1", "--port", str(port), log=log), port, log):
        yield port


def _started(*command: str, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdout=output, stderr=output)

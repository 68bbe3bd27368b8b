"""A broker (Redis) that forgets no message, and an object store (moto): on 127.0.0.1, until the block ends."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen
from xml.etree import ElementTree

from tests.support.servers.object_stores import S3Server, moto_server
from tests.support.servers.services import FIRST, Missing, free_port, running

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 "
    "Credential=any/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none"
}
"""For reading an object, moto looks whether that is signed, not by whom."""


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


@dataclass(frozen=True)
class Bucket:
    """Of a store that keeps everything in memory."""

    server: S3Server
    name: str

    def contents(self) -> dict[str, bytes]:
        """Every object by its key."""
        return {key: self._asked(quote(key)) for key in self._names("list-type=2", "Contents")}

    def unfinished(self) -> list[str]:
        """The keys of uploads that were begun and neither ended nor given up, which no listing shows."""
        return self._names("uploads", "Upload")

    def _names(self, query: str, element: str) -> list[str]:
        listed = ElementTree.fromstring(self._asked(f"?{query}"))
        return [str(found.findtext("{*}Key")) for found in listed.iterfind(f"{{*}}{element}")]

    def _asked(self, path: str) -> bytes:
        with urlopen(Request(f"{self.server.endpoint}/{self.name}/{path}", headers=SIGNED), timeout=30) as answer:
            return bytes(answer.read())


@contextmanager
def run_moto(folder: Path) -> Iterator[Bucket]:
    """An empty bucket."""
    folder.mkdir()
    with moto_server(folder / "moto.log") as server:
        yield Bucket(server, server.make_bucket())


def _started(*command: str, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdout=output, stderr=output)

"""A recipient's place on a host, as tests of SFTP see it: how we get there, and what lies there."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pipeline.core.settings import Settings
from pipeline.delivery.sftp.folder import Endpoint, SftpHost
from pipeline.demo.host import HostKeys, account_of
from tests.support.servers.openssh import OpenSsh

KBO = "0212214125"
NAME = "AANMELDING_OPGROEIEN_0212214125_20260615_000001.csv"
PATIENT = Settings(connect_timeout_seconds=30, channel_timeout_seconds=30, delivery_deadline_seconds=120)
"""For hosts that answer: no load on this machine makes one late. Who waits for a silent host brings its own."""


@dataclass(frozen=True)
class Site:
    """`out` is the recipient's folder on disk."""

    endpoint: Endpoint
    out: Path

    def host(self, settings: Settings = PATIENT, **changes: object) -> SftpHost:
        """How we reach it; `changes` to the endpoint."""
        return SftpHost(replace(self.endpoint, **changes), settings)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir())


def demo_site(root: Path, keys: HostKeys, port: int, kbo: str = KBO) -> Site:
    endpoint = Endpoint("127.0.0.1", port, account_of(kbo), "/out", keys.host_public, keys.agency_private)
    return Site(endpoint, root / kbo / "out")


def openssh_site(server: OpenSsh, number: int = 0) -> Site:
    """One account's place, emptied."""
    account = server.accounts[number]
    endpoint = Endpoint("127.0.0.1", server.port, account, "/out", server.host_key, server.private_key)
    return Site(endpoint, server.empty(account))


def content(size: int) -> bytes:
    """Bytes in which no two blocks are alike."""
    return Random(size).randbytes(size)


def file_of(folder: Path, size: int, name: str = "source") -> Path:
    path = folder / name
    path.write_bytes(content(size))
    return path

"""Real S3-compatible servers: moto's, which is true in conditional writes, uploads in parts and versions but takes any
secret, and rclone's, which checks signatures. Both lie in an environment of their own, since moto cannot stand beside
the lock: `make .cache/object-stores`."""

import http.client
import json
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.connections import Connection, from_environment
from tests.support.servers.services import Missing, free_port, running

HOME = Path(__file__).parents[3] / ".cache" / "object-stores"


@dataclass(frozen=True)
class S3Server:
    """One server, with one key that may do everything."""

    port: int
    key: str = "key-of-a-test"
    secret: str = "secret-of-a-test"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def make_bucket(self, versions: bool = False) -> str:
        """A new one, by its name."""
        name = f"bucket-{secrets.token_hex(4)}"
        self.ask("PUT", f"/{name}")
        if versions:
            enabled = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            self.ask("PUT", f"/{name}?versioning", enabled)
        return name

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Without a signature, which moto does not ask for."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body, {"Content-Length": str(len(body))})
            return connection.getresponse().read()

    def variable(self, conn_id: str = "staging_store", **extra: Any) -> dict[str, str]:
        """The connection, as the environment has it."""
        given = {"conn_type": "aws", "login": self.key, "password": self.secret}
        given |= {"extra": {"endpoint_url": self.endpoint, **extra}}  # type: ignore[dict-item]
        return {f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(given)}

    def connections(self, conn_id: str) -> Connection | None:
        return from_environment(conn_id, self.variable(conn_id))


@contextmanager
def moto_server(log: Path) -> Iterator[S3Server]:
    with _served(["moto_server", "-H", "127.0.0.1", "-p"], log) as server:
        yield server


@contextmanager
def rclone_server(folder: Path, log: Path) -> Iterator[S3Server]:
    """Of the folders in `folder`, each of which is a bucket."""
    auth = f"{S3Server.key},{S3Server.secret}"
    begin = ["rclone", "serve", "s3", str(folder), "--auth-key", auth, "--config", "/dev/null", "--addr"]
    with _served(begin, log, "127.0.0.1:") as server:
        yield server


@contextmanager
def _served(begin: list[str], log: Path, before_port: str = "") -> Iterator[S3Server]:
    program, port = HOME / "bin" / begin[0], free_port()
    if not program.exists():
        raise Missing(f"{program} is not installed: make .cache/object-stores")
    with log.open("ab") as output:
        process = subprocess.Popen([program, *begin[1:], f"{before_port}{port}"], stdout=output, stderr=output)
    with running(process, port, log):
        yield S3Server(port)


def house_in_store(server: S3Server, bucket: str, scratch: Path) -> Mapping[str, str]:
    """Settings and connection of a house whose staging, Data Docs and overviews lie in a bucket."""
    return server.variable() | {
        "GEGEVENSDELING_STAGING": f"s3://{bucket}/staging",
        "GEGEVENSDELING_DATA_DOCS": f"s3://{bucket}/docs",
        "GEGEVENSDELING_OVERVIEWS": f"s3://{bucket}/overviews",
        "GEGEVENSDELING_SCRATCH": str(scratch),
    }

"""One recipient's folder over SFTP: pinned host key, every phase bounded in time, files whole or not there at all."""

import hashlib
import io
import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

from pipeline.adapters.checked_write import CheckedClient
from pipeline.adapters.sftp_errors import explained
from pipeline.errors import DeliveryTransient, SettingsError
from pipeline.settings import Settings

log = logging.getLogger(__name__)

_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
_PART = re.compile(r"\.AANMELDING_OPGROEIEN_.+\.[0-9a-f]{12}\.part")
_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True)
class Endpoint:
    """Where one recipient's drops go. `private_key` is PEM text; `host_key` is one line of a public key."""

    host: str
    port: int
    account: str
    folder: str
    host_key: str
    private_key: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.account}@{self.host}:{self.port}"


@dataclass(frozen=True)
class SftpHost:
    """Answers `pipeline.ports.Host`."""

    endpoint: Endpoint
    settings: Settings

    @contextmanager
    def open(self) -> Iterator["SftpFolder"]:
        """Connect and enter the folder; the whole visit ends at the deadline. Raises DeliveryTransient or -Refused."""
        visit = _Visit(str(self.endpoint), self.settings.delivery_deadline_seconds)
        with visit.bounded(), explained(visit.where, lambda: visit.phase, lambda: visit.late):
            client = _connect(self.endpoint, self.settings, visit)
            visit.phase = "entering the folder"
            client.stat(self.endpoint.folder)
            yield SftpFolder(client, self.endpoint.folder.rstrip("/"), visit)


class _Visit:
    """What is being done, and the one timer that ends it: a slow drip trips no other bound."""

    def __init__(self, where: str, deadline: float) -> None:
        self.where, self.phase, self.late = where, "connecting", False
        self.ssh: paramiko.SSHClient | None = None
        self._timer = threading.Timer(deadline, self._expire)
        self._timer.daemon = True

    @contextmanager
    def bounded(self) -> Iterator[None]:
        self._timer.start()
        try:
            yield
        finally:
            self._timer.cancel()
            if self.ssh is not None:
                self.ssh.close()

    def _expire(self) -> None:
        self.late = True
        if self.ssh is not None:
            self.ssh.close()


class SftpFolder:
    """Answers `pipeline.ports.RemoteFolder`."""

    def __init__(self, client: CheckedClient, folder: str, visit: _Visit) -> None:
        self._client, self._folder, self._visit = client, folder, visit

    def stat(self, name: str) -> int | None:
        self._visit.phase = f"looking for {name}"
        try:
            return self._client.stat(self._path(name)).st_size
        except FileNotFoundError:
            return None

    def sha256(self, name: str) -> str | None:
        self._visit.phase = f"reading back {name}"
        try:
            return self._hash(self._path(name))
        except FileNotFoundError:
            return None

    def put(self, source: Path, name: str, run: str) -> None:
        """As the Protocol says; a file that is not what was sent when read back never gets its name."""
        part = self._path(f".{name}.{hashlib.sha256(run.encode()).hexdigest()[:12]}.part")
        self._forget(part)
        try:
            self._write(source, part, name)
            self._visit.phase = f"reading back {name}"
            if self._hash(part) != hashlib.sha256(source.read_bytes()).hexdigest():
                raise DeliveryTransient(f"{self._visit.where} gives {name} back altered: it is tried again")
            self._rename(part, name)
        except (OSError, DeliveryTransient):
            self._try_to_forget(part)
            raise

    def remove(self, name: str) -> bool:
        self._visit.phase = f"removing {name}"
        return self._forget(self._path(name))

    def sweep(self, run: str) -> int:
        self._visit.phase = "sweeping temporary files"
        stale = [name for name in self._client.listdir(self._folder) if _PART.fullmatch(name)]
        return sum(self._forget(self._path(name)) for name in stale)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _write(self, source: Path, part: str, name: str) -> None:
        self._visit.phase = f"writing {name}"
        with source.open("rb") as stream:
            if not self._client.write_new(stream, part):
                log.info("%s offers no fsync: %s is read back all the same", self._visit.where, name)
        self._client.chmod(part, 0o640)

    def _hash(self, path: str) -> str:
        digest = hashlib.sha256()
        with self._client.open(path, "rb") as remote:
            remote.prefetch(max_concurrent_requests=64)
            while block := remote.read(32_768):
                digest.update(block)
        return digest.hexdigest()

    def _rename(self, part: str, name: str) -> None:
        self._visit.phase = f"renaming {name}"
        try:
            self._client.posix_rename(part, self._path(name))
        except FileNotFoundError:
            raise
        except OSError as error:
            log.info("%s offers no posix-rename (%s): plain rename of %s", self._visit.where, error.errno, name)
            self._forget(self._path(name))
            self._client.rename(part, self._path(name))

    def _forget(self, path: str) -> bool:
        try:
            self._client.remove(path)
        except FileNotFoundError:
            return False
        return True

    def _try_to_forget(self, part: str) -> None:
        """The connection may be the very thing that broke: then the next try sweeps."""
        try:
            self._forget(part)
        except (OSError, EOFError, paramiko.SSHException):
            log.info("%s: a temporary file may be left, the next try sweeps it", self._visit.where)


def _connect(endpoint: Endpoint, settings: Settings, visit: _Visit) -> CheckedClient:
    bound = settings.connect_timeout_seconds
    ssh = visit.ssh = paramiko.SSHClient()
    ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
    _pin(ssh, endpoint)
    key = _private_key(endpoint)
    raw = socket.create_connection((endpoint.host, endpoint.port), timeout=bound)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    visit.phase = "logging in"
    ssh.connect(
        endpoint.host,
        endpoint.port,
        endpoint.account,
        pkey=key,
        sock=raw,
        timeout=bound,
        banner_timeout=bound,
        auth_timeout=bound,
        channel_timeout=bound,
        allow_agent=False,
        look_for_keys=False,
        compress=False,
        transport_factory=_transport,
    )
    return _session(ssh, settings)


def _session(ssh: paramiko.SSHClient, settings: Settings) -> CheckedClient:
    transport = ssh.get_transport()
    if transport is None:
        raise EOFError
    channel = transport.open_session(timeout=settings.connect_timeout_seconds)
    channel.settimeout(settings.channel_timeout_seconds)
    channel.invoke_subsystem("sftp")
    return CheckedClient(channel)


def _transport(sock: socket.socket, **options: Any) -> paramiko.Transport:
    transport = paramiko.Transport(sock, **options)
    transport.get_security_options().ciphers = _CIPHERS
    return transport


def _pin(ssh: paramiko.SSHClient, endpoint: Endpoint) -> None:
    """Trust this one host key and no other."""
    entry = paramiko.hostkeys.HostKeyEntry.from_line(f"pinned {endpoint.host_key.strip()}")
    if entry is None or entry.key is None:
        raise SettingsError(f"{endpoint}: host_key in its connection is not a public key: correct it")
    name = endpoint.host if endpoint.port == 22 else f"[{endpoint.host}]:{endpoint.port}"
    ssh.get_host_keys().add(name, entry.key.get_name(), entry.key)


def _private_key(endpoint: Endpoint) -> paramiko.PKey:
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(endpoint.private_key))
        except (paramiko.SSHException, ValueError):
            continue
    raise SettingsError(f"{endpoint}: private_key in its connection is not a key without passphrase: correct it")

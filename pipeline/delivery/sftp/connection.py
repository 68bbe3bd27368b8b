"""One connection to a recipient's host: pinned host key, our key only, every phase bounded in time."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import paramiko

from pipeline.core.settings import Settings
from pipeline.core.timer import call_after
from pipeline.delivery.sftp.client import CheckedClient
from pipeline.delivery.sftp.errors import explained
from pipeline.delivery.sftp.keys import host_key, private_key

_LOG = "pipeline.ssh"
logging.getLogger(_LOG).setLevel(logging.CRITICAL)  # our one sentence says more than paramiko's traceback

_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")


@dataclass(frozen=True)
class Endpoint:
    """Where one recipient's drops go. `private_key` is PEM text; `host_key` is one line of a public key."""

    host: str
    port: int
    account: str
    folder: str
    host_key: str = field(repr=False)
    private_key: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.account}@{self.host}:{self.port}"


class SftpConnection:
    """A connection with one deadline for all: a host that answers a few bytes at a time trips no other bound."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self.where, self.late = str(endpoint), False
        self._endpoint, self._settings = endpoint, settings
        self._ssh, self._raw = paramiko.SSHClient(), socket.socket()
        self._ssh.set_log_channel(_LOG)

    @contextmanager
    def connected(self) -> Iterator[CheckedClient]:
        """Raises SettingsError for a key that does not parse, DeliveryTransient or DeliveryRefused."""
        self._pin(host_key(self._endpoint.host_key, self.where))
        key = private_key(self._endpoint.private_key, self.where)
        with call_after(self._settings.delivery_deadline_seconds, self._expire):
            try:
                with self.doing("connecting"):
                    self._dial()
                with self.doing("logging in"):
                    self._log_in(key)
                with self.doing("starting SFTP"):
                    client = self._start()
                yield client
            finally:
                self._ssh.close()
                self._raw.close()

    @contextmanager
    def doing(self, phase: str) -> Iterator[None]:
        """Explain failures inside as failures of this phase."""
        with explained(self.where, phase, lambda: self.late):
            try:
                yield
            except TimeoutError:
                self._hang_up()  # a late answer would be taken for the next
                raise

    def _expire(self) -> None:
        self.late = True
        self._hang_up()

    def _hang_up(self) -> None:
        """Wake the thread that waits for the host, to read or to write."""
        with suppress(OSError):  # never connected, or closed already
            self._raw.shutdown(socket.SHUT_RDWR)

    def _dial(self) -> None:
        bound = self._settings.connect_timeout_seconds
        self._raw = socket.create_connection((self._endpoint.host, self._endpoint.port), timeout=bound)
        if self.late:
            raise TimeoutError
        self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _log_in(self, key: paramiko.PKey) -> None:
        bound = self._settings.connect_timeout_seconds
        self._ssh.connect(
            self._endpoint.host,
            self._endpoint.port,
            self._endpoint.account,
            pkey=key,
            sock=self._raw,
            timeout=bound,
            banner_timeout=bound,
            auth_timeout=bound,
            channel_timeout=bound,
            allow_agent=False,
            look_for_keys=False,
            compress=False,
            transport_factory=_transport,
        )

    def _start(self) -> CheckedClient:
        transport = self._ssh.get_transport()
        if transport is None:
            raise EOFError
        channel = transport.open_session(timeout=self._settings.connect_timeout_seconds)
        channel.settimeout(self._settings.channel_timeout_seconds)
        with call_after(self._settings.connect_timeout_seconds, self._hang_up):
            channel.invoke_subsystem("sftp")  # waits for the answer without any bound of its own
        return CheckedClient(channel)

    def _pin(self, key: paramiko.PKey) -> None:
        """Trust this host key and no other."""
        host, port = self._endpoint.host, self._endpoint.port
        self._ssh.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", key.get_name(), key)
        self._ssh.set_missing_host_key_policy(paramiko.RejectPolicy())


def _transport(sock: Any, **options: Any) -> paramiko.Transport:
    transport = paramiko.Transport(sock, **options)
    transport.get_security_options().ciphers = _CIPHERS
    return transport

"""One connection to a recipient's host: pinned host key, our key only, every phase bounded in time."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import paramiko

from pipeline.core.settings import Settings
from pipeline.core.timer import call_after
from pipeline.delivery.sftp.errors import explained
from pipeline.delivery.sftp.keys import host_key, private_key
from pipeline.delivery.sftp.limits import NO_SFTP, HostLimits, HostWatch, LimitReached
from pipeline.delivery.sftp.looks import LookingClient
from pipeline.delivery.sftp.transport import LOGGING_IN, MARGIN, BoundedTransport, WatchedSocket

_LOG = "pipeline.ssh"
logging.getLogger(_LOG).setLevel(logging.CRITICAL)  # our one sentence says more than paramiko's traceback


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
    """A connection whose host is held to `limits`: in each phase, at each answer, and with one deadline for all."""

    def __init__(self, endpoint: Endpoint, settings: Settings, limits: HostLimits | None = None) -> None:
        self.where, self._watch = str(endpoint), HostWatch(limits or HostLimits())
        self._endpoint, self._settings, self._late = endpoint, settings, False
        self._ssh, self._raw = paramiko.SSHClient(), socket.socket()
        self._ssh.set_log_channel(_LOG)

    @contextmanager
    def connected(self) -> Iterator[LookingClient]:
        """Raises SettingsError for a key that does not parse, DeliveryTransient or DeliveryRefused."""
        self._pin(host_key(self._endpoint.host_key, self.where))
        key = private_key(self._endpoint.private_key, self.where)
        with call_after(self._settings.delivery_deadline_seconds, self._expire):
            try:
                with self._doing("connecting", self._settings.connect_timeout_seconds):
                    self._dial()
                with self._doing(LOGGING_IN, self._settings.connect_timeout_seconds):
                    self._log_in(key)
                with self._doing("starting SFTP", self._settings.connect_timeout_seconds):
                    client = self._start()
                yield client
            finally:
                self._ssh.close()
                self._raw.close()

    @contextmanager
    def doing(self, phase: str) -> Iterator[None]:
        """Explain failures inside as failures of this phase, in which each answer is waited for within its bound."""
        with self._doing(phase, self._settings.channel_timeout_seconds):
            yield

    @contextmanager
    def _doing(self, phase: str, seconds: float) -> Iterator[None]:
        with explained(self.where, phase, lambda: self._limit(phase)):
            self._watch.begin(phase, seconds)
            try:
                yield
            except TimeoutError:
                self._hang_up()  # a late answer would be taken for the next
                self._watch.out_of_time()
            except paramiko.SFTPError:
                self._hang_up()  # who breaks the rules once is believed no more
                self._watch.reach(NO_SFTP, "have its SFTP subsystem restored")
            except LimitReached as limit:
                if limit.ends:
                    self._hang_up()
                raise
            finally:
                self._watch.end()

    def _limit(self, phase: str) -> LimitReached | None:
        """The deadline before all else: when it passed, we hung up."""
        if not self._late:
            return self._watch.reached
        seconds = f"{self._settings.delivery_deadline_seconds:g} s in all"
        return LimitReached(f"took longer than the deadline at {phase} ({seconds})", "it is tried again", passes=True)

    def _expire(self) -> None:
        self._late = True
        self._hang_up()

    def _hang_up(self) -> None:
        """Wake the thread that waits for the host, to read or to write."""
        with suppress(OSError):  # never connected, or closed already
            self._raw.shutdown(socket.SHUT_RDWR)

    def _dial(self) -> None:
        bound = self._settings.connect_timeout_seconds
        dialled = socket.create_connection((self._endpoint.host, self._endpoint.port), timeout=bound)
        self._raw = raw = WatchedSocket(fileno=dialled.detach())
        raw.watch = self._watch
        if self._late:
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
            timeout=2 * bound + MARGIN,  # of banner and keys together
            banner_timeout=bound + MARGIN,
            auth_timeout=bound + MARGIN,
            allow_agent=False,
            look_for_keys=False,
            compress=False,
            transport_factory=partial(BoundedTransport, self._watch, bound),
        )

    def _start(self) -> LookingClient:
        transport = self._ssh.get_transport()
        if transport is None:
            raise EOFError
        channel = transport.open_session(timeout=self._settings.connect_timeout_seconds + MARGIN)
        channel.settimeout(self._settings.channel_timeout_seconds + MARGIN)
        channel.invoke_subsystem("sftp")  # waits for the answer without any bound of its own
        return LookingClient(channel, self._watch)

    def _pin(self, key: paramiko.PKey) -> None:
        """Trust this host key and no other."""
        host, port = self._endpoint.host, self._endpoint.port
        self._ssh.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", key.get_name(), key)
        self._ssh.set_missing_host_key_policy(paramiko.RejectPolicy())

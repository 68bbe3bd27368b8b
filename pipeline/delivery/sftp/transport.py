"""paramiko's SSH transport, within limits: it takes a packet of 4 GB, lines without end and bytes beyond its window.

By paramiko's private names, like the client (pipeline/delivery/sftp/client.py).
"""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import paramiko
from paramiko.common import MSG_CHANNEL_DATA, MSG_CHANNEL_EXTENDED_DATA
from paramiko.message import Message
from paramiko.packet import Packetizer

from pipeline.delivery.sftp.limits import HostWatch

_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
LOGGING_IN = "logging in"
MARGIN = 1.0
"""Seconds by which paramiko's own bounds come later than those of the watch, which say more."""


class WatchedSocket(socket.socket):
    """Looks at the time at each piece that goes through it: the transport takes and gives one every tenth of a second,
    or tries to."""

    watch: HostWatch

    def recv(self, *what: Any) -> bytes:
        self.watch.look()
        return super().recv(*what)

    def send(self, *what: Any) -> int:
        self.watch.look()
        return super().send(*what)


class BoundedPacketizer(Packetizer):
    """Takes no packet, and no first line, that is longer than the limit."""

    def __init__(self, watch: HostWatch, sock: socket.socket) -> None:
        super().__init__(sock)
        self._watch, self._banner = watch, 0

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        most = self._watch.limits.ssh_packet_bytes
        self._watch.at_most(n, most, "sends an SSH packet of more than {most} bytes", ends=True)
        return bytes(super().read_all(n, check_rekey))

    def read_message(self) -> tuple[int, Message]:
        kind, message = super().read_message()
        self._watch.packet(kind)
        return kind, message

    def _read_timeout(self, timeout: float) -> bytes:
        """paramiko reads nothing but the lines before the version, and that one, by this."""
        came = bytes(super()._read_timeout(timeout))  # type: ignore[misc]  # a private name
        self._banner += len(came)
        most = self._watch.limits.banner_bytes
        self._watch.at_most(self._banner, most, "sends a banner of more than {most} bytes", ends=True)
        return came


class BoundedTransport(paramiko.Transport):
    """Names the phases of the login for the watch. `seconds`: of each of them."""

    _channel_handler_table: ClassVar[dict[int, Callable[[paramiko.Channel, Message], None]]] = {
        **paramiko.Transport._channel_handler_table,  # type: ignore[attr-defined]  # a private name
        MSG_CHANNEL_DATA: lambda channel, message: _feed(channel, message),
        MSG_CHANNEL_EXTENDED_DATA: lambda channel, message: None,  # what nobody reads would only pile up
    }

    def __init__(self, watch: HostWatch, seconds: float, sock: socket.socket, **options: Any) -> None:
        super().__init__(sock, packetizer_class=partial(BoundedPacketizer, watch), **options)  # type: ignore[arg-type]
        self.watch, self._seconds = watch, seconds
        self.handshake_timeout = self.clear_to_send_timeout = seconds + MARGIN
        self.get_security_options().ciphers = _CIPHERS

    def _check_banner(self) -> None:
        self._begin("banner")
        try:
            super()._check_banner()  # type: ignore[misc]  # a private name
        except paramiko.SSHException as error:
            if str(error).startswith("Indecipherable"):  # it read a hundred lines, and none was of SSH
                self.watch.reach("sends a banner of more than 100 lines at {phase}")
            raise
        self._begin("keys")

    def auth_publickey(self, *what: Any, **options: Any) -> list[str]:
        self._begin("account")
        return list(super().auth_publickey(*what, **options))

    def _parse_debug(self, m: Message) -> None:
        """paramiko would make each byte fit to be shown, and nobody sees it."""

    def _begin(self, step: str) -> None:
        self.watch.begin(f"{LOGGING_IN} ({step})", self._seconds)


def _feed(channel: paramiko.Channel, message: Message) -> None:
    """paramiko keeps whatever comes, also from a host that does not keep to the window."""
    watch: HostWatch = channel.get_transport().watch  # type: ignore[attr-defined] # ours
    piece = message.get_binary()
    waiting = len(channel.in_buffer) + len(piece)
    watch.at_most(waiting, channel.in_window_size, "sends more than the {most} bytes that it may", ends=True)
    channel.in_buffer.feed(piece)

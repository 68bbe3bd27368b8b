"""Before SFTP: a bare line that says nothing, too much or too slowly, and SSH that never comes to the point."""

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import paramiko
from paramiko.common import (
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_CHANNEL_REQUEST,
    MSG_DEBUG,
    MSG_GLOBAL_REQUEST,
    MSG_IGNORE,
    MSG_USERAUTH_BANNER,
    byte_chr,
)
from paramiko.message import Message

from pipeline.delivery.sftp.limits import HostLimits
from tests.support.hostile.behaviour import Behaviour, End
from tests.support.hostile_host import ENDED, HostileHost, Misconduct, string

HELLO = b"SSH-2.0-hostile\r\n"
Say = Callable[[HostileHost, socket.socket], None]
FEW = replace(HostLimits(), idle_packets=300, key_exchanges=3)


def says(*pieces: bytes, for_ever: bytes = b"", ends: bool = False) -> Say:
    """Those, then the same without end, or nothing more."""

    def say(host: HostileHost, end: socket.socket) -> None:
        for piece in pieces:
            end.sendall(piece)
        while for_ever:
            end.sendall(for_ever)
        if not ends:
            host.over.wait(60)

    return say


def drips(what: bytes, host: HostileHost, end: socket.socket, first: bytes = b"") -> None:
    """A byte at a time, each within any bound on silence."""
    end.sendall(first)
    while True:
        for byte in what:
            end.sendall(bytes([byte]))
            if host.over.wait(0.02):
                return


def wait(host: HostileHost, _transport: object) -> None:
    host.over.wait(60)


def cut(_host: HostileHost, transport: paramiko.Transport) -> None:
    transport.close()


def message(kind: int, *fields: bytes) -> Message:
    return Message(byte_chr(kind) + b"".join(fields))


def sends(host: HostileHost, transport: paramiko.Transport, what: Message, pause: float = 0.0) -> None:
    """For ever: until nobody listens any more."""
    with suppress(*ENDED):
        while transport.is_active() and not host.over.wait(pause):
            transport._send_message(what)


NO, YES = b"\0", b"\1"
IGNORED = message(MSG_IGNORE, string(b"x" * 200))
EVERY_PACKET = {
    "ignored packets": IGNORED,
    "debug messages with escape codes": message(MSG_DEBUG, YES, string(b"\x1b[2Jgone" * 100), string(b"")),
    "keepalives": message(MSG_GLOBAL_REQUEST, string(b"keepalive@openssh.com"), YES),
    "global requests that nobody knows": message(MSG_GLOBAL_REQUEST, string(b"\x1b]0;x\x07"), NO),
    "channel requests": message(MSG_CHANNEL_REQUEST, struct.pack(">I", 0), string(b"eow@openssh.com"), NO),
    "error output": message(MSG_CHANNEL_EXTENDED_DATA, struct.pack(">III", 0, 1, 32_000) + bytes(32_000)),
}


def _session(what: Message, pause: float = 0.0) -> Misconduct:
    return Misconduct(session=lambda host, channel: sends(host, channel.get_transport(), what, pause))


def _exit(_host: HostileHost, channel: paramiko.Channel) -> None:
    channel.send_exit_status(254)


def _login_banners(host: HostileHost, transport: paramiko.Transport) -> None:
    sends(host, transport, message(MSG_USERAUTH_BANNER, string(b"\x1b[31mwait" * 100), string(b"")))


BANNER = r"logging in \(banner\)"
KEYS = r"logging in \(keys\)"
ACCOUNT = r"logging in \(account\)"
LATE = "does not answer at {} within 1 s: it is tried again"
T, R, D = End.TRANSIENT, End.REFUSED, End.DONE

LINES = (
    Behaviour("says nothing", Misconduct(says()), T, LATE.format(BANNER), waits=True),
    Behaviour("ends the line at once", Misconduct(says(ends=True)), T, "does not answer at logging in"),
    Behaviour("a line of a banner without end", Misconduct(says(for_ever=b"x" * 997)), R, "banner of more than 16,384"),
    Behaviour(
        "lines of a banner without end",
        Misconduct(says(for_ever=b"\x1b[2J welkom\r\n" * 9)),
        R,
        f"sends a banner of more than 100 lines at {BANNER}",
    ),
    Behaviour("a banner that drips", Misconduct(lambda h, e: drips(b"x", h, e)), T, LATE.format(BANNER), waits=True),
    Behaviour("no keys after the banner", Misconduct(says(HELLO)), T, LATE.format(KEYS), waits=True),
    Behaviour("ends the line after the banner", Misconduct(says(HELLO, ends=True)), T, "does not answer at logging in"),
    Behaviour(
        "a packet of 4 GB before there are keys",
        Misconduct(says(HELLO, b"\xff\xff\xff\xfc", for_ever=bytes(65_536))),
        R,
        rf"SSH packet of more than 262,144 bytes at {KEYS}: have its SFTP server looked at",
    ),
    Behaviour(
        "a packet of 256 MB, slowly",
        Misconduct(lambda host, end: drips(b"\0", host, end, HELLO + struct.pack(">I", (256 << 20) + 4))),
        R,
        rf"SSH packet of more than 262,144 bytes at {KEYS}",
    ),
    Behaviour(
        "a packet of no bytes before there are keys", Misconduct(says(HELLO, bytes(16))), T, "does not answer at"
    ),
    Behaviour(
        "keys that drip",
        Misconduct(lambda host, end: drips(b"\0", host, end, HELLO + struct.pack(">IB", 2_004, 4))),
        T,
        LATE.format(KEYS),
        waits=True,
    ),
    Behaviour("no answer to our key", Misconduct(login=wait), T, LATE.format(ACCOUNT), waits=True),
    Behaviour("cut when our key is shown", Misconduct(login=cut), T, "does not answer at logging in"),
    Behaviour(
        "messages before the login without end",
        Misconduct(login=_login_banners),
        R,
        rf"more than 300 packets without an answer at {ACCOUNT}",
        limits=FEW,
    ),
    Behaviour("no channel", Misconduct(opening=wait), T, LATE.format("starting SFTP"), waits=True),
    Behaviour("cut when a channel is asked for", Misconduct(opening=cut), T, "does not answer at starting SFTP"),
    Behaviour("no answer to the subsystem", Misconduct(subsystem=wait), T, LATE.format("starting SFTP"), waits=True),
    Behaviour("cut when SFTP is asked for", Misconduct(subsystem=cut), T, "does not answer at starting SFTP"),
    Behaviour("a program that ends instead of SFTP", Misconduct(session=_exit), T, "does not answer at starting SFTP"),
    *(
        Behaviour(
            f"{what} without end",
            _session(packet),
            R,
            "more than 300 packets without an answer at starting SFTP",
            limits=FEW,
        )
        for what, packet in EVERY_PACKET.items()
    ),
    Behaviour("ignored packets that drip", _session(IGNORED, 0.02), T, LATE.format("starting SFTP"), waits=True),
)

"""How much a recipient's host may ask of us: bytes, numbers and time, and what is said once a limit is reached.

Each limit is far above what a host of good will needs, and far below what would fill our memory or keep a task waiting.
Times are settings (`connect_timeout_seconds`, `channel_timeout_seconds`, `delivery_deadline_seconds`).
"""

import math
import time
from dataclasses import dataclass
from typing import NoReturn

from paramiko import SSHException
from paramiko.common import MSG_KEXINIT

_LOOK = "have its SFTP server looked at"
NO_SFTP = "does not speak SFTP on this account at {phase}"


@dataclass(frozen=True)
class HostLimits:
    """Of one connection. A limit is what may be; one more is too much."""

    banner_bytes: int = 16_384
    """All lines before the SSH version, and that one."""
    ssh_packet_bytes: int = 262_144
    """As OpenSSH."""
    key_exchanges: int = 20
    """A host of good will has one, and one more per gigabyte or hour."""
    idle_packets: int = 10_000
    """SSH packets of any kind between two answers to something of ours."""
    extension_bytes: int = 32_768
    """The list of what a host offers, when SFTP begins."""
    sftp_packet_bytes: int = 262_144
    """As OpenSSH: an answer with its message, or one page of a listing."""
    handle_bytes: int = 256
    """As the standard says."""
    name_bytes: int = 1_024
    """No file system has longer names than 255 characters."""
    names: int = 100_000
    """Of a listing, counted as they arrive. A recipient's folder holds some tens of files."""
    pages: int = 10_000
    """Of a listing."""
    listing_bytes: int = 16_777_216
    file_bytes: int = 268_435_456
    """Of a file whose size we do not know ourselves, as of a drop or notice from before sizes were on record: more than
    any drop has is not even asked for."""
    content_bytes: int = 67_108_864
    """Likewise, of a file that is held in memory."""
    reads_of_block: int = 64
    """So many answers at most to have one block of a file: the standard lets a host give less than was asked."""


class LimitReached(SSHException):
    """A host went beyond a limit. `passes`: whether the same may go well another time; `ends`: whether the connection
    ends with it, since nothing more of it could be believed.

    The sentence goes on after the host's name, and never has a word of the host's in it.
    """

    def __init__(self, says: str, remedy: str = _LOOK, *, passes: bool = False, ends: bool = True) -> None:
        super().__init__(f"{says}: {remedy}")
        self.passes, self.ends = passes, ends


class HostWatch:
    """What one connection has asked of us so far, in one phase after another.

    The transport's thread looks at the time at each piece that it takes or gives, so that a host which drips, or which
    says everything but an answer, is found out as one that is silent. `reached` is the limit with which the connection
    ended: all that fails afterwards follows from it.
    """

    def __init__(self, limits: HostLimits) -> None:
        self.limits = limits
        self.reached: LimitReached | None = None
        self._phase, self._seconds, self._until = "", math.inf, math.inf
        self._idle = self._key_exchanges = 0

    def begin(self, phase: str, seconds: float) -> None:
        """From now on each answer has so many seconds."""
        self._phase, self._seconds = phase, seconds
        self.progress()

    def end(self) -> None:
        """Nothing is waited for: we do other things, or wait for something of our own."""
        self._until = math.inf

    def progress(self) -> None:
        """Something of ours was answered, or is asked while nothing else is waited for."""
        self._until, self._idle = time.monotonic() + self._seconds, 0

    def look(self) -> None:
        """At the time. Raises LimitReached."""
        if time.monotonic() > self._until:
            self.out_of_time()

    def out_of_time(self) -> NoReturn:
        """Raises LimitReached."""
        self.reach(f"does not answer at {{phase}} within {self._seconds:g} s", "it is tried again", passes=True)

    def packet(self, kind: int) -> None:
        """An SSH packet came. Raises LimitReached."""
        self._idle += 1
        if self._idle > self.limits.idle_packets:
            self.reach(f"sends more than {self.limits.idle_packets:,} packets without an answer at {{phase}}")
        self._key_exchanges += kind == MSG_KEXINIT
        if self._key_exchanges > self.limits.key_exchanges:
            self.reach(f"asks for new keys more than {self.limits.key_exchanges} times at {{phase}}")

    def at_most(self, count: int, most: int, what: str, *, ends: bool = False) -> None:
        """`what` has a place for the limit. Raises LimitReached."""
        if count > most:
            self.reach(f"{what.format(most=f'{most:,}')} at {{phase}}", ends=ends)

    def reach(self, says: str, remedy: str = _LOOK, *, passes: bool = False, ends: bool = True) -> NoReturn:
        """Raises LimitReached; `{phase}` in what it says is the phase of now."""
        found = LimitReached(says.format(phase=self._phase), remedy, passes=passes, ends=ends)
        if ends:
            self.reached = found = self.reached or found
        raise found

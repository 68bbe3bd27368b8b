"""Answers of SFTP that are none: packets without end, counts without bytes, statuses that nobody knows, and lies."""

import stat
import struct
from collections.abc import Callable
from dataclasses import replace

import paramiko
from paramiko import sftp

from pipeline.delivery.sftp.limits import HostLimits
from tests.support.hostile.behaviour import Behaviour
from tests.support.hostile.lines import D, R, T
from tests.support.hostile_host import (
    Answering,
    HostileFiles,
    HostileHost,
    Misconduct,
    Request,
    attrs,
    data,
)
from tests.support.servers.unruly_host import framed, page_of, status

LATE = "does not answer at .+ within 1 s: it is tried again"
KINDS = {
    "open": sftp.CMD_OPEN,
    "write": sftp.CMD_WRITE,
    "mode": sftp.CMD_FSETSTAT,
    "extended": sftp.CMD_EXTENDED,
    "close": sftp.CMD_CLOSE,
    "size": sftp.CMD_FSTAT,
    "read": sftp.CMD_READ,
    "look": sftp.CMD_STAT,
    "list": sftp.CMD_OPENDIR,
    "page": sftp.CMD_READDIR,
    "remove": sftp.CMD_REMOVE,
}
OURS = ("AANMELDING_", "INTREKKING_", ".AANMELDING_", ".INTREKKING_")
OPENED = (sftp.CMD_OPEN, sftp.CMD_OPENDIR)
FEW = replace(HostLimits(), names=2_000, pages=100)
MB = 1 << 20


def to(*kinds: int, does: Answering) -> Misconduct:
    """Does so where one of these is asked, for a file of ours where the request names one."""

    def answer(files: HostileFiles, asked: Request) -> bytes:
        is_ours = asked.path is None or asked.path == "/out" or asked.path.rsplit("/", 1)[-1].startswith(OURS)
        is_rename = asked.kind == sftp.CMD_EXTENDED and b"posix-rename" not in asked.body
        return does(files, asked) if asked.kind in kinds and is_ours and not is_rename else asked.honest

    return Misconduct(answer=answer)


def where(there: Callable[[Request], bool], does: Answering) -> Answering:
    return lambda files, asked: does(files, asked) if there(asked) else asked.honest


def is_given(kind: int) -> Callable[[Request], bool]:
    """Where the honest answer is of this kind."""
    return lambda asked: asked.honest[4] == kind


def code(number: int, text: bytes = b"") -> Answering:
    return lambda _files, asked: framed(
        sftp.CMD_STATUS, asked.number + struct.pack(">II", number, len(text)) + text + bytes(4)
    )


def instead(what: Callable[[Request], bytes]) -> Answering:
    return lambda _files, asked: what(asked)


def version(content: bytes, kind: int = sftp.CMD_VERSION) -> Misconduct:
    return to(sftp.CMD_INIT, does=instead(lambda _: framed(kind, content)))


def _noise(host: HostileHost, channel: paramiko.Channel, text: bytes) -> None:
    channel.sendall(text)
    host.over.wait(60)


def _cut(files: HostileFiles, _asked: Request) -> bytes:
    files.host.met = True
    raise EOFError


def _slow_packet(files: HostileFiles, asked: Request) -> bytes:
    """It says that it has 200 KB, and gives them a byte at a time."""
    files.host.met = True
    files._end.sendall(struct.pack(">IB", 200_000, sftp.CMD_STATUS) + asked.number)
    while not files.host.over.wait(0.02):
        files._end.sendall(b"\0")
    raise EOFError


def _rekey(files: HostileFiles, _asked: Request) -> bytes:
    """New keys again and again, instead of an answer."""
    files.host.met = True
    while not files.host.over.is_set():
        files._end.get_transport().renegotiate_keys()
    raise EOFError


def _flood(files: HostileFiles, asked: Request) -> bytes:
    """32 MB of a page that is sound; in pieces, since what is held here is not the product's."""
    files.host.met = True
    for _ in range(32):
        files._end.sendall(asked.honest * max(1, MB // len(asked.honest)))
    return b""


def _claims(size: int | None, mode: int | None = stat.S_IFREG | 0o640) -> Misconduct:
    does = where(is_given(sftp.CMD_ATTRS), instead(lambda asked: attrs(asked.number, size, mode)))
    return to(sftp.CMD_STAT, sftp.CMD_LSTAT, sftp.CMD_FSTAT, does=does)


def _is_a(mode: int) -> Misconduct:
    return _claims(7, mode | 0o640)


def _length(asked: Request) -> tuple[int, int]:
    offset, length = struct.unpack(">QI", asked.body[-12:])
    return offset, length


def reads(what: Callable[[bytes, int, int], bytes]) -> Misconduct:
    """Given the honest block, the offset and the length asked for."""

    def answer(_files: HostileFiles, asked: Request) -> bytes:
        return data(asked.number, what(asked.honest[13:], *_length(asked)))

    return to(sftp.CMD_READ, does=where(is_given(sftp.CMD_DATA), answer))


def listing(one: Callable[[Request], bytes]) -> Misconduct:
    return to(sftp.CMD_READDIR, does=instead(one))


def raw(names: list[bytes], claimed: int | None = None) -> Callable[[Request], bytes]:
    return lambda asked: framed(sftp.CMD_NAME, asked.number + page_of(names, claimed))


def _and_odd_names(_files: HostileFiles, asked: Request) -> bytes:
    """Beside the true ones, in the first page."""
    if asked.honest[4] != sftp.CMD_NAME:
        return asked.honest
    count, entries = int.from_bytes(asked.honest[9:13]), asked.honest[13:]
    stem = b"AANMELDING_OPGROEIEN_0212214125_20260615_000009"
    odd = [stem + ends for ends in (b".csv\0x", b".csv\nx", b".\x1b[2J", b".\xff\xfe", b".\xe2\x80\xae.csv")]
    return framed(sftp.CMD_NAME, asked.number + struct.pack(">I", count + len(odd)) + page_of(odd)[4:] + entries)


def _name(length: int) -> Misconduct:
    return listing(raw([b"AANMELDING_OPGROEIEN_" + b"x" * length]))


def _says_ok(_files: HostileFiles, asked: Request) -> bytes:
    return status(asked.number, sftp.SFTP_OK)


class Idle(HostileFiles):
    """Answers these with OK, and does nothing."""

    kinds: tuple[int, ...] = ()

    def _does(self, kind: int, number: bytes, rest: bytes) -> bytes:
        self.host.met = self.host.met or kind in self.kinds
        return status(number, sftp.SFTP_OK) if self._is_idle(kind, rest) else super()._does(kind, number, rest)

    def _is_idle(self, kind: int, rest: bytes) -> bool:
        is_sync = kind == sftp.CMD_EXTENDED and b"posix-rename" not in rest
        return kind in self.kinds and not is_sync and b".gegevensdeling" not in rest


def idle(*kinds: int) -> Misconduct:
    made = type("IdleAt", (Idle,), {"kinds": kinds})
    return Misconduct(session=lambda host, channel: _not_yet(host, made(host, channel)))


def _not_yet(host: HostileHost, files: HostileFiles) -> None:
    """So far it does as it should."""
    host.met = False
    files.serve()


def _plain_idle(kinds: tuple[int, ...]) -> Misconduct:
    """Offers no posix-rename, and its plain rename does nothing."""
    idle_at = idle(*kinds)
    return replace(idle_at, answer=to(sftp.CMD_EXTENDED, does=code(sftp.SFTP_OP_UNSUPPORTED)).answer)


LOOK = ": have its SFTP server looked at"
NO_SFTP = "does not speak SFTP on this account at .+: have its SFTP subsystem restored"
BEGIN = "at starting SFTP"
MANY = b"".join(struct.pack(">I", 5) + b"x%04d" % n + struct.pack(">I", 1) + b"1" for n in range(4_000))

VERSIONS = (
    Behaviour("words before SFTP", Misconduct(session=lambda h, c: _noise(h, c, b"Welkom!\r\n")), R, NO_SFTP),
    Behaviour("a version packet of 4 GB", Misconduct(session=lambda h, c: _noise(h, c, b"\xff" * 9)), R, NO_SFTP),
    Behaviour("a version packet of no bytes", Misconduct(session=lambda h, c: _noise(h, c, bytes(9))), R, NO_SFTP),
    Behaviour(
        "thousands of extensions", version(struct.pack(">I", 3) + MANY), R, f"more than 32,768 bytes {BEGIN}{LOOK}"
    ),
    Behaviour("SFTP version 6", version(struct.pack(">I", 6)), R, NO_SFTP),
    Behaviour("SFTP version 0", version(struct.pack(">I", 0)), R, NO_SFTP),
    Behaviour("no version at all", version(struct.pack(">I", 3), sftp.CMD_STATUS), R, NO_SFTP),
    Behaviour("silence instead of a version", to(sftp.CMD_INIT, does=lambda f, a: f.wait()), T, LATE, waits=True),
)
LISTINGS = (
    Behaviour("a page that claims four billion names", listing(raw([b"x"], 2**32 - 1)), R, NO_SFTP),
    Behaviour("empty pages without end", listing(raw([])), R, NO_SFTP),
    Behaviour("a page that comes again and again", listing(raw([b"x"] * 100)), R, "more than 2,000 files", limits=FEW),
    Behaviour("pages of one name without end", listing(raw([b"x"])), R, "more than 100 pages at .+" + LOOK, limits=FEW),
    Behaviour("a name of 1 MB", _name(MB), R, "answer of more than 262,144 bytes at .+" + LOOK),
    Behaviour("a name of 2,000 bytes", _name(2_000), R, "a name of more than 1,024 bytes at .+" + LOOK),
    Behaviour("names with NUL, newline, escape codes, not UTF-8", to(sftp.CMD_READDIR, does=_and_odd_names), D),
    Behaviour("32 MB of pages for one request", to(sftp.CMD_READDIR, does=_flood), R, f"{NO_SFTP}|more than the"),
)
SIZES = (
    Behaviour("files of 1 TB", _claims(1 << 40), R, "says that a file has more than|differ|counts|know"),
    Behaviour("files of -1 bytes", _claims(2**64 - 1), R, "says that a file has more than|differ|counts|know"),
    Behaviour("files without a size", _claims(None), R, NO_SFTP),
    Behaviour("files without a mode", _claims(7, None), T, "says that it renamed"),
    Behaviour("files that are folders", _is_a(stat.S_IFDIR), T, "was renamed, and is gone already"),
    Behaviour("files that are links", _is_a(stat.S_IFLNK), T, "was renamed, and is gone already"),
    Behaviour("files that are pipes", _is_a(stat.S_IFIFO), T, "was renamed, and is gone already"),
    Behaviour(
        "attributes that are not there",
        to(
            sftp.CMD_STAT,
            sftp.CMD_FSTAT,
            does=where(is_given(sftp.CMD_ATTRS), instead(lambda a: framed(sftp.CMD_ATTRS, a.number))),
        ),
        R,
        NO_SFTP,
    ),
)
READS = (
    Behaviour("more bytes than were asked for", reads(lambda block, _, length: block + bytes(length)), R, NO_SFTP),
    Behaviour(
        "one byte at a time", reads(lambda block, *_: block[:1]), R, "more than 64 reads for a block at .+" + LOOK
    ),
    Behaviour("no byte at a time", reads(lambda *_: b""), T, "altered|differ"),
    Behaviour("bytes of another place", reads(lambda block, *_: block[::-1]), T, "altered|differ"),
    Behaviour(
        "a file that never ends",
        to(sftp.CMD_READ, does=instead(lambda a: data(a.number, bytes(_length(a)[1])))),
        T,
        "altered|differ",
    ),
    Behaviour(
        "a block that claims 4 GB",
        to(sftp.CMD_READ, does=instead(lambda a: framed(sftp.CMD_DATA, a.number + b"\xff" * 4))),
        R,
        NO_SFTP,
    ),
)
PACKETS = (
    Behaviour(
        "an answer of 4 GB",
        to(sftp.CMD_STAT, does=instead(lambda a: b"\xff" * 4 + a.honest)),
        R,
        "answer of more than 262,144 bytes at .+" + LOOK,
    ),
    Behaviour("an answer of no bytes", to(sftp.CMD_STAT, does=instead(lambda _: bytes(4))), R, NO_SFTP),
    Behaviour(
        "new keys without end",
        to(sftp.CMD_STAT, does=_rekey),
        R,
        "asks for new keys more than 3 times at .+" + LOOK,
        limits=replace(HostLimits(), key_exchanges=3),
    ),
    Behaviour("an answer that drips", to(sftp.CMD_STAT, does=_slow_packet), T, LATE, waits=True),
    Behaviour(
        "an answer to nothing that was asked",
        to(sftp.CMD_STAT, does=instead(lambda a: status(b"\x7f\0\0\1", 0))),
        R,
        NO_SFTP,
    ),
    Behaviour("each answer twice", to(*KINDS.values(), does=instead(lambda a: a.honest * 2)), R, NO_SFTP),
    Behaviour(
        "a status without a code",
        to(
            sftp.CMD_EXTENDED,
            sftp.CMD_WRITE,
            sftp.CMD_REMOVE,
            does=instead(lambda a: framed(sftp.CMD_STATUS, a.number)),
        ),
        R,
        NO_SFTP,
    ),
    Behaviour(
        "a handle of 1,000 bytes",
        to(
            *OPENED,
            does=where(
                is_given(sftp.CMD_HANDLE),
                lambda f, a: framed(sftp.CMD_HANDLE, a.number + struct.pack(">I", 1_000) + bytes(1_000)),
            ),
        ),
        R,
        "a handle of more than 256 bytes at .+" + LOOK,
    ),
    Behaviour(
        "a handle of 1 MB",
        to(
            *OPENED,
            does=where(
                is_given(sftp.CMD_HANDLE),
                lambda f, a: framed(sftp.CMD_HANDLE, a.number + struct.pack(">I", MB) + bytes(MB)),
            ),
        ),
        R,
        "answer of more than 262,144 bytes at .+" + LOOK,
    ),
    Behaviour(
        "a handle that claims 1 MB",
        to(
            *OPENED,
            does=where(
                is_given(sftp.CMD_HANDLE), lambda f, a: framed(sftp.CMD_HANDLE, a.number + struct.pack(">I", MB))
            ),
        ),
        R,
        NO_SFTP,
    ),
    Behaviour(
        "an empty handle",
        to(*OPENED, does=where(is_given(sftp.CMD_HANDLE), lambda f, a: framed(sftp.CMD_HANDLE, a.number + bytes(4)))),
        R,
        NO_SFTP,
    ),
    Behaviour(
        "an error message of 10 MB",
        to(sftp.CMD_STAT, sftp.CMD_LSTAT, does=code(4, bytes(10 * MB))),
        R,
        "more than 262,144 bytes",
    ),
    Behaviour(
        "escape codes in error messages",
        to(sftp.CMD_EXTENDED, sftp.CMD_REMOVE, does=code(4, b"\x1b[2J" * 9_000)),
        T,
        "answers Failure at",
    ),
)
EACH = (
    *(
        Behaviour(f"no answer to {name}", to(kind, does=lambda f, a: f.wait()), T, LATE, waits=True)
        for name, kind in KINDS.items()
    ),
    *(
        Behaviour(f"cut at {name}", to(kind, does=_cut), T, "does not answer at|know of")
        for name, kind in KINDS.items()
    ),
    *(
        Behaviour(f"an unknown status to {name}", to(KINDS[name], does=code(4_711)), T, "answers Failure at")
        for name in ("open", "write", "mode", "extended", "close", "remove")
    ),
    *(
        Behaviour(
            f"a handle as answer to {name}",
            to(KINDS[name], does=instead(lambda a: framed(sftp.CMD_HANDLE, a.number + b"\0\0\0\1h"))),
            R,
            NO_SFTP,
        )
        for name in ("write", "extended", "close", "remove", "page")
    ),
)
LIES = (
    Behaviour(
        "no window for what we write",
        Misconduct(session=lambda h, c: _takes_little(h, c), window=32_768),
        T,
        LATE,
        waits=True,
    ),
    Behaviour("no posix-rename", to(sftp.CMD_EXTENDED, does=code(sftp.SFTP_OP_UNSUPPORTED)), D),
    Behaviour("OK to writes that it does not do", idle(sftp.CMD_WRITE), T, "altered"),
    Behaviour("OK to renames that it does not do", idle(sftp.CMD_EXTENDED), T, "says that it renamed"),
    Behaviour("OK to plain renames that it does not do", _plain_idle((sftp.CMD_RENAME,)), T, "says that it renamed"),
    Behaviour("OK to removals that it does not do", idle(sftp.CMD_REMOVE), T, "says that it removed"),
)


def _takes_little(host: HostileHost, channel: paramiko.Channel) -> None:
    """It answers until the first write, and then takes nothing any more."""

    class Sated(HostileFiles):
        def _packet(self, block: bool) -> tuple[int | None, bytes]:
            kind, body = super()._packet(block)
            return (kind, body) if kind != sftp.CMD_WRITE else self.wait()

    _not_yet(host, Sated(host, channel))


ANSWERS = (*VERSIONS, *LISTINGS, *SIZES, *READS, *PACKETS, *EACH, *LIES)

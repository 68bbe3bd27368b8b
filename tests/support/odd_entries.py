"""Things that a recipient may put under any name in its folder: what each is, and how it is made."""

import os
from collections.abc import Callable
from pathlib import Path

from pipeline.delivery.ports import EntryKind
from pipeline.followup.folder_remarks import RemarkReason

OUTSIDE = "outside"
"""A file beside the folder, to which a link may lead: never read as ours, never written."""
Make = Callable[[Path], object]


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 10 << 30)


def _unreadable(path: Path) -> None:
    path.touch()
    path.chmod(0)


def _leading_out(path: Path) -> None:
    outside = path.parent.parent / OUTSIDE
    outside.write_text("not ours")
    path.symlink_to(f"../{OUTSIDE}")


NO_FILES: dict[str, tuple[Make, EntryKind]] = {
    "a folder": (lambda path: path.mkdir(), EntryKind.FOLDER),
    "a folder with something in it": (lambda path: (path.mkdir(), (path / "x").touch()), EntryKind.FOLDER),
    "a pipe": (os.mkfifo, EntryKind.OTHER),
    "a link that leads nowhere": (lambda path: path.symlink_to("gone"), EntryKind.LINK),
    "a link to itself": (lambda path: path.symlink_to(path.name), EntryKind.LINK),
    "a link that leads out": (_leading_out, EntryKind.LINK),
    "a link up": (lambda path: path.symlink_to(".."), EntryKind.LINK),
}
NO_ACKS: dict[str, tuple[Make, RemarkReason]] = {
    **{name: (make, RemarkReason.ACK_NO_FILE) for name, (make, _) in NO_FILES.items()},
    "ten gigabytes": (_sparse, RemarkReason.ACK_TOO_LARGE),
    "a file that cannot be read": (_unreadable, RemarkReason.ACK_UNREADABLE),
}
"""Under the name of an ACK file, and why each acknowledges nothing."""
MISNAMED = ("{}.ack", "{}.Ack", "{}.ACK ", "{}.ACK  ", " {}.ACK", "{}.ACK.txt", "{}.ACK.", "{} .ACK")
ODD_NAMES = (
    b"foto\xff\xfe.jpg",
    b"two\nlines",
    b"\x1b[2J\x1b[31mred",
    b"AANMELDING_OPGROEIEN_\xe9\xe9n.csv",
    b"AANMELDING_OPGROEIEN_0212214125_20260615_000001.csv\n",
    b"INTREKKING_OPGROEIEN_Jan_Peeters.ACK",
    b"dossier Jan Peeters.docx",
    b"n" * 255,
    b"%s%n",
    b"-rf",
    b"aanmelding_opgroeien_0212214125_20260615_000001.csv",
)
"""None of them is ours, and each is left alone and counted."""


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            inner.unlink()
        path.rmdir()
    else:
        path.unlink()

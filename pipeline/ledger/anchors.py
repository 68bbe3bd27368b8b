"""Heads of the ledger's chain, stored outside the database: a folder into which files are only ever added.

A chain whose tail was cut, or that was made anew, contradicts the anchors. So the folder belongs on another medium: a
mount of another machine, a bucket that writes once, or at least `chattr +a`. This code never makes the folder: a mount
that is gone must stop the night, not move the anchors to the local disk.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import LedgerRefused, TerminalError
from pipeline.core.model import Head
from pipeline.core.run import RunContext
from pipeline.core.write_once import write_once
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.remedies import error_of_system
from pipeline.ledger.installation import require_installation

_NAME = re.compile(r"(?P<at>\d{8}T\d{12}Z)-(?P<n>\d+)\.json")


@dataclass(frozen=True)
class Anchor:
    """One file; `head` is None for one that cannot be read, or does not say what its name says.

    `previous` names the one before it, None for the first.
    """

    name: str
    head: Head | None
    previous: str | None = None


def anchor_run(context: RunContext, *, if_moved: bool = False) -> Head:
    """The chain's head now, once it goes on from what was anchored last and is anchored itself.

    `if_moved`: the hours between two nights anchor nothing twice.
    Raises LedgerUnavailable when it cannot be anchored, or TerminalError for a ledger that was cut or exchanged, or is
    another installation's.
    """
    _, last = _anchored_head(context)
    require_installation(context)  # the first one on this ledger appends that it is
    head = open_ledger(context.ledger).head()
    if not (if_moved and last and last.head == head):
        put_anchor(context.settings.anchors_folder, head, last, context.run, context.clock())
    return head


def goes_on_from_anchors(context: RunContext) -> bool:
    """Whether nothing that was anchored contradicts the ledger. Raises LedgerUnavailable."""
    try:
        _anchored_head(context)
    except TerminalError:
        return False
    return True


def require_anchored(context: RunContext) -> None:
    """For a task that may be cleared by itself. Raises as `anchor_run`; anchors nothing."""
    _anchored_head(context)


def _anchored_head(context: RunContext) -> tuple[Head, Anchor | None]:
    """The chain's head now, which goes on from what was anchored last, and the newest anchor."""
    ledger, folder = open_ledger(context.ledger), context.settings.anchors_folder
    longest = longest_anchored(folder)  # also by an anchor that cannot be read: what it tells of was appended before
    last = newest_anchor(folder)
    head = ledger.head()  # after the anchors: another task may anchor what it appended meanwhile
    if head.n < longest or (last and last.head and ledger.head(last.head.n) != last.head):
        raise TerminalError(
            f"the ledger ends at link {head.n} and does not go on from what was anchored last (link {longest}), so "
            "nothing is sent: a backup was put back, or it was cut: run `gegevensdeling ledger verify`, and see the "
            "runbook, A restored ledger"
        )
    return head, last


def put_anchor(folder: Path, head: Head, previous: Anchor | None, run: str, at: datetime) -> None:
    """One more file after `previous`, on disk before this returns; the same head at the same instant is put once.

    Raises LedgerUnavailable.
    """
    path = folder / f"{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{head.n}.json"
    said = {"at": at.astimezone(UTC).isoformat(), "n": head.n, "run": run, "sha256": head.sha256}
    said["previous"] = previous.name if previous else None
    try:
        write_once(path, f"{json.dumps(said)}\n".encode())
    except FileExistsError:
        if _read(path).head != head:
            raise LedgerRefused(f"another head is anchored as {path.name}: find out who put it there") from None
    except OSError as error:
        raise error_of_system(error)(
            f"the ledger's head cannot be anchored in {folder} ({_reason(error)}), and nothing is sent without: "
            "see that this folder of GEGEVENSDELING_ANCHORS is mounted, and that this account may add files to it"
        ) from None


def read_anchors(folder: Path) -> list[Anchor]:
    """All of them, in the order of the chain. Raises LedgerUnavailable when the folder cannot be read."""
    return [_read(folder / name) for name in _names(folder)]


def longest_anchored(folder: Path) -> int:
    """The longest chain that any anchor's name tells of, readable or not; 0 without any. Raises LedgerUnavailable."""
    return max((int(found["n"]) for name in _names(folder) if (found := _NAME.fullmatch(name))), default=0)


def newest_anchor(folder: Path) -> Anchor | None:
    """The whole one of the longest chain, None where there is none. Raises LedgerUnavailable."""
    return next((one for name in reversed(_names(folder)) if (one := _read(folder / name)).head), None)


def _names(folder: Path) -> list[str]:
    try:
        named = [found for entry in folder.iterdir() if (found := _NAME.fullmatch(entry.name))]
    except OSError as error:
        raise error_of_system(error)(
            f"the ledger's anchors cannot be read in {folder} ({_reason(error)}): "
            "see that this folder of GEGEVENSDELING_ANCHORS is there and mounted"
        ) from None
    return [found[0] for found in sorted(named, key=_place)]


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _place(named: re.Match[str]) -> tuple[int, str]:
    """The chain's length first: a clock may be set back, a chain only grows."""
    return int(named["n"]), named["at"]


def _read(path: Path) -> Anchor:
    named = _NAME.fullmatch(path.name)
    try:
        said = json.loads(path.read_bytes())
        head, previous = Head(said["n"], said["sha256"]), said["previous"]
    except (OSError, ValueError, KeyError, TypeError):
        return Anchor(path.name, None)
    return Anchor(path.name, head if named and head.n == int(named["n"]) else None, previous)

"""Heads of the ledger's chain, stored outside the database: a folder into which files are only ever added.

A chain whose tail was cut, or that was made anew, contradicts the anchors. So the folder belongs on another medium: a
mount of another machine, a bucket that writes once, or at least `chattr +a`. This code never makes the folder: a mount
that is gone must stop the night, not move the anchors to the local disk.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.core.errors import LedgerRefused, LedgerUnavailable, StoreRefused, TerminalError
from pipeline.core.model import Head
from pipeline.core.run import RunContext
from pipeline.core.write_once import OncePlace, add_once, names_in, read_in
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.db.remedies import error_of_system
from pipeline.ledger.installation import require_installation

ONE_PLACE = (
    "every machine must have the same GEGEVENSDELING_ANCHORS, in one shared folder or store: put the anchors together "
    "there, see the runbook, A restored ledger"
)
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
    """The chain's head now, once it goes on from what was anchored last, by the last night too, and is anchored itself.

    `if_moved`: the hours between two nights anchor nothing twice.
    Raises LedgerUnavailable when it cannot be anchored, or TerminalError for a ledger that was cut or exchanged, or is
    another installation's.
    """
    _, last = _anchored_head(context, last_anchored(open_ledger(context.ledger)))
    require_installation(context)  # the first one on this ledger appends that it is
    head = open_ledger(context.ledger).head()
    if not (if_moved and last and last.head == head):
        put_anchor(context.anchors, head, last, context.run, context.clock())
    return head


def goes_on_from_anchors(context: RunContext) -> bool:
    """Whether nothing that was anchored contradicts the ledger. Raises LedgerUnavailable, StoreRefused, StoreTransient:
    what cannot be read contradicts nothing."""
    try:
        _anchored_head(context)
    except (LedgerUnavailable, StoreRefused):
        raise
    except TerminalError:
        return False
    return True


def require_anchored(context: RunContext) -> None:
    """For a task that may be cleared by itself. Raises as `anchor_run`; anchors nothing."""
    _anchored_head(context)


def require_anchored_here(context: RunContext, head: Head) -> None:
    """What an earlier task of the run anchored, maybe on another machine. Raises TerminalError, LedgerUnavailable."""
    _require_here(head.n, longest_anchored(context.anchors), context.anchors)


def require_one_place(context: RunContext) -> None:
    """For a night that begins: raises TerminalError where the last night anchored somewhere else."""
    _require_here(last_anchored(open_ledger(context.ledger)), longest_anchored(context.anchors), context.anchors)


def last_anchored(ledger: LedgerDb) -> int:
    """The link that the last run that closed anchored, as the ledger has it; 0 where none says so."""
    summary = ledger.last_closed_summary()
    found = json.loads(summary).get("anchored", 0) if summary else 0
    return found if isinstance(found, int) else 0


def _require_here(link: int, longest: int, place: OncePlace) -> None:
    if 0 < longest < link:  # none at all: they were lost, and the runbook says what then
        raise TerminalError(f"link {link} of the ledger was anchored, and {place} does not have it: {ONE_PLACE}")


def _anchored_head(context: RunContext, at_least: int = 0) -> tuple[Head, Anchor | None]:
    """The chain's head now, which goes on from what was anchored last, and the newest anchor."""
    ledger, folder = open_ledger(context.ledger), context.anchors
    longest = longest_anchored(folder)  # also by an anchor that cannot be read: what it tells of was appended before
    _require_here(at_least, longest, folder)
    last = newest_anchor(folder)
    head = ledger.head()  # after the anchors: another task may anchor what it appended meanwhile
    if head.n < longest or (last and last.head and ledger.head(last.head.n) != last.head):
        raise TerminalError(
            f"the ledger ends at link {head.n} and does not go on from what was anchored last (link {longest}), so "
            "nothing is sent: a backup was put back, or it was cut: run `gegevensdeling ledger verify`, and see the "
            "runbook, A restored ledger"
        )
    return head, last


def put_anchor(folder: OncePlace, head: Head, previous: Anchor | None, run: str, at: datetime) -> None:
    """One more file after `previous`, on disk before this returns; the same head at the same instant is put once.

    Raises LedgerUnavailable.
    """
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{head.n}.json"
    said = {"at": at.astimezone(UTC).isoformat(), "n": head.n, "run": run, "sha256": head.sha256}
    said["previous"] = previous.name if previous else None
    try:
        add_once(folder, name, f"{json.dumps(said)}\n".encode())
    except FileExistsError:
        if _read(folder, name).head != head:
            raise LedgerRefused(f"another head is anchored as {name}: find out who put it there") from None
    except OSError as error:
        raise error_of_system(error)(
            f"the ledger's head cannot be anchored in {folder} ({_reason(error)}), and nothing is sent without: "
            "see that this folder of GEGEVENSDELING_ANCHORS is mounted, and that this account may add files to it"
        ) from None


def read_anchors(folder: OncePlace) -> list[Anchor]:
    """All of them, in the order of the chain. Raises LedgerUnavailable when the folder cannot be read."""
    return [_read(folder, name) for name in _names(folder)]


def longest_anchored(folder: OncePlace) -> int:
    """The longest chain that any anchor's name tells of, readable or not; 0 without any. Raises LedgerUnavailable."""
    return max((int(found["n"]) for name in _names(folder) if (found := _NAME.fullmatch(name))), default=0)


def longest_of(anchors: Sequence[Anchor]) -> int:
    """As `longest_anchored`, of anchors that were read."""
    return max((int(found["n"]) for one in anchors if (found := _NAME.fullmatch(one.name))), default=0)


def newest_anchor(folder: OncePlace) -> Anchor | None:
    """The whole one of the longest chain, None where there is none. Raises LedgerUnavailable."""
    return next((one for name in reversed(_names(folder)) if (one := _read(folder, name)).head), None)


def _names(folder: OncePlace) -> list[str]:
    try:
        named = [found for name in names_in(folder) if (found := _NAME.fullmatch(name))]
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


def _read(folder: OncePlace, name: str) -> Anchor:
    named = _NAME.fullmatch(name)
    try:
        said = json.loads(read_in(folder, name))
        head, previous = Head(said["n"], said["sha256"]), said["previous"]
    except (OSError, ValueError, KeyError, TypeError):
        return Anchor(name, None)
    return Anchor(name, head if named and head.n == int(named["n"]) else None, previous)

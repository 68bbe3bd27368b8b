"""Drop to Publication: put a drop before its recipient whole or not at all, once, and never after a newer one.

The sequence is DESIGN.md's. `plan` before rendering, `publish` after; both may be repeated by any later run, after
whatever cut the last one off. At every instant the recipient finds nothing, or whole drops; one with its GO file
counts, and stays as it is until a successor counts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Drop, Kbo, Outcome, Publication
from pipeline.delivery.ports import Host, Ledger
from pipeline.delivery.session import LastLook, Task, Visit
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Kind


@dataclass(frozen=True)
class Plan:
    """What a night's drop must carry when it is rendered: its number, and the last manifest's SHA-256 (hex)."""

    kbo: Kbo
    night: date
    sequence: int
    previous_manifest_sha256: str | None


def plan(
    kbo: Kbo,
    night: date,
    host: Host,
    ledger: Ledger,
    run: str,
    clock: Callable[[], datetime],
    *,
    replacing: bool = False,
) -> Plan | Publication:
    """What to render for this night, or what became of it when there is nothing to render any more.

    `replacing` is for who replaces a drop that was recalled (pipeline/followup/replace.py); for everyone else this
    night is over. Connects to the host only when an earlier try left something there to settle or to take away.
    Raises LedgerConflict, LedgerUnavailable, DeliveryTransient or DeliveryRefused.
    """
    with ledger.delivering(kbo) as log:
        return _plan(Task(kbo, night, log, run, clock), host, replacing)


def publish(
    drop: Drop,
    planned: Plan,
    host: Host,
    ledger: Ledger,
    run: str,
    clock: Callable[[], datetime],
    last_look: LastLook,
    lines: Sequence[Disclosure] = (),
    *,
    replacing: bool = False,
) -> Publication:
    """Put the drop on the host, then take away the older ones that still lie there.

    `planned` is what the drop was rendered by, `lines` whom it is about. `last_look` is called when all is on the host
    and nothing counts yet; it raises when the drop may no longer be sent, and then nothing of it stays. Raises what it
    and `plan` raise; what is raised after the drop counts (an older one could not be taken away) is made good by the
    next `plan`.
    """
    with ledger.delivering(drop.kbo) as log:
        task = Task(drop.kbo, drop.night, log, run, clock)
        found = _plan(task, host, replacing)
        if isinstance(found, Publication):
            return found
        if (found, drop.sequence) != (planned, found.sequence):
            raise LedgerConflict(f"{drop.kbo}: another night was delivered since this drop was rendered; render again")
        with visiting(task, host) as visit:
            window_ms = visit.send(drop, lines, last_look)
            tidy(visit, replacing)
        return Publication(drop.kbo, Outcome.PUBLISHED, drop.stem, drop.rows, 0, window_ms)


def stand_down(
    kbo: Kbo, night: date, host: Host, ledger: Ledger, run: str, clock: Callable[[], datetime]
) -> Publication:
    """Send nothing to a recipient that is no longer covered, and take away whatever still lies before it.

    Connects only when something may lie there. Raises what `plan` raises.
    """
    with ledger.delivering(kbo) as log:
        task = Task(kbo, night, log, run, clock)
        task.remark(Kind.NOT_COVERED)
        standing = task.standing()
        if standing.unfinished or standing.on_host:
            with visiting(task, host) as visit:
                _clear(visit)
        return Publication(kbo, Outcome.NOT_COVERED, None, 0, 0)


@contextmanager
def visiting(task: Task, host: Host) -> Iterator[Visit]:
    """Connected, and rid of temporary files that a killed process left."""
    with host.open() as folder:
        folder.sweep()
        yield Visit(task, folder)


def _plan(task: Task, host: Host, replacing: bool) -> Plan | Publication:
    standing = task.standing()
    if standing.unfinished or standing.outdated:
        with visiting(task, host) as visit:
            tidy(visit, replacing)
        standing = task.standing()
    if standing.counted and not (replacing and standing.to_replace):
        sent = standing.counted.contents
        return Publication(task.kbo, Outcome.ALREADY_PUBLISHED, sent.stem, sent.rows, 0)
    if standing.overtaken:
        task.remark(Kind.SUPERSEDED)
        return Publication(task.kbo, Outcome.SUPERSEDED, None, 0, 0)
    return Plan(task.kbo, task.night, standing.sequence, standing.previous_manifest_sha256)


def tidy(visit: Visit, replacing: bool = False) -> None:
    """Settle each unfinished try, and take away the drops with a successor.

    This night's try may be gone on with; one of a replacement by who replaces alone.
    """
    standing = visit.task.standing()
    for drop in standing.unfinished:
        ours = drop.night == visit.task.night and (replacing or standing.to_replace is None)
        if not visit.counted(drop) and not ours:
            visit.abandon(drop.night)
    for drop in visit.task.standing().outdated:
        visit.take_away(drop)


def _clear(visit: Visit) -> None:
    """Leave nothing of ours on the host."""
    for drop in visit.task.standing().unfinished:
        if not visit.counted(drop):
            visit.abandon(drop.night)
    for drop in visit.task.standing().on_host:
        visit.take_away(drop)

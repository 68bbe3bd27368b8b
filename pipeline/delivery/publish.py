"""Publishes a drop whole or not at all, once, and never after a newer drop.

`plan` comes before rendering, `publish` after; any later run may repeat both, after any interruption. At every instant
the recipient finds nothing, or whole drops; a drop counts by its GO file, and stays unchanged until a successor counts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from pipeline.core.errors import DeliveryRefused, LedgerConflict
from pipeline.core.model import Drop, Kbo, Outcome, Publication
from pipeline.delivery.job import Delivery
from pipeline.delivery.ports import Host
from pipeline.delivery.session import HostSession, Task, go_file
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Contents, Kind


class FinalCheck(Protocol):
    """Whether a drop may still be sent, when only the rename of its GO file is left to do."""

    def __call__(self) -> None:
        """Raises when the drop may not be sent."""

    @property
    def milliseconds(self) -> int:
        """Time since the last call began to read the agency."""


@dataclass(frozen=True)
class Plan:
    """What a night's drop is rendered with; `previous_manifest_sha256` is hex."""

    kbo: Kbo
    night: date
    sequence: int
    previous_manifest_sha256: str | None


def plan(job: Delivery) -> Plan | Publication:
    """What to render for this night, or the outcome when nothing is left to render.

    Only a replacement (`job.replacing`) reopens a night that is over. Connects to the host only when an earlier try
    left something to settle or to remove. Raises LedgerConflict, LedgerUnavailable, DeliveryTransient or
    DeliveryRefused.
    """
    with job.task() as task:
        return _plan(job, task)


def publish(
    job: Delivery, drop: Drop, planned: Plan, final_check: FinalCheck, lines: Sequence[Disclosure] = ()
) -> Publication:
    """Put the drop on the host, then remove the older drops that still lie there.

    The drop was rendered by `planned` and is about `lines`. `final_check` is called when all is on the host and nothing
    counts yet; when it raises, nothing of the drop stays. Raises what `final_check` and `plan` raise. An error after
    the drop counts (an older drop could not be removed) is repaired by the next `plan`.
    """
    with job.task() as task:
        current = _plan(job, task)
        if isinstance(current, Publication):
            return current
        rendered_by = Plan(drop.kbo, drop.night, drop.sequence, planned.previous_manifest_sha256)
        if not current == planned == rendered_by:
            raise LedgerConflict(f"{drop.kbo}: another night was delivered since this drop was rendered; render again")
        with connected(task, job.host) as session:
            window_ms = _send(session, drop, lines, final_check)
            settle(session, job.replacing)
        return Publication(drop.kbo, Outcome.PUBLISHED, drop.stem, drop.rows, 0, window_ms)


def _send(session: HostSession, drop: Drop, lines: Sequence[Disclosure], final_check: FinalCheck) -> int:
    """Put the data, then the manifest, then the empty GO file: each is renamed to its own name when it is whole.

    Gives the milliseconds from the beginning of the final check to the end of the GO file's rename.
    """
    task, contents = session.task, Contents.of(drop)
    if session.exists(contents.go_name):
        raise DeliveryRefused(
            f"{drop.kbo}: the host holds {contents.go_name}, which the ledger does not know of; "
            "nothing was sent: find out whose it is, and remove it"
        )
    before = task.delivery_state().tonight
    task.record(drop.night, Kind.INTENT, contents, lines)
    session.remove(before.names - contents.hashes.keys() if before else ())
    for file in (*drop.data, drop.manifest):
        session.put(file)
    task.record(drop.night, Kind.RELEASING, contents)
    window_ms = _put_go_file(session, drop, final_check)
    task.record(drop.night, Kind.PUBLISHED, contents, window_ms=window_ms)
    return window_ms


def _put_go_file(session: HostSession, drop: Drop, final_check: FinalCheck) -> int:
    """Rename the GO file once the final check allows it; else nothing of the drop stays."""
    stopped = False

    def check() -> None:
        nonlocal stopped
        stopped = True
        final_check()
        stopped = False

    go = go_file(Path(drop.manifest.path), drop.go_name)
    try:
        session.folder.put(go, drop.go_name, session.task.run, check)
        return final_check.milliseconds
    except Exception:  # re-raised, once nothing is left of the drop
        if stopped:
            session.abandon(drop.night)
        raise


def cancel_coverage(job: Delivery) -> Publication:
    """Send nothing to a recipient that is not covered any more, and remove the drops that still lie there.

    Connects only when something may lie there. Raises what `plan` raises.
    """
    with job.task() as task:
        task.remark(Kind.NOT_COVERED)
        standing = task.delivery_state()
        if standing.unfinished or standing.on_host:
            with connected(task, job.host) as session:
                for drop in standing.unfinished:
                    if not session.record_if_counted(drop):
                        session.abandon(drop.night)
                for drop in task.delivery_state().on_host:
                    session.remove_drop(drop)
        return Publication(job.kbo, Outcome.NOT_COVERED, None, 0, 0)


@contextmanager
def connected(task: Task, host: Host) -> Iterator[HostSession]:
    """Connect, and remove the temporary files that a killed process left."""
    with host.open() as folder:
        folder.remove_temporary()
        yield HostSession(task, folder)


def _plan(job: Delivery, task: Task) -> Plan | Publication:
    standing = task.delivery_state()
    if standing.unfinished or standing.outdated:
        with connected(task, job.host) as session:
            settle(session, job.replacing)
        standing = task.delivery_state()
    if standing.counted and not (job.replacing and standing.to_replace):
        sent = standing.counted.contents
        return Publication(job.kbo, Outcome.ALREADY_PUBLISHED, sent.stem, sent.rows, 0)
    if standing.overtaken:
        task.remark(Kind.SUPERSEDED)
        return Publication(job.kbo, Outcome.SUPERSEDED, None, 0, 0)
    return Plan(job.kbo, job.night, standing.sequence, standing.previous_manifest_sha256)


def settle(session: HostSession, replacing: bool = False) -> None:
    """Bring each unfinished try to an end, and remove the drops that have a successor.

    The try of this night may continue; the try of a replacement only when `replacing`.
    """
    standing = session.task.delivery_state()
    for drop in standing.unfinished:
        ours = drop.night == session.task.night and (replacing or standing.to_replace is None)
        if not session.record_if_counted(drop) and not ours:
            session.abandon(drop.night)
    for drop in session.task.delivery_state().outdated:
        session.remove_drop(drop)

"""Publishes a drop whole or not at all, once, and never after a newer drop.

`plan` comes before rendering, `publish` after; any later run may repeat both, after any interruption. At every instant
the recipient finds nothing, or whole drops; a drop counts by its GO file, and stays unchanged until a successor counts.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from pipeline.core.errors import (
    DeliveryRefused,
    DeliveryTransient,
    FileTaken,
    LedgerConflict,
    LockLost,
    SettingsError,
)
from pipeline.core.model import Drop, Kbo, Outcome, Publication
from pipeline.delivery.former_places import empty, empty_former_places, empty_of_drops, open_notices
from pipeline.delivery.job import Delivery
from pipeline.delivery.newer_files import refuse_newer_files
from pipeline.delivery.session import HostSession, Task, go_file
from pipeline.delivery.signature import NO_SIGNING_KEY
from pipeline.delivery.troubles import HostTroubles
from pipeline.delivery.visit import connected
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
    """Put the data, the manifest, its signature, then the empty GO file: each is renamed to its own name when whole.

    Gives the milliseconds from the beginning of the final check to the end of the GO file's rename.
    """
    task, contents = session.task, Contents.of(drop, session.task.place)
    if drop.signature is None:
        raise SettingsError(f"{drop.kbo}: {drop.stem} has no signature, so it was not sent: {NO_SIGNING_KEY}")
    session.require_free(contents)
    refuse_newer_files(session)
    before = task.delivery_state().tonight
    task.record(drop.night, Kind.INTENT, contents, lines)
    session.remove(before.names - contents.hashes.keys() if before else ())
    _put_files(session, drop)
    window_ms = _put_go_file(session, drop, final_check)
    is_noted = before is not None and before.contents.sequence == drop.sequence and Kind.EARLY_ACK in before.facts
    session.record_published(drop.night, contents, is_noted=is_noted, window_ms=window_ms)
    return window_ms


def _put_files(session: HostSession, drop: Drop) -> None:
    """In order. One that is gone as soon as it has its own name was taken by somebody."""
    try:
        _put_first_file(session, drop)
        for file in drop.files[1:]:
            session.put(file)
    except FileTaken:
        session.record_taken(drop.night, Contents.of(drop, session.task.place))
        raise


def _put_first_file(session: HostSession, drop: Drop) -> None:
    """On record is first that files may be taken from now on; and again, when the file did not get its own name, that
    none could."""
    task, contents, first = session.task, Contents.of(drop, session.task.place), drop.files[0]
    try:
        session.put(first, lambda: task.record(drop.night, Kind.NAMING, contents))
    except (LockLost, FileTaken):
        raise
    except Exception:  # re-raised, once it is on record that nothing was named
        _record_not_named(session, drop.night, first.name)
        raise


def _record_not_named(session: HostSession, night: date, first: str) -> None:
    """As `_record_not_renamed`, of the first file."""
    with suppress(DeliveryTransient, DeliveryRefused):
        for drop in session.task.delivery_state().unfinished:
            if drop.night == night and drop.may_be_named and not session.exists(first):
                session.task.record(night, Kind.INTENT, drop.contents)


def _put_go_file(session: HostSession, drop: Drop, final_check: FinalCheck) -> int:
    """Rename the GO file once the final check allows it; else nothing of the drop stays.

    On record is first that it may be renamed, while it has its temporary name; and again, before that name goes for
    another reason, that it was not. So whoever comes after a death knows whether the recipient could have seen it.
    What the final check allowed is looked at right before the rename: nothing counts whose files somebody took.
    """
    task, contents, stopped = session.task, Contents.of(drop, session.task.place), False

    def check() -> None:
        nonlocal stopped
        task.record(drop.night, Kind.RELEASING, contents)
        try:
            final_check()
            task.log.require_usable_key(drop.signed_by or "")
            if task.log.suspension():
                raise DeliveryTransient(f"{drop.kbo}: the recipient was suspended meanwhile, so nothing was sent")
            _require_all_there(session, drop)
        except Exception:  # re-raised, once it is on record that nothing counts
            task.record(drop.night, Kind.INTENT, contents)
            stopped = True
            raise

    go = go_file(Path(drop.manifest.path), drop.go_name)
    try:
        with suppress(FileTaken):  # it was there: the recipient took the drop at once
            session.folder.put(go, drop.go_name, task.run, check)
        return final_check.milliseconds
    except LockLost:  # whoever has the lock by now settles what lies there
        raise
    except Exception:  # re-raised, once nothing is left of the drop
        if stopped:
            session.abandon(drop.night)
        else:
            _record_not_renamed(session, contents.go_name)
        raise


def _require_all_there(session: HostSession, drop: Drop) -> None:
    """Raises DeliveryTransient when a file but the GO file is missing, or has another size than was put."""
    expected = {file.name: file.bytes for file in drop.files}
    there = session.folder.sizes(tuple(expected))
    wrong = sorted(name for name, size in expected.items() if there[name] != size)
    if not wrong:
        return
    session.record_taken(drop.night, Contents.of(drop, session.task.place))
    raise DeliveryTransient(
        f"{drop.kbo}: {len(wrong)} of the {len(expected)} files of {drop.stem} are gone or altered ({wrong[0]} first) "
        "though its GO file is not there yet, so it was not delivered: it is tried again, and its persons count as "
        "possibly disclosed; have the recipient take nothing before the GO file"
    )


def _record_not_renamed(session: HostSession, go_name: str) -> None:
    """After a rename that failed: the put took the temporary name away. On a line that broke, the next visit looks."""
    with suppress(DeliveryTransient, DeliveryRefused):
        for drop in session.task.delivery_state().unfinished:
            is_this = drop.kind is Kind.RELEASING and drop.contents.go_name == go_name
            if is_this and not session.exists(go_name):
                session.task.record(drop.night, Kind.INTENT, drop.contents)


def cancel_coverage(job: Delivery) -> Publication:
    """Send nothing to a recipient that is not covered any more, and remove the drops that still lie there.

    Connects only when something may lie there. Raises what `plan` raises.
    """
    with job.task() as task:
        task.remark(Kind.NOT_COVERED)
        standing = task.delivery_state()
        if standing.unfinished or standing.on_host:
            _empty_every_place(job, task, empty_of_drops, Kind.WITHDRAWING)
        return Publication(job.kbo, Outcome.NOT_COVERED, None, 0, 0)


def _plan(job: Delivery, task: Task) -> Plan | Publication:
    if task.log.suspension():
        return _suspended(job, task)
    empty_former_places(job, task)
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


def _suspended(job: Delivery, task: Task) -> Publication:
    """Nothing is sent; what still lies there is taken away."""
    task.remark(Kind.RECIPIENT_SUSPENDED)
    take_away_from_suspended(job, task)
    return Publication(job.kbo, Outcome.SUSPENDED, None, 0, 0)


def take_away_from_suspended(job: Delivery, task: Task) -> int:
    """Leave nothing of ours before the recipient, at any place; how many drops were taken away.

    Connects only where something may lie; also where a drop or a notice of late was taken away, which a host that is
    put back from a backup has again. Raises as `plan`, and SettingsError for a former place.
    """
    standing = task.delivery_state()
    earliest = task.clock() - timedelta(days=job.recipient.expire_after_days)
    put_at = [*(drop.published_at for drop in standing.drops), *(notice.put_at for notice in task.log.notices())]
    may_return = any(at and at >= earliest for at in put_at)
    if not (standing.unfinished or standing.on_host or may_return or open_notices(task)):
        return 0
    return _empty_every_place(job, task, empty, Kind.SUSPENDING)


def _empty_every_place(job: Delivery, task: Task, emptying: Callable[[HostSession, Kind], int], why: Kind) -> int:
    """That of today and each former one: a host that does not answer keeps nothing lying at another place. How many
    drops were taken away; what a place refused is raised last."""
    troubles, taken = HostTroubles(), 0
    with troubles.aside(), connected(task, job.host, troubles) as session:
        taken += session.returned + emptying(session, why)
    with troubles.aside():
        taken += empty_former_places(job, task, why if why is Kind.SUSPENDING else Kind.MOVING)
    troubles.raise_first()
    return taken


def settle(session: HostSession, replacing: bool = False) -> None:
    """Bring each unfinished try to an end, and remove the drops that have a successor.

    The try of this night may continue, under its number; the try of a replacement only when `replacing`.
    """
    standing = session.task.delivery_state()
    for drop in session.unfinished_here():
        ours = drop.night == session.task.night and drop.contents.sequence == standing.sequence
        ours = ours and (replacing or standing.to_replace is None)
        with session.aside():
            if not session.record_if_counted(drop) and not ours:
                session.abandon(drop.night)
    for drop in session.those_here(session.task.delivery_state().outdated):
        with session.aside():
            session.remove_drop(drop)

"""Go on with a ledger whose backup was put back: put on record again what hosts and manifests tell of the time since.

What is known of a drop since: its manifest, on the host or kept by the recipient. Whom it was about: the references in
its list where that still lies there in clear, else the decision made again for that instant. The numbers of drops and
notices go on far beyond those that may have been used. Nothing is sent, moved or removed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.model import Kbo
from pipeline.core.staging import private_folder
from pipeline.delivery.job import Delivery
from pipeline.delivery.manifest import MANIFEST
from pipeline.delivery.newer_files import DROP, NOTICE, NUMBERED, numbered_files
from pipeline.delivery.ports import RemoteFolder
from pipeline.delivery.session import Task
from pipeline.delivery.signature import SUFFIX
from pipeline.followup.lost_drops import (
    LostDrop,
    in_order,
    lines_of_lost_drop,
    listed_references,
    parse_lost_drop,
    record_lost_drop,
)
from pipeline.ledger.db.log import RecipientLog
from pipeline.ledger.restoration import NUMBERS_LEFT_OUT, Restoration, next_numbers


@dataclass(frozen=True)
class ResumeOrder:
    """Who goes on with the ledger and why; `manifests`: those that recipients kept.

    `contradicted`: the ledger does not go on from its anchors.
    """

    who: str
    reason: str
    manifests: Sequence[LostDrop]
    contradicted: bool


@dataclass(frozen=True)
class ResumedRecipient:
    """The stems put on record again; rows of which it is not known whom they were about; the next two numbers.

    `notices`: the stems of those that lie there and that no event tells of. What they say is found and told again.
    """

    kbo: Kbo
    drops: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    unknown_rows: int = 0
    drop_number: int | None = None
    notice_number: int | None = None


def resume_recipient(
    job: Delivery, records: RecipientLog, remote: RemoteFolder, order: ResumeOrder, folder: Path
) -> ResumedRecipient:
    """Put one recipient's lost drops on record, and from which numbers on it goes on; twice is the same as once.

    `records` are locked. `folder` is for the caller to purge. Raises SettingsError, FeedError, AgencyUnreachable,
    DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable.
    """
    task = Task(job.kbo, job.night, records, job.run, job.clock, job.place, job.nobody_came)
    lost = _lost(task, records, remote, order)
    for drop in lost:
        drop.require_ours(job.signer_of)
    state, notice = task.delivery_state(), records.next_notice_number()
    highest = _highest_numbers(remote, job.kbo, {DROP: state.next_sequence, NOTICE: notice})
    unknown_notices = _unknown_notices(records, remote, job.kbo)
    is_newer = bool(lost or unknown_notices) or highest[DROP] >= state.next_sequence
    if not is_newer and (not order.contradicted or records.restorations()):
        return ResumedRecipient(job.kbo)
    if lost:
        job.decide_now(private_folder(folder / "now"))  # refuses an agency whose feeds cannot be believed
    unknown = sum(_record(task, job, drop, remote, folder) for drop in lost)
    first_free = max(task.delivery_state().next_sequence, highest[DROP] + 1), max(notice, highest[NOTICE] + 1)
    numbers = [number + NUMBERS_LEFT_OUT for number in first_free]
    records.record_restoration(Restoration(job.kbo, job.clock(), order.who, order.reason, *numbers))
    drops = tuple(drop.contents.stem for drop in lost)
    return ResumedRecipient(job.kbo, drops, unknown_notices, unknown, *numbers)


def _lost(task: Task, records: RecipientLog, remote: RemoteFolder, order: ResumeOrder) -> list[LostDrop]:
    """The drops that a manifest tells of and no event."""
    known = {event.contents.manifest_sha256 for event in records.events() if event.contents}
    files = numbered_files(remote, task.kbo)
    names = [name for kind, _, name in files if kind == DROP and name.endswith(MANIFEST)]
    contents = {name: content for name in names if (content := remote.read(name)) is not None}
    found = [parse_lost_drop(name, contents[name], remote.read(name + SUFFIX)) for name in contents]
    lying = [replace(drop, contents=replace(drop.contents, place=task.place)) for drop in found]
    told = [drop for drop in (*lying, *order.manifests) if drop.kbo == task.kbo]
    return in_order(drop for drop in told if drop.contents.manifest_sha256 not in known)


def _record(task: Task, job: Delivery, drop: LostDrop, remote: RemoteFolder, folder: Path) -> int:
    """Of how many of its rows it is not known whom they were about."""
    held = {holding.reference: holding for holding in task.log.holdings()}
    lines, unknown = lines_of_lost_drop(job, drop, listed_references(drop, remote), held, folder / "then")
    record_lost_drop(task, drop, lines, remote.matching(NUMBERED))
    return unknown


def _highest_numbers(remote: RemoteFolder, kbo: Kbo, least: Mapping[str, int]) -> dict[str, int]:
    """On the host, of drops and of notices; 0 for none. `least`: of those that are unknown.

    A number that no ledger of ours can have reached since its backup is somebody else's, and does not lead ours on.
    """
    found = [(kind, number) for kind, number, _ in numbered_files(remote, kbo)]
    return {
        kind: max((n for k, n in found if k == kind and n < first + NUMBERS_LEFT_OUT), default=0)
        for kind, first in least.items()
    }


def _unknown_notices(records: RecipientLog, remote: RemoteFolder, kbo: Kbo) -> tuple[str, ...]:
    known = {notice.number for notice in records.notices()}
    _, first = next_numbers(records.restorations())
    files = [(number, name) for kind, number, name in numbered_files(remote, kbo) if kind == NOTICE]
    return tuple(sorted({name.partition(".")[0] for number, name in files if number >= first and number not in known}))

"""A visit to a recipient's folder begins with what the recipient returned, then with what the host itself did since.

A host that was put back from a backup shows drops again that were taken away or replaced, and has lost newer ones. A
drop that is gone from such a host was not fetched, as far as anybody can tell. A host that was built anew shows another
key: what lay there is on record as lying at a place that nobody reaches any more (pipeline/delivery/former_places.py).
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from pipeline.delivery.locked_folder import LockedFolder
from pipeline.delivery.ports import Host
from pipeline.delivery.session import HostSession, Task
from pipeline.delivery.troubles import HostTroubles
from pipeline.ledger.events import GONE, Kind, NightDrop
from pipeline.ledger.notices import Notice, Step

log = logging.getLogger(__name__)

_OURS = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_.+")


@contextmanager
def connected(task: Task, host: Host, troubles: HostTroubles | None = None) -> Iterator[HostSession]:
    """Connect, remove the temporary files that a killed process left, once they told what they can tell, and put on
    record what the host itself did. `troubles`: as of HostSession; a host that cannot be entered is raised at once."""
    if task.intake:
        task.intake(task)  # over a connection of its own: whatever lies there delays nothing here
    with host.open() as folder:
        session = HostSession(task, LockedFolder(folder, task.log), troubles=troubles, is_cleared=False)
        with session.aside():
            session.record_not_counting()
            session.folder.remove_temporary()
            session = replace(session, is_cleared=True)
        with session.aside():
            _recognise(session)
        with session.aside():
            returned, lost = _take_away_returned(session)
            session = replace(session, returned=returned, lost=lost)
        yield session


def _recognise(session: HostSession) -> None:
    """What lies whole before the same account and folder lies here, whatever key the host had before."""
    if (here := session.task.place) is None:
        return
    for drop in session.task.delivery_state().on_host:
        contents = drop.contents
        if here.differs_by_key(contents.place) and lies_whole(session, contents.go_name, contents.hashes):
            session.task.record(drop.night, Kind.REPINNED, replace(contents, place=here))
    for notice in session.task.log.notices():
        if notice.step is Step.PUBLISHED and here.differs_by_key(notice.place):
            _recognise_notice(session, replace(notice, place=here))


def _recognise_notice(session: HostSession, notice: Notice) -> None:
    if lies_whole(session, notice.go_name, notice.hashes):
        session.task.log.record_notice(notice.event(session.task.run, session.task.clock(), note=Step.REPINNED))


def lies_whole(session: HostSession, go_name: str, hashes: Mapping[str, str]) -> bool:
    """The GO file and every other, each with its own bytes: a folder that lacks some may be another host's."""
    return session.exists(go_name) and all(session.folder.sha256(name) == sha256 for name, sha256 in hashes.items())


def _take_away_returned(session: HostSession) -> tuple[int, int]:
    """What came back may not lie there; how many drops, and how many the host lost with it. The lost ones are on
    record first: what came back is the evidence that they were not fetched."""
    task = session.task
    gone = [drop for drop in task.delivery_state().drops if drop.kind in GONE]
    ended = [notice for notice in task.log.notices() if notice.acknowledged_at]
    there = set(session.folder.matching(_OURS)) if gone or ended else set()
    returned = [drop for drop in gone if any(session.exists(name) for name in _names(drop) & there)]
    lost = _record_lost(session) if returned else 0
    for drop in returned:
        task.record(drop.night, Kind.RETURNED, drop.contents)
        log.warning(
            "%s: %s was gone and is on the host again, so the host was put back from a backup, or somebody put it "
            "there: it is taken away; ask the owner of the host",
            task.kbo,
            drop.contents.stem,
        )
        with session.aside():
            session.folder.remove(drop.contents.go_name)
            session.remove(drop.names)
    for notice in ended:
        with session.aside():
            _remove_returned_notice(session, notice, there)
    return len(returned), lost


def _names(drop: NightDrop) -> set[str]:
    return {drop.contents.go_name, *drop.names}


def _record_lost(session: HostSession) -> int:
    on_host = session.those_here(session.task.delivery_state().on_host)
    return sum(session.record_if_lost(drop) for drop in on_host)


def _remove_returned_notice(session: HostSession, notice: Notice, there: Collection[str]) -> None:
    """One that was acknowledged and removed; while its ACK file is there, the removal is still to end."""
    names = [name for name in notice.names if name in there and session.exists(name)]
    if names and notice.ack_name not in there:
        log.warning("%s: %s was acknowledged and is on the host again: it is taken away", notice.kbo, notice.stem)
        for name in names:
            session.folder.remove(name)

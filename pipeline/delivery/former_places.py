"""What lies where a recipient was before: a drop lies where it was put, and is taken away there.

When a recipient moves to another folder, account or host, its old place is emptied before anything is put at the new
one. If the old place cannot be reached, the drop stays on record as lying there, and the delivery is red, until the
place is emptied or a named person records that it is destroyed (`gegevensdeling recipients destroyed`).
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, SettingsError
from pipeline.delivery.job import Delivery
from pipeline.delivery.session import HostSession, Task
from pipeline.delivery.troubles import HostTroubles
from pipeline.delivery.visit import connected
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import DeliveryState, Kind, NightDrop
from pipeline.ledger.interventions import Intervention
from pipeline.ledger.notices import UNFINISHED, Notice, Step

log = logging.getLogger(__name__)

LYING = UNFINISHED | {Step.PUBLISHED}
"""The steps of a notice of which a file may lie at its place."""


def former_places(task: Task) -> tuple[DropPlace, ...]:
    """Every place but the one of today at which something of ours lies, or may lie, by the ledger."""
    return places_elsewhere(task.delivery_state(), task.log.notices(), task.place) if task.place else ()


def places_elsewhere(state: DeliveryState, notices: Iterable[Notice], here: DropPlace | None) -> tuple[DropPlace, ...]:
    """As `former_places`; for a recipient that has no place any more, every place."""
    places = [drop.contents.place for drop in (*state.unfinished, *state.on_host)]
    places += [notice.place for notice in notices if notice.step in LYING]
    elsewhere = [place for place in places if place and not (here and place.is_same(here))]
    return tuple({str(place): place for place in elsewhere}.values())


def open_notices(task: Task) -> tuple[Notice, ...]:
    """Those of which a file may lie before the recipient."""
    return tuple(notice for notice in task.log.notices() if notice.step in LYING)


def empty_former_places(job: Delivery, task: Task, why: Kind = Kind.MOVING) -> int:
    """Take away what lies at each former place; how many drops. Connects only where something may lie.

    A drop that still lies, whole, at today's place of the same account and folder is recognised first: its host has
    another key now. A place that fails delays no other. Raises DeliveryTransient, DeliveryRefused, SettingsError,
    LedgerConflict or LedgerUnavailable.
    """
    troubles, taken = HostTroubles(), 0
    if any(job.place and place.differs_by_key(job.place) for place in former_places(task)):
        with troubles.aside(), connected(task, job.host):
            pass
    for place in former_places(task):
        with troubles.aside():
            taken += _empty_place(job, task, place, why)
    troubles.raise_first()
    return taken


def _empty_place(job: Delivery, task: Task, place: DropPlace, why: Kind) -> int:
    there = replace(task, place=place)
    with _named(task, place):
        with connected(there, job.host_at(place), troubles := HostTroubles()) as session:
            with session.aside():
                job.take_in(session)
            taken = empty(session, why)
        troubles.raise_first()
    _begin_notices_anew(task, place)
    log.warning("%s: moved; %d drops were taken away from its former place (%s)", task.kbo, taken, place)
    return taken


def _begin_notices_anew(task: Task, place: DropPlace) -> None:
    """A notice that did not come to count at a former place is put at the place of today, with the same lines. One that
    did, or may have, is gone there, unacknowledged: it is said again at the place of today, under another number."""
    for notice in task.log.notices():
        if notice.step not in LYING or not notice.place or not notice.place.is_same(place):
            continue
        event = replace(notice, step=Step.INTENT, place=task.place)
        if notice.step is not Step.INTENT:
            event = replace(notice, step=Step.GONE)
        task.log.record_notice(event.event(task.run, task.clock()))


def record_destroyed(task: Task, line: Intervention) -> int:
    """Put on record that a place is destroyed, with whatever lay there; how many drops.

    A try that may have counted is taken for one that did: it may have been read, and so may one whose files had
    their names.
    """
    task.log.record_intervention(line)
    state, place = task.delivery_state(), line.place
    for drop in (drops := [drop for drop in (*state.unfinished, *state.on_host) if _lay_at(place, drop, task)]):
        if drop.kind is Kind.RELEASING:
            task.record(drop.night, Kind.PUBLISHED, drop.contents)
        elif drop.kind is Kind.INTENT and drop.may_be_named and Kind.TAKEN_EARLY not in drop.facts:
            task.record(drop.night, Kind.TAKEN_EARLY, drop.contents)
        task.record(drop.night, Kind.ABANDONED if drop.kind is Kind.INTENT else Kind.DESTROYED, drop.contents)
    if place:
        _begin_notices_anew(task, place)
    return len(drops)


def _lay_at(place: DropPlace | None, drop: NightDrop, task: Task) -> bool:
    """A drop from before places were on record lies at the one of today."""
    there = drop.contents.place or task.place
    return bool(place and there and there.is_same(place))


@contextmanager
def _named(task: Task, place: DropPlace) -> Iterator[None]:
    """Say at which place it failed, and what a person can do."""
    try:
        yield
    except (DeliveryTransient, DeliveryRefused, SettingsError) as error:
        raise type(error)(
            f"{task.kbo}: something of ours lies at its former place ({place}), which was not emptied, so nothing goes "
            f"to its new place: {error}. Keep the connection {place.connection} as it was (or under the name "
            f"{place.connection}_old) until that place is empty; only when it is destroyed: run `gegevensdeling "
            f"recipients destroyed {task.kbo}`"
        ) from None


@contextmanager
def former_places_emptied(job: Delivery) -> Iterator[list[int]]:
    """Empty the former places before the work inside, which is done all the same when that fails; then raise.

    Gives the number of drops that were taken away. What lies elsewhere delays nothing at the place of today but a drop.
    """
    troubles, moved = HostTroubles(), list[int]()
    with troubles.aside(), job.task() as task:
        moved.append(empty_former_places(job, task))
    yield moved
    troubles.raise_first()


def empty(session: HostSession, why: Kind) -> int:
    """Leave nothing of ours at this place, drop or notice; how many drops were taken away unfetched. What the host
    refuses of one is put aside, and the caller raises it.

    A notice that is taken from a suspended recipient is gone, unanswered: it is said again once that one is resumed.
    """
    taken, task = empty_of_drops(session, why), session.task
    for notice in task.log.notices():
        if notice.place is None or task.place is None or notice.place.is_same(task.place):
            with session.aside():
                _take_notice_away(session, notice, why)
    return taken


def _take_notice_away(session: HostSession, notice: Notice, why: Kind) -> None:
    """Also one that is gone on record: a host that is put back from a backup has it again."""
    task, names = session.task, notice.names
    if notice.step not in LYING and not any(session.exists(name) for name in names):
        return
    for name in names:  # the GO file first: without one nothing counts
        session.folder.remove(name)
    if why is Kind.SUSPENDING and notice.step in LYING:
        task.log.record_notice(replace(notice, step=Step.GONE).event(task.run, task.clock()))


def empty_of_drops(session: HostSession, why: Kind) -> int:
    """Bring each unfinished try to an end, and take away each drop; how many that were not fetched."""
    for drop in session.unfinished_here():
        with session.aside():
            if not session.record_if_counted(drop):
                session.abandon(drop.night)
    taken = 0
    for drop in session.those_here(session.task.delivery_state().on_host):
        with session.aside():
            taken += session.remove_drop(drop, why)
    return taken

"""The status of each recipient's delivery last night, from its task in Airflow and its drop in the ledger. Pure.

Everything is by KBO. Airflow keeps a task's state by its place in the list that it was mapped over, and a run that was
cleared may have another list (apache/airflow#72725): where place and name contradict each other, nothing is claimed.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pipeline.core.model import Kbo
from pipeline.ledger.events import DISCLOSED, DeliveryState, Event, Kind, delivery_state

_LABEL = re.compile(r"(.*?) ?\((\d{10})\)")
"""As pipeline/tasks/nightly_delivery.py names a delivery."""


class DeliveryStatus(StrEnum):
    """The first that applies, but for the order: who needs a person comes first on the page."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    """Airflow and the ledger, or place and name of the task, say nothing that can be relied on."""
    OVERDUE = "overdue"
    """It lies there, and housekeeping said that nothing was fetched for longer than agreed."""
    LOST = "lost"
    """Its host, or the place where it lay, has it no more, and the recipient is not known to have fetched it."""
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    """Recalled, withdrawn or moved, without another in its place."""
    SUSPENDED = "suspended"
    """A named person suspended the recipient: nothing was sent, or what lay there was taken away."""
    WAITING = "waiting"
    NOT_COVERED = "not_covered"
    SUPERSEDED = "superseded"
    ALREADY_THERE = "already_there"
    """An earlier run of the same night delivered it."""
    DELIVERED = "delivered"
    FETCHED = "fetched"
    READ = "read"
    ACKNOWLEDGED = "acknowledged"


FAILED = frozenset({"failed", "upstream_failed"})
ENDED = FAILED | {"success", "skipped", "removed"}


@dataclass(frozen=True)
class TaskState:
    """A recipient's task as Airflow has it; `kbo` is None where place and name contradict each other."""

    kbo: Kbo | None
    name: str
    place: int
    state: str | None
    ended_at: datetime | None


@dataclass(frozen=True)
class ApprovalQuestion:
    """What an approver is asked of a held run: its subject, and a row of each rule that holds it."""

    subject: str
    rules: tuple[tuple[str, ...], ...]
    asked_at: datetime

    @classmethod
    def of(cls, subject: str, body: str, asked_at: datetime) -> "ApprovalQuestion":
        """From the form as Airflow keeps it (pipeline/gate/approval_form.py): the rows of its one table."""
        lines = [line.strip().strip("|").split("|") for line in body.splitlines() if line.lstrip().startswith("|")]
        return cls(subject, tuple(tuple(cell.strip(" `") for cell in line) for line in lines[2:]), asked_at)


@dataclass(frozen=True)
class NightRun:
    """The newest run of the night; `stopped` names the tasks that failed before anything could be delivered.

    `is_held`: the run waits for an approver's answer; `question`: None for who may not see it."""

    run: str
    night: date
    state: str
    tasks: tuple[TaskState, ...] = ()
    stopped: tuple[str, ...] = ()
    is_held: bool = False
    question: ApprovalQuestion | None = None


@dataclass(frozen=True)
class RecipientStatus:
    """One recipient. `since`: of the fact that the status rests on; `taken_in_at`: fetched or read.

    `signed_by`: the fingerprint of the key that signed its drop; "" where there is none."""

    kbo: Kbo | None
    name: str
    status: DeliveryStatus
    since: datetime | None = None
    delivered_at: datetime | None = None
    taken_in_at: datetime | None = None
    acknowledged_at: datetime | None = None
    task: TaskState | None = None
    signed_by: str = ""


def task_state(
    label: str | None, place: int, listed: Sequence[Kbo], state: str | None, ended_at: datetime | None
) -> TaskState:
    """A recipient's task, identified by its own label and by the list that the run was mapped over."""
    named = _LABEL.fullmatch(label or "")
    by_name = Kbo(named[2]) if named else None
    by_place = listed[place] if 0 <= place < len(listed) else None
    kbo = by_name or by_place
    agree = not (by_name and by_place) or by_name == by_place
    return TaskState(kbo if agree else None, named[1] if named and agree else "", place, state, ended_at)


def recipient_statuses(run: NightRun, events: Iterable[Event], names: Mapping[Kbo, str]) -> list[RecipientStatus]:
    """Every recipient of the run, and every other that the ledger has a line about that night of, or whose newest drop,
    of an earlier night, was taken back because of a no.

    `events`: of every recipient, from some nights before on, in the order they were written. `names`: for who did not
    say its own yet. Sorted by status, then name.
    """
    of: dict[Kbo, list[Event]] = {}
    for event in events:
        of.setdefault(event.kbo, []).append(event)
    tonight = {kbo for kbo, each in of.items() if any(event.night == run.night for event in each)}
    tasks = {one.kbo: one for one in sorted(run.tasks, key=lambda one: one.state == "failed") if one.kbo}
    found = [_recipient_status(kbo, tasks.get(kbo), of.get(kbo, []), run, names) for kbo in tasks.keys() | tonight]
    found += [
        taken_back
        for kbo, each in of.items()
        if kbo not in tasks.keys() | tonight and (taken_back := _taken_back(kbo, each, run.night, names))
    ]
    found += [
        RecipientStatus(None, "", DeliveryStatus.UNKNOWN, one.ended_at, task=one)
        for one in run.tasks
        if one.kbo is None
    ]
    order = list(DeliveryStatus)
    return sorted(found, key=lambda one: (order.index(one.status), one.name, one.kbo or ""))


def _recipient_status(
    kbo: Kbo, task: TaskState | None, events: list[Event], run: NightRun, names: Mapping[Kbo, str]
) -> RecipientStatus:
    there = delivery_state(events, run.night)
    counted = there.counted
    of_drop = [e for e in events if counted and e.contents and e.contents.sequence == counted.contents.sequence]
    at = {event.kind: event.at for event in of_drop}
    by = {event.kind: event.run for event in of_drop}
    status, since = _status(task, there, at, by.get(Kind.PUBLISHED) == run.run)
    return RecipientStatus(
        kbo=kbo,
        name=(task.name if task else "") or names.get(kbo, ""),
        status=status,
        since=since,
        delivered_at=at.get(Kind.PUBLISHED),
        taken_in_at=at.get(Kind.READ) or at.get(Kind.FETCHED),
        acknowledged_at=at.get(Kind.ACKNOWLEDGED),
        task=task,
        signed_by=(counted.contents.signed_by if counted else None) or "",
    )


def _taken_back(kbo: Kbo, events: list[Event], night: date, names: Mapping[Kbo, str]) -> RecipientStatus | None:
    """Of a recipient without anything of this night: its newest drop was recalled, and nothing came in its place."""
    drops = delivery_state(events, night).drops
    if not drops or drops[-1].kind is not Kind.RECALLED:
        return None
    at = {e.kind: e.at for e in events if e.contents and e.contents.sequence == drops[-1].contents.sequence}
    return RecipientStatus(
        kbo=kbo,
        name=names.get(kbo, ""),
        status=DeliveryStatus.TAKEN_BACK,
        since=at[Kind.RECALLED],
        delivered_at=at.get(Kind.PUBLISHED),
        taken_in_at=at.get(Kind.READ),
        acknowledged_at=at.get(Kind.ACKNOWLEDGED),
        signed_by=drops[-1].contents.signed_by or "",
    )


_BY_DROP = (
    (DeliveryStatus.ACKNOWLEDGED, {Kind.ACKNOWLEDGED}),
    (DeliveryStatus.READ, {Kind.READ}),
    (DeliveryStatus.FETCHED, {Kind.FETCHED}),
    (DeliveryStatus.LOST, {Kind.LOST, Kind.DESTROYED}),
    (DeliveryStatus.EXPIRED, {Kind.EXPIRED}),
    (DeliveryStatus.SUSPENDED, {Kind.SUSPENDED}),
    (DeliveryStatus.TAKEN_BACK, {Kind.RECALLED, Kind.WITHDRAWN_FROM_HOST, Kind.MOVED}),
)
"""What the recipient said itself counts for more than what we did with the drop afterwards."""


def _status(
    task: TaskState | None, there: DeliveryState, at: Mapping[Kind, datetime], is_this_runs: bool
) -> tuple[DeliveryStatus, datetime | None]:
    """And since when. `at`: the instants of the drop that counted, if any did."""
    if task and task.state in FAILED:
        return DeliveryStatus.FAILED, task.ended_at
    if there.counted:
        for status, kinds in _BY_DROP:
            if found := [at[kind] for kind in kinds if kind in at]:
                return status, max(found)
        if _is_overdue(there):
            return DeliveryStatus.OVERDUE, at.get(Kind.REMINDED, at[Kind.PUBLISHED])
        return DeliveryStatus.DELIVERED if is_this_runs else DeliveryStatus.ALREADY_THERE, at[Kind.PUBLISHED]
    if task and task.state not in ENDED:
        return DeliveryStatus.WAITING, None
    for status, remark in (
        (DeliveryStatus.SUSPENDED, Kind.RECIPIENT_SUSPENDED),
        (DeliveryStatus.NOT_COVERED, Kind.NOT_COVERED),
        (DeliveryStatus.SUPERSEDED, Kind.SUPERSEDED),
    ):
        if any(kind is remark for kind, _ in there.remarks):
            return status, task.ended_at if task else None
    return DeliveryStatus.UNKNOWN, task.ended_at if task else None


def _is_overdue(there: DeliveryState) -> bool:
    """Whether a reminder followed the last pickup: a drop's successor is as late as the drop was."""
    said = False
    for drop in there.drops:
        if drop.kind in DISCLOSED:
            said = not drop.was_taken_in and (said or Kind.REMINDED in drop.facts)
    return said and bool(there.on_host)


def filter_statuses(
    found: Iterable[RecipientStatus], status: DeliveryStatus | None, text: str
) -> list[RecipientStatus]:
    """Those of one status (None: any) that have the text in their name or number, whatever its case and accents."""
    wanted = _plain(text)
    return [
        one
        for one in found
        if (status is None or one.status is status) and (wanted in _plain(one.name) or wanted in (one.kbo or ""))
    ]


def _plain(text: str) -> str:
    """Without accents and case; dots between digits are how a KBO is written."""
    letters = unicodedata.normalize("NFKD", re.sub(r"(?<=\d)\.(?=\d)", "", text.strip()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()

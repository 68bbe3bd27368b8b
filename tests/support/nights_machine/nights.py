"""The real tasks of the pipeline, over a real ledger, as Airflow runs, retries and clears them; without Airflow."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.connections import Connection, from_environment
from pipeline.core.errors import PipelineError, TransientError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Publication, StagedFile
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.delivery import deliver as deliver_step
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.followup.pickup import FollowupResult
from pipeline.gate.approval import Reply
from pipeline.ledger.approvals import ApprovalDecision
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.tasks import approval, housekeeping, nightly_delivery, wiring
from pipeline.tasks.nightly_delivery import StagedRelease
from pipeline.tasks.summary import NightSummary
from tests.support.checking import judge_plainly
from tests.support.nights_machine.agency import RECIPIENTS, RowKey, rows_of
from tests.support.nights_machine.bookkeeping import Bookkeeping
from tests.support.nights_machine.places import WAY_BACK, Place, Places, place_of
from tests.support.nights_machine.watcher import KEY
from tests.support.signing import SIGNING_KEY, signing_environment
from tests.support.worlds.tables import World

TASKS = ("extract", "check", "release", "deliver", "close")
"""Of a night, in their order; `deliver` is one task a recipient."""
APPROVER = "fien"
SECRETS = {
    f"AIRFLOW_CONN_{name.upper()}": json.dumps({
        "conn_type": "generic", "login": id_, "password": base64.b64encode(secret).decode()
    })
    for name, id_, secret in (("reference_key", KEY.id, KEY.secret), ("ledger_key", "ledger", b"l" * 32))
} | {
    "AIRFLOW_CONN_DROP_HOST": json.dumps({
        "conn_type": "sftp", "host": "127.0.0.1", "extra": {
            "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFSw2B0Pp9AOSn1gDfq6bysiA1si/jNeF+31+apbsFB0"
        }
    }),
    "AIRFLOW_CONN_SIGNING_KEY": signing_environment(),
}  # fmt: skip
"""Connections. Nobody listens behind the host's: its folders lie in memory."""


class Killed(BaseException):
    """The process died here: no handler of ours catches it."""


@dataclass
class NightRun:
    """One run in Airflow, and what came of its tasks last. `errors`: by task, or by KBO for a delivery."""

    context: RunContext
    snapshot: StagedFile | None = None
    checked: CheckedSnapshot | HeldSnapshot | None = None
    released: StagedRelease | None = None
    publications: dict[Kbo, Publication] = field(default_factory=dict)
    errors: dict[str, BaseException] = field(default_factory=dict)
    summary: NightSummary | None = None
    is_approved: bool = False
    read: frozenset[RowKey] = frozenset()
    world: World | None = None
    """What it read; None where that changed while it was read."""

    @property
    def may_release(self) -> bool:
        """ "A held run can be let go only by a named approver"."""
        return not isinstance(self.checked, HeldSnapshot) or self.is_approved

    @property
    def night(self) -> date:
        return self.context.night

    @property
    def is_held(self) -> bool:
        return isinstance(self.checked, HeldSnapshot) and self.released is None


@dataclass
class HourRun:
    """An hour of housekeeping. `due` is None when the recipients could not be listed."""

    due: list[Kbo] | None = None
    results: dict[Kbo, FollowupResult] = field(default_factory=dict)
    errors: dict[str, BaseException] = field(default_factory=dict)


@dataclass
class Nights:
    """Everything that a run needs lies in `folder`; the addresses are the agency's and the ledger's."""

    folder: Path
    clock: Callable[[], datetime]
    addresses: tuple[str, str]
    book: Bookkeeping
    runs: list[NightRun] = field(default_factory=list)
    hours: int = 0
    held: int = 0
    """How often a run was held."""

    def __post_init__(self) -> None:
        for name in ("anchors", "staging", "docs"):
            (self.folder / name).mkdir(exist_ok=True)
        self.bind({kbo: _settings(kbo) for kbo in RECIPIENTS})

    @property
    def recipients(self) -> Path:
        return self.folder / "recipients.toml"

    def bind(self, recipients: dict[Kbo, RecipientSettings]) -> None:
        save_recipients(self.recipients, recipients.values())

    def settings_of(self, kbo: Kbo) -> RecipientSettings:
        return load_recipients(self.recipients)[kbo]

    def moves(self, kbo: Kbo, folder: str) -> None:
        """A recipient's settings lead to another folder from now on, sealed again."""
        known = load_recipients(self.recipients)
        self.bind(known | {kbo: replace(known[kbo], folder=folder)})

    def at_home(self, kbo: Kbo) -> Place:
        return place_of(self.settings_of(kbo))

    @property
    def ledger(self) -> LedgerDb:
        return open_ledger(self.addresses[1])

    def kinds(self, kbo: Kbo) -> list[str]:
        """Of every event of a recipient's drops."""
        return [event.kind.value for event in self.ledger.recipient(kbo).events()]

    def context(self, run: str, night: date, **settings: Any) -> RunContext:
        folders = {"staging": "staging", "data_docs": "docs", "anchors": "anchors", "recipients": "recipients.toml"}
        paths: dict[str, Any] = {name: str(self.folder / path) for name, path in folders.items()}
        values = paths | {"approvers": APPROVER, "max_last_look_seconds": 5} | settings
        return RunContext(run, night, Settings(**values), self._connection, self.clock)

    def _connection(self, conn_id: str) -> Connection | None:
        addresses = dict(zip(("AIRFLOW_CONN_AGENCY_DB", "AIRFLOW_CONN_LEDGER_DB"), self.addresses, strict=True))
        return from_environment(conn_id, addresses | SECRETS)

    def may_release(self, run: str) -> bool:
        """An hour of housekeeping only leaves parents out."""
        return all(each.may_release for each in self.runs if each.context.run == run)

    # A night

    def begin(self, night: date, name: str, **settings: Any) -> NightRun:
        run = NightRun(self.context(f"{name}__{len(self.runs)}", night, **settings))
        self.runs.append(run)
        return run

    def clear(self, run: NightRun, first: str, kbo: Kbo | None = None) -> None:
        """That task and all that follow from it, each tried as Airflow does; of `deliver` one recipient's, if told."""
        following = TASKS[TASKS.index(first) :]
        for task in following:
            if task == "deliver":
                only = kbo if first == "deliver" else None
                for each in run.released.recipients if run.released else ():
                    if only in (None, each):
                        self._try(run, each, partial(self._deliver, run, each))
            else:
                self._try(run, task, partial(getattr(self, f"_{task}"), run))

    def _try(self, run: NightRun | HourRun, name: str, act: Callable[[], None]) -> None:
        """What may pass by itself is tried once more."""
        for tries in (1, 2):
            run.errors.pop(name, None)
            try:
                act()
                return
            except PipelineError as error:
                error.__context__ = None  # else it keeps what its tasks had open
                run.errors[name] = error.with_traceback(None)
                if tries == 2 or not isinstance(error, TransientError):
                    return

    def _extract(self, run: NightRun) -> None:
        run.snapshot = run.checked = run.released = None
        run.is_approved = False
        agency, world = self.book.agency, deepcopy(self.book.agency.shown)
        loads = agency.loads
        run.snapshot = nightly_delivery.extract_night(run.context)
        run.read = rows_of(world) & rows_of(agency.shown)
        run.world = world if agency.loads == loads else None

    def _check(self, run: NightRun) -> None:
        run.checked = run.released = None
        if run.snapshot:
            run.checked = nightly_delivery.check_night(run.context, run.snapshot)
            self.held += isinstance(run.checked, HeldSnapshot)
            approval.request_approval(run.context, run.checked)

    def _release(self, run: NightRun) -> None:
        run.released = None
        if isinstance(run.checked, CheckedSnapshot) or self._is_answered(run):
            assert run.checked
            run.released = nightly_delivery.release_night(run.context, run.checked)
            self.book.known |= run.read
            if run.world:
                self.book.accepts(run.world, run.checked.snapshot.read_at)

    def _is_answered(self, run: NightRun) -> bool:
        return run.checked is not None and bool(self.ledger.answers(run.context.run))

    def _deliver(self, run: NightRun, kbo: Kbo) -> None:
        assert run.released
        run.publications.pop(kbo, None)
        run.publications[kbo] = nightly_delivery.deliver_night(run.context, run.released.staged_release, kbo)

    def _close(self, run: NightRun) -> None:
        run.summary = None
        if run.is_held and not self._is_answered(run):
            return  # it waits for an approver
        released = run.released.staged_release if run.released else None
        publications = [run.publications[kbo] for kbo in sorted(run.publications)] if released else []
        run.summary = nightly_delivery.close_night(run.context, released, publications)

    def answer(self, run: NightRun, decision: ApprovalDecision) -> None:
        """An approver's answer, and then what follows: Airflow goes on from `approve`."""
        assert isinstance(run.checked, HeldSnapshot)
        checked = run.checked
        reply = Reply(decision, APPROVER, "Fien", "a reason", self.clock())
        run.is_approved = decision is ApprovalDecision.APPROVED
        self._try(run, "approve", lambda: approval.answer_night(run.context, checked, reply))
        self.clear(run, "close" if "approve" in run.errors else "release")

    # An hour of housekeeping

    def hour(self, today: date) -> HourRun:
        run, self.hours = HourRun(), self.hours + 1
        context = self.context(f"hour__{self.hours}", today)
        self._try(run, "look", lambda: setattr(run, "due", housekeeping.recipients_to_follow_up(context)))
        for kbo in run.due or ():
            self._try(run, kbo, partial(self._tend, run, context, kbo))
        results = list(run.results.values())
        self._try(run, "close", lambda: _ended(housekeeping.close_housekeeping(context, run.due, results)))
        return run

    def _tend(self, run: HourRun, context: RunContext, kbo: Kbo) -> None:
        run.results[kbo] = housekeeping.follow_up_recipient(context, kbo)


def _ended(_: object) -> None:
    """What a task returns at its end is of no use here."""


def _settings(kbo: Kbo) -> RecipientSettings:
    """With a seal that nobody compares here: it names the key that signs."""
    seal = f"unread:{NO_ENCRYPTION}:{SIGNING_KEY.fingerprint.removeprefix('SHA256:')}:{'0' * 64}"
    return RecipientSettings(
        kbo, f"ocmw-{kbo}", "/out", NO_ENCRYPTION, seal=seal, way_back="a protocol", way_back_folder=WAY_BACK
    )


def way_back_of(recipient: RecipientSettings) -> Place:
    return recipient.connection, recipient.account, recipient.folder_of_way_back


@contextmanager
def wired(places: Places) -> Iterator[None]:
    """Every delivery goes to these places; checks are judged plainly, and nobody waits for anybody's final check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "host_of", lambda recipient, *_, **__: places.host(place_of(recipient)))
        patch.setattr(wiring, "host_at", lambda place, *_: places.host(place_of(place)))
        judge_plainly(patch)
        patch.setattr(deliver_step, "courtesy", lambda *_: nullcontext())
        patch.setattr("pipeline.tasks.at_work.mutex", lambda *_: places.undisturbed())
        yield

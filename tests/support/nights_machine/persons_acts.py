"""What a named person does by a command: suspend a recipient and resume it, and lift a no."""

from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo, Moment
from pipeline.gate.differing_noes import differing_noes, lifts_of
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.interventions import Intervention, InterventionAct
from pipeline.source.extract import extract
from tests.support.nights_machine.history import History
from tests.support.nights_machine.nights import APPROVER

REASON = "a reason"


def suspend(history: History, kbo: Kbo) -> None:
    """On record; the next hour takes away what lies there."""
    _intervene(history, kbo, InterventionAct.SUSPEND)
    history.book.suspended.add(kbo)


def resume(history: History, kbo: Kbo) -> None:
    history.book.suspended.discard(kbo)
    _intervene(history, kbo, InterventionAct.RESUME)


def _intervene(history: History, kbo: Kbo, act: InterventionAct) -> None:
    line = Intervention(kbo, act, history.clock(), APPROVER, REASON)
    history.nights.ledger.recipient(kbo).record_intervention(line)


def lift(history: History, parent: int) -> None:
    """Each no of that parent that the agency's tables do not bear out any more, for everybody."""
    at = history.clock()
    context = history.nights.context("lift", local_day(at))
    settings, folder = context.settings, history.folder / "lift"
    records = suppression_records(history.nights.ledger.engine, context.connections)
    known = history.nights.ledger.known_feeds().loads_alone
    snapshot = extract(context.agency, at, settings, folder / "snapshot", known)
    moment = Moment.now(at, at, settings.max_clock_skew_minutes)
    found = differing_noes(records.read(), snapshot, moment, settings, folder / "gate", (parent,))
    records.lift(lifts_of(found, parent, None, at, APPROVER, REASON))
    history.book.lift(parent, at)

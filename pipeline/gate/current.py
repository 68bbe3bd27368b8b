"""The decision of this moment for one recipient: read from the agency, checked and decided, with nothing staged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.engine import engine
from pipeline.core.loads import AgencySource, KnownFeeds
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.gate.clocks import unchanged_until
from pipeline.gate.release import RecipientRelease, recipient_release, run_gate_for_now, told_decisions
from pipeline.gate.suppression import TOLD, apply_list
from pipeline.ledger.suppression import SuppressionList
from pipeline.source.check import recheck
from pipeline.source.extract import Shown, load_for, read_for, shown_for
from pipeline.source.look import FOR_A_DELIVERY, look_at_agency
from pipeline.source.reading import Catalogue


@dataclass(frozen=True)
class Clocks:
    """`now`: the instant, aware. `ticks`: a monotonic clock, in seconds."""

    now: Callable[[], datetime]
    ticks: Callable[[], float]


@dataclass(frozen=True)
class Question:
    """For which recipient is decided, and on what. `listed`: the suppression list, an upper bound on the answer."""

    kbo: Kbo
    agency: AgencySource
    listed: SuppressionList
    settings: Settings


@dataclass(frozen=True)
class Basis:
    """All that a decision is a function of, beside the instant: the question, what the agency shows, and what is known
    of its feeds since. With the same it stays the same before `until` (pipeline/gate/again.py), where `catalogue` makes
    it quicker to see."""

    question: Question
    shown: Shown
    known: KnownFeeds
    until: datetime
    catalogue: Catalogue | None = None


@dataclass(frozen=True)
class CurrentDecision:
    """`began`: the monotonic clock, in seconds, before the first row was read: the decision knows every change before
    that instant. `at`: the same instant, at which the gate decided.

    `decisions`: every parent of the families that ever said something to the recipient: parent_id, kbo, reason.
    `new_noes`: of those families, the noes that count and are not on the suppression list yet.
    `said_to_recipient`: the parents whom only a no that the recipient itself returned withholds. `told`: what the
    parents withheld for a protected address are told instead (pipeline/gate/alone.py).
    """

    began: float
    at: datetime
    allowed: RecipientRelease
    decisions: pa.Table
    new_noes: pa.Table
    basis: Basis
    said_to_recipient: frozenset[int] = frozenset()
    told: pa.Table = field(default_factory=TOLD.empty_table)


def decide_now(question: Question, clocks: Clocks, folder: Path) -> CurrentDecision:
    """Decide for one recipient; `folder` is for the rows that DuckDB spills.

    Raises LoadUnderWay, FeedError (also when the agency lost a no that is on the list), AgencyUnreachable or
    LedgerUnavailable.
    """
    kbo, agency, settings = question.kbo, question.agency, question.settings
    known = agency.known()
    with engine(settings, folder) as run:
        run.set_up()
        began, at = clocks.ticks(), clocks.now()
        with look_at_agency(agency.uri, FOR_A_DELIVERY, run, known) as look:
            rows = read_for(look.agency, kbo)
            shown = shown_for(look.agency, rows.scope, look.counts)
        load_for(rows, run)
        moment = Moment.now(at, at, settings.max_clock_skew_minutes)
        run.set_moment(moment, settings)
        recheck(run, at, settings)
        believed = agency.believe(look.loads, known)
        run_gate_for_now(run, moment, settings)
        bound = apply_list(run, question.listed, moment, is_whole=False).require_none_lost()
        decisions = run.run("gate/release/verdicts.sql")
        told = told_decisions(run, question.listed, moment, settings, folder)
        allowed = recipient_release(run, kbo)
        basis = Basis(question, shown, believed, unchanged_until(run, at, settings), look.agency.catalogue)
    return CurrentDecision(began, at, allowed, decisions, bound.new, basis, bound.said_to_recipient, told)

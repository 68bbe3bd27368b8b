"""The decision of now, made again: the same one, where nothing that it is a function of has changed.

A delivery decides when it begins, just before the rename and just after it, within a second or two. What the agency
shows is read anew each time; the gate runs again only where that, or the list, differs from what the last decision
stands on, or where an instant that stands in a row has passed.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.errors import FeedError
from pipeline.core.local_time import local_day
from pipeline.gate.current import Basis, Clocks, CurrentDecision, Question, decide_now
from pipeline.source.extract import shown_for
from pipeline.source.look import FOR_A_DELIVERY, look_to_compare


@dataclass
class Decisions:
    """Of one recipient's task; `last` is the newest."""

    last: CurrentDecision | None = None

    def now(self, question: Question, clocks: Clocks, folder: Path) -> CurrentDecision:
        """As `decide_now`, which is asked where the last decision does not hold any more."""
        self.last = (self.last and again(self.last, question, clocks)) or decide_now(question, clocks, folder)
        return self.last


def again(last: CurrentDecision, question: Question, clocks: Clocks) -> CurrentDecision | None:
    """The same decision, as of now, or None where it may be another one. Raises AgencyUnreachable."""
    basis, began, at = last.basis, clocks.ticks(), clocks.now()
    if not last.at <= at < basis.until or local_day(at) != local_day(last.at) or question != basis.question:
        return None
    if question.agency.known().loads != basis.known.loads:
        return None
    shown = _still_shown(question, basis)
    return replace(last, began=began, at=at, basis=shown) if shown else None


def _still_shown(question: Question, basis: Basis) -> Basis | None:
    """What the last decision stands on, where the agency still shows it; why it cannot be read is for a whole look to
    say. Where nobody wrote anything since the last look, it shows the same."""
    try:
        with look_to_compare(question.agency.uri, basis.catalogue) as agency:
            if basis.shown.written and agency.written() == basis.shown.written:
                return basis
            shown = shown_for(agency, agency.scope(question.kbo), agency.count(FOR_A_DELIVERY))
    except FeedError:
        return None
    if shown != basis.shown:
        return None
    return replace(basis, shown=shown) if shown.written else basis

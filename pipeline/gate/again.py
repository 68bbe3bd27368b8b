"""The decision of now, made again: the same one, where nothing that it is a function of has changed.

A delivery decides when it begins, just before the rename and just after it, within a second or two. What the agency
shows is read anew each time; the gate runs again only where that, or the list, differs from what the last decision
stands on, or where an instant that stands in a row has passed.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.local_time import local_day
from pipeline.gate.current import Clocks, CurrentDecision, Question, decide_now
from pipeline.source.extract import read_for
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
    """The same decision, as of now, or None where it may be another one. Raises FeedError or AgencyUnreachable."""
    basis, began, at = last.basis, clocks.ticks(), clocks.now()
    if not last.at <= at < basis.until or local_day(at) != local_day(last.at) or question != basis.question:
        return None
    if question.agency.known().loads != basis.known.loads:
        return None
    with look_to_compare(question.agency.uri, FOR_A_DELIVERY) as look:
        rows = read_for(look.agency, question.kbo, look.counts)
    return replace(last, began=began, at=at) if rows == basis.rows else None

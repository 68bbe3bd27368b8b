"""Decisions of now that are quicker: made once for as long as neither the agency nor the clock can change them.

What a look decides is a function of what the agency shows, of what recipients returned and people lifted, and of the
instant. It can change only when a row does, at
midnight, or at an instant that stands in a row: where it occurred, where it was recorded, and so long before that as a
clock may be ahead. Between two of those the first decision is given again, with the later instant.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.core.local_time import local_day
from pipeline.delivery.job import Delivery
from pipeline.gate.current import CurrentDecision
from tests.support.nights_machine.agency import ToldAgency
from tests.support.planning import planned_plainly


@dataclass
class DecidedBefore:
    """`decide` is the product's own method of a delivery."""

    agency: ToldAgency
    decide: Callable[[Delivery, Path], CurrentDecision]
    made: dict[object, CurrentDecision] = field(default_factory=dict)

    def of(self, job: Delivery, folder: Path) -> CurrentDecision:
        began, at = job.ticks(), job.clock()
        listed = job.suppression.read()
        said = len(listed.noes["returned_row"].drop_null()), listed.lifts.num_rows
        key = job.kbo, repr(job.settings), said, self._span(at)
        if key not in self.made:
            self.made[key] = self.decide(replace(job, clock=lambda: at), folder)
        return replace(self.made[key], began=began, at=at)

    def _span(self, at: datetime) -> tuple[object, ...]:
        """What the agency shows now, the day, and between which turning points it is."""
        passed = sum(point <= at for point in self.agency.turning_points)
        return self.agency.loads, local_day(at), passed


@contextmanager
def quicker(agency: ToldAgency) -> Iterator[None]:
    """Decisions of now are made once, and DuckDB plans as it finds the query: tables are of a few rows."""
    with planned_plainly(), pytest.MonkeyPatch.context() as patch:
        before = DecidedBefore(agency, Delivery.decide_now)
        patch.setattr(Delivery, "decide_now", lambda job, folder: before.of(job, folder))
        yield

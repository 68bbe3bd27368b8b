"""The decision of this moment for one recipient: read from the agency, checked and decided, with nothing staged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.engine import engine
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import RecipientRelease, recipient_release, run_gate_for_now
from pipeline.source.agency import open_agency
from pipeline.source.check import recheck
from pipeline.source.extract import read_for


@dataclass(frozen=True)
class CurrentDecision:
    """`began`: the monotonic clock, in seconds, before the first row was read: the decision knows every change before
    that instant. `at`: the same instant, at which the gate decided.

    `decisions`: every parent of the families that ever said something to the recipient: parent_id, kbo, reason.
    """

    began: float
    at: datetime
    allowed: RecipientRelease
    decisions: pa.Table


def decide_now(
    kbo: Kbo,
    agency_uri: str,
    settings: Settings,
    clock: Callable[[], datetime],
    ticks: Callable[[], float],
    folder: Path,
) -> CurrentDecision:
    """Decide for one recipient. `ticks` is a monotonic clock in seconds, `folder` is for the rows that DuckDB spills.

    Raises FeedError or AgencyUnreachable.
    """
    with engine(settings, folder) as run, open_agency(agency_uri) as agency:
        run.set_up()
        began, at = ticks(), clock()
        read_for(agency, kbo, run)
        moment = Moment.now(at, at, settings.max_clock_skew_minutes)
        run.set_moment(moment, settings)
        recheck(run, at, settings)
        run_gate_for_now(run, moment, settings)
        return CurrentDecision(began, at, recipient_release(run, kbo), run.run("gate/release/verdicts.sql"))

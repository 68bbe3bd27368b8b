"""One look at the agency: what one recipient may get at this very moment, checked and decided, with nothing staged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.engine import engine
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.gate.release import Allowed, allowed, gate
from pipeline.source.agency import open_agency
from pipeline.source.check import recheck
from pipeline.source.extract import read_for


@dataclass(frozen=True)
class Look:
    """What was seen. `began`: by the monotonic clock, in seconds, before the first row was read: whatever was changed
    by then was seen. `at`: the same instant, at which was decided.

    `decisions`: every parent of the families that ever said something to the recipient: parent_id, kbo, reason.
    """

    began: float
    at: datetime
    allowed: Allowed
    decisions: pa.Table


@dataclass(frozen=True)
class Looking:
    """How to look for one recipient: `ticks` is a monotonic clock in seconds, `folder` is for what spills."""

    kbo: Kbo
    agency: str
    settings: Settings
    clock: Callable[[], datetime]
    ticks: Callable[[], float]
    folder: Path

    def look(self) -> Look:
        """Raises FeedError or AgencyUnreachable."""
        private_folder(self.folder)
        with engine(self.settings, self.folder) as run, open_agency(self.agency) as agency:
            run.set_up()
            began, at = self.ticks(), self.clock()
            read_for(agency, self.kbo, run)
            run.set_moment(Moment.of(at), self.settings)
            recheck(run, at, self.settings)
            gate(run)
            return Look(began, at, allowed(run, self.kbo), run.run("gate/release/verdicts.sql"))

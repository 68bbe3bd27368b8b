"""The decision of a past instant for one recipient, by what was recorded by then; nothing is staged."""

from datetime import datetime
from pathlib import Path

from pipeline.core.engine import engine
from pipeline.core.loads import AgencySource
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import RecipientRelease, recipient_release, run_gate
from pipeline.source.extract import load_for, read_for
from pipeline.source.look import FOR_A_DELIVERY, look_at_agency


def decide_then(kbo: Kbo, agency: AgencySource, settings: Settings, at: datetime, folder: Path) -> RecipientRelease:
    """What one recipient was allowed at `at`. Tables without history are as they are now.

    The feeds are not checked: the caller decided for now just before (`pipeline.gate.current.decide_now`).
    Raises LoadUnderWay, FeedError, AgencyUnreachable or LedgerUnavailable.
    """
    known = agency.known()
    with engine(settings, folder) as run:
        run.set_up()
        with look_at_agency(agency.uri, FOR_A_DELIVERY, run, known) as look:
            rows = read_for(look.agency, kbo)
        load_for(rows, run)
        run.set_moment(Moment.of(at), settings)
        run_gate(run)
        return recipient_release(run, kbo)

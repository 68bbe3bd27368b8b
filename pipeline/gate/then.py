"""The decision of a past instant for one recipient, by what was recorded by then; nothing is staged."""

from datetime import datetime
from pathlib import Path

from pipeline.core.engine import engine
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import RecipientRelease, recipient_release, run_gate
from pipeline.source.agency import open_agency
from pipeline.source.extract import read_for


def decide_then(kbo: Kbo, agency_uri: str, settings: Settings, at: datetime, folder: Path) -> RecipientRelease:
    """What one recipient was allowed at `at`. Tables without history are as they are now.

    The feeds are not checked: the caller decided for now just before (`pipeline.gate.current.decide_now`).
    Raises FeedError or AgencyUnreachable.
    """
    with engine(settings, folder) as run, open_agency(agency_uri) as agency:
        run.set_up()
        read_for(agency, kbo, run)
        run.set_moment(Moment.of(at), settings)
        run_gate(run)
        return recipient_release(run, kbo)

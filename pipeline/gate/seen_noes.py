"""The noes that are there, whatever the state of the feeds: one that is seen is acted on, absence never is (DOMAIN)."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.engine import Engine, engine
from pipeline.core.loads import AgencySource, KnownFeeds
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.source.look import read_noes
from pipeline.source.watermark import unpack

RULES = (
    "source/check/row_consent_event.sql",
    "gate/01_successor.sql",
    "gate/04_serving.sql",
    "gate/13_same_person.sql",
    "gate/14_known_event.sql",
    "gate/16_latest_grant.sql",
)
"""The gate's own files about noes and grants, which need neither homes nor papers."""


def seen_noes(
    kbo: Kbo, agency: AgencySource, settings: Settings, clock: Callable[[], datetime], folder: Path
) -> list[int]:
    """The parents of whom a withdrawal is there that the last accepted night did not have, and that counts for this
    recipient; sorted. Nothing follows from what is missing.

    Raises FeedError when the consent events cannot be read, AgencyUnreachable or LedgerUnavailable.
    """
    known = agency.known()
    with engine(settings, folder) as run:
        run.set_up()
        places_are_known = read_noes(agency.uri, run, known)
        at = clock()
        moment = Moment.now(at, at, settings.max_clock_skew_minutes)
        run.set_moment(moment, settings)
        for file in RULES:
            run.define(file)
        _register_known_events(run, known)
        found = run.run(
            "gate/seen/no.sql",
            kbo=kbo,
            places_are_known=places_are_known,
            ahead_until=moment.ahead_until,
        )
    return [int(parent) for parent in found["parent_id"].to_pylist()]


def _register_known_events(run: Engine, known: KnownFeeds) -> None:
    """The table known_event_id: without an accepted night every event is new."""
    packed = known.watermark()
    events = unpack(packed).events if packed else pa.table({"row_hash": pa.array([], pa.uint64())})
    run.connection.register("known_event_id", events)

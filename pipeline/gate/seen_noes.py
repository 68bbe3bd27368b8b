"""The noes that are there, whatever the state of the feeds: one that is seen is acted on, absence never is (DOMAIN)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.engine import Engine, engine
from pipeline.core.loads import AgencySource, KnownFeeds
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.gate.suppression import register_list
from pipeline.ledger.suppression import NEW_NO, SuppressionList
from pipeline.source.look import read_noes
from pipeline.source.watermark import unpack

RULES = (
    "source/check/row_consent_event.sql",
    "gate/01_successor.sql",
    "gate/04_serving.sql",
    "gate/13_same_person.sql",
    "gate/14_known_event.sql",
    "gate/16_latest_grant.sql",
    "gate/suppression/2_event_text.sql",
)
"""The gate's own files about noes and grants, which need neither homes nor papers; and the text of an event."""


@dataclass(frozen=True)
class SeenNoes:
    """`lines`: each no that is seen and the parent row to which it counts (parent_id), with the columns of NEW_NO.
    `at`: when they were looked for."""

    at: datetime
    lines: pa.Table

    @property
    def parents(self) -> list[int]:
        """Sorted, each once."""
        return sorted(set(self.lines["parent_id"].to_pylist()))

    def of(self, parents: Collection[int]) -> pa.Table:
        """What the suppression list is to keep of these parents, as of NEW_NO."""
        about = pc.is_in(self.lines["parent_id"], value_set=pa.array(sorted(parents), pa.int64()))
        return self.lines.filter(about).select(NEW_NO.names).cast(NEW_NO)


def seen_noes(
    kbo: Kbo,
    agency: AgencySource,
    listed: SuppressionList,
    settings: Settings,
    clock: Callable[[], datetime],
    folder: Path,
) -> SeenNoes:
    """The withdrawals that are there, that the last accepted night did not have, and that count for this recipient.
    Nothing follows from what is missing. `listed`: for the key of its hashes.

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
        register_list(run, listed)
        run.define("gate/seen/1_no.sql", kbo=kbo, places_are_known=places_are_known, ahead_until=moment.ahead_until)
        return SeenNoes(at, run.run("gate/seen/2_line.sql", kbo=kbo))


def _register_known_events(run: Engine, known: KnownFeeds) -> None:
    """The table known_event_id: without an accepted night every event is new."""
    packed = known.watermark()
    events = unpack(packed).events if packed else pa.table({"row_hash": pa.array([], pa.uint64())})
    run.connection.register("known_event_id", events)

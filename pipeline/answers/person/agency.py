"""Reads from agency_db the facts about one person today that the art. 15 report tells.

The INSZ stays in this process: the feeds are read whole and searched here, so that no query that a database may log
has the INSZ.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.person.facts import AccessRequest, ConsentEvent, ParentRow
from pipeline.core.engine import Engine, engine
from pipeline.core.errors import TerminalError
from pipeline.core.loads import AgencySource
from pipeline.core.model import Field, Moment
from pipeline.core.settings import Settings
from pipeline.source.extract import read_feeds

FEEDS = ("parent", "residence", "consent_event", "recipient")
TABLES = ("gate/01_successor.sql", "gate/02_current_residence.sql", "source/check/row_consent_event.sql")


@dataclass(frozen=True)
class AgencyFacts:
    """`names`: of every recipient; `others`: the parent_ids that have another number today (none for a request by
    parent_id); `events`: the parent_id of every consent event, by its id (two int64 columns)."""

    rows: tuple[ParentRow, ...]
    consents: tuple[ConsentEvent, ...]
    names: dict[str, str]
    others: Sequence[int]
    events: pa.Table

    def parents_of(self, events: Collection[int]) -> dict[int, int]:
        """The parent_id of each of these consent events that agency_db still has."""
        wanted = pc.is_in(self.events["event_id"], value_set=pa.array(sorted(events), pa.int64()))
        known = self.events.filter(wanted)
        return dict(zip(known["event_id"].to_pylist(), known["parent_id"].to_pylist(), strict=True))


def read_agency_facts(request: AccessRequest, agency: AgencySource, settings: Settings, folder: Path) -> AgencyFacts:
    """Raises AgencyUnreachable, LoadUnderWay, FeedError, or TerminalError for a number of two parents of one family."""
    with engine(settings, folder) as run:
        read_feeds(agency.uri, FEEDS, run, agency.known())
        run.set_up()
        run.set_moment(Moment.of(request.at), settings)
        for file in TABLES:
            run.define(file)
        rows = _rows(run, request)
        consents = run.run("answers/person/consents.sql", parents=[row.parent_id for row in rows]).to_pylist()
        recipients = run.run("answers/person/recipients.sql").to_pylist()
        return AgencyFacts(
            rows,
            tuple(ConsentEvent(**row | {"fields": tuple(row["fields"])}) for row in consents),
            {row["kbo"]: row["name"] for row in recipients},
            run.run("answers/person/numbers.sql", insz=request.insz)["parent_id"].to_pylist(),
            run.run("answers/person/events.sql"),
        )


def _rows(run: Engine, request: AccessRequest) -> tuple[ParentRow, ...]:
    parents = run.run("answers/person/parents.sql", insz=request.insz, parent=request.parent_id)
    rows = tuple(
        ParentRow(
            *(row["parent_id"], row["family_id"]),
            frozenset(field for field in Field if row[f"has_{field}"]),
            row["is_protected"],
        )
        for row in parents.to_pylist()
    )
    if len({row.family_id for row in rows}) < len(rows):
        raise TerminalError(
            "two parents of one family have that INSZ in agency_db, so it does not say whose the answer would be: ask "
            "the agency to correct it, or ask by --parent"
        )
    return rows

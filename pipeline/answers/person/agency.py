"""What agency_db holds of one person today, as far as the art. 15 report tells it.

The INSZ stays in this process: the feeds are read whole and searched here, so that it stands in no query that a
database may log.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.person.facts import Consent, Question, Row
from pipeline.core.engine import Engine, engine
from pipeline.core.errors import TerminalError
from pipeline.core.model import Field, Moment
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.source.extract import read_feeds

FEEDS = ("parent", "residence", "consent_event", "recipient")


@dataclass(frozen=True)
class Dossier:
    """`names`: of every recipient; `others`: the rows (parent_id int64) that have another number today; `events`: the
    parent_id of every consent event, by its id (two int64 columns)."""

    rows: tuple[Row, ...]
    consents: tuple[Consent, ...]
    names: dict[str, str]
    others: pa.Array
    events: pa.Table

    def parents_of(self, events: Collection[int]) -> dict[int, int]:
        """The parent_id of each of these consent events that agency_db still knows."""
        wanted = pc.is_in(self.events["event_id"], value_set=pa.array(sorted(events), pa.int64()))
        found = self.events.filter(wanted)
        return dict(zip(found["event_id"].to_pylist(), found["parent_id"].to_pylist(), strict=True))


def of_agency(question: Question, uri: str, settings: Settings, folder: Path) -> Dossier:
    """Raises AgencyUnreachable or FeedError, or TerminalError for a number that two parents of one family have."""
    with engine(settings, private_folder(folder)) as run:
        read_feeds(uri, FEEDS, run)
        run.set_up()
        run.set_moment(Moment.of(question.at), settings)
        for file in ("gate/01_successor.sql", "gate/02_current_residence.sql", "source/check/row_consent_event.sql"):
            run.run(file)
        asked = {"insz": question.insz, "parent": question.parent_id}
        rows = tuple(_row(row) for row in run.run("answers/person/parents.sql", **asked).to_pylist())
        _must_be_one(rows)
        events = run.run("answers/person/events.sql")
        return Dossier(rows, _consents(run, rows), _names(run), _others(run, question.insz), events)


def _row(row: dict[str, Any]) -> Row:
    filled = frozenset(field for field in Field if row[f"has_{field}"])
    return Row(row["parent_id"], row["family_id"], filled, row["is_protected"])


def _must_be_one(rows: Sequence[Row]) -> None:
    families = [row.family_id for row in rows]
    if len(set(families)) < len(families):
        raise TerminalError(
            "two parents of one family have that INSZ in agency_db, so it does not say whose the answer would be: ask "
            "the agency to correct it, or ask by --parent"
        )


def _consents(run: Engine, rows: Sequence[Row]) -> tuple[Consent, ...]:
    found = run.run("answers/person/consents.sql", parents=[row.parent_id for row in rows]).to_pylist()
    return tuple(Consent(**row | {"fields": tuple(row["fields"])}) for row in found)


def _names(run: Engine) -> dict[str, str]:
    return {row["kbo"]: row["name"] for row in run.run("answers/person/recipients.sql").to_pylist()}


def _others(run: Engine, insz: str | None) -> pa.Array:
    if insz is None:
        return pa.array([], pa.int64())
    return run.run("answers/person/numbers.sql", insz=insz)["parent_id"].combine_chunks()

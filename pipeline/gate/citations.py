"""The rows that each rule of the gate used for one parent, by id: which count, and why others do not."""

from itertools import groupby
from typing import Any

from pipeline.core.engine import Engine
from pipeline.core.model import Reason

Rows = tuple[str, ...]
"""Each as `<table> <key>: <what it says>`."""


def cited_rows(run: Engine, facts: dict[str, Any]) -> dict[Reason, Rows]:
    """For every rule; needs the gate's tables, and one row of explain/parent.sql."""
    parent, family = facts["parent_id"], facts["family_id"]
    own: Rows = (f"parent {parent}",)
    homes = _rows(run, "residences", parent=parent)
    living = tuple(row for row in homes if row.endswith(": counts"))
    events = _rows(run, "events", parent=parent, kbo=facts["kbo"])
    event = tuple(row for row in events if row.startswith(f"consent_event {facts['event_id']}:"))
    texts = _rows(run, "text", text_version=facts["text_version"])
    agreements = _papers(run, "agreement", kbo=facts["kbo"], local_team_id=facts["local_team_id"])
    team = f"family {family}: local team {facts['local_team_id'] or '-'}"
    return {
        Reason.QUARANTINED: own,
        Reason.DECEASED: own,
        Reason.NO_RESIDENCE: homes + _rows(run, "mergers", nis_code=facts["nis_code"]),
        Reason.CONFIDENTIAL_ADDRESS: _rows(run, "protection", family=family),
        Reason.NOT_SERVED: _rows(run, "serving", nis_code=facts["current_code"]),
        Reason.NO_AGREEMENT: (team, *agreements, *_rows(run, "territory", kbo=facts["kbo"])),
        Reason.NO_NEED: assessed(run, facts),
        Reason.NO_PROTOCOL: _papers(run, "protocol", kbo=facts["kbo"]),
        Reason.NO_CONSENT: events,
        Reason.WITHDRAWN: tuple(row for row in events if ", counts, " in row or ", is beaten, " in row),
        Reason.CONSENT_EXPIRED: event,
        Reason.TEXT_NOT_ACCEPTED: event + (texts or (("consent_text: no such version",) if event else ())),
        Reason.FIELDS: own + living + event,
    }


def assessed(run: Engine, facts: dict[str, Any]) -> Rows:
    """The family's children, each with its assessments."""
    assessments = run.run("gate/explain/assessments.sql", family=facts["family_id"]).to_pylist()
    rows: list[str] = []
    for (child, counts), each in groupby(assessments, key=lambda row: (row["child_row"], row["counts"])):
        rows.append(f"{child}: {'counts' if counts else 'does not count'}")
        rows += [f"{row['row_id']} of {child}: {row['says']}" for row in each if row["row_id"]]
    return tuple(rows)


def _rows(run: Engine, query: str, **keys: object) -> Rows:
    return tuple(f"{row['row_id']}: {row['says']}" for row in run.run(f"gate/explain/{query}.sql", **keys).to_pylist())


def _papers(run: Engine, feed: str, **keys: object) -> Rows:
    """The state of each paper of the recipient, then their versions."""
    states = run.run(f"gate/explain/{feed}s.sql", **keys).to_pylist()
    return tuple(_state(feed, paper) for paper in states) + _rows(run, f"{feed}_versions", **keys)


def _state(feed: str, paper: dict[str, Any]) -> str:
    """One paper: in force, or the conditions that it fails."""
    name, recorded_at, *_ = paper.values()
    failed = [condition for condition, holds in paper.items() if holds is False and condition != "in_force"]
    state = "in force" if paper["in_force"] else f"not in force ({', '.join(f'not {c}' for c in failed)})"
    criteria = f", {paper['min_criteria']} criteria" if "min_criteria" in paper else ""
    return f"{feed} {name}, recorded {recorded_at.isoformat(sep=' ')}: {state}{criteria}"

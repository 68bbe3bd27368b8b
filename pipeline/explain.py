"""Why one parent was released or withheld at an instant, step by step, by the gate itself.

Shows ids, dates and codes, never a name, an address or a contact.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.adapters.engine import Engine, engine
from pipeline.adapters.staging import private_folder
from pipeline.errors import TerminalError
from pipeline.model import Field, Moment, Reason, Snapshot
from pipeline.release import decide
from pipeline.settings import Settings


@dataclass(frozen=True)
class Step:
    """One rule of the gate: its reason, what was seen, and whether it lets pass (None: not reached)."""

    reason: Reason
    seen: str
    passes: bool | None


@dataclass(frozen=True)
class Explanation:
    """The steps in the order of the gate; empty for a parent outside the population."""

    parent_id: int
    outcome: str
    steps: tuple[Step, ...]


def explain(parent_id: int, snapshot: Snapshot, moment: Moment, settings: Settings, folder: Path) -> Explanation:
    """Raises TerminalError when agency_db has no such parent."""
    with engine(settings, private_folder(folder)) as run:
        decide(run, snapshot, moment, settings)
        found = run.run("explain/parent.sql", parent=parent_id).to_pylist()
        if not found:
            raise TerminalError("feed parent has no row with that parent_id: check the number")
        facts = found[0]
        if not facts["in_population"]:
            return Explanation(parent_id, "not in the population: no young child with a valid assessment", ())
        seen = _seen(facts, _papers(run, facts))
    return Explanation(parent_id, _outcome(facts), tuple(_steps(seen, facts["reason"])))


def _outcome(facts: dict[str, Any]) -> str:
    if facts["reason"] is None:
        return f"released to {facts['kbo']}: {', '.join(facts['allowed'])}"
    return f"withheld: {facts['reason']}"


def _steps(seen: dict[Reason, str], reason: str | None) -> list[Step]:
    order = list(Reason)
    stop = order.index(Reason(reason)) if reason else len(order)
    return [Step(rule, seen[rule], None if i > stop else i < stop) for i, rule in enumerate(order)]


def _papers(run: Engine, facts: dict[str, Any]) -> dict[str, str]:
    """The agreements and protocols of this recipient: in force, or the conditions that they fail."""
    keys = {"kbo": facts["kbo"], "local_team_id": facts["local_team_id"]}
    agreements = run.run("explain/agreements.sql", **keys).to_pylist()
    protocols = run.run("explain/protocols.sql", kbo=facts["kbo"]).to_pylist()
    return {"agreement": _states(agreements), "protocol": _states(protocols)}


def _states(papers: list[dict[str, Any]]) -> str:
    return "; ".join(_state(paper) for paper in papers) or "none"


def _state(paper: dict[str, Any]) -> str:
    name, recorded_at, *_ = paper.values()
    failed = [condition for condition, holds in paper.items() if holds is False and condition != "in_force"]
    state = "in force" if paper["in_force"] else f"not in force ({', '.join(f'not {c}' for c in failed)})"
    return f"{name} (recorded {recorded_at:%Y-%m-%d %H:%M} UTC): {state}"


def _seen(facts: dict[str, Any], papers: dict[str, str]) -> dict[Reason, str]:
    event = f"event {facts['event_id']}, counts from {facts['counts_from']}" if facts["event_id"] else "none counts yet"
    return {
        Reason.QUARANTINED: "row checks failed: " + (", ".join(facts["failed_rules"] or ()) or "none"),
        Reason.DECEASED: f"deceased on: {facts['deceased_on'] or '-'}",
        Reason.NO_RESIDENCE: f"NIS code {facts['nis_code'] or '-'} since {facts['lives_there_since'] or '-'}, "
        f"on the day: {facts['current_code'] or 'leads nowhere'}",
        Reason.CONFIDENTIAL_ADDRESS: f"no parent of the family has a protected address: {facts['address_is_open']}",
        Reason.NOT_SERVED: f"the one recipient there: {facts['kbo'] or 'none, or several'}",
        Reason.NO_AGREEMENT: f"with local team {facts['local_team_id'] or '-'}: {papers['agreement']}",
        Reason.NO_NEED: f"most weak criteria of a young child: {facts['weak']}, agreed: {facts['min_criteria'] or '-'}",
        Reason.NO_PROTOCOL: papers["protocol"],
        Reason.NO_CONSENT: event,
        Reason.WITHDRAWN: f"the latest event is a sound grant: {facts['is_grant']}",
        Reason.CONSENT_EXPIRED: f"valid until: {facts['valid_until'] or 'open'}",
        Reason.TEXT_NOT_ACCEPTED: f"text version {facts['text_version'] or '-'} accepted: {facts['text_is_accepted']}",
        Reason.FIELDS: f"protocol: {_list(facts['protocol_fields'])}; consent: {_list(facts['consent_fields'])}; "
        f"both: {_list(facts['allowed'])}",
    }


def _list(fields: list[str] | None) -> str:
    """A malformed event may hold any text: only the decree's words are shown."""
    known = set(Field)
    return ", ".join(field if field in known else "(unknown)" for field in fields or ()) or "-"

"""The gate's reasons to release or withhold one parent at an instant: rule by rule, with the cited rows.

Shows ids, dates and codes, never a name, an address or a contact.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core.engine import Engine, snapshot_engine
from pipeline.core.errors import TerminalError
from pipeline.core.model import Field, Moment, Reason, Snapshot
from pipeline.core.settings import Settings
from pipeline.gate.citations import Rows, assessed, cited_rows
from pipeline.gate.clocks import as_if_recorded_now
from pipeline.gate.release import run_gate
from pipeline.gate.rules import RULES
from pipeline.gate.suppression import apply_list
from pipeline.ledger.suppression import SuppressionList


@dataclass(frozen=True)
class RuleStep:
    """One rule of the gate. `facts`: in words. `rows`: the cited rows by id, each with its content or with
    the reason why it does not count. `passes`: None for a rule that was not reached."""

    reason: Reason
    facts: str
    rows: Rows
    passes: bool | None

    @property
    def cites(self) -> str:
        """The rule as DOMAIN words it, and where it is explained."""
        rule = RULES[self.reason]
        return f"rule {rule.number}: withheld when {rule.rule} (docs/gate.md#{rule.anchor})"


@dataclass(frozen=True)
class Explanation:
    """The steps in the order of the gate; empty for a parent outside the population.

    `population`: the children and assessments that put the parent in it, or that do not.
    """

    parent_id: int
    outcome: str
    population: Rows
    steps: tuple[RuleStep, ...]

    @property
    def is_released(self) -> bool:
        return bool(self.steps) and all(step.passes for step in self.steps)

    @property
    def reaches_consent(self) -> bool:
        """Whether no rule before those on consent withholds: only such a parent can be withheld by the list."""
        before = list(Reason).index(Reason.NO_CONSENT)
        return bool(self.steps) and all(step.passes for step in self.steps[:before])


def explain(
    parent_id: int,
    snapshot: Snapshot,
    moment: Moment,
    settings: Settings,
    folder: Path,
    listed: SuppressionList | None = None,
) -> Explanation:
    """Whom the gate releases as of now is explained as if the rows recorded ahead had been recorded now, where there
    are such rows and `moment` heeds them. `listed`: the ledger's suppression list, an upper bound on the gate.

    Raises TerminalError when agency_db has no such parent.
    """
    with snapshot_engine(snapshot, moment, settings, folder) as run:
        explanation = _explained(run, parent_id)
        if explanation.is_released:
            with as_if_recorded_now(run, moment, settings) as later:
                if later is not None:
                    explanation = _explained(later, parent_id)
                    ahead = "as if the rows recorded ahead had been recorded now"
                    explanation = replace(explanation, outcome=f"{explanation.outcome}, {ahead}")
        return explanation if listed is None else _within_list(run, explanation, listed, moment)


_BY_LIST = (
    "the ledger's suppression list",
    "the gate counts no no that stands; the ledger's suppression list does: what the ledger knows binds",
)
_BY_RECIPIENT = (
    "a no that the recipient itself returned",
    "the agency knows of no no that stands; the parent said it to the recipient, which returned it",
)


def _within_list(run: Engine, explanation: Explanation, listed: SuppressionList, moment: Moment) -> Explanation:
    """Withheld for the tenth reason where a no of the list stands; the gate has run in the engine."""
    if not listed.noes.num_rows:
        return explanation
    apply_list(run, listed, moment, is_whole=True)
    found = run.run("gate/explain/kept_noes.sql", parent=explanation.parent_id).to_pylist()
    if not found or not explanation.reaches_consent:
        return explanation
    by, says = _BY_RECIPIENT if all(row["is_returned"] for row in found) else _BY_LIST
    stop = list(Reason).index(Reason.WITHDRAWN)
    steps = [replace(step, passes=None if i > stop else i < stop) for i, step in enumerate(explanation.steps)]
    steps[stop] = replace(steps[stop], facts=says, rows=tuple(row["says"] for row in found))
    outcome = f"withheld: {Reason.WITHDRAWN}, by {by}"
    return replace(explanation, outcome=outcome, steps=tuple(steps))


def _explained(run: Engine, parent_id: int) -> Explanation:
    """Of one engine, in which the gate has not run yet."""
    run_gate(run)
    parents = run.run("gate/explain/parent.sql", parent=parent_id).to_pylist()
    if not parents:
        raise TerminalError("feed parent has no row with that parent_id: check the number")
    facts = parents[0]
    population = assessed(run, facts)
    if not facts["in_population"]:
        outcome = "not in the population: no young child with a valid assessment"
        return Explanation(parent_id, outcome, population, ())
    rows = cited_rows(run, facts)
    facts["noes"] = run.run("gate/explain/noes.sql", parent=parent_id, kbo=facts["kbo"])["says"].to_pylist()
    words, order, reason = _in_words(facts), list(Reason), facts["reason"]
    stop = order.index(Reason(reason)) if reason else len(order)
    steps = [RuleStep(rule, words[rule], rows[rule], None if i > stop else i < stop) for i, rule in enumerate(order)]
    outcome = f"withheld: {reason}" if reason else f"released to {facts['kbo']}: {', '.join(facts['allowed'])}"
    return Explanation(parent_id, outcome, population, tuple(steps))


def _in_words(facts: dict[str, Any]) -> dict[Reason, str]:
    filled = [name for name in ("address", "phone", "email") if facts[f"has_{name}"]]
    grant = f"the grant of event {facts['event_id']}, of {facts['occurred_at']}" if facts["event_id"] else "no grant"
    return {
        Reason.QUARANTINED: "row checks failed: " + (", ".join(facts["failed_rules"] or ()) or "none"),
        Reason.DECEASED: f"deceased on: {facts['deceased_on'] or '-'}",
        Reason.NO_RESIDENCE: f"NIS code {facts['nis_code'] or '-'} since {facts['lives_there_since'] or '-'}, "
        f"on the day: {facts['current_code'] or 'leads nowhere'}",
        Reason.CONFIDENTIAL_ADDRESS: f"no parent of the family has a protected address: {facts['address_is_open']}",
        Reason.NOT_SERVED: f"the one recipient there: {facts['kbo'] or 'none, or several'}",
        Reason.NO_AGREEMENT: f"with local team {facts['local_team_id'] or '-'}",
        Reason.NO_NEED: f"most weak criteria of a young child: {facts['weak']}, agreed: {facts['min_criteria'] or '-'}",
        Reason.NO_PROTOCOL: f"with recipient {facts['kbo'] or '-'}",
        Reason.NO_CONSENT: grant if facts["has_spoken"] else "neither a grant nor a no counts yet",
        Reason.WITHDRAWN: "; ".join(facts["noes"]) or f"no no {'beats ' + grant if facts['event_id'] else 'counts'}",
        Reason.CONSENT_EXPIRED: f"valid until: {facts['valid_until'] or 'open'}",
        Reason.TEXT_NOT_ACCEPTED: f"its text version is accepted: {facts['text_is_accepted']}",
        Reason.FIELDS: f"protocol: {_list(facts['protocol_fields'])}; consent: {_list(facts['consent_fields'])}; "
        f"both: {_list(facts['allowed'])}; not blank: {_list(filled)}",
    }


def _list(fields: list[str] | None) -> str:
    """A malformed event may hold any text: only the decree's words are shown."""
    known = set(Field)
    return ", ".join(field if field in known else "(unknown)" for field in fields or ()) or "-"

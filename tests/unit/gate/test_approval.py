"""Who lets a held run go: everything that could look like an approval, and only one thing that is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, HeldRule, HeldSnapshot, Snapshot
from pipeline.gate.approval import approve
from pipeline.gate.approval_form import approval_form
from pipeline.ledger.approvals import Answer, ApprovalDecision, digest, held_rules_json

AT = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)
PARENTS = HeldRule("parent", "parents_change", "parents went from 1500 to 1100", 1500, 1100, 0.2)
TEAMS = HeldRule("local_team", "rows_lost", "5 rows last night, 4 tonight", 5, 4, 0)
SNAPSHOT = HeldSnapshot(CheckedSnapshot(Snapshot(AT, {}), ()), (PARENTS, TEAMS))
YES = Answer(
    "tonight", date(2026, 6, 15), AT, ApprovalDecision.APPROVED, "ann", "Ann", "the agency confirmed it", SNAPSHOT.held
)
APPROVERS = ("ann", "bert")


def later(answer: Answer, **changes: object) -> Answer:
    return replace(answer, at=AT + timedelta(minutes=5), **changes)


def test_one_whole_approval_lets_it_go() -> None:
    assert approve(SNAPSHOT, "tonight", [YES], APPROVERS) is SNAPSHOT.but_held


NO_APPROVAL: dict[str, tuple[list[Answer], str]] = {
    "no answer": ([], "nobody let it go"),
    "rejected": ([replace(YES, decision=ApprovalDecision.REJECTED)], "the approver did not let it go"),
    "unanswered": ([replace(YES, decision=ApprovalDecision.UNANSWERED, approver_id=None)], "nobody answered in time"),
    "another run": ([replace(YES, run="yesterday")], "nobody let it go"),
    "fewer rules": ([replace(YES, held=(PARENTS,))], "nobody let it go"),
    "more rules": ([replace(YES, held=(*SNAPSHOT.held, replace(TEAMS, feed="family")))], "nobody let it go"),
    "other figures": ([replace(YES, held=(replace(PARENTS, tonight=1099), TEAMS))], "nobody let it go"),
    "another limit": ([replace(YES, held=(replace(PARENTS, limit=0.3), TEAMS))], "nobody let it go"),
    "nothing held": ([replace(YES, held=())], "nobody let it go"),
    "no approver": ([replace(YES, approver_id="carl")], "not among GEGEVENSDELING_APPROVERS"),
    "nobody": ([replace(YES, approver_id=None)], "not among GEGEVENSDELING_APPROVERS"),
    "no name at all": ([replace(YES, approver_id="")], "not among GEGEVENSDELING_APPROVERS"),
    "an approver's name is no id": ([replace(YES, approver_id="Ann")], "not among GEGEVENSDELING_APPROVERS"),
    "an earlier snapshot of the same figures": ([replace(YES, at=AT - timedelta(seconds=1))], "before these feeds"),
    "no reason": ([replace(YES, reason="")], "without a reason"),
    "a blank reason": ([replace(YES, reason=" \t\n\u00a0")], "without a reason"),
    "approved, then rejected": (
        [YES, later(YES, decision=ApprovalDecision.REJECTED)],
        "the approver did not let it go",
    ),
    "approved, then unanswered": ([YES, later(YES, decision=ApprovalDecision.UNANSWERED)], "nobody answered in time"),
    "approved, then by nobody": ([YES, later(YES, approver_id="carl")], "not among GEGEVENSDELING_APPROVERS"),
    "rejected at the same instant": (
        [YES, replace(YES, decision=ApprovalDecision.REJECTED)],
        "the approver did not let it go",
    ),
    "rejected after, on a slow clock": (
        [YES, replace(YES, decision=ApprovalDecision.REJECTED, at=AT - timedelta(hours=1))],
        "the approver did not let it go",
    ),
}


@pytest.mark.parametrize("case", NO_APPROVAL)
def test_what_is_no_approval_lets_nothing_go(case: str) -> None:
    answers, why = NO_APPROVAL[case]
    with pytest.raises(TerminalError) as caught:
        approve(SNAPSHOT, "tonight", answers, APPROVERS)
    said = str(caught.value)
    assert why in said and said.startswith(f"held: {SNAPSHOT.message}; ")
    assert "nothing is released" in said and "clear" in said and "\n" not in said


@pytest.mark.parametrize("approvers", [(), ("",), ("bert",), ("an",), ("ANN",)])
def test_an_approver_is_one_of_the_settings_now(approvers: tuple[str, ...]) -> None:
    with pytest.raises(TerminalError, match="GEGEVENSDELING_APPROVERS"):
        approve(SNAPSHOT, "tonight", [YES], approvers)


def test_an_approval_after_a_rejection_counts_and_so_does_one_between_answers_to_others() -> None:
    answers = [
        replace(YES, decision=ApprovalDecision.REJECTED),
        later(YES),
        later(YES, run="another", decision=ApprovalDecision.REJECTED),
        later(YES, held=(PARENTS,), decision=ApprovalDecision.REJECTED),
    ]
    assert approve(SNAPSHOT, "tonight", answers, APPROVERS) is SNAPSHOT.but_held


def test_the_same_figures_in_another_order_are_the_same() -> None:
    turned = (TEAMS, PARENTS)
    assert held_rules_json(turned) == held_rules_json(SNAPSHOT.held) and digest(turned) == digest(SNAPSHOT.held)
    assert approve(SNAPSHOT, "tonight", [replace(YES, held=turned)], APPROVERS) is SNAPSHOT.but_held


@pytest.mark.parametrize("name", ["feed", "rule", "says", "last_night", "tonight", "limit"])
def test_every_figure_counts(name: str) -> None:
    other = replace(PARENTS, **{name: "x" if isinstance(getattr(PARENTS, name), str) else 7})
    assert digest((other, TEAMS)) != digest(SNAPSHOT.held)


def test_a_rule_on_a_count_names_its_limit_as_a_count() -> None:
    rule = HeldRule("consent_event", "noes_of_unknown_parent", "2 noes", 1, 3, 0)
    body = approval_form(date(2026, 6, 15), [rule], 8, APPROVERS).body
    assert "| keer neen van een onbekende ouder | `noes_of_unknown_parent` | 1 | 3 | +2 (+200 %) | 0 nieuwe |" in body


def test_the_question_shows_the_figures_as_they_are_read_in_belgium() -> None:
    rules = (PARENTS, TEAMS, HeldRule("consent_event", "grants_change", "", 0, 1234567, 0.125))
    question = approval_form(date(2026, 6, 15), rules, 8, APPROVERS)
    assert question.subject == "Nacht van 15/06/2026 tegengehouden door 3 volumeregels: loslaten?"
    assert [line for line in question.body.splitlines() if line.startswith("| `")] == [
        "| `parent` | ouders | `parents_change` | 1.500 | 1.100 | −400 (−26,7 %) | 20 % |",
        "| `local_team` | rijen | `rows_lost` | 5 | 4 | −1 (−20 %) | geen verlies |",
        "| `consent_event` | gegeven toestemmingen | `grants_change` | 0 | 1.234.567 | +1.234.567 | 12,5 % |",
    ]
    for promise in ("op elke rij toegepast", "tot 8 uur", "Zonder antwoord gaat er niets uit", "enkel voor deze run"):
        assert promise in question.body


def test_the_same_figures_ask_the_same_and_others_do_not() -> None:
    first = approval_form(date(2026, 6, 15), SNAPSHOT.held, 8, APPROVERS)
    assert approval_form(date(2026, 6, 15), SNAPSHOT.held, 8, APPROVERS) == first
    assert approval_form(date(2026, 6, 15), (replace(PARENTS, tonight=1101), TEAMS), 8, APPROVERS).body != first.body
    assert approval_form(date(2026, 6, 15), SNAPSHOT.held, 0.5, APPROVERS).body != first.body
    assert approval_form(date(2026, 6, 15), (PARENTS,), 8, APPROVERS).subject.endswith("door 1 volumeregel: loslaten?")

"""The art. 15 report's words: every outcome of the gate, and never whose address it was."""

from datetime import UTC, date, datetime

import pytest

from pipeline.answers.lookup import Lookup, LookupKind
from pipeline.answers.person.decisions import plain_rule
from pipeline.answers.person.facts import AccessRequest, ParentRow, PersonDecision, PersonFacts
from pipeline.answers.person.report import person_report
from pipeline.answers.texts import FAMILY, OUTSIDE
from pipeline.core.documents.document import Document
from pipeline.core.model import Field, Kbo, Reason
from pipeline.gate.rules import RULES
from tests.support.answers import AGENCY, tables, texts

GENT = Kbo("0212214125")
AT = datetime(2026, 6, 20, 9, tzinfo=UTC)
NIGHT = datetime(2026, 6, 20, 1, 30, tzinfo=UTC)
OPEN, PROTECTED = (ParentRow(1, 1, frozenset(Field), is_protected) for is_protected in (False, True))


def known(*decisions: PersonDecision, rows: tuple[ParentRow, ...] = (OPEN,), **more: object) -> PersonFacts:
    facts: dict[str, object] = {
        "request": AccessRequest(insz="90010100024", parent_id=None, at=AT, who="dpo", reason="INZ-1"),
        "rows": rows,
        "consents": (),
        "names": {GENT: "OCMW Gent"},
        "lines": (),
        "drops": {},
        "withdrawals": (),
        "kept_noes": (),
        "decided_at": NIGHT,
        "decisions": decisions,
        "lookups": (),
        "first_night": date(2026, 6, 1),
        "detailed_since": date(2026, 6, 1),
    }
    return PersonFacts(**facts | more)


def report(*decisions: PersonDecision, **facts: object) -> Document:
    return person_report(known(*decisions, **facts), AGENCY)


def withheld(reason: Reason, **facts: object) -> str:
    """What the report says of a parent who was withheld for that reason."""
    named = GENT if list(Reason).index(reason) >= 5 else None
    said = section(report(PersonDecision("withheld", named, reason.value, ()), **facts), "De laatste beslissing")
    return " ".join(said)


def test_a_no_to_the_recipient_itself_is_named_as_that() -> None:
    decision = PersonDecision("withheld", GENT, Reason.WITHDRAWN.value, (), is_returned=True)
    (said,) = section(report(decision), "De laatste beslissing")
    assert "Reden: u zei het aan het OCMW of CAW zelf dat u geen contact wilt. Het gaat om OCMW Gent" in said


def section(document: Document, heading: str) -> list[str]:
    found = texts(document)
    headings = list(document.sections)
    start = found.index(heading)
    after = headings.index(heading) + 1
    return found[start + 1 : found.index(headings[after], start) if after < len(headings) else None]


OF_ONE = [reason for reason in Reason if reason not in (Reason.CONFIDENTIAL_ADDRESS, Reason.NO_NEED)]


@pytest.mark.parametrize("reason", OF_ONE)
def test_every_reason_that_is_the_askers_own_is_named_in_dutch_with_its_rule(reason: Reason) -> None:
    said = withheld(reason)
    rule = RULES[reason]
    assert f"Reden: {rule.name_nl} (regel {rule.number}): dat is wanneer " in said
    assert plain_rule(rule.rule_nl) in said
    assert "`" not in said and " D " not in said
    assert ("OCMW Gent" in said) == (list(Reason).index(reason) >= 5)


def test_a_reason_of_the_family_is_the_same_sentence_whichever_it_is() -> None:
    """Or else one parent could read off that the other's address is protected."""
    said = withheld(Reason.CONFIDENTIAL_ADDRESS).replace("OCMW Gent", "")
    other = withheld(Reason.NO_NEED)
    assert said == other and FAMILY in said
    for word in ("afgeschermd", "drempel", "kind ", "OCMW Gent"):
        assert word not in said
    assert withheld(Reason.CONFIDENTIAL_ADDRESS, rows=()) == said, "nothing is known of the own address any more"
    assert withheld(Reason.CONFIDENTIAL_ADDRESS, rows=(OPEN, PROTECTED)) == said


def test_of_the_own_protected_address_it_does_speak() -> None:
    assert "uw adres is afgeschermd" in withheld(Reason.CONFIDENTIAL_ADDRESS, rows=(PROTECTED,))
    assert FAMILY in withheld(Reason.NO_NEED, rows=(PROTECTED,))


def test_who_is_released_is_told_to_whom_and_what() -> None:
    said = section(report(PersonDecision("released", GENT, None, ("email", "name"))), "De laatste beslissing")
    assert said == [
        "Bij de beslissing van 20 juni 2026 om 3.30 uur: vrijgegeven aan OCMW Gent (KBO 0212.214.125): naam, e-mail."
    ]


def test_outside_the_population_without_a_row_and_without_a_night() -> None:
    heading = "De laatste beslissing"
    assert OUTSIDE in section(report(PersonDecision("outside", None, None, ())), heading)[0]
    assert "was er geen dossier van u" in section(report(), heading)[0]
    assert section(report(decided_at=None), heading) == ["Er is nog geen beslissing geregistreerd."]


def test_look_ups_are_told_without_who_did_them_and_without_what_they_wrote() -> None:
    asked = Lookup(NIGHT, "els", LookupKind.EXPLAIN, "over haar ex", person=b"p", key_id="k")
    document = report(lookups=(asked,))
    rows = tables(document)["Vóór deze opzoeking"]
    assert rows == (("20 juni 2026 om 3.30 uur", "een uitleg bij een beslissing over u"),)
    assert not any("els" in text.split() or "ex" in text.split() for text in texts(document))


@pytest.mark.parametrize(
    ("first", "detailed", "says"),
    [
        (None, None, "bevat nog geen leveringen"),
        (date(2026, 6, 1), None, "Van alle leveringen is de bewaartermijn voorbij"),
        (date(2026, 6, 1), date(2026, 6, 1), "sinds de eerste, van 1 juni 2026"),
        (date(2025, 6, 1), date(2026, 6, 1), "sinds 1 juni 2026 over wie ze gingen. Van oudere (vanaf 1 juni 2025)"),
    ],
)
def test_since_when_the_ledger_tells(first: date | None, detailed: date | None, says: str) -> None:
    said = " ".join(section(report(first_night=first, detailed_since=detailed), "Hoe lang dit wordt bewaard"))
    assert says in said


def test_the_question_never_shows_the_number() -> None:
    assert "90010100024" not in repr(known().request)

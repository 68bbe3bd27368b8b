"""A parent's newest decision, withdrawals with their causes, and consents; in Dutch. Pure.

No value of a malformed consent event is repeated. Of a reason that is about the family as a whole, the text says no
more than that (art. 15(4) GDPR).
"""

import re

from pipeline.answers.person.facts import ConsentEvent, PersonDecision, PersonFacts
from pipeline.answers.texts import FAMILY, GOVERNS, OUTSIDE
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Text
from pipeline.core.documents.table import Row, Table
from pipeline.core.model import Kbo, Reason
from pipeline.gate.rules import RULES
from pipeline.ledger.disclosures import Cause, Withdrawal

OF_THE_FAMILY = frozenset({Reason.CONFIDENTIAL_ADDRESS, Reason.NO_NEED})
"""Reasons that rest on another parent's address or on the children's assessments. One sentence for both: on its own,
a sentence for the first would tell one parent that the other's address is protected. Since a decision is told as it
would be of the parent alone, the sentence stands only where `no_need` can be the reason (pipeline/gate/alone.py)."""


def decision_texts(facts: PersonFacts) -> tuple[Block, ...]:
    if facts.decided_at is None:
        return (Text("Er is nog geen beslissing geregistreerd."),)
    at = f"Bij de beslissing van {dutch.instant(facts.decided_at)}"
    if not facts.decisions:
        return (Text(f"{at} was er geen dossier van u."),)
    return tuple(Text(f"{at}: {_outcome(facts, decision)}") for decision in facts.decisions)


def _outcome(facts: PersonFacts, decision: PersonDecision) -> str:
    if decision.outcome == "released" and decision.kbo:
        return f"vrijgegeven aan {facts.recipient(decision.kbo)}: {dutch.fields(decision.fields)}."
    if decision.reason is None:
        return OUTSIDE
    reason = Reason(decision.reason)
    own_address_protected = decision.is_told or (facts.rows and all(row.is_protected for row in facts.rows))
    if reason is Reason.CONFIDENTIAL_ADDRESS and own_address_protected:
        return "niet gedeeld. Reden: uw adres is afgeschermd."
    if reason in OF_THE_FAMILY:
        return f"niet gedeeld. {FAMILY}"
    about = f" Het gaat om {facts.recipient(decision.kbo)}." if decision.kbo else ""
    if decision.is_returned:
        return f"niet gedeeld. Reden: {GOVERNS[Cause.TO_RECIPIENT]} dat u geen contact wilt.{about}"
    rule = RULES[reason]
    return (
        f"niet gedeeld. Reden: {rule.name_nl} (regel {rule.number}): dat is wanneer {plain_rule(rule.rule_nl)}.{about}"
    )


def plain_rule(rule: str) -> str:
    """A rule of docs/poort.md without the names of columns behind words, and with D written out."""
    return re.sub(r"\bD\b", "de dag van de beslissing", re.sub(r" \(`\w+`\)", "", rule)).replace("`", "")


def withdrawals_table(facts: PersonFacts) -> tuple[Block, ...]:
    columns = ("Vastgesteld", "Ontvanger", "Laatste levering", "Waarom", "Gemeld", "Bevestigd door de ontvanger")
    rows = tuple(
        (
            dutch.short_instant(withdrawal.at),
            facts.recipient(withdrawal.kbo),
            f"nr. {withdrawal.after_sequence}",
            _cause(withdrawal),
            dutch.short_instant(notice.published_at if notice else None, "nog niet"),
            dutch.short_instant(notice.acknowledged_at if notice else None, "nog niet"),
        )
        for withdrawal, notice in facts.withdrawals
    )
    nothing = "Er is geen melding geregistreerd dat een ontvanger uw gegevens niet meer mag gebruiken."
    return (Table("Intrekkingen", columns, rows, (4, 5, 3, 5, 4, 4)) if rows else Text(nothing),)


def _cause(withdrawal: Withdrawal) -> str:
    """A Reason or a Cause, as the parent is told it."""
    cause = withdrawal.told or withdrawal.cause
    if cause in set(Cause):
        return GOVERNS[Cause(cause)]
    if withdrawal.told == Reason.CONFIDENTIAL_ADDRESS:
        return "uw adres is afgeschermd"
    return "een regel die het hele gezin betreft" if Reason(cause) in OF_THE_FAMILY else RULES[Reason(cause)].name_nl


def consents_table(facts: PersonFacts) -> tuple[Block, ...]:
    columns = ("Nr.", "Wat", "Voor", "Gegeven op", "Gegevens", "Tekst", "Geldig tot")
    rows = tuple(_consent(facts, event) for event in facts.consents)
    table = Table("Zoals nu geregistreerd", columns, rows, (2, 3, 5, 4, 4, 2, 3))
    return (table if rows else Text("Er is nu geen toestemming of intrekking van u geregistreerd."),)


def _consent(facts: PersonFacts, event: ConsentEvent) -> Row:
    to = facts.recipient(Kbo(event.kbo)) if event.kbo in facts.names else "(onbekend)"
    terms = ("-", "-", "-")
    kind = "foutief: telt als intrekking" if event.is_malformed else "intrekking"
    if event.is_grant and not event.is_malformed:
        kind = "toestemming"
        terms = (dutch.fields(event.fields), event.text_version or "-", dutch.day(event.valid_until, "open"))
    return str(event.event_id), kind, to, dutch.instant(event.occurred_at), *terms

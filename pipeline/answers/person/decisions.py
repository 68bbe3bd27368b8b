"""What the newest night decided on one parent, and why a recipient may not use a parent any more; in Dutch. Pure.

Where the gate's reason is about the family as a whole, it says no more than that (art. 15(4) GDPR).
"""

import re

from pipeline.answers.person.facts import Decision, Known, Told
from pipeline.answers.texts import FAMILY, GOVERNS, OUTSIDE
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Table, Text
from pipeline.core.model import Reason
from pipeline.gate.rules import RULES
from pipeline.ledger.disclosures import Cause

OF_THE_FAMILY = frozenset({Reason.CONFIDENTIAL_ADDRESS, Reason.NO_NEED})
"""Reasons that rest on another parent's address or on the children's assessments. One sentence for both: on its own,
a sentence for the first would tell one parent that the other's address is protected."""


def decided(known: Known) -> tuple[Block, ...]:
    if known.decided_at is None:
        return (Text("Er is nog geen beslissing geregistreerd."),)
    at = f"Bij de beslissing van {dutch.instant(known.decided_at)}"
    if not known.decisions:
        return (Text(f"{at} was er geen dossier van u."),)
    return tuple(Text(f"{at}: {_outcome(known, one)}") for one in known.decisions)


def _outcome(known: Known, one: Decision) -> str:
    if one.outcome == "released" and one.kbo:
        return f"vrijgegeven aan {dutch.recipient(one.kbo, known.names.get(one.kbo))}: {dutch.fields(one.fields)}."
    if one.reason is None:
        return OUTSIDE
    reason = Reason(one.reason)
    if reason is Reason.CONFIDENTIAL_ADDRESS and known.own_address_protected:
        return "niet gedeeld. Reden: uw adres is afgeschermd."
    if reason in OF_THE_FAMILY:
        return f"niet gedeeld. {FAMILY}"
    rule = RULES[reason]
    about = f" Het gaat om {dutch.recipient(one.kbo, known.names.get(one.kbo))}." if one.kbo else ""
    return f"niet gedeeld. Reden: {rule.name_nl} (regel {rule.number}): dat is wanneer {plain(rule.rule_nl)}.{about}"


def plain(rule: str) -> str:
    """A rule of docs/poort.md without the names of columns behind words, and with D written out."""
    return re.sub(r"\bD\b", "de dag van de beslissing", re.sub(r" \(`\w+`\)", "", rule)).replace("`", "")


def _cause(of: str) -> str:
    """Of a withdrawal: a Reason or a Cause."""
    if of in set(Cause):
        return GOVERNS[Cause(of)]
    return "een regel die het hele gezin betreft" if Reason(of) in OF_THE_FAMILY else RULES[Reason(of)].name_nl


def withdrawn(known: Known) -> tuple[Block, ...]:
    if not known.withdrawals:
        return (Text("Er is geen melding geregistreerd dat een ontvanger uw gegevens niet meer mag gebruiken."),)
    columns = ("Vastgesteld", "Ontvanger", "Laatste levering", "Waarom", "Gemeld", "Bevestigd door de ontvanger")
    return (Table("Intrekkingen", columns, (4, 5, 3, 5, 4, 4), tuple(_told(known, one) for one in known.withdrawals)),)


def _told(known: Known, one: Told) -> tuple[str, ...]:
    due = one.withdrawal
    return (
        dutch.short_instant(due.at),
        dutch.recipient(due.kbo, known.names.get(due.kbo)),
        f"nr. {due.after_sequence}",
        _cause(due.cause),
        dutch.short_instant(one.told) if one.told else "nog niet",
        dutch.short_instant(one.acknowledged) if one.acknowledged else "nog niet",
    )

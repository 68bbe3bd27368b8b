"""The answer to an art. 15 request of one parent, in Dutch. Pure: no I/O and no clock.

The answer names the fields that were shared, the recipients, the nights and the papers. The answer holds no name,
address, contact or number of a person, and nothing of the other parent or of children: of a reason that is about the
family as a whole, the answer says no more than that (art. 15(4); docs/decisions/0016).
"""

from collections.abc import Iterable

from pipeline.answers.lookup import LookupKind
from pipeline.answers.person.decisions import consents_table, decision_texts, withdrawals_table
from pipeline.answers.person.deliveries import deliveries_tables
from pipeline.answers.person.facts import PersonFacts
from pipeline.answers.person.kept_noes import kept_noes_table, returned_table
from pipeline.answers.texts import NOT_IN_IT, ONLY, RIGHTS, WHY, AgencyContact
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Document, Facts, Items, Text
from pipeline.core.documents.table import Table


def person_report(facts: PersonFacts, agency: AgencyContact) -> Document:
    """The same facts give the same document."""
    request = facts.request
    by = "het rijksregister- of BIS-nummer" if request.insz else "het dossiernummer van de ouder"
    return Document(
        title="Inzage: met wie uw contactgegevens zijn gedeeld",
        subtitle="Antwoord op een verzoek om inzage (artikel 15 van de Algemene verordening gegevensbescherming, AVG)",
        made=f"Opgemaakt op {dutch.instant(request.at)}",
        footer=f"Inzage, kenmerk {request.reason}",
        facts=Facts(
            (
                ("Verwerkingsverantwoordelijke", agency.name),
                ("Kenmerk van het verzoek", request.reason),
                ("Opgezocht met", by),
            )
        ),
        sections={
            "In het kort": (Text(_summary(facts), "notice"), *_warnings(facts), Text(ONLY)),
            "Wat met wie is gedeeld": deliveries_tables(facts),
            "Waarom, en op welke grond": tuple(map(Text, WHY)),
            "Uw toestemmingen en intrekkingen": consents_table(facts),
            "De lijst van de bezwaren": (
                *kept_noes_table(facts.kept_noes, facts.names),
                *returned_table(facts.returned, facts.names),
            ),
            "Wat ontvangers niet meer mogen gebruiken": withdrawals_table(facts),
            "De laatste beslissing": decision_texts(facts),
            "Welke gegevens nu zijn ingevuld": _filled(facts),
            "Wanneer iets over u is opgezocht": _lookups(facts),
            "Hoe lang dit wordt bewaard": _retention(facts),
            "Uw rechten": (Items(RIGHTS), *map(Text, agency.contact)),
            "Wat niet in dit document staat": (Items(NOT_IN_IT),),
        },
    )


def _summary(facts: PersonFacts) -> str:
    if not facts.lines:
        there = "Over u is in dit bestand niets gekend" if not facts.rows else "Tot nu toe is niets van u gedeeld"
        return f"{there}: het register van verzendingen bevat geen enkele levering met gegevens van u."
    drops, first, last = {line.drop for line in facts.lines}, facts.lines[0].night, facts.lines[-1].night
    fields = dutch.fields({field for line in facts.lines for field in line.disclosure.fields})
    recipients = dutch.both(facts.recipient(kbo) for kbo in dict.fromkeys(line.kbo for line in facts.lines))
    until = f" tot en met {dutch.day(last)}" if last != first else ""
    return (
        f"Gedeeld: {fields}. Met: {recipients}. In {dutch.count(len(drops), 'levering', 'leveringen')}, "
        f"van {dutch.day(first)}{until}."
    )


def _warnings(facts: PersonFacts) -> Iterable[Block]:
    if any(line.other_number for line in facts.lines):
        yield Text(
            "Let op: leveringen met een * zijn geregistreerd onder dit nummer, maar het dossier waaruit ze kwamen, "
            "draagt nu een ander nummer. Is dat ook een nummer van u, vraag dan ook daarmee inzage.",
            "notice",
        )
    drops = [facts.drops[line.drop] for line in facts.lines]
    if any(drop.taken_early for drop in drops):
        yield Text(
            "Een levering die 'niet bezorgd' is, was nog niet af toen bestanden ervan al weg waren van de plaats waar "
            "de ontvanger ze afhaalt. Iemand kan die gegevens dus hebben meegenomen, ook al telt de levering niet mee.",
            "notice",
        )
    if any(not drop.certain and not drop.taken_early for drop in drops):
        yield Text("Bij een levering die 'niet bevestigd' is, is nog niet vastgesteld of ze is aangekomen.", "notice")


def _filled(facts: PersonFacts) -> tuple[Block, ...]:
    columns = tuple(name.capitalize() for name in dutch.FIELDS.values())
    rows = tuple(
        tuple("ingevuld" if field in row.filled else "niet ingevuld" for field in dutch.FIELDS) for row in facts.rows
    )
    table = Table("In uw dossier", columns, rows, (1,) * len(columns))
    return (table if rows else Text("Er is nu geen dossier van u, en dus is er niets ingevuld."),)


_KINDS = {
    LookupKind.PERSON: "een inzage zoals deze",
    LookupKind.EXPLAIN: "een uitleg bij een beslissing over u",
    LookupKind.DECIDE: "beslissingen van een nacht",
    LookupKind.PREVIEW: "een voorbeeld van een nacht",
    LookupKind.REGISTER: "het register",
    LookupKind.KEPT: "de lijst van de bezwaren",
    LookupKind.RETURNED: "wat ontvangers teruggaven",
    LookupKind.BREACH: "wie betrokken is bij een inbreuk",
}


def _lookups(facts: PersonFacts) -> tuple[Block, ...]:
    """When and for which question (CJEU C-579/21), not by whom; a reason is free text and may name another person."""
    rows = tuple((dutch.instant(lookup.at), _KINDS[lookup.what]) for lookup in facts.lookups)
    table = Table("Vóór deze opzoeking", ("Op", "Wat"), rows, (1, 2))
    return (table if rows else Text("Voor deze opzoeking werd nog niets over u opgezocht."),)


def _retention(facts: PersonFacts) -> tuple[Block, ...]:
    first, detailed = facts.first_night, facts.detailed_since
    if first is None:
        since = "Het register van verzendingen bevat nog geen leveringen."
    elif detailed is None:
        since = "Van alle leveringen is de bewaartermijn voorbij: het register zegt niet meer over wie ze gingen."
    elif detailed > first:
        since = (
            f"Het register zegt van leveringen sinds {dutch.day(detailed)} over wie ze gingen. Van oudere (vanaf "
            f"{dutch.day(first)}) kan de bewaartermijn voorbij zijn: dan staat er niet meer in over wie ze gingen, en "
            "kan dit document ze niet noemen."
        )
    else:
        since = f"Het register zegt van alle leveringen sinds de eerste, van {dutch.day(first)}, over wie ze gingen."
    return (
        Text("Een ontvanger mag uw gegevens bewaren zolang het protocol toelaat; elk protocol is gepubliceerd."),
        Text(since),
    )

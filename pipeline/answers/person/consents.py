"""A parent's consents as a table in Dutch. Pure; no value of a malformed event is repeated."""

from pipeline.answers.person.facts import ConsentEvent, PersonFacts
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Text
from pipeline.core.documents.table import Row, Table
from pipeline.core.model import Kbo


def consents_table(facts: PersonFacts) -> tuple[Block, ...]:
    if not facts.consents:
        return (Text("Er is nu geen toestemming of intrekking van u geregistreerd."),)
    columns = ("Nr.", "Wat", "Voor", "Gegeven op", "Gegevens", "Tekst", "Geldig tot")
    rows = tuple(_row(facts, event) for event in facts.consents)
    return (Table("Zoals nu geregistreerd", columns, rows, (2, 3, 5, 4, 4, 2, 3)),)


def _row(facts: PersonFacts, event: ConsentEvent) -> Row:
    to = facts.recipient(Kbo(event.kbo)) if event.kbo in facts.names else "(onbekend)"
    about = (to, dutch.instant(event.occurred_at))
    if event.is_malformed:
        return str(event.event_id), "foutief: telt als intrekking", *about, "-", "-", "-"
    if not event.is_grant:
        return str(event.event_id), "intrekking", *about, "-", "-", "-"
    terms = (dutch.fields(event.fields), event.text_version or "-", dutch.day(event.valid_until, "open"))
    return str(event.event_id), "toestemming", *about, *terms

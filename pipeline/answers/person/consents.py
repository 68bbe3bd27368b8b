"""What a parent said of consent, as a table in Dutch. Pure; of a malformed event nothing is taken over."""

from pipeline.answers.person.facts import Consent, Known
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Table, Text


def consents(known: Known) -> tuple[Block, ...]:
    if not known.consents:
        return (Text("Er is nu geen toestemming of intrekking van u geregistreerd."),)
    columns = ("Nr.", "Wat", "Voor", "Gegeven op", "Gegevens", "Tekst", "Geldig tot")
    rows = tuple(_consent(known, each) for each in known.consents)
    return (Table("Zoals nu geregistreerd", columns, (2, 3, 5, 4, 4, 2, 3), rows),)


def _consent(known: Known, each: Consent) -> tuple[str, ...]:
    to = dutch.recipient(each.kbo, known.names[each.kbo]) if each.kbo in known.names else "(onbekend)"
    about = (to, dutch.instant(each.occurred_at))
    if each.is_malformed:
        return str(each.event_id), "foutief: telt als intrekking", *about, "-", "-", "-"
    if not each.is_grant:
        return str(each.event_id), "intrekking", *about, "-", "-", "-"
    terms = (dutch.fields(each.fields), each.text_version or "-", dutch.day(each.valid_until, "open"))
    return str(each.event_id), "toestemming", *about, *terms

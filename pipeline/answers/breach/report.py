"""The notification of a breach to the authority (art. 33(3) GDPR), in Dutch, and the list for the letters. Pure.

What only the agency knows (how it came about, what was done since) is said to be missing, in red.
"""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pyarrow as pa

from pipeline.answers import texts
from pipeline.answers.breach.facts import BreachFacts, LeakedDrop
from pipeline.answers.texts import AgencyContact
from pipeline.core.documents import dutch
from pipeline.core.documents.csv import csv_bytes
from pipeline.core.documents.document import Block, Document, Facts, Text
from pipeline.core.documents.table import Row, Table
from pipeline.core.settings import Settings

HOURS = timedelta(hours=72)
"""From when the controller is aware of the breach (art. 33(1)): counted in UTC, since a day of Brussels may have 25."""
OFFICER = "Functionaris voor gegevensbescherming"
_DROP = ("Nacht", "Nr.", "Ouders", "Gegevens", "Bezorgd", "Opgehaald: vastgesteld", "Weggenomen")
_TO_FILL_IN = "Aan te vullen door het agentschap: {what}."
_CONSEQUENCES = (
    "Wie de lijst in handen kreeg, kent naam, adres, telefoon of e-mail van ouders, en weet dat hun gezin aan de "
    "voorwaarden van het decreet voldoet: dat het kwetsbaar is. Indicatoren, scores, gegevens van kinderen en het "
    "rijksregisternummer staan in geen levering."
)
_STANDING = {
    "usable": "de ontvanger mag ze nog gebruiken",
    "not_told": "mag niet meer, en de ontvanger weet het nog niet",
    "told": "mag niet meer, meegedeeld, niet bevestigd",
    "acknowledged": "mag niet meer, meegedeeld en bevestigd",
}


def breach_report(facts: BreachFacts, agency: AgencyContact, settings: Settings, reason: str) -> Document:
    """The same facts give the same document. No parent is named in it."""
    question, recipient = facts.question, dutch.recipient(facts.question.kbo, facts.name)
    return Document(
        title="Inbreuk in verband met persoonsgegevens",
        subtitle="Melding aan de toezichthoudende autoriteit (artikel 33, lid 3 AVG): wat het register weet",
        made=f"Opgemaakt op {dutch.instant(question.at)}",
        footer=f"Inbreuk, kenmerk {reason}",
        facts=_deadline(facts, agency),
        sections={
            "Aard van de inbreuk": (
                Facts(
                    (
                        ("Ontvanger van de leveringen", recipient),
                        ("Wat", _what(facts)),
                        ("Hoe het gebeurde", _TO_FILL_IN.format(what="oorzaak, en wie de gegevens nu kan hebben")),
                    ),
                    ("Hoe het gebeurde",),
                ),
            ),
            "Betrokkenen en gegevens": tuple(_affected(facts, settings)),
            "Per levering": tuple(_drops(facts)),
            "Mag de ontvanger deze gegevens nog gebruiken?": tuple(_standing(facts)),
            "Waarschijnlijke gevolgen": (Text(_CONSEQUENCES),),
            "Maatregelen": (
                Facts((("Wat gedaan is", _TO_FILL_IN.format(what="maatregelen en tijdstip")),), ("Wat gedaan is",)),
                Text(
                    "Wat deze gegevensdeling kan doen: leveringen aan de ontvanger stopzetten en wegnemen wat er nog "
                    "ligt (gegevensdeling suspend), een gestolen sleutel intrekken (gegevensdeling signing-key revoke)."
                ),
            ),
        },
    )


def affected_csv(facts: BreachFacts) -> bytes:
    """For the agency's letters (art. 34): a line a parent, by the agency's own id, and no other value of a person."""
    columns: dict[str, list[str]] = {
        "parent_id": [str(one.parent_id) if one.parent_id is not None else "" for one in facts.parents],
        "kenmerk": [one.reference for one in facts.parents],
        "eerste_nacht": [one.first.isoformat() for one in facts.parents],
        "laatste_nacht": [one.last.isoformat() for one in facts.parents],
        "leveringen": [str(one.drops) for one in facts.parents],
        "gegevens": [dutch.fields(one.fields) for one in facts.parents],
        "ingetrokken": [dutch.clock_instant(one.withdrawn_at) for one in facts.parents],
        "meegedeeld": [dutch.clock_instant(one.notice.published_at if one.notice else None) for one in facts.parents],
        "bevestigd": [dutch.clock_instant(one.notice.acknowledged_at if one.notice else None) for one in facts.parents],
    }
    return csv_bytes(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))


def _deadline(facts: BreachFacts, agency: AgencyContact) -> Facts:
    noticed = facts.question.noticed_at
    until = _TO_FILL_IN.format(what="--noticed, het tijdstip waarop het agentschap van de inbreuk wist")
    rows = {
        "Verwerkingsverantwoordelijke": agency.name,
        OFFICER: agency.responsible.get(OFFICER, texts.NOT_GIVEN.format(name=OFFICER)),
        "Vastgesteld op": dutch.instant(noticed) if noticed else until,
        "Te melden vóór": dutch.instant(noticed.astimezone(UTC) + HOURS) if noticed else "72 uur na de vaststelling",
    }
    unknown = (OFFICER,) if OFFICER not in agency.responsible else ()
    return Facts(tuple(rows.items()), (*unknown, *(() if noticed else ("Vastgesteld op",))))


def _what(facts: BreachFacts) -> str:
    question, number = facts.question, dutch.count(len(facts.drops), "levering", "leveringen")
    if question.stem:
        return f"De levering {question.stem}."
    return f"{number} in de nachten van {dutch.day(question.first)} tot en met {dutch.day(question.last)}."


def _affected(facts: BreachFacts, settings: Settings) -> Iterator[Block]:
    parents, lines = len(facts.parents), sum(drop.parents for drop in facts.drops)
    yield Text(f"{dutch.count(parents, 'ouder', 'ouders')}, in {dutch.count(lines, 'regel', 'regels')}.", "notice")
    who = texts.SUBJECTS.format(years=settings.child_age_limit_years)
    yield Facts((("Categorie van betrokkenen", who), ("Gegevens", dutch.fields(facts.fields))))
    if gone := sum(one.parent_id is None for one in facts.parents):
        yield Text(
            f"Voor {gone} van hen is er geen dossier meer: de lijst geeft in de plaats het kenmerk bij de ontvanger."
        )
    if redacted := sum(drop.redacted for drop in facts.drops):
        yield Text(
            f"Daarnaast {dutch.count(redacted, 'regel', 'regels')} waarvan de bewaartermijn voorbij is: het register "
            "zegt niet meer over wie ze gingen."
        )


def _drops(facts: BreachFacts) -> Iterator[Block]:
    if not facts.drops:
        yield Text("Geen enkele levering die telde, of die iemand kan hebben.")
        return
    yield Table("Leveringen", _DROP, tuple(map(_drop, facts.drops)), (4, 2, 3, 7, 5, 6, 5))


def _drop(drop: LeakedDrop) -> Row:
    delivery = drop.delivery
    published = dutch.short_instant(delivery.published) if delivery.certain else "niet bevestigd"
    fetched = f"mogelijk, vóór {dutch.short_instant(delivery.taken_early)}" if delivery.taken_early else None
    return (
        dutch.short_day(drop.night),
        str(drop.sequence),
        str(drop.parents),
        dutch.fields(drop.fields) if drop.fields else "-",
        published,
        fetched or dutch.short_instant(delivery.fetched),
        dutch.short_instant(delivery.taken_away),
    )


def _standing(facts: BreachFacts) -> Iterator[Block]:
    rows = tuple((_STANDING[name], str(number)) for name, number in facts.standing.items())
    yield Table("Ouders naar wat de ontvanger mag en weet", ("Stand", "Ouders"), rows, (6, 1))

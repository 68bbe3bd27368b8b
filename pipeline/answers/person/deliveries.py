"""What was disclosed of one parent, as tables: by what it stands on, and every delivery. Pure."""

from collections.abc import Sequence

from pipeline.answers.person.facts import Known
from pipeline.answers.person.lines import Given
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Table, Text
from pipeline.core.model import Kbo

Ground = tuple[Kbo, tuple[str, ...], tuple[str, ...], tuple[str, ...], int, str, int | None]
"""Recipient, fields, agreements, protocols, consent event, text version, retention in days."""


def shared(known: Known) -> tuple[Block, ...]:
    """Two tables: the second has exactly one row for each line that the ledger holds of a drop that was there."""
    if not known.given:
        return (Text("Niets."),)
    grounds = list(dict.fromkeys(_ground(one) for one in known.given))
    by_ground = Table(
        "Aan wie, wat, en waarop het steunt",
        ("Grond", "Ontvanger", "Gegevens", "Leveringen", "Overeenkomst en protocol", "Toestemming"),
        (2, 6, 5, 4, 7, 4),
        tuple(_of_ground(known, number, ground) for number, ground in enumerate(grounds, 1)),
    )
    every = Table(
        "Elke levering",
        ("Nacht", "Ontvanger", "Nr.", "Gegevens", "Bezorgd", "Opgehaald: vastgesteld", "Weggenomen", "Grond"),
        (6, 8, 3, 10, 8, 8, 8, 4),
        tuple(_delivery(known, one, grounds.index(_ground(one)) + 1) for one in known.given),
    )
    return by_ground, every, Text("Wat er precies stond, is niet bewaard: alleen welke gegevens het waren.")


def _ground(one: Given) -> Ground:
    papers = one.line.disclosure
    return (
        one.line.kbo,
        papers.fields,
        papers.agreements,
        papers.protocols,
        papers.consent_event,
        papers.text_version,
        papers.retention_days,
    )


def _of_ground(known: Known, number: int, ground: Ground) -> tuple[str, ...]:
    kbo, fields, agreements, protocols, event, text, days = ground
    retention = dutch.count(days, "dag", "dagen") if days else "zie het protocol"
    return (
        str(number),
        dutch.recipient(kbo, known.names.get(kbo)),
        dutch.fields(fields),
        _when([one for one in known.given if _ground(one) == ground]),
        f"overeenkomst {', '.join(agreements)}\nprotocol {', '.join(protocols)}\nbewaartermijn: {retention}",
        f"nr. {event}\ntekst {text}",
    )


def _when(of: Sequence[Given]) -> str:
    first, last = dutch.short_day(of[0].line.night), dutch.short_day(of[-1].line.night)
    return f"{len(of)}: {first}" + (f"\ntot {last}" if last != first else "")


def _delivery(known: Known, one: Given, ground: int) -> tuple[str, ...]:
    drop, line = one.delivered, one.line
    return (
        dutch.short_day(line.night) + (" *" if one.other_number else ""),
        known.names.get(line.kbo) or dutch.kbo(line.kbo),
        str(line.sequence),
        dutch.fields(line.disclosure.fields),
        dutch.short_instant(drop.published) if drop.certain else "niet bevestigd",
        dutch.short_instant(drop.fetched),
        dutch.short_instant(drop.taken_away),
        str(ground),
    )

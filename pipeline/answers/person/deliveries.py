"""The disclosures of one parent as tables: by legal ground, and every delivery. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.answers.person.facts import PersonFacts
from pipeline.answers.person.lines import DisclosureLine, DropDelivery
from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Text
from pipeline.core.documents.table import Row, Table
from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure

Ground = tuple[Kbo, Disclosure]
"""Recipient, and a disclosure without its person: fields, papers, consent and retention."""


def deliveries_tables(facts: PersonFacts) -> tuple[Block, ...]:
    """Two tables: the second has exactly one row for each line of `facts`."""
    if not facts.lines:
        return (Text("Niets."),)
    grounds: dict[Ground, list[DisclosureLine]] = {}
    for line in facts.lines:
        grounds.setdefault(_ground(line), []).append(line)
    numbers = {ground: number for number, ground in enumerate(grounds, 1)}
    by_ground = Table(
        "Aan wie, wat, en waarop het steunt",
        ("Grond", "Ontvanger", "Gegevens", "Leveringen", "Overeenkomst en protocol", "Toestemming"),
        tuple(_ground_row(facts, numbers[ground], ground, lines) for ground, lines in grounds.items()),
        (2, 6, 5, 4, 7, 4),
    )
    every = Table(
        "Elke levering",
        ("Nacht", "Ontvanger", "Nr.", "Gegevens", "Bezorgd", "Opgehaald: vastgesteld", "Weggenomen", "Grond"),
        tuple(_delivery_row(facts, line, numbers[_ground(line)]) for line in facts.lines),
        (6, 8, 3, 10, 8, 8, 8, 4),
    )
    return by_ground, every, Text("Wat er precies stond, is niet bewaard: alleen welke gegevens het waren.")


def _ground(line: DisclosureLine) -> Ground:
    return line.kbo, replace(line.disclosure, reference="", person=b"", insz=None, key_id="")


def _ground_row(facts: PersonFacts, number: int, ground: Ground, lines: Sequence[DisclosureLine]) -> Row:
    kbo, papers = ground
    days, agreements, protocols = papers.retention_days, ", ".join(papers.agreements), ", ".join(papers.protocols)
    retention = dutch.count(days, "dag", "dagen") if days else "zie het protocol"
    first, last = dutch.short_day(lines[0].night), dutch.short_day(lines[-1].night)
    return (
        str(number),
        facts.recipient(kbo),
        dutch.fields(papers.fields),
        f"{len(lines)}: {first}" + (f"\ntot {last}" if last != first else ""),
        f"overeenkomst {agreements}\nprotocol {protocols}\nbewaartermijn: {retention}",
        f"nr. {papers.consent_event}\ntekst {papers.text_version}" if papers.consent_event else "niet gekend",
    )


def _delivered(drop: DropDelivery) -> str:
    if drop.taken_early:
        return "niet bezorgd"
    return dutch.short_instant(drop.published) if drop.certain else "niet bevestigd"


def _delivery_row(facts: PersonFacts, line: DisclosureLine, ground: int) -> Row:
    drop = facts.drops[line.drop]
    return (
        dutch.short_day(line.night) + (" *" if line.other_number else ""),
        facts.names.get(line.kbo) or dutch.kbo(line.kbo),
        str(line.sequence),
        dutch.fields(line.disclosure.fields),
        _delivered(drop),
        f"mogelijk, vóór {dutch.short_instant(drop.taken_early)}"
        if drop.taken_early
        else dutch.short_instant(drop.fetched),
        dutch.short_instant(drop.taken_away),
        str(ground),
    )

"""A world in which every column of the rows about persons holds each value that a check lets through, once.

One value a parent, so that each can be asked of apart; some parents have several. Beside them stand clean parents.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipeline.core.feeds import ABOUT_ONE_PERSON, FEEDS, UNPARSABLE
from tests.support.worlds.small_world import BRUGGE, GENT, person, small_world
from tests.support.worlds.tables import Row, World

BLANKS = ["", " ", "\t\r\n", "\u00a0", "\u200b\u2060", "\ufeff", "\u3000", "\x1f"]
ODD_TEXTS = [*BLANKS, "Zoe\u0308", "x" * 1_000_000, "\x01\x1b[2J", "=1+1", "name,,address", "\U0001f600", "null"]
"""Texts that a database stores and that something later may stumble over."""

IMPOSSIBLE = object()
"""A value that `extract` makes NULL and names in `unparsable`: infinity, where the column is a day or an instant."""

LAST, FIRST = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), datetime(1900, 1, 1, tzinfo=UTC)
ELSEWHERE = object()
"""A whole number that is no other row's."""

CLEAN = 2
"""So many parents of each recipient are clean, with the lowest ids."""

Values = Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class PlantedWorld:
    """`values`: what was planted, by parent_id; `clean`: the same world with the clean parents alone."""

    world: World
    values: Mapping[int, Values]
    clean: World


def planted_world(today: date, seed: int = 1) -> PlantedWorld:
    plantings = [*_single(), *_several(random.Random(seed))]
    made = _with_homes(small_world({BRUGGE: CLEAN, GENT: CLEAN + len(plantings)}, today), today.year - 1)
    first = 201 + CLEAN
    values = dict(enumerate(plantings, first))
    place = {row["parent_id"]: at for at, row in enumerate(made["parent"])}
    for id_, planted in values.items():
        for (feed, column), value in planted.items():
            _put(made[feed][place[id_]], column, id_, value)
    _put_in_services(made)
    clean = _with_homes(small_world({BRUGGE: CLEAN, GENT: CLEAN}, today), today.year - 1)
    return PlantedWorld(made, values, clean)


def _with_homes(made: World, year: int) -> World:
    homes = [{"child_id": child["child_id"], "year": year, "nis_code": "44021"} for child in made["child"]]
    return made | {"child_on_31_december": homes}


def _single() -> Iterator[Values]:
    for feed, column in _columns():
        yield from ({(feed, column): value} for value in odd_values(feed, column))
    yield {("parent", "insz"): FULL_WIDTH}


def _several(draw: random.Random) -> Iterator[Values]:
    for _ in range(12):
        chosen = draw.sample(_columns(), 4)
        yield {(feed, column): draw.choice(odd_values(feed, column)) for feed, column in chosen}


FULL_WIDTH = object()
"""The parent's own INSZ in digits of full width."""


def _columns() -> list[tuple[str, str]]:
    """All but the two numbers by which a parent and a family are known here."""
    known_by = {("parent", "parent_id"), ("family", "family_id")}
    found = [(name, column) for name in FEEDS if name in ABOUT_ONE_PERSON for column in FEEDS[name].columns]
    return [each for each in found if each not in known_by]


def odd_values(feed: str, column: str) -> list[Any]:
    """Of a column of a row about one person, those that no check stops a night for."""
    match FEEDS[feed].columns[column]:
        case "varchar":
            turn = [*FEEDS[feed].columns].index(column) % 3
            return [None, *ODD_TEXTS[turn::3]]  # a third each: every text in several columns of a feed
        case "date":
            return [IMPOSSIBLE, None, LAST.date(), FIRST.date()]
        case "timestamptz":
            ahead = [] if column == "recorded_at" else [LAST]  # rows recorded far ahead stop the run
            return [IMPOSSIBLE, None, FIRST, *ahead]
        case "boolean":
            return [None]
        case _:
            return [ELSEWHERE]


def _put(row: Row, column: str, id_: int, value: Any) -> None:
    if value is FULL_WIDTH:
        value = person(id_)["insz"].translate({48 + digit: 0xFF10 + digit for digit in range(10)})
    row[column] = None if value is IMPOSSIBLE else 2**63 - id_ if value is ELSEWHERE else value
    if value is IMPOSSIBLE:
        row[UNPARSABLE] = ",".join(filter(None, (row.get(UNPARSABLE), column)))


def _put_in_services(made: World) -> None:
    """Odd texts and numbers in rows about services and papers: what is public is shown on every page."""
    odd = "\x01\x1b[2J\t\U0001f600" + "x" * 10_000
    for row in (*made["recipient"], *made["local_team"]):
        row["name"] += odd
    for row in made["protocol"]:
        row |= {"published_url": odd, "recipient_published_url": odd, "valid_until": LAST.date()}
    other = {"protocol_id": odd, "legal_basis": odd, "kind": odd, "fields": odd, "retention_days": 2**63 - 1}
    made["protocol"].append(made["protocol"][0] | other)
    made["agreement"].append(made["agreement"][0] | {"agreement_id": odd, "min_criteria": -(2**63)})
    made["consent_text"].append({"text_version": odd, "accepted_from": FIRST.date(), "accepted_until": LAST.date()})

"""Random histories for the proof of the gate: families on two places, and what happened to them.

A history is recipients A and B, each with a place of its own, and C, which has none (any more); their papers; and a few
families with what happened to them. Its values are drawn (draws.py), and some are spoilt last of all (mishaps.py).
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from pipeline.core.model import Moment
from tests.spec.batch import ROOM, plain_codes, renumbered, together
from tests.support.worlds.drawn_consents import events
from tests.support.worlds.drawn_papers import papers
from tests.support.worlds.draws import NIGHTS, Draw, a_night, shaped_places
from tests.support.worlds.mishaps import with_mishaps
from tests.support.worlds.tables import World, world

__all__ = ["NIGHTS", "a_night", "random_world", "shaped_places"]

LEAP_DAY = date(2024, 2, 29)


def random_world(rng: Random, at: Moment, histories: int) -> World:
    """So many histories side by side, on places of their own; at most a hundred."""
    shaped = [*shaped_places()]
    rng.shuffle(shaped)
    plain = [(code,) for code in plain_codes()]
    made = []
    for number in range(histories):
        special = shaped and rng.random() < 0.5
        home, other = (shaped.pop() if special else plain.pop()), plain.pop()
        draw = Draw(rng, at, number)
        made.append(with_mishaps(draw, renumbered(history(draw, home, other), number)))
    return together(made)


def history(draw: Draw, home: tuple[str, ...], other: tuple[str, ...]) -> World:
    """Two recipients, A at `home` and B at `other`, and one to four families."""
    families = [family(draw, number, home, other) for number in range(1, 2 + draw.rng.randrange(4))]
    return world(
        papers(draw, home, other) | {feed: [row for each in families for row in each[feed]] for feed in families[0]}
    )


def family(draw: Draw, number: int, home: tuple[str, ...], other: tuple[str, ...]) -> World:
    """A family with its parents, children, addresses, assessments and consents; numbers of its own."""
    ids = [number * 10 + n for n in range(1 + draw.count(6, 4, 1))]
    parents = [{"parent_id": parent, "family_id": number} | person(draw, parent) for parent in ids]
    children = [{"child_id": number * 10 + n, "family_id": number} | born(draw) for n in range(draw.count(1, 12, 4))]
    return {
        "family": [{"family_id": number, "local_team_id": draw.usually("T1", "T2", share=0.96)}],
        "parent": parents,
        "child": children,
        "residence": [row for parent in ids for row in homes(draw, parent, home, other)],
        "indicator_assessment": [row for child in children for row in assessments(draw, child)],
        "consent_event": [row for parent in ids for row in events(draw, parent)],
    }


def person(draw: Draw, parent: int) -> dict[str, Any]:
    return {
        "insz": some_insz(draw, parent),
        "first_name": draw.usually("Noor", None, "\u00a0", " Ö ", share=0.98),
        "last_name": draw.usually("Voorbeeld", None, "", "\t", share=0.98),
        "phone": draw.usually("+32 9 000 00 00", None, "", "\u00a0", "?", share=0.7),
        "email": draw.usually("noor@example.org", None, " ", share=0.7),
        "deceased_on": draw.usually(None, *(draw.day(n) for n in (-1, 0, 1)), share=0.97),
    }


def some_insz(draw: Draw, parent: int) -> str | None:
    """This row's own; or that of one person whom several rows of the history are about, in whatever spelling."""
    own, shared = insz_of(draw.number * ROOM + parent), insz_of(draw.number * ROOM)
    dotted = f"{shared[:2]}.{shared[2:4]}.{shared[4:6]}-{shared[6:9]}.{shared[9:]}"
    wide = shared.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    odd = draw.rng.choice([None, own[:-2] + "00", "", own[:-1] + "０", f"{own} "])
    return draw.usually(own, *(shared,) * 20, dotted, wide, wide, odd, share=0.6)


def insz_of(number: int) -> str:
    """A synthetic one (sequence number 000), of before 2000 or since."""
    nine = f"{number:06d}000"
    return f"{nine}{97 - int(('', '2')[number % 2] + nine) % 97:02d}"


def born(draw: Draw) -> dict[str, Any]:
    day, third = draw.at.day, None
    if (day.month, day.day) != (2, 29):
        third = day.replace(year=day.year - 3)
    edges = [third + timedelta(days=n) for n in (-1, 0, 1)] if third else []
    return {"birth_date": draw.usually(draw.day(-120), *edges, LEAP_DAY, draw.day(0), draw.day(1), share=0.75)}


def homes(draw: Draw, parent: int, home: tuple[str, ...], other: tuple[str, ...]) -> list[dict[str, Any]]:
    """Addresses, one per day of beginning and instant of recording, as the table's key has it."""
    made = {}
    for _ in range(draw.count(1, 24, 8, 3)):
        key = (
            draw.usually(draw.day(-130), *(draw.day(n) for n in (-131, -1, 0, 1)), share=0.75),
            draw.recorded(share=0.8),
        )
        made[key] = address(draw, draw.usually(draw.rng.choice(home), *elsewhere(draw, other), share=0.93))
    if draw.now_and_then(0.04):
        made[draw.day(-140), draw.recorded(share=0)] = address(draw, home[0]) | {"confidential": True}
    rows = [{"parent_id": parent, "valid_from": day, "recorded_at": at} | row for (day, at), row in made.items()]
    draw.rng.shuffle(rows)
    return rows


def elsewhere(draw: Draw, other: tuple[str, ...]) -> tuple[str | None, ...]:
    """Codes that are not home."""
    return other[0], "99999", None, *draw.rng.choice(shaped_places())


def address(draw: Draw, code: str | None) -> dict[str, Any]:
    return {
        "nis_code": code,
        "confidential": draw.usually(False, True, None, share=0.98),
        "street": draw.usually("Voorbeeldstraat", None, "\u200b", share=0.9),
        "house_number": draw.usually("1", "2A", None, share=0.8),
        "box_number": draw.usually(None, "3", "bus 0", share=0.7),
        "postal_code": draw.usually("9000", None, " ", share=0.92),
    }


def assessments(draw: Draw, child: dict[str, Any]) -> list[dict[str, Any]]:
    born_on = child["birth_date"]
    rows = []
    for number in range(draw.count(1, 10, 5, 3)):
        rows.append(
            {
                "assessment_id": child["child_id"] * 10 + number,
                "child_id": child["child_id"],
                "assessed_on": draw.usually(
                    draw.day(-60), born_on, born_on - timedelta(days=1), draw.day(0), draw.day(1), share=0.6
                ),
                "recorded_at": draw.recorded(share=0.7),
                **filled(draw),
            }
        )
    draw.rng.shuffle(rows)
    return rows


def filled(draw: Draw) -> dict[str, bool | None]:
    """The six criteria; now and then just one of them, or none."""
    criteria = ("income", "education", "employment", "stimulation", "housing", "health")
    few = draw.usually(None, [], [draw.rng.choice(criteria)], share=0.88)
    return {
        name: draw.usually(True, False, None, share=0.62) if few is None else (name in few or None) for name in criteria
    }

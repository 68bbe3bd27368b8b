"""Random histories for the proof of the gate: tiny domains of values, so that ties, edges and collisions are the rule.

A history is two recipients, A and B, each with a place of its own, their papers, and a few families with what happened
to them. Every draw takes the ordinary value first and more often, so that the deep rules are reached, and so that a
failure found by Hypothesis shrinks towards the ordinary.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from pipeline.core.model import Moment
from tests.spec.batch import plain_codes, renumbered, together
from tests.support.reference.gate import reference
from tests.support.worlds.tables import World, world

A, B = "0000000001", "0000000002"
ALL_FIELDS = "name,address,phone,email"
NIGHTS = (
    "2026-06-15 01:30",  # an ordinary night
    "2025-01-01 02:30",  # the first night after the mergers
    "2024-12-31 22:59:59",  # the last second before them
    "2024-12-31 23:00",  # and the first after, in UTC still the year before
    "2026-03-28 23:00",  # the first second of the day of 23 hours
    "2026-03-29 00:59:59",  # the last second of winter time
    "2026-03-29 01:30",
    "2026-03-29 21:59:59",  # its last second
    "2026-10-24 22:00",  # the first second of the day of 25 hours
    "2026-10-25 00:30",  # 02:30, for the first time
    "2026-10-25 01:30",  # 02:30, for the second time
    "2026-10-25 22:59:59",  # its last second
    "2027-02-28 02:30",  # the eve of the third birthday of a child of 29 February
    "2027-02-28 23:30",  # that birthday, in UTC the day before
    "2028-02-28 23:00",  # 29 February begins
    "2019-01-01 02:30",  # the first night after the mergers of 2019
)
LEAP_DAY = date(2024, 2, 29)


@cache
def shaped_places() -> tuple[tuple[str, ...], ...]:
    """Municipalities that a merger made: the code since, then the codes before."""
    made: dict[str, list[str]] = {}
    for merger in reference("mergers"):
        made.setdefault(merger["nieuwe_nis"], []).append(merger["oude_nis"])
    return tuple((new, *(old for old in olds if old != new)) for new, olds in made.items())


@dataclass(frozen=True)
class Draw:
    """Draws for one history, decided at `at`."""

    rng: Random
    at: Moment

    def usually(self, ordinary: Any, *others: Any, share: float = 0.88) -> Any:
        """The ordinary value, or once in a while one of the others."""
        return ordinary if self.rng.random() < share else self.rng.choice(others)

    def count(self, *weights: int) -> int:
        """0, 1, 2, ... by weight."""
        return self.rng.choice([number for number, weight in enumerate(weights) for _ in range(weight)])

    def day(self, days: int) -> date:
        return self.at.day + timedelta(days=days)

    def begin(self, **odds: float) -> date:
        """A first day: long ago, or at the edge of this day or of a merger."""
        edges = [self.day(n) for n in (-1, 0, 1)] + [date(y, m, d) for y in (2019, 2025) for m, d in ((1, 1), (1, 2))]
        before = [date(2018, 12, 31), date(2024, 12, 31)]
        return self.usually(self.day(-150), *edges, *before, **odds)

    def end(self, **odds: float) -> date | None:
        """A last day: none, or at the edge of this day."""
        return self.usually(None, *(self.day(n) for n in (-400, -1, 0, 1, 400)), **odds)

    def happened(self) -> datetime:
        """When something took place, in relation to the instant of the decision."""
        return self.usually(self.at.at - timedelta(days=100), *_near(self.at.at), share=0.45)

    def recorded(self, share: float = 0.85) -> datetime:
        """When something was recorded, in relation to what is known."""
        return self.usually(self.at.known_at - timedelta(days=100), *_near(self.at.known_at), share=share)


def _near(instant: datetime) -> list[datetime]:
    steps = (timedelta(days=-101), timedelta(days=-40), timedelta(days=-1), timedelta(hours=-1), timedelta(seconds=-1))
    return [instant + step for step in (*steps, timedelta(0), timedelta(seconds=1), timedelta(days=1))]


def a_night(rng: Random) -> Moment:
    """One of the nights, decided then; or replayed with what was known a little earlier or later."""
    at = datetime.fromisoformat(rng.choice(NIGHTS)).replace(tzinfo=UTC)
    apart = rng.choice([timedelta(0)] * 4 + [timedelta(days=-1), timedelta(hours=2), timedelta(days=30)])
    return Moment(at, at + apart)


def random_world(rng: Random, at: Moment, histories: int) -> World:
    """So many histories side by side, on places of their own; at most a hundred."""
    shaped = [*shaped_places()]
    rng.shuffle(shaped)
    plain = [(code,) for code in plain_codes()]
    made = []
    for number in range(histories):
        special = shaped and rng.random() < 0.5
        home, other = (shaped.pop() if special else plain.pop()), plain.pop()
        made.append(renumbered(history(Draw(rng, at), home, other), number))
    return together(made)


def history(draw: Draw, home: tuple[str, ...], other: tuple[str, ...]) -> World:
    """Two recipients, A at `home` and B at `other`, and one to four families."""
    families = [family(draw, number, home, other) for number in range(1, 2 + draw.rng.randrange(4))]
    papers = {
        "recipient": [{"kbo": A}, {"kbo": B}],
        "recipient_municipality": serving(draw, home, other),
        "local_team": [{"local_team_id": "T1"}, {"local_team_id": "T2"}],
        "agreement": [version for n in range(draw.count(1, 14, 8)) for version in agreement(draw, f"A{n}")],
        "protocol": [version for n in range(draw.count(1, 12, 4)) for version in protocol(draw, f"P{n}")],
        "consent_text": [
            {"text_version": text, "accepted_from": draw.begin(), "accepted_until": draw.end()}
            for text in ("v1", "v2")[: draw.usually(2, 1, 0)]
        ],
    }
    return world(papers | {feed: [row for each in families for row in each[feed]] for feed in families[0]})


def serving(draw: Draw, home: tuple[str, ...], other: tuple[str, ...]) -> list[dict[str, Any]]:
    """Who serves where: A at home (under its old codes as well), B elsewhere; now and then both, or nobody."""
    long_ago = date(2015, 1, 1)
    rows = [
        {
            "kbo": A,
            "nis_code": code,
            "valid_from": draw.usually(long_ago, draw.begin()),
            "valid_until": draw.end(share=0.95),
        }
        for code in home
    ]
    rows.append({"kbo": B, "nis_code": other[0], "valid_from": long_ago, "valid_until": None})
    overlap = draw.usually(None, (B, home[0]), (A, other[0]), (A, home[0]), share=0.9)
    if overlap:
        rows.append({"kbo": overlap[0], "nis_code": overlap[1], "valid_from": draw.begin(), "valid_until": draw.end()})
    return [
        row
        for n, row in enumerate(rows)
        if (row["kbo"], row["nis_code"], row["valid_from"])
        not in [(r["kbo"], r["nis_code"], r["valid_from"]) for r in rows[:n]]
    ]


def versions(draw: Draw, paper: dict[str, Any], again: Any) -> list[dict[str, Any]]:
    """One to three versions of a paper, each recorded at an instant of its own."""
    made = {draw.recorded(): paper}
    for _ in range(draw.count(6, 2, 1)):
        made[draw.recorded(share=0.2)] = again()
    return [version | {"recorded_at": recorded} for recorded, version in made.items()]


def term(draw: Draw) -> dict[str, Any]:
    return {
        "kbo": draw.usually(A, B, share=0.94),
        "signed_on": draw.usually(draw.day(-160), None, *(draw.day(n) for n in (-1, 0, 1)), share=0.94),
        "valid_from": draw.begin(share=0.88),
        "valid_until": draw.end(share=0.95),
        "ended_on": draw.end(share=0.95),
    }


def agreement(draw: Draw, name: str) -> list[dict[str, Any]]:
    def one() -> dict[str, Any]:
        criteria = draw.usually(None, 0, 1, 2, 3, 4, 6, 7, share=0.7)
        team = draw.usually("T1", "T2", share=0.94)
        return term(draw) | {"agreement_id": name, "local_team_id": team, "min_criteria": criteria}

    return versions(draw, one(), one)


def protocol(draw: Draw, name: str) -> list[dict[str, Any]]:
    def one() -> dict[str, Any]:
        return term(draw) | {
            "protocol_id": name,
            "legal_basis": draw.usually("decree-2022-02-04", "decree-2014-04-25", share=0.96),
            "kind": draw.usually("protocol", "processing_agreement", share=0.96),
            "published_url": draw.usually("https://example.org/p", None, "", share=0.95),
            "dpo_advice_on": draw.usually(draw.day(-170), None, *(draw.day(n) for n in (-1, 0, 1)), share=0.92),
            "fields": some_fields(draw, share=0.75),
            "retention_days": draw.usually(365, 30, 90),
        }

    return versions(draw, one(), one)


def some_fields(draw: Draw, share: float) -> str | None:
    """Mostly sound lists; some blank, some outside the decree."""
    sound = (
        "name,phone",
        "name,email",
        "address,name",
        "email, name ,phone",
        "name",
        "phone,address",
        "name,name,phone",
    )
    wrong = (None, "", " ", "name,insz", "Name,phone", "name,", "name;phone")
    return draw.usually(ALL_FIELDS, *sound * 3, *wrong, share=share)


def family(draw: Draw, number: int, home: tuple[str, ...], other: tuple[str, ...]) -> World:
    """A family with its parents, children, addresses, assessments and consents; numbers of its own."""
    parents = [
        {"parent_id": number * 10 + n, "family_id": number} | person(draw) for n in range(1 + draw.count(6, 4, 1))
    ]
    children = [{"child_id": number * 10 + n, "family_id": number} | born(draw) for n in range(draw.count(1, 12, 4))]
    ids = [parent["parent_id"] for parent in parents]
    return {
        "family": [{"family_id": number, "local_team_id": draw.usually("T1", "T2", share=0.96)}],
        "parent": parents,
        "child": children,
        "residence": [row for parent in ids for row in homes(draw, parent, home, other)],
        "indicator_assessment": [row for child in children for row in assessments(draw, child)],
        "consent_event": [row for parent in ids for row in events(draw, parent)],
    }


def person(draw: Draw) -> dict[str, Any]:
    return {
        "insz": draw.usually("90010100024", None, "05030300065", "90010100025", "", "９0010100024", share=0.96),
        "first_name": draw.usually("Noor", None, "\u00a0", " Ö ", share=0.97),
        "last_name": draw.usually("Voorbeeld", None, "", "\t", share=0.98),
        "phone": draw.usually("+32 9 000 00 00", None, "", "\u00a0", "?", share=0.7),
        "email": draw.usually("noor@example.org", None, " ", share=0.7),
        "deceased_on": draw.usually(None, *(draw.day(n) for n in (-1, 0, 1)), share=0.97),
    }


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
            draw.usually(draw.day(-130), *(draw.day(n) for n in (-131, -1, 0, 1)), share=0.6),
            draw.recorded(share=0.7),
        )
        made[key] = {
            "nis_code": draw.usually(
                draw.rng.choice(home), other[0], "99999", None, *draw.rng.choice(shaped_places()), share=0.93
            ),
            "confidential": draw.usually(False, True, None, share=0.97),
            "street": draw.usually("Voorbeeldstraat", None, "\u200b", share=0.9),
            "house_number": draw.usually("1", "2A", None, share=0.8),
            "box_number": draw.usually(None, "3", "bus 0", share=0.7),
            "postal_code": draw.usually("9000", None, " ", share=0.92),
        }
    rows = [{"parent_id": parent, "valid_from": day, "recorded_at": at} | row for (day, at), row in made.items()]
    draw.rng.shuffle(rows)
    return rows


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


def events(draw: Draw, parent: int) -> list[dict[str, Any]]:
    """What a parent told, mostly to A; instants from a handful, so that they meet."""
    rows = []
    for number in range(draw.count(2, 12, 8, 4, 2)):
        occurred = draw.happened()
        rows.append(
            {
                "event_id": parent * 10 + number,
                "parent_id": parent,
                "kbo": draw.usually(A, B, share=0.92),
                "kind": draw.usually("grant", "withdrawal", "withdrawal", "Grant", None, share=0.75),
                "text_version": draw.usually("v1", "v2", "v9", None, " ", share=0.9),
                "fields": some_fields(draw, share=0.75),
                "valid_until": draw.end(share=0.75),
                "occurred_at": occurred,
                "recorded_at": draw.usually(draw.recorded(), occurred, occurred + timedelta(seconds=1), share=0.6),
            }
        )
    draw.rng.shuffle(rows)
    return rows

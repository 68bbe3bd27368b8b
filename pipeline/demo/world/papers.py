"""Agreements, protocols and consent texts: most in good order, the others with one flaw each, named here."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from pipeline.demo.world.registries import CAW_KBO, MERGER, Registry, Row
from pipeline.demo.world.schema import rows

GENT_KBO = "0212214125"
COVERED = 126
"""Recipients with at least one agreement, whatever the scale."""
SUSPENDED_AGREEMENTS, SUSPENDED_PROTOCOLS, RENEWED = 2, 1, 5
"""How many recipients of merged municipalities have which papers."""

FULL = "name,address,phone,email"
PROTOCOL_FIELDS = (FULL, FULL, FULL, FULL, FULL, "name, phone, email", "email,phone,name,address", "name,address,phone")
RETENTION_DAYS = (90, 180, 180, 365, 365, 730)
MIN_CRITERIA = (None, None, None, None, None, None, 3, 2, 4, None)

TEXTS: tuple[tuple[str, date, date | None], ...] = (
    ("2022-1", date(2022, 4, 1), date(2024, 6, 30)),
    ("2023-2", date(2023, 1, 1), None),
    ("2024-b", date(2024, 2, 1), date(2025, 1, 31)),
    ("2025-1", date(2025, 6, 1), None),
)


def agreement_flaws(as_of: date) -> dict[str, Row]:
    """Flaw to what it changes in an agreement that would be in force."""
    return {
        "unsigned": {"signed_on": None},
        "ended": {"ended_on": as_of - timedelta(days=12)},
        "invalid_criteria": {"min_criteria": 7},
        "expired": {"valid_until": as_of - timedelta(days=33)},
        "future": {"valid_from": as_of + timedelta(days=40)},
        "no_criteria": {"min_criteria": 0},
    }


def protocol_flaws(as_of: date) -> dict[str, Row]:
    """Flaw to what it changes in a protocol that would be in force."""
    return {
        "unpublished": {"published_url": None},
        "unpublished_by_recipient": {"recipient_published_url": None},
        "no_advice": {"dpo_advice_on": None},
        "no_advice_of_recipient": {"recipient_dpo_advice_on": None},
        "other_basis": {"legal_basis": "decree-2014-01-24"},
        "processing": {"kind": "processing_agreement"},
        "outside_decree": {"fields": "name,address,phone,email,insz"},
        "unsigned": {"signed_on": None},
        "ended": {"ended_on": as_of - timedelta(days=5)},
        "expired": {"valid_until": as_of - timedelta(days=60)},
        "advice_to_come": {"dpo_advice_on": as_of + timedelta(days=10)},
        "future": {"valid_from": as_of + timedelta(days=20)},
    }


SOLE_AGREEMENT_FLAWS = {9: "unsigned", 21: "ended", 33: "invalid_criteria"}
SOLE_PROTOCOL_FLAWS = {6: "unpublished", 12: "no_advice", 18: "other_basis", 24: "processing", 30: "outside_decree"}
"""Rank in inhabitants, among the covered, of a recipient whose only paper has that flaw."""


def draw_up_papers(register: Registry, as_of: date, rng: np.random.Generator) -> dict[str, pa.Table]:
    """The papers as recorded before `as_of`: a table per feed."""
    desk = _Desk(register, as_of, rng)
    *others, largest = sorted(register.merged, key=register.people.__getitem__)
    merged = [str(kbo) for kbo in rng.permutation(others)]
    merged.insert(SUSPENDED_AGREEMENTS + SUSPENDED_PROTOCOLS, largest)  # always renewed: it is a third of them all
    plain = sorted(_chosen(register, rng), key=lambda kbo: -register.people[kbo])
    for rank, kbo in enumerate(plain):
        desk.fill(kbo, rank)
    for place, kbo in enumerate(merged[: SUSPENDED_AGREEMENTS + SUSPENDED_PROTOCOLS + RENEWED]):
        desk.fill_merged(kbo, place)
    texts: list[Row] = [
        {"text_version": v, "accepted_from": since, "accepted_until": until} for v, since, until in TEXTS
    ]
    texts.append({"text_version": f"{as_of.year + 1}-1", "accepted_from": date(as_of.year + 1, 7, 1)})
    return {
        "agreement": rows("agreement", desk.agreements),
        "protocol": rows("protocol", desk.protocols),
        "consent_text": rows("consent_text", texts),
    }


def _chosen(register: Registry, rng: np.random.Generator) -> set[str]:
    """Who takes part: OCMW Gent and CAW Brussel always, the others by lot, the larger ones sooner."""
    always = {GENT_KBO, CAW_KBO, register.twice[2]}
    others = sorted(set(register.people) - register.merged - always - {register.twice[1]})
    weight = np.array([register.people[kbo] for kbo in others])
    number = COVERED - len(always) - SUSPENDED_AGREEMENTS - SUSPENDED_PROTOCOLS - RENEWED
    return always | {str(kbo) for kbo in rng.choice(others, number, replace=False, p=weight / weight.sum())}


class _Desk:
    """Draws up papers, one recipient after another."""

    def __init__(self, register: Registry, as_of: date, rng: np.random.Generator) -> None:
        self.register, self.as_of, self.rng = register, as_of, rng
        self.agreements: list[Row] = []
        self.protocols: list[Row] = []

    def fill(self, kbo: str, rank: int) -> None:
        """A recipient whose municipalities were not merged; some have a flawed paper next to the good one."""
        flaws, of_protocols = agreement_flaws(self.as_of), protocol_flaws(self.as_of)
        place = -1 if kbo in (GENT_KBO, CAW_KBO) else rank  # these two are always in good order
        self._agree(kbo, self._some_day(date(2022, 9, 1)), flaws.get(SOLE_AGREEMENT_FLAWS.get(place, ""), {}))
        self._protocol(kbo, self._some_day(date(2022, 9, 1)), of_protocols.get(SOLE_PROTOCOL_FLAWS.get(place, ""), {}))
        if rank % 7 == 3:
            extra = list(flaws.values())
            self._agree(kbo, self._some_day(date(2023, 1, 1)), extra[rank // 7 % len(extra)])
        if rank % 9 == 4:
            self._agree(kbo, self._some_day(date(2023, 1, 1)), {"min_criteria": 4})
        if rank % 5 == 2:
            more = list(of_protocols.values())
            self._protocol(kbo, self._some_day(date(2023, 1, 1)), more[rank // 5 % len(more)])
        if rank % 8 == 5:
            self._protocol(kbo, self._some_day(date(2023, 1, 1)), {"fields": "name,phone", "retention_days": 60})

    def fill_merged(self, kbo: str, place: int) -> None:
        """A recipient of a municipality merged on MERGER: papers from before it are suspended, and some renewed.

        The first renewal begins on the very day of the merger, which is in time.
        """
        before, after = self._some_day(date(2022, 9, 1), MERGER), self._some_day(MERGER)
        since = MERGER if place == SUSPENDED_AGREEMENTS + SUSPENDED_PROTOCOLS else after
        self._agree(kbo, before, {})
        self._protocol(kbo, before, {})
        if place >= SUSPENDED_AGREEMENTS:
            self._agree(kbo, since, {})
        if place < SUSPENDED_AGREEMENTS or place >= SUSPENDED_AGREEMENTS + SUSPENDED_PROTOCOLS:
            self._protocol(kbo, since, {"fields": FULL})

    def _agree(self, kbo: str, since: date, changed: Row) -> None:
        for team in self.register.teams_of[kbo]:
            paper = new_agreement(kbo, team, since, len(self.agreements) + 1, self.rng) | changed
            self.agreements += _versions(paper, self.as_of, self.rng)

    def _protocol(self, kbo: str, since: date, changed: Row) -> None:
        paper = new_protocol(kbo, since, len(self.protocols) + 1, self.rng) | changed
        self.protocols += _versions(paper, self.as_of, self.rng)

    def _some_day(self, first: date, end: date | None = None) -> date:
        """A day from `first` on, early enough before `end` (or `as_of`) for a paper to be signed and recorded."""
        room = ((end or self.as_of) - first).days - 25
        return first + timedelta(days=int(self.rng.integers(0, max(1, room))))


def new_agreement(kbo: str, team: str, since: date, number: int, rng: np.random.Generator) -> Row:
    """An agreement in good order, signed up to 20 days before it begins."""
    return {
        "agreement_id": f"SO-{number:04}",
        "kbo": kbo,
        "local_team_id": team,
        "signed_on": since - timedelta(days=int(rng.integers(0, 21))),
        "valid_from": since,
        "min_criteria": MIN_CRITERIA[int(rng.integers(len(MIN_CRITERIA)))],
    }


def new_protocol(kbo: str, since: date, number: int, rng: np.random.Generator) -> Row:
    """A protocol in good order: advised on, signed and published before it begins."""
    signed = since - timedelta(days=int(rng.integers(0, 21)))
    advised = signed - timedelta(days=int(rng.integers(5, 40)))
    return {
        "protocol_id": f"PR-{number:04}",
        "kbo": kbo,
        "legal_basis": "decree-2022-02-04",
        "kind": "protocol",
        "signed_on": signed,
        "published_url": f"https://protocollen.example.org/PR-{number:04}",
        "recipient_published_url": f"https://ocmw.example.org/{kbo}/PR-{number:04}",
        "dpo_advice_on": advised,
        "recipient_dpo_advice_on": advised + timedelta(days=2),
        "valid_from": since,
        "fields": PROTOCOL_FIELDS[int(rng.integers(len(PROTOCOL_FIELDS)))],
        "retention_days": RETENTION_DAYS[int(rng.integers(len(RETENTION_DAYS)))],
    }


def _versions(paper: Row, as_of: date, rng: np.random.Generator) -> Iterator[Row]:
    """What was recorded of a paper: often an unsigned draft first; an end only when it had come."""
    known = min(date.fromisoformat(str(paper["valid_from"])), as_of - timedelta(days=15))
    if rng.random() < 0.2:
        yield paper | {"recorded_at": morning(known - timedelta(days=40)), "signed_on": None, "ended_on": None}
    yield paper | {"recorded_at": morning(known), "ended_on": None}
    if paper.get("ended_on"):
        yield paper | {"recorded_at": morning(as_of - timedelta(days=3))}


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), UTC)

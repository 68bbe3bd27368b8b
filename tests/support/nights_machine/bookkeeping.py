"""Who may have whom, by DOMAIN.md alone: the naive reference of the gate, asked of the agency's truth.

Nothing here reads the ledger, and nothing is SQL.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from tests.support.nights_machine.agency import BRUGGE, SAME_PERSON, RowKey, ToldAgency, rows_of, turning_points
from tests.support.reference.gate import Decision, Night, covered_for_now, is_no
from tests.support.reference.gate.known_noes import KnownNo, KnownNoes, ReturnedNo, noes_of, said
from tests.support.reference.gate.now import with_rows_ahead
from tests.support.reference.gate.values import digits
from tests.support.worlds.tables import Row, World

SKEW = timedelta(minutes=5)
Pair = tuple[Kbo, int]
"""A recipient, and a parent."""


@dataclass
class Bookkeeping:
    """`entries`: who might go where, each time that this changed, with the number of the step.

    `had`: since when a recipient has, or may have, its newest drop with a parent, by the same count; `told`: each time
    that a notice with the parent came to count.
    """

    agency: ToldAgency
    entries: list[tuple[int, frozenset[Pair]]] = field(default_factory=list)
    had: dict[Pair, int] = field(default_factory=dict)
    first_had: dict[Pair, int] = field(default_factory=dict)
    told: dict[Pair, list[int]] = field(default_factory=dict)
    known: set[RowKey] = field(default_factory=set)
    """Of the feeds that only grow, what a night accepted."""
    said: dict[int, int] = field(default_factory=dict)
    """When the agency's database first showed each consent event, by the same count."""
    noes: KnownNoes = field(default_factory=KnownNoes)
    """ "What the ledger knows binds": each no that counted in an accepted night."""
    returned: dict[Pair, int] = field(default_factory=dict)
    """When a recipient last said no of a parent, by the same count."""
    numbers: dict[Pair, str] = field(default_factory=dict)
    """The INSZ with which a recipient last had a parent."""
    suspended: set[Kbo] = field(default_factory=set)
    last: tuple[object, Mapping[int, Decision]] = (None, {})
    """The decisions that were made last, and of which truth and which span of time."""

    def decisions(self, now: datetime) -> Mapping[int, Decision]:
        """ "A publication always uses what is known at that moment", bounded by the noes that the ledger knows.

        They can change only when a row does, at midnight, or at an instant that stands in a row.
        """
        passed = sum(point <= now for point in turning_points(self.agency.truth, now))
        noes = len(self.noes.noes), len(self.noes.lifted), frozenset(self.noes.returned)
        known = self.agency.changes, noes, local_day(now), passed
        if self.last[0] != known:
            self.last = known, self.noes.decide(Night(self.agency.truth, now, now), SKEW)
        return self.last[1]

    def accepts(self, read: World, at: datetime) -> None:
        """A night that read this world was accepted: each no that counts then is on the list from now on."""
        self.noes.keep(Night(read, at, at), SKEW)

    def are_kept(self, is_among: Callable[[Row], bool]) -> bool:
        """Whether the list has every no of that kind by now."""
        kept = {no.said for no in self.noes.noes}
        noes = [event for event in self.agency.truth["consent_event"] if is_no(event) and is_among(event)]
        return all(said(event) in kept for event in noes)

    @property
    def brugge_may_register(self) -> bool:
        """Whether it is known what comes of the noes to it: those that an hour alone saw may be on the list, or not."""
        return self.are_kept(lambda event: event["kbo"] == BRUGGE)

    @property
    def insz_may_change(self) -> bool:
        """Likewise, of the noes of the two rows of one person."""
        return self.are_kept(lambda event: event["parent_id"] in SAME_PERSON)

    def may_be_lifted(self, parent: int, now: datetime) -> set[KnownNo]:
        """The noes of that parent that the agency's tables do not bear out any more."""
        night = Night(self.agency.truth, now, now)
        counting = {*noes_of(night), *noes_of(with_rows_ahead(night, SKEW))}
        differing = {no for no in self.noes.noes - counting if no.parent_id == parent}
        return {no for no in differing if (no, no.kbo) not in self.noes.lifted}

    def lift(self, parent: int, now: datetime) -> None:
        """A named person does so."""
        self.noes.lifted |= {(no, no.kbo) for no in self.may_be_lifted(parent, now)}

    def takes_in(self, step: int, now: datetime, file: str, pair: Pair) -> None:
        """ "No contact is a no for that recipient, recorded when it is taken in"."""
        kbo, parent = pair
        self.noes.returned.add(ReturnedNo(file, parent, self.numbers[pair], kbo, now + SKEW))
        self.noes.taken_in += 1
        self.returned[pair] = step
        self.enter(step, now)

    def undo(self, step: int, now: datetime, is_meant: Callable[[ReturnedNo], bool]) -> None:
        """ "Or by a named person on record when it was a mistake"."""
        self.noes.returned -= {no for no in self.noes.returned if is_meant(no)}
        left = {(no.kbo, no.parent_id) for no in self.noes.returned}
        self.returned = {pair: at for pair, at in self.returned.items() if pair in left}
        self.enter(step, now)

    def allowed(self, now: datetime) -> dict[Pair, frozenset[str]]:
        """Who may go where, with which fields."""
        return {
            (Kbo(made.kbo), parent): frozenset((made.fields or "").split(","))
            for parent, made in self.decisions(now).items()
            if made.outcome == "released" and made.kbo
        }

    def covered(self, now: datetime) -> set[Kbo]:
        """ "A drop goes every night to each recipient that has an agreement and a protocol in force"."""
        return {Kbo(one.kbo) for one in covered_for_now(Night(self.agency.truth, now, now), SKEW)}

    def enter(self, step: int, now: datetime) -> None:
        allowed = frozenset(self.allowed(now))
        if not self.entries or self.entries[-1][1] != allowed:
            self.entries.append((step, allowed))

    def drop_counted(self, step: int, kbo: Kbo, parents: Mapping[int, object]) -> None:
        for parent in parents:
            self.had[kbo, parent] = max(step, self.had.get((kbo, parent), 0))
            self.first_had[kbo, parent] = min(step, self.first_had.get((kbo, parent), step))
            self.numbers[kbo, parent] = next(
                digits(row["insz"]) for row in self.agency.truth["parent"] if row["parent_id"] == parent
            )

    def notice_counted(self, step: int, kbo: Kbo, parents: list[int]) -> None:
        for parent in parents:
            self.told.setdefault((kbo, parent), []).append(step)

    @property
    def is_lost(self) -> bool:
        """ "If an event that it knows is gone from the feed … nothing goes out to anybody"."""
        return bool(self.known - rows_of(self.agency.shown))

    def was_withheld_since(self, pair: Pair, step: int) -> bool:
        """Whether the parent might not go there at some time since that step."""
        following = [*self.entries[1:], (10**9, frozenset[Pair]())]
        spans = zip(self.entries, following, strict=True)
        return any(pair not in allowed and end >= step for (_, allowed), (end, _) in spans)

    def to_tell(self, now: datetime) -> set[Pair]:
        """ "Every recipient who already had that parent gets a withdrawal notice": those who got none since."""
        allowed = self.allowed(now)
        told = {pair for pair, steps in self.told.items() if pair in self.had and steps[-1] >= self.had[pair]}
        return self.had.keys() - allowed.keys() - told

    def reads_noes(self, step: int) -> None:
        for event in self.agency.shown["consent_event"]:
            self.said.setdefault(event["event_id"], step)

    def seen_noes(self, kbo: Kbo) -> dict[int, int]:
        """ "A no that is seen": a well-formed withdrawal that the database shows, whole or not, and since when; but of
        a parent who said yes since."""
        events = [one for one in self.agency.shown["consent_event"] if one["kbo"] == kbo]
        last = {one["parent_id"]: one for one in sorted(events, key=lambda one: self.said[one["event_id"]])}
        noes = {parent: one for parent, one in last.items() if one["kind"] == "withdrawal" and one["occurred_at"]}
        return {parent: self.said[one["event_id"]] for parent, one in noes.items()}

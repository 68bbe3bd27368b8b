""" "Clocks differ": what is decided for now is decided twice, where rows are recorded ahead of our clock.

"As of now, and as if those rows had been recorded now … So a grant waits for its time and a no does not." A replay
takes T strictly: that is `rules.decide` on its own.
"""

from datetime import timedelta

from tests.support.reference.gate import consent, need, papers, places, rules
from tests.support.reference.gate.night import AHEAD, Covered, Decision, Night
from tests.support.worlds.tables import Row


def decide_for_now(night: Night, skew: timedelta) -> dict[int, Decision]:
    """The decision for now on everybody, by parent_id; `skew` is how far ahead of our clock a row may be recorded.

    Reading: who is in the population only by a row recorded ahead is not decided on yet.
    """
    ahead = with_rows_ahead(night, skew)
    return {parent["parent_id"]: decision_for_now(night, ahead, parent) for parent in need.population(night)}


def with_rows_ahead(night: Night, skew: timedelta) -> Night:
    """ "As if those rows had been recorded now": no further ahead than the skew, in their order among each other."""
    now = night.known_at

    def dated_back(row: Row) -> Row:
        recorded = row.get("recorded_at")
        is_ahead = recorded is not None and now < recorded <= now + skew
        return row | {"recorded_at": now, AHEAD: recorded} if is_ahead else row

    world = {feed: [dated_back(row) for row in rows] for feed, rows in night.world.items()}
    return Night(world, night.at, night.known_at, night.child_age_limit_years)


def decision_for_now(now: Night, ahead: Night, parent: Row) -> Decision:
    """ "Released only if both release, with the fields of both; the reason is that of the first that withholds"."""
    both = (now, ahead)
    decisions = [rules.decision(night, parent) for night in both]
    withheld = [decision for decision in decisions if decision.outcome != "released"]
    if withheld:
        return withheld[0]
    kbo = decisions[0].kbo
    # Reading: released to one recipient as of now and to another as if is a municipality that not exactly one serves.
    if decisions[1].kbo != kbo:
        return Decision("withheld", None, "not_served", None)
    # Reading: "the highest threshold" of the two is asked of the assessments of both.
    criteria = max(need.needed(night, parent) for night in both)
    if not all(need.is_in_need(night, parent, criteria) for night in both):
        return Decision("withheld", kbo, "no_need", None)
    left = consent.fields_left(now, parent) & consent.fields_left(ahead, parent)
    # Reading: what both leave must suffice by rule 13 in both.
    if not all(rules.suffice(night, parent, left) for night in both):
        return Decision("withheld", kbo, "fields", None)
    return rules.released(places.recipient_of(now, parent), left)


def covered_for_now(night: Night, skew: timedelta) -> list[Covered]:
    """ "A recipient is covered only if both say so; … the shortest retention" holds.

    Reading: a drop rests on both decisions, so it names the papers of both.
    """
    ahead = {one.kbo: one for one in papers.covered(with_rows_ahead(night, skew))}
    return [_of_both(one, ahead[one.kbo]) for one in papers.covered(night) if one.kbo in ahead]


def _of_both(one: Covered, other: Covered) -> Covered:
    agreements = tuple(sorted({*one.agreements, *other.agreements}))
    protocols = tuple(sorted({*one.protocols, *other.protocols}))
    return Covered(one.kbo, agreements, protocols, min(one.retention_days, other.retention_days))

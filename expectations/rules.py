"""The kinds of rule, each on one fact of one feed, with the words for when it fails. Pure.

Rules of row checks have no upper bound: such rows are set apart and counted, and the run goes on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial

from pipeline.core.feeds import ABOUT_ONE_PERSON, FEEDS
from pipeline.core.settings import Settings

Facts = Mapping[str, float]
"""One feed's facts by name: counts, shares of 1, ages in hours and minutes."""

LOAD = "ask the agency to load it again"
MEND = "ask the agency to mend it"
RESTORE = "ask the agency to restore it"
EXPLAIN = "ask the agency whether this is right"
STAMP = "ask the agency to stamp them with when they were recorded"


class Needs(Enum):
    """What a rule can only be judged with."""

    THE_ROWS = 0
    WHOLE_FEED = 1
    EARLIER_NIGHT = 2


@dataclass(frozen=True)
class Rule:
    """Holds when at_least <= fact <= at_most (None: no such bound).

    `says` is a format string over the feed's facts, with `limit` for `at_most`; it follows "feed <name>: ".
    `absent_is_none`: the fact counts what was found, and is 0 where nothing was.
    `volume`: the rule only compares how much there is with last night, which may be right though it is rare: a named
    approver may let it go (DOMAIN). What any other rule finds is never right, and must be mended.
    """

    fact: str
    says: str
    remedy: str
    at_least: float | None = 0
    at_most: float | None = 0
    needs: Needs = Needs.THE_ROWS
    absent_is_none: bool = False
    volume: bool = False

    def holds(self, facts: Facts) -> bool:
        """Whether the fact is within bounds; what is no number is not. Raises KeyError for a fact that is not there."""
        fact = facts[self.fact]
        return (
            not math.isnan(fact)
            and (self.at_least is None or fact >= self.at_least)
            and (self.at_most is None or fact <= self.at_most)
        )

    def problem(self, facts: Facts) -> str:
        """What is wrong, in words: rule, count and limit."""
        return self.says.format(limit=self.at_most, **facts)


def load(settings: Settings) -> tuple[Rule, ...]:
    """Of every feed: the agency's own load says that it is complete, of last night, not of tomorrow, and not older
    than the load of the night before (the same load may be read twice)."""
    beside_last_night = partial(Rule, needs=Needs.EARLIER_NIGHT, absent_is_none=True)
    return (
        Rule(
            "control_rows", "{control_rows:.0f} complete rows in feed_control instead of 1", LOAD, at_least=1, at_most=1
        ),
        Rule(
            "rows_surplus",
            "row count {rows:.0f} where feed_control says {rows_expected:.0f}",
            LOAD,
            needs=Needs.WHOLE_FEED,
        ),
        Rule(
            "age_hours",
            "stale, produced {age_hours:.1f} hours before the decision (at most {limit:g})",
            LOAD,
            at_least=None,
            at_most=settings.max_feed_age_hours,
        ),
        Rule(
            "ahead_minutes",
            "produced {ahead_minutes:.1f} minutes in the future (at most {limit:g})",
            "ask the agency to set its clock",
            at_least=None,
            at_most=settings.max_clock_skew_minutes,
        ),
        beside_last_night(
            "produced_earlier",
            "produced {produced_earlier:.1f} hours before last night's load, as after a return to an older backup",
            RESTORE,
        ),
        beside_last_night("emptied", "empty, with {rows_last_night:.0f} rows last night", LOAD),
    )


def contract(feed: str) -> tuple[Rule, ...]:
    """Of every feed: its columns hold what the interface says, and its key is one."""
    return (
        *(_readable(feed, column, kind) for column, kind in FEEDS[feed].columns.items()),
        Rule(
            "duplicate_keys",
            f"key ({', '.join(FEEDS[feed].key)}) incomplete or used twice "
            "in {duplicate_keys:.0f} of {rows:.0f} rows",
            MEND,
        ),
    )


def _readable(feed: str, column: str, kind: str) -> Rule:
    """A row about one person with an impossible value sets that person apart, and only counts here; without a whole
    number in its ids nobody can say whom."""
    of_one_person = feed in ABOUT_ONE_PERSON and kind != "bigint"
    also = ", or is outside the years 1900 to 9999" if kind in ("date", "timestamptz") else ""
    null = "" if column in FEEDS[feed].nullable else ", or is NULL"
    return Rule(
        f"unparsable_{column}",
        f"{column} cannot be read as {kind} in {{unparsable_{column}:.0f}} of {{rows:.0f}} rows{also}{null}",
        MEND,
        at_most=None if of_one_person else 0,
        absent_is_none=True,
    )


def filled() -> Rule:
    """Of a feed that is never empty, not even in the smallest world."""
    return Rule("rows", "empty", LOAD, at_least=1, at_most=None, needs=Needs.WHOLE_FEED)


def recipients_known() -> Rule:
    """Of papers and territories."""
    return Rule("unknown_recipients", "kbo not in feed recipient in {unknown_recipients:.0f} of {rows:.0f} rows", MEND)


def append_only(settings: Settings) -> tuple[Rule, ...]:
    """Of a feed that only grows, each row stamped with when it was recorded.

    Nothing goes: in 2018 a supplier's error silently lost 150,000 opt-outs of the NHS (DOMAIN). Nothing is written
    into the past, or a replay would lie. Nothing comes from the future, or a withdrawal could wait there.
    """
    skew = settings.max_clock_skew_minutes
    return (
        _kept("rows of last night gone or altered, though it may only grow"),
        Rule(
            "backdated",
            "{backdated:.0f} of {rows:.0f} rows written into the past: recorded before last night's load, "
            "and yet not in it",
            STAMP,
            needs=Needs.EARLIER_NIGHT,
            absent_is_none=True,
        ),
        Rule(
            "recorded_ahead",
            f"{{recorded_ahead:.0f}} of {{rows:.0f}} rows recorded more than {skew:g} minutes in the future",
            STAMP,
            absent_is_none=True,
        ),
    )


def versions_kept() -> Rule:
    """Of the consent texts: a version is what parents signed, so it stays, though its dates may change."""
    return _kept("versions of last night gone, though consents refer to them")


def _kept(what: str) -> Rule:
    says = f"{{gone:.0f}} of {{rows_last_night:.0f}} {what}"
    return Rule("gone", says, RESTORE, needs=Needs.EARLIER_NIGHT, absent_is_none=True)


def steady(what: str, settings: Settings) -> Rule:
    """Neither far more nor far fewer than last night."""
    return Rule(
        f"{what}_change",
        f"{what} went from {{{what}_last_night:.0f}} to {{{what}_tonight:.0f}} since last night, "
        f"by {{{what}_change:.1%}} (at most {{limit:.1%}})",
        EXPLAIN,
        at_most=settings.max_change_share,
        needs=Needs.EARLIER_NIGHT,
        volume=True,
    )


def not_shrunk(settings: Settings) -> Rule:
    """Of a large feed without history: not far fewer rows than last night. It may grow, as at the turn of a year."""
    return Rule(
        "rows_lost_share",
        "{rows_last_night:.0f} rows last night, {rows_tonight:.0f} tonight, {rows_lost_share:.1%} fewer "
        "(at most {limit:.1%})",
        EXPLAIN,
        at_most=settings.max_change_share,
        needs=Needs.EARLIER_NIGHT,
        absent_is_none=True,
        volume=True,
    )


def none_lost() -> Rule:
    """Of a register of a few hundred rows (recipients, their territories, teams): not one row fewer than last night.

    A share would be too coarse: one lost territory withholds everybody who lives there, and sends out withdrawal
    notices for all of them. A territory has a date on which it ends, so it need never be deleted; a recipient or a
    team that is merged away may be, and then an approver says so.
    """
    return Rule(
        "rows_lost",
        "{rows_last_night:.0f} rows last night, {rows_tonight:.0f} tonight (none may be lost)",
        EXPLAIN,
        needs=Needs.EARLIER_NIGHT,
        absent_is_none=True,
        volume=True,
    )


def noes_known(settings: Settings) -> Rule:
    """Of consent: a no of a parent whom no row knows can be applied to nobody, so a person asks whose it is."""
    return Rule(
        "noes_of_unknown_parent",
        "{noes_of_unknown_parent:.0f} withdrawals or malformed grants recorded since last night are of a parent that "
        "feed parent does not have (at most {limit:g})",
        "ask the agency whose they are",
        at_most=settings.max_noes_of_unknown_parent,
        needs=Needs.EARLIER_NIGHT,
        absent_is_none=True,
        volume=True,
    )


def share(fact: str, count: str, what: str, limit: float) -> Rule:
    """No more than `limit` of the rows."""
    says = f"{{{count}:.0f}} {what}, {{{fact}:.1%}} (at most {{limit:.1%}})"
    return Rule(fact, says, MEND, at_most=limit, needs=Needs.WHOLE_FEED)


def counted(*rules: str) -> tuple[Rule, ...]:
    """Row checks, by their names in sql/source/check/row_*.sql: shown with their counts, and never failing."""
    return tuple(
        Rule(rule, f"{{{rule}:.0f}} rows set apart by {rule}", MEND, at_most=None, absent_is_none=True)
        for rule in rules
    )

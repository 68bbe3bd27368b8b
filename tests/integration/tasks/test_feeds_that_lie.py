"""Feeds that lie: each lie of the issue's list, told by a real agency to a whole night, is caught before publication.

One small house lives through all of them: its feeds were honest the night before last and last night. The lies of one
kind are told to one night, one after another: each stops the run, its feed is mended, and the same run is cleared; when
all are mended it delivers. Great Expectations judges the lies that are told on PostgreSQL; elsewhere the rules' own
words do, to be quick (as in tests/support/checking.py)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import TerminalError
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Outcome
from tests.support.cases import case
from tests.support.checking import judge_plainly
from tests.support.night import House, Run, lay, run_night
from tests.support.worlds.small_world import (
    BRUGGE,
    LEUVEN,
    Statement,
    execute,
    person,
    produce,
    small_world,
    transaction,
)

pytestmark = pytest.mark.great_expectations
RECIPIENTS = (BRUGGE, LEUVEN)
PARENTS = 6
SETTINGS = {"min_rows_for_shares": 6}
Rows = dict[str, list[tuple[Any, ...]]]
Nights = Iterator[datetime]


@dataclass
class LyingAgency:
    """The agency's database under the house, and what it held before its last honest night."""

    house: House
    nights: Nights
    backup: Rows = field(default_factory=dict)

    def rows(self) -> Rows:
        """Everything it holds, control rows included."""
        with transaction(self.house.agency) as run:
            return {feed: run(f"select {columns(feed)} from {feed}") for feed in FEEDS}

    def put(self, rows: Rows) -> None:
        """Hold this and nothing else."""
        with transaction(self.house.agency) as run:
            for feed, of_feed in rows.items():
                run(f"delete from {feed}")
                add(run, feed, of_feed)

    def repeat(self, feed: str, of: str, **differs: Callable[[Any], object]) -> None:
        """Add the rows of a feed where `of` holds once more, with columns that differ."""
        found = execute(self.house.agency, f"select {columns(feed)} from {feed} where {of}")
        named = [dict(zip(FEEDS[feed].columns, row, strict=True)) for row in found]
        copies = [tuple((row | {c: change(row[c]) for c, change in differs.items()}).values()) for row in named]
        with transaction(self.house.agency) as run:
            add(run, feed, copies)

    def do(self, statement: str, *values: object) -> None:
        execute(self.house.agency, statement, *values)

    def load(self, hours_ago: float = 0) -> None:
        """The agency's own load: control rows that agree with what is there."""
        produce(self.house.agency, datetime.now(UTC) - timedelta(hours=hours_ago))

    def quick_night(self, run: str, night: datetime) -> Run:
        with pytest.MonkeyPatch.context() as patch:
            judge_plainly(patch)
            return self.night(run, night)

    def night(self, run: str, night: datetime) -> Run:
        return run_night(self.house.night(run, night))


def add(run: Statement, feed: str, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join(f"({', '.join('?' * len(FEEDS[feed].columns))})" for _ in rows)
    if rows:
        run(f"insert into {feed} ({columns(feed)}) values {marks}", *(value for row in rows for value in row))


def columns(feed: str) -> str:
    return ", ".join(FEEDS[feed].columns)


def ago(**past: float) -> Callable[[Any], object]:
    """An instant so long ago (`hours=-1`: ahead), whatever was there."""
    return lambda _: (datetime.now(UTC) - timedelta(**past)).isoformat(sep=" ", timespec="seconds")


def plus(more: int) -> Callable[[Any], object]:
    return lambda number: number + more


def become(value: object) -> Callable[[Any], object]:
    return lambda _: value


LOAD, MEND, RESTORE = (f"ask the agency to {verb} it" for verb in ("load", "mend", "restore"))
LOAD += " again"
STAMP = "ask the agency to stamp them with when they were recorded"
ASK = "ask the agency whether this is right"
BEFORE_LAST = "rows written into the past: recorded before last night's load, and yet not in it"
GONE = "rows of last night gone or altered, though it may only grow"
WAITS = "when it stays so, ask the agency to load it again"
HELD_BACK = "nothing is sent or told on it"


@dataclass(frozen=True)
class Lie:
    """`tell` changes what the agency holds; then its load agrees (`agrees`), or lies by itself. `says`: what the error
    says of feed, rule and counts (`*`: any figure), and `remedy` what to do. `held`: a person may let it go."""

    tell: Callable[[LyingAgency], object]
    says: str
    remedy: str
    agrees: bool = True
    held: bool = False


def late(feed: str, hours: float) -> Callable[[LyingAgency], object]:
    return lambda a: a.do("update feed_control set produced_at = ? where feed = ?", ago(hours=hours)(None), feed)


LIES: dict[str, dict[str, Lie]] = {
    "stale, and from the future": {
        "stale": Lie(
            late("consent_event", 27),
            "a load is under way: feed consent_event was produced at * UTC, before the load of * UTC that was seen "
            f"last; {HELD_BACK}",
            WAITS,
            agrees=False,
        ),
        "produced in the future": Lie(
            late("parent", -1),
            "feed parent: produced * minutes in the future (at most 5)",
            "ask the agency to set its clock",
            agrees=False,
        ),
        "recorded in the future": Lie(
            lambda a: a.repeat("consent_event", "event_id = 101", event_id=plus(900), recorded_at=ago(hours=-1)),
            "feed consent_event: 1 of 14 rows recorded more than 5 minutes in the future",
            STAMP,
        ),
    },
    "empty, truncated, shrunk": {
        "empty": Lie(
            lambda a: a.do("delete from child"),
            "feed child: empty, with 12 rows last night; feed child: empty; "
            "feed child: 12 rows last night, 0 tonight, 100.0% fewer (at most 20.0%)",
            f"{LOAD} and {ASK}",
        ),
        "truncated": Lie(
            lambda a: a.do("delete from family where family_id > 103"),
            f"a load is under way: feed family has 3 of the 12 rows that feed_control says; {HELD_BACK}",
            WAITS,
            agrees=False,
        ),
        "truncated, and the load agrees": Lie(
            lambda a: a.do("delete from residence where parent_id > 200"),
            f"feed residence: 6 of 12 {GONE}",
            RESTORE,
        ),
        "fewer parents": Lie(
            lambda a: a.do("delete from parent where parent_id > 203"),
            "feed parent: parents went from 12 to 9 since last night, by 25.0% (at most 20.0%)",
            ASK,
            held=True,
        ),
        "fewer children": Lie(
            lambda a: a.do("delete from child where child_id > 203"),
            "feed child: 12 rows last night, 9 tonight, 25.0% fewer (at most 20.0%)",
            ASK,
            held=True,
        ),
        "a recipient without its territory": Lie(
            lambda a: a.do("delete from recipient_municipality where kbo = ?", LEUVEN),
            "feed recipient_municipality: 2 rows last night, 1 tonight (none may be lost)",
            ASK,
            held=True,
        ),
        "a recipient that vanished": Lie(
            lambda a: a.do("delete from recipient where kbo = ?", LEUVEN),
            "feed recipient: 2 rows last night, 1 tonight (none may be lost); "
            "feeds recipient_municipality, agreement: kbo not in feed recipient in 1 of 2 rows",
            f"{ASK} and {MEND}",
        ),
        "a consent text that vanished behind another": Lie(
            lambda a: a.do("update consent_text set text_version = 'v2'"),
            "feed consent_text: 1 of 1 versions of last night gone, though consents refer to them",
            RESTORE,
        ),
    },
    "duplicated": {
        "rows twice": Lie(
            lambda a: a.repeat("family", "family_id < 200"),
            "feed family: key (family_id) incomplete or used twice in 6 of 18 rows",
            MEND,
        ),
        "events loaded again under new ids": Lie(
            lambda a: a.repeat("consent_event", "event_id in (101, 102)", event_id=plus(900)),
            f"feed consent_event: 2 of 15 {BEFORE_LAST}",
            STAMP,
        ),
        "events loaded again as of tonight": Lie(
            lambda a: a.repeat("consent_event", "event_id < 900", event_id=plus(900), recorded_at=ago()),
            "feed consent_event: grants went from 12 to 24 since last night, by 100.0% (at most 20.0%)",
            ASK,
            held=True,
        ),
    },
    "out of order, vanished": {
        "a withdrawal written into the past": Lie(
            lambda a: a.repeat(
                "consent_event",
                "event_id = 201",
                event_id=plus(900),
                kind=become("withdrawal"),
                recorded_at=ago(days=9),
            ),
            f"feed consent_event: 1 of 14 {BEFORE_LAST}",
            STAMP,
        ),
        "a residence written into the past": Lie(
            lambda a: a.repeat("residence", "parent_id = 101", recorded_at=ago(days=9)),
            f"feed residence: 1 of 13 {BEFORE_LAST}",
            STAMP,
        ),
        "a withdrawal that vanished": Lie(
            lambda a: a.do("delete from consent_event where kind = 'withdrawal'"),
            f"feed consent_event: 1 of 13 {GONE}",
            RESTORE,
        ),
        "a withdrawal that became a grant": Lie(
            lambda a: a.do(
                "update consent_event set kind = 'grant', recorded_at = ? where event_id = 999", ago()(None)
            ),
            f"feed consent_event: 1 of 13 {GONE}",
            RESTORE,
        ),
        "an agreement that vanished": Lie(
            lambda a: a.do("delete from agreement where kbo = ?", LEUVEN),
            f"feed agreement: 1 of 2 {GONE}",
            RESTORE,
        ),
    },
    "rolled back to an older backup": {
        "an older backup": Lie(
            lambda a: a.put(a.backup),
            "a load is under way: "
            + "".join(f"feed {feed} was produced at * seen last; " for feed in FEEDS if feed != "feed_control")
            + HELD_BACK,
            WAITS,
            agrees=False,
        ),
        "an older backup under a fresh load": Lie(
            lambda a: a.put(a.backup),
            f"feed consent_event: 1 of 13 {GONE}",
            RESTORE,
        ),
    },
    "a new merger, and other rows set apart": {
        "unknown municipalities": Lie(
            lambda a: a.repeat("residence", "parent_id > 205", recorded_at=ago(), nis_code=become("99999")),
            "feed residence: 1 addresses in no known place, 8.3% (at most 5.0%)",
            MEND,
        ),
        "parents without a name": Lie(
            lambda a: a.do("update parent set last_name = ' ' where parent_id = 101"),
            "feed parent: 1 parents set apart, 8.3% (at most 5.0%)",
            MEND,
        ),
    },
}
"""By kind, and by name."""


@contextmanager
def living(path: Path, uri: str | None = None) -> Iterator[LyingAgency]:
    """A house after two honest nights, between which one parent withdrew. Leuven has no protocol, so gets nothing."""
    made = small_world(dict.fromkeys(RECIPIENTS, PARENTS))
    made["protocol"] = [row for row in made["protocol"] if row["kbo"] == BRUGGE]
    nights = (datetime.now(UTC) + timedelta(days=days) for days in count())
    with lay(path, made, agency=uri) as house:
        house.settings = SETTINGS
        agency = LyingAgency(house, nights)
        agency.load(hours_ago=20)
        delivered(agency.quick_night("the night before last", next(nights)))
        agency.backup = agency.rows()
        agency.repeat(
            "consent_event", "event_id = 106", event_id=become(999), kind=become("withdrawal"),
            occurred_at=ago(), recorded_at=ago(),
        )  # fmt: skip
        agency.load()
        delivered(agency.quick_night("last night", next(nights)))
        yield agency


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LyingAgency]:
    with living(tmp_path_factory.mktemp("sqlite") / "house") as living_there:
        yield living_there


@pytest.fixture(scope="module")
def on_postgresql(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LyingAgency]:
    with living(tmp_path_factory.mktemp("postgresql") / "house", postgres()) as living_there:
        yield living_there


@pytest.mark.parametrize("kind", LIES)
def test_a_lie_is_caught_before_publication(agency: LyingAgency, kind: str) -> None:
    all_are_caught(agency, kind, LIES[kind], agency.quick_night)


def test_likewise_on_postgresql(on_postgresql: LyingAgency) -> None:
    told = ("a recipient without its territory", "a withdrawal written into the past", "an older backup")
    every = {name: lie for lies in LIES.values() for name, lie in lies.items()}
    all_are_caught(on_postgresql, "told", {name: every[name] for name in told}, on_postgresql.night)


def all_are_caught(agency: LyingAgency, run: str, lies: dict[str, Lie], run_it: Callable[[str, datetime], Run]) -> None:
    """Each lie stops the run; when all are mended, the same run, cleared, delivers."""
    night = next(agency.nights)
    for name, lie in lies.items():
        with case(name):
            caught(agency, lie, lambda: run_it(run, night))
    delivered(agency.quick_night(run, night))


def caught(agency: LyingAgency, lie: Lie, run_it: Callable[[], Run]) -> None:
    """The lie is told and stops the run; then the feed is mended."""
    truth, before = agency.rows(), before_everyone(agency)
    try:
        lie.tell(agency)
        if lie.agrees:
            agency.load()
        run = run_it()
    finally:
        agency.put(truth)
        agency.load()
    assert before_everyone(agency) == before, "nothing new on any host, nothing new in the ledger"
    assert not run.publications
    assert isinstance(run.errors["close"], TerminalError), "the run is red"
    names_feed_rule_counts_and_remedy(str(run.errors["before"]), lie)


def before_everyone(agency: LyingAgency) -> tuple[object, ...]:
    house = agency.house
    return *(house.footprint(kbo) for kbo in RECIPIENTS), house.ledger_lines()


def names_feed_rule_counts_and_remedy(sentence: str, lie: Lie) -> None:
    end = f"nobody*{lie.remedy}*" if lie.held else f"{lie.remedy}, then run this again*"
    expected = f"{'held: ' if lie.held else ''}{lie.says}; {end}"
    assert fnmatchcase(sentence, expected), sentence
    assert "\n" not in sentence
    assert not any(value in sentence for parent in (101, 102, 201, 202) for value in person(parent).values())


def delivered(run: Run) -> None:
    assert run.errors == {}
    assert [one.outcome for one in run.publications] == [Outcome.PUBLISHED]

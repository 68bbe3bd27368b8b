"""A decision that is given again is the one that the gate would make anew: random worlds, at instants around those that
stand in their rows, and after any value of any row changed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from pipeline.core.errors import FeedError, LoadUnderWay
from pipeline.core.feeds import FEEDS
from pipeline.core.loads import AgencySource
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.gate.again import again
from pipeline.gate.current import Clocks, CurrentDecision, Question, decide_now
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, SuppressionList
from tests.support.deliveries import KEY
from tests.support.planning import planned_plainly
from tests.support.worlds.draws import NIGHTS
from tests.support.worlds.histories import random_world
from tests.support.worlds.small_world import transaction
from tests.support.worlds.tables import World, moment, to_sqlite

WORLDS = 12
INSTANTS = ("recorded_at", "occurred_at")
TICK, SKEW = timedelta(microseconds=1), timedelta(minutes=5)
LISTED = SuppressionList(KEPT_NO.empty_table(), LIFTED_NO.empty_table(), (KEY,))


@dataclass
class Compared:
    """`differing`: given again, and not what is decided anew. `turned`: decided otherwise once it did not hold."""

    again: int = 0
    differing: list[str] = field(default_factory=list)
    turned: int = 0


def decide(question: Question, at: datetime, folder: Path) -> CurrentDecision | None:
    """None where the feeds cannot be believed."""
    try:
        return decide_now(question, Clocks(lambda: at, lambda: 0.0), folder)
    except (FeedError, LoadUnderWay):
        return None


def said(decision: CurrentDecision | None) -> object:
    return decision and (decision.allowed, decision.decisions, decision.new_noes)


def near_a_row(rng: Random, world: World, night: datetime) -> datetime:
    """A little before the instant of some row, so little that the row is heeded."""
    stamps = [row[name] for rows in world.values() for row in rows for name in INSTANTS if row.get(name)]
    near = [stamp for stamp in stamps if abs(stamp - night) < timedelta(days=2)]
    return rng.choice(near or [night]) - rng.choice([TICK, timedelta(seconds=1), SKEW])


def believable(world: World, at: datetime) -> World:
    """Without the rows that would stop a delivery, those recorded further ahead than a clock may be."""
    return {
        feed: [row for row in rows if not row.get("recorded_at") or row["recorded_at"] <= at + SKEW]
        for feed, rows in world.items()
    }


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    found, rng = Compared(), Random("turn")
    for _ in range(WORLDS):
        night = moment(rng.choice(NIGHTS)).at
        world, folder = random_world(rng, moment(night), 3), tmp_path_factory.mktemp("again")
        at = near_a_row(rng, world, night)
        path = to_sqlite(believable(world, at), folder / "agency.db", at)
        kbo = Kbo(rng.choice([row["kbo"] for row in world["recipient"]]))
        question = Question(kbo, AgencySource(f"sqlite:///{path}"), LISTED, Settings())
        if first := decide(question, at, folder):
            compare(found, first, rng, folder)
    return found


def compare(found: Compared, first: CurrentDecision, rng: Random, folder: Path) -> None:
    last = first.basis.until - TICK
    for at in (last, first.at + rng.random() * (last - first.at)):
        if given := again(first, first.basis.question, Clocks(lambda at=at: at, lambda: 0.0)):
            found.again += 1
            if said(given) != said(decide(first.basis.question, at, folder)):
                found.differing.append(f"{first.basis.question.kbo} at {at}, decided at {first.at}")
        else:
            assert local_day(at) != local_day(first.at)
    anew = decide(first.basis.question, first.basis.until, folder)
    found.turned += said(anew) != said(first)


def test_what_is_given_again_is_what_the_gate_decides_anew(compared: Compared) -> None:
    assert compared.differing == []
    assert compared.again >= WORLDS


def test_what_does_not_hold_any_more_is_decided_otherwise_at_times(compared: Compared) -> None:
    """Else nothing would show that a decision has to end."""
    assert compared.turned


CHANGED_WORLDS, CHANGES = 2, 12


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """As a final check finds it: a row changed since the decision, whoever it is about, or it is gone."""
    with planned_plainly():
        return worlds_that_change(tmp_path_factory, Random("change"))


def worlds_that_change(tmp_path_factory: pytest.TempPathFactory, rng: Random) -> Compared:
    found = Compared()
    for _ in range(CHANGED_WORLDS):
        night, folder = moment(rng.choice(NIGHTS)).at, tmp_path_factory.mktemp("changed")
        world = believable(random_world(rng, moment(night), 3), night)
        path = to_sqlite(world, folder / "agency.db", night)
        uri, whole = f"sqlite:///{path}", path.read_bytes()
        kbo = Kbo(max((row["kbo"] for row in world["recipient"]), key=lambda kbo: spoken_to(world, kbo)))
        question = Question(kbo, AgencySource(uri), LISTED, Settings())
        if first := decide(question, night, folder):
            for _ in range(CHANGES):
                compare_changed(found, first, change(rng, uri), folder)
                path.write_bytes(whole)
    return found


def spoken_to(world: World, kbo: str) -> int:
    return sum(row["kbo"] == kbo for row in world["consent_event"])


def change(rng: Random, uri: str) -> str:
    """One value of one row becomes that of another row or empty, or the row goes."""
    feed = FEEDS[rng.choice(list(FEEDS))]
    column = rng.choice(list(feed.columns))
    with transaction(uri) as run:
        ids = [row for (row,) in run(f"select rowid from {feed.name}")]
        if ids and rng.random() < 0.2:
            run(f"delete from {feed.name} where rowid = ?", rng.choice(ids))
        elif ids:
            ((value,),) = run(f"select {column} from {feed.name} where rowid = ?", rng.choice(ids))
            run(f"update {feed.name} set {column} = ? where rowid = ?", rng.choice([value, None]), rng.choice(ids))
    return f"{feed.name}.{column}"


def compare_changed(found: Compared, first: CurrentDecision, what: str, folder: Path) -> None:
    clocks = Clocks(lambda: first.at, lambda: 0.0)
    given = again(first, first.basis.question, clocks)
    found.turned += given is None
    if given:
        found.again += 1
        if said(given) != said(decide(first.basis.question, first.at, folder)):
            found.differing.append(f"{first.basis.question.kbo}: {what}")


def test_whatever_changes_is_decided_as_the_gate_does(changed: Compared) -> None:
    """Each reason in turn is in unit/gate/test_again.py."""
    assert changed.differing == []
    assert changed.again and changed.turned

"""Runs cleared in any order, beside each other and behind a held one: newer is never replaced by older, nobody is lost.

Each story is over SFTP, from a real agency and with a real ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, LedgerConflict, LockLost, RunAtWork, TerminalError
from pipeline.core.model import HeldSnapshot, Kbo, Outcome
from pipeline.core.run import RunContext
from pipeline.delivery.deliver import AgencyFinalCheck
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.tasks import housekeeping
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import end_run
from tests.support.drops import whole_drops
from tests.support.night import House, run_night
from tests.support.saved_house import SavedHouse, saved
from tests.support.worlds.small_world import BRUGGE, GENT, small_world


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    with saved(tmp_path_factory.mktemp("cleared"), small_world({BRUGGE: 2, GENT: 3})) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse) -> House:
    return house_of_the_module.anew()


def days_ago(house: House, days: int, run: str) -> RunContext:
    return house.night(run, datetime.now(UTC) - timedelta(days=days))


@dataclass(frozen=True)
class HalfNight:
    """A night whose delivery to Gent failed; `close` named it."""

    night: RunContext
    released: tasks.StagedRelease

    def cleared(self, kbo: Kbo = GENT) -> Outcome:
        return tasks.deliver_night(self.night, self.released.staged_release, kbo).outcome


def half_night(night: RunContext, house: House) -> HalfNight:
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    house.refuse(GENT)
    sent = [tasks.deliver_night(night, released.staged_release, BRUGGE)]
    with pytest.raises(DeliveryRefused):
        tasks.deliver_night(night, released.staged_release, GENT)
    house.accept(GENT)
    with pytest.raises(Exception, match=r"1 of 2 deliveries failed: OCMW Gent \(0212214125\) got nothing"):
        tasks.close_night(night, released.staged_release, sent)
    return HalfNight(night, released)


def begin(night: RunContext, *kinds: Kind) -> None:
    """As a delivery to Gent that was killed before it counted; its files never came there."""
    half = Contents(1, "AANMELDING_OPGROEIEN_half", 1, {"AANMELDING_OPGROEIEN_half.csv": "0" * 64}, "m.json", "1" * 64)
    with open_ledger(night.ledger).delivering(GENT) as log:
        for kind in kinds:
            log.record(Event(GENT, night.night, night.run, kind, night.clock(), half))


def nights_before(house: House, kbo: Kbo) -> list[str]:
    """The night of every drop that counts before the recipient."""
    return [drop.manifest["night"] for drop in whole_drops(house.out(kbo))]


@pytest.mark.parametrize("begun", [(), (Kind.INTENT,)], ids=["refused", "killed"])
def test_overtaken_by_nobody(house: House, begun: tuple[Kind, ...]) -> None:
    """Tonight's delivery fails; yesterday's red run is cleared from `extract`; tonight's is cleared: it has a drop."""
    tonight = half_night(house.night("tonight"), house)
    begin(tonight.night, *begun)
    yesterday = run_night(days_ago(house, 1, "yesterday"))
    assert {one.kbo: one.outcome for one in yesterday.publications} == {
        BRUGGE: Outcome.SUPERSEDED, GENT: Outcome.PUBLISHED,
    }  # fmt: skip
    assert tonight.cleared() is Outcome.PUBLISHED
    today = str(tonight.night.night)
    assert [nights_before(house, kbo) for kbo in (BRUGGE, GENT)] == [[today], [today]]
    drops = open_ledger(house.ledger).recipient(GENT).delivery_state(tonight.night.night).drops
    counted = [(drop.night < tonight.night.night, drop.contents.sequence) for drop in drops if drop.published_at]
    assert [older for older, _ in counted] == [True, False] and counted[0][1] < counted[1][1]
    end_run(tonight.night)
    assert run_night(days_ago(house, 2, "older")).publications[1].outcome is Outcome.SUPERSEDED


def test_two_runs_of_one_night_deliver_it_once_whichever_is_cleared(house: House) -> None:
    first, second = half_night(house.night("first"), house), half_night(house.night("second"), house)
    before = house.footprint(BRUGGE)
    assert first.cleared() is Outcome.PUBLISHED, "another run accepted newer feeds, and delivered nothing to it"
    assert second.cleared() is first.cleared() is Outcome.ALREADY_PUBLISHED
    assert house.footprint(BRUGGE) == before and len(nights_before(house, GENT)) == 1


def test_missed_nights_made_up_for_after_the_night_itself_take_nothing_back(house: House) -> None:
    """As `airflow backfill create` does, one after the other, in any order of their dates."""
    assert not run_night(house.night("scheduled")).errors
    before = [house.footprint(kbo) for kbo in (BRUGGE, GENT)]
    ledger, newest = open_ledger(house.ledger), house.night().night
    for days in (3, 1, 2, 4):
        read_at = ledger.accepted_at()
        missed = run_night(days_ago(house, days, f"backfill {days}"))
        assert missed.errors == {} and {one.outcome for one in missed.publications} == {Outcome.SUPERSEDED}
        assert ledger.newest_night() == newest and ledger.accepted_at() > read_at
    assert [house.footprint(kbo) for kbo in (BRUGGE, GENT)] == before


def test_a_second_night_beside_one_at_work_waits_and_takes_nothing_from_it(house: House) -> None:
    """Between any two of its tasks, as a backfill or `dags test` may come; the first then ends as if alone."""
    first, second = house.night("scheduled"), days_ago(house, 1, "backfill")

    def refused() -> None:
        with pytest.raises(RunAtWork, match=r"run scheduled is at work in .*: this one begins when that one is over"):
            tasks.extract_night(second)
        with pytest.raises(TerminalError, match="nothing was published tonight"):
            tasks.close_night(second, None, [])

    snapshot = tasks.extract_night(first)
    refused()
    checked = tasks.check_night(first, snapshot)
    refused()
    released = tasks.release_night(first, checked)
    refused()
    sent = []
    for kbo in released.recipients:
        sent.append(tasks.deliver_night(first, released.staged_release, kbo))
        refused()
    assert not tasks.close_night(first, released.staged_release, sent).failed
    assert {one.outcome for one in run_night(second).publications} == {Outcome.SUPERSEDED}


def test_a_try_that_was_taken_for_dead_goes_on_beside_its_own_retry(house: House) -> None:
    """Each step twice at once: the first goes on where it was, and what it makes is not taken for the other's."""
    night = house.night("tonight")
    early, late = tasks.extract_night(night), tasks.extract_night(night)
    with pytest.raises(TerminalError, match="is gone: clear the run from its first task"):
        tasks.check_night(night, early)
    checked = tasks.check_night(night, late)
    released = [tasks.release_night(night, checked) for _ in range(2)]
    assert len({one.staged_release.uri for one in released}) == 2
    with open_ledger(house.ledger).delivering(GENT), pytest.raises(LedgerConflict, match="another task is delivering"):
        tasks.deliver_night(night, released[0].staged_release, GENT)
    outcomes = [tasks.deliver_night(night, one.staged_release, GENT).outcome for one in released]
    assert outcomes == [Outcome.PUBLISHED, Outcome.ALREADY_PUBLISHED] and len(nights_before(house, GENT)) == 1


def test_a_try_whose_lock_was_lost_publishes_nothing_beside_the_one_that_has_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right before its rename its own retry comes, and delivers: of the two drops the recipient sees that one alone."""
    night = house.night("tonight")
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night))).staged_release
    check, retried = AgencyFinalCheck.__call__, []

    def overtaken(final_check: AgencyFinalCheck) -> None:
        check(final_check)
        if not retried:
            retried.append("begun")
            (Path(f"{house.home.ledger}.locks") / GENT).unlink()
            retried.append(tasks.deliver_night(night, released, GENT).outcome)
            retried.append(house.footprint(GENT))

    monkeypatch.setattr(AgencyFinalCheck, "__call__", overtaken)
    with pytest.raises(LockLost, match="is not this task's any more"):
        tasks.deliver_night(night, released, GENT)
    assert retried[1:] == [Outcome.PUBLISHED, house.footprint(GENT)] and len(nights_before(house, GENT)) == 1
    assert tasks.deliver_night(night, released, GENT).outcome is Outcome.ALREADY_PUBLISHED


def test_an_old_hour_of_housekeeping_that_is_cleared_believes_no_held_night(house: House) -> None:
    """Yesterday was accepted; tonight a fifth of the parents is gone, and nobody let it go."""
    assert not run_night(days_ago(house, 1, "yesterday")).errors
    house.change("delete from parent where parent_id in (201, 202)")
    strict = house.night("tonight", min_rows_for_shares=1)
    assert isinstance(tasks.check_night(strict, tasks.extract_night(strict)), HeldSnapshot)
    before, lines = house.footprint(GENT), house.ledger_lines()
    old_hour = days_ago(house, 1, "hour of yesterday")
    due = housekeeping.recipients_to_follow_up(old_hour)
    results = [housekeeping.follow_up_recipient(old_hour, kbo) for kbo in due]
    assert due == [BRUGGE, GENT] and [one.withdrawals for one in results] == [0, 0]
    assert (house.footprint(GENT), house.ledger_lines()) == (before, lines)

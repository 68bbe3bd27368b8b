"""No half load is believed, by anybody who reads the agency; and a no that is seen is acted on in any state.

Over SFTP, with the agency and the ledger on SQLite and on PostgreSQL.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import FeedError, LoadUnderWay
from pipeline.core.local_time import local_day
from pipeline.core.model import HeldSnapshot, Kbo, Outcome
from pipeline.core.run import RunContext
from pipeline.followup import replace as replacement
from pipeline.followup.pickup import FollowupResult
from pipeline.gate.approval import Reply
from pipeline.ledger.approvals import ApprovalDecision
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.events import Kind
from pipeline.source.look import look_at_agency
from pipeline.tasks import approval, housekeeping
from pipeline.tasks import nightly_delivery as tasks
from tests.support.cases import case
from tests.support.drops import whole_drops
from tests.support.loads import LOADS, READERS, begin
from tests.support.night import House, lay, run_night
from tests.support.noes import LOST
from tests.support.saved_house import SavedHouse, save
from tests.support.worlds.small_world import BRUGGE, GENT, execute, produce, small_world

PARENTS = {BRUGGE: 2, GENT: 3}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ON_THE_CLOCK = datetime.now(UTC).replace(minute=10, second=30)


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """Brugge has 101 and 102, Gent 201 to 203; nobody fetched anything."""
    folder = tmp_path_factory.mktemp("loads")
    with lay(folder / "house", small_world(PARENTS)) as laid:
        assert not run_night(laid.night("night")).errors
        yield save(laid, folder / "copy")


@pytest.fixture
def house(after_a_night: SavedHouse) -> House:
    return after_a_night.anew()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: Callable[[], str]) -> Iterator[House]:
    with lay(tmp_path_factory.mktemp("postgresql") / "house", small_world(PARENTS), postgres(), postgres()) as laid:
        assert not run_night(laid.night("night")).errors
        yield laid


def says_no(house: House, parent: int, kbo: str = GENT) -> None:
    """A withdrawal of now, in the agency's own table: its load is none of this."""
    number, at = execute(house.agency, "select max(event_id) from consent_event")[0][0] + 1, datetime.now(UTC)
    execute(
        house.agency,
        "insert into consent_event (event_id, parent_id, kbo, kind, occurred_at, recorded_at)"
        " values (?, ?, ?, ?, ?, ?)",
        number, parent, kbo, "withdrawal", at.isoformat(sep=" "), at.isoformat(sep=" "),
    )  # fmt: skip


def load(house: House) -> None:
    produce(house.agency, datetime.now(UTC))


def parents_before(house: House, kbo: Kbo = GENT) -> set[int]:
    """Whose row lies before the recipient."""
    ids = range(100 * (1 + [BRUGGE, GENT].index(kbo)), 100 * (2 + [BRUGGE, GENT].index(kbo)))
    return {id_ for id_ in ids for drop in whole_drops(house.out(kbo)) if f"Kanariën-{id_}achter" in drop.text}


def ledger(house: House) -> LedgerDb:
    return open_ledger(house.ledger)


def tomorrow(house: House, run: str = "hour") -> RunContext:
    """Of a night that no run accepted yet: a day on, by the clock too."""
    return replace(house.night(run, datetime.now(UTC) + DAY), clock=lambda: datetime.now(UTC) + DAY)


def kinds(house: House, kbo: Kbo = GENT) -> list[str]:
    return [kind for of, kind in house.ledger_lines() if of == kbo]


# Every reader, every state


def refused_by_everybody(house: House, folder: Path) -> None:
    before = house.ledger_lines(), ledger(house).known_feeds()
    for state in LOADS:
        says = begin(house, state)
        for name, read in READERS.items():
            with case(f"{state}: {name}"), pytest.raises(LoadUnderWay) as raised:
                read(house, folder / name.replace(" ", "-").replace("'", ""))
            assert says in str(raised.value) and "\n" not in str(raised.value)
        mend_control(house)
    assert (house.ledger_lines(), ledger(house).known_feeds().loads) == (before[0], before[1].loads)
    READERS["a delivery"](house, folder / "after")


def mend_control(house: House) -> None:
    for feed in ("recipient", "consent_event"):
        if not execute(house.agency, "select 1 from feed_control where feed = ?", feed):
            at = datetime.now(UTC).isoformat(sep=" ")
            execute(house.agency, "insert into feed_control (feed, produced_at, row_count) values (?, ?, 0)", feed, at)
    load(house)


def test_everybody_who_reads_the_agency_waits_for_its_load(house: House, tmp_path: Path) -> None:
    refused_by_everybody(house, tmp_path)


def test_nobody_opens_the_agency_but_by_a_look() -> None:
    """Who adds a reader adds it to READERS, or to the tests below. `gegevensdeling doctor` reads no row of a person,
    and says of a load under way that it is."""
    from tests.support import PROJECT

    opens = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "pipeline").rglob("*.py")
        if "open_agency(" in path.read_text("utf-8")
    }
    assert opens == {f"pipeline/source/{name}.py" for name in ("agency", "look", "agency_health")}
    assert look_at_agency.__module__ == "pipeline.source.look"


# A delivery


def test_a_delivery_cleared_while_the_load_is_half_done_releases_nobody_who_withdrew(house: House) -> None:
    """The story of the issue: the parent's withdrawal is among the rows that are not there yet."""
    night = tomorrow(house, "tonight")
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    says_no(house, 202)
    load(house)
    execute(house.agency, "create table away as select * from consent_event where kind = 'withdrawal'")
    execute(house.agency, "delete from consent_event where kind = 'withdrawal'")
    before = house.footprint(GENT), kinds(house)
    with pytest.raises(LoadUnderWay, match="feed consent_event has 5 of the 6 rows that feed_control says"):
        tasks.deliver_night(night, released.staged_release, GENT)
    assert (house.footprint(GENT), kinds(house)) == before
    execute(house.agency, "insert into consent_event select * from away")
    ended = tasks.deliver_night(night, released.staged_release, GENT)
    assert (ended.outcome, parents_before(house)) == (Outcome.PUBLISHED, {201, 203})


def test_a_registry_restored_from_its_backup_stops_a_delivery_though_its_load_agrees(house: House) -> None:
    night = tomorrow(house, "tonight")
    says_no(house, 202)
    load(house)
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    execute(house.agency, "delete from consent_event where kind = 'withdrawal'")
    load(house)
    with pytest.raises(FeedError, match="feed consent_event: 5 rows where 6 were seen before, though it may only grow"):
        tasks.deliver_night(night, released.staged_release, GENT)


def test_a_load_that_begins_before_the_final_check_leaves_nothing_of_the_drop(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.delivery.deliver import AgencyFinalCheck

    looked = AgencyFinalCheck.__call__

    def begun(self: AgencyFinalCheck) -> None:
        begin(house, "half loaded")
        looked(self)

    night = tomorrow(house, "tonight")
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    monkeypatch.setattr(AgencyFinalCheck, "__call__", begun)
    with pytest.raises(LoadUnderWay):
        tasks.deliver_night(night, released.staged_release, GENT)
    assert kinds(house)[-1] == Kind.ABANDONED and parents_before(house) == {201, 202, 203}, "last night's lies there"


# Housekeeping


def test_housekeeping_leaves_a_load_to_the_next_hour_and_is_red_in_the_third(house: House) -> None:
    records = ledger(house)
    tomorrow_too = local_day(ON_THE_CLOCK + DAY)  # late in the evening the last of these hours is of that day
    records.save_watermark("next", tomorrow_too, datetime.now(UTC), records.last_watermark() or b"")
    begin(house, "half loaded")
    before = house.footprint(GENT)
    hours = [replace(house.night(f"hour {n}"), clock=lambda n=n: ON_THE_CLOCK + n * HOUR) for n in range(4)]
    assert [housekeeping.follow_up_recipient(hour, GENT) for hour in hours[:2]] == [FollowupResult(GENT)] * 2
    with pytest.raises(LoadUnderWay, match="feed recipient has"):
        housekeeping.follow_up_recipient(hours[2], GENT)
    assert house.footprint(GENT) == before and ledger(house).recipient(GENT).withdrawals() == ()
    load(house)
    assert housekeeping.follow_up_recipient(hours[3], GENT) == FollowupResult(GENT)
    assert ledger(house).waiting_since(GENT) is None
    begin(house, "half loaded")
    assert housekeeping.follow_up_recipient(hours[3], GENT) == FollowupResult(GENT), "and counts anew"


def test_an_hour_without_an_accepted_night_asks_nothing_of_the_load_and_ends_no_wait(house: House) -> None:
    records, began = ledger(house), tomorrow(house).clock()
    records.save_wait(GENT, began, began)
    assert housekeeping.follow_up_recipient(tomorrow(house), GENT) == FollowupResult(GENT)
    assert records.waiting_since(GENT) == (began, began)


def test_a_replacement_waits_for_the_load_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = replacement.replace_recalled

    def late(*arguments: object) -> object:
        begin(house, "half loaded")
        return made(*arguments)

    monkeypatch.setattr(housekeeping, "replace_recalled", late)
    says_no(house, 202)
    load(house)
    found = housekeeping.follow_up_recipient(house.night("hour"), GENT)
    assert (found.recalled, found.withdrawals, found.replaced) == (1, 1, None) and parents_before(house) == set()
    monkeypatch.undo()
    load(house)
    assert housekeeping.follow_up_recipient(house.night("next"), GENT).replaced
    assert parents_before(house) == {201, 203}


def test_while_a_load_is_under_way_a_no_that_is_there_is_acted_on_and_absence_is_not(house: House) -> None:
    """Homes and papers are gone for the moment: that says nothing of anybody."""
    says_no(house, 202)
    load(house)
    execute(house.agency, "delete from residence")
    execute(house.agency, "delete from protocol")
    found = housekeeping.follow_up_recipient(house.night("hour"), GENT)
    assert (found.recalled, found.withdrawals, found.notices, found.replaced) == (1, 0, 0, None)
    assert parents_before(house) == set() and kinds(house)[-2:] == [Kind.RECALLING, Kind.RECALLED]
    assert housekeeping.follow_up_recipient(house.night("hour"), BRUGGE) == FollowupResult(BRUGGE)
    assert parents_before(house, BRUGGE) == {101, 102}


# A night that is not accepted


STATES = {
    "not begun": "",
    "red": "insert into local_team select * from local_team",
    "a load half done": "delete from parent where parent_id = 101",
}


@pytest.mark.parametrize("state", STATES)
def test_whatever_the_state_of_the_night_a_drop_with_somebody_who_said_no_is_taken_away(
    house: House, state: str
) -> None:
    says_no(house, 202)
    load(house)
    if STATES[state]:
        execute(house.agency, STATES[state])
        run = run_night(tomorrow(house, "tonight"))
        assert "before" in run.errors and not run.publications
    found = housekeeping.follow_up_recipient(tomorrow(house), GENT)
    assert found == FollowupResult(GENT, recalled=1)
    assert parents_before(house) == set() and kinds(house)[-2:] == [Kind.RECALLING, Kind.RECALLED]
    assert ledger(house).recipient(GENT).withdrawals() == (), "withdrawals and notices wait"
    assert housekeeping.follow_up_recipient(tomorrow(house), BRUGGE) == FollowupResult(BRUGGE)
    assert parents_before(house, BRUGGE) == {101, 102}


def recalled_and_then_lost(house: House) -> None:
    """The no was acted on while no night was accepted; then the agency loses it, before any night saw it."""
    says_no(house, 202)
    says_no(house, 102, BRUGGE)
    assert housekeeping.follow_up_recipient(tomorrow(house), GENT) == FollowupResult(GENT, recalled=1)
    assert parents_before(house) == set() and kinds(house)[-2:] == [Kind.RECALLING, Kind.RECALLED]
    assert execute(house.ledger, "select kbo, is_own from kept_no") == [(GENT, True)], "it alone was acted on"
    execute(house.agency, "delete from consent_event where kind = 'withdrawal' and parent_id = 202")
    load(house)
    for kbo in (GENT, BRUGGE):
        with pytest.raises(FeedError, match=LOST):
            housekeeping.follow_up_recipient(house.night("today"), kbo)
    assert parents_before(house) == set()
    night = tomorrow(house, "tonight")
    with pytest.raises(FeedError, match=LOST):
        tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))


def test_a_no_that_was_acted_on_before_a_night_saw_it_may_not_be_lost(house: House) -> None:
    recalled_and_then_lost(house)


def test_what_was_fetched_is_not_recalled_and_the_rest_of_the_hour_goes_on(house: House) -> None:
    for path in sorted(house.out(GENT).glob("AANMELDING*"), key=lambda path: path.suffix == ".GO"):
        path.unlink()
    says_no(house, 202)
    assert housekeeping.follow_up_recipient(tomorrow(house), GENT) == FollowupResult(GENT, fetched=1)


def test_a_feed_that_turned_malformed_recalls_nobody_and_stops_the_night(house: House) -> None:
    execute(house.agency, "update consent_event set kind = 'intrekking'")
    load(house)
    assert housekeeping.follow_up_recipient(tomorrow(house), GENT) == FollowupResult(GENT)
    with pytest.raises(FeedError, match="feed consent_event: 5 of 5 rows of the last accepted night gone or altered"):
        housekeeping.follow_up_recipient(house.night("today"), GENT)
    assert parents_before(house) == {201, 202, 203}
    assert "gone or altered" in str(run_night(tomorrow(house, "tonight")).errors["before"])


def test_while_a_night_is_held_the_recall_needs_no_approver_and_the_rest_waits_for_the_answer(house: House) -> None:
    says_no(house, 202)
    execute(house.agency, "delete from parent where parent_id = 101")
    load(house)
    night = house.night(
        "tonight", datetime.now(UTC) + DAY, min_rows_for_shares=1, approvers="ann", max_change_share=0.1
    )
    checked = tasks.check_night(night, tasks.extract_night(night))
    assert isinstance(checked, HeldSnapshot)

    found = housekeeping.follow_up_recipient(tomorrow(house), GENT)
    assert found == FollowupResult(GENT, recalled=1) and parents_before(house) == set()
    assert ledger(house).recipient(GENT).withdrawals() == () and ledger(house).answers("tonight") == []
    again = housekeeping.follow_up_recipient(tomorrow(house, "next"), GENT)
    assert again == FollowupResult(GENT), "once, and nothing comes in its place"

    approval.answer_night(night, checked, Reply(ApprovalDecision.APPROVED, "ann", "Ann", "right", datetime.now(UTC)))
    released = tasks.release_night(night, checked)
    (withdrawal,) = ledger(house).recipient(GENT).withdrawals()
    assert withdrawal.cause == "withdrawn"
    tasks.deliver_night(night, released.staged_release, GENT)
    assert parents_before(house) == {201, 203}
    assert housekeeping.follow_up_recipient(tomorrow(house, "told"), GENT).notices == 1


def test_likewise_on_postgresql(on_postgresql: House, tmp_path: Path) -> None:
    """The loads that everybody waits for, then a recall without an accepted night."""
    refused_by_everybody(on_postgresql, tmp_path)
    recalled_and_then_lost(on_postgresql)

"""A registry that changes under a paused run: at every boundary a row is not sent, or is on record to be withdrawn.

Item by item: DOMAIN, "now, not then". A real agency on SQLite, a real ledger; over SFTP and on PostgreSQL it is
tests/integration/delivery/test_now_over_sftp.py.
"""

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from pipeline.core.errors import AgencyUnreachable, DeliveryTransient
from pipeline.core.model import Outcome, Release
from pipeline.delivery.deliver import FINAL_CHECKS, withdraw
from pipeline.delivery.references import reference
from pipeline.ledger.events import Kind
from tests.support.cases import case
from tests.support.deliveries import (
    OF_A_PARENT,
    OF_PAPERS,
    REFERENCES,
    TODAY,
    Agency,
    Deaths,
    Once,
    parents_in,
    to_a_parent_each,
)
from tests.support.drops import whole_drops
from tests.support.publishing import Fuse, Killed
from tests.support.worlds.small_world import GENT, execute, person, produce

PARENTS = (201, 202, 203, 204, 205)
"""Gent's."""
CHANGES = {name: (act, dict.fromkeys(PARENTS, cause)) for name, (act, cause) in OF_PAPERS.items()} | {
    "something to each parent but the first": to_a_parent_each(PARENTS[1])
}
"""The change, and the cause of the withdrawal by parent: what happens to a parent happens to four at once."""
IN_THE_RUN = ("extract", "check", "release")
BEFORE_THE_LAST_LOOK = ("connect", "has put *.csv", "has put *.json", "not renamed *.GO")
TOO_LATE = ("looked *.GO", "has put *.GO", "has recorded published")
"""From the final check on: the row goes out, or went."""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Made once: to be copied."""
    return Agency(tmp_path_factory.mktemp("fresh"), parents_of_gent=len(PARENTS))


@pytest.fixture(scope="module")
def decided(fresh: Agency) -> Release:
    """The run's decision on it: the same for whoever copies it, and only ever read."""
    return fresh.decide()


@pytest.fixture(scope="module")
def newer(fresh: Agency, decided: Release, tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """A week later, with that night's drop: to be copied."""
    agency = fresh.copy(tmp_path_factory.mktemp("newer"))
    a_week_later(agency)
    agency.deliver(agency.decide(), nights=7)
    return agency


@pytest.fixture(scope="module")
def sent_once(fresh: Agency, decided: Release, tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Its drop lies there and was looked after, with a window of 250 ms: to be copied, or only read."""
    agency = fresh.copy(tmp_path_factory.mktemp("sent"))

    def step(what: str) -> None:
        if what.startswith("looked"):
            agency.elapsed += 0.25

    assert agency.deliver(decided, step).window_ms == 250
    return agency


@pytest.fixture
def delivered(sent_once: Agency, tmp_path: Path) -> Agency:
    """It, right after its delivery."""
    return sent_once.copy(tmp_path)


@pytest.fixture
def agency(fresh: Agency, decided: Release, tmp_path: Path) -> Agency:
    """It, right after the decision."""
    return fresh.copy(tmp_path / "agency")


def a_week_later(agency: Agency) -> None:
    agency.now = agency.now.replace(day=TODAY.day + 7)
    produce(agency.uri, agency.now)


def left(gone: Collection[int]) -> set[int]:
    """Who is still to be sent."""
    return set(PARENTS) - set(gone)


def is_covered(what: str) -> bool:
    """Whether Gent gets a drop all the same, be it an empty one."""
    return what not in ("agreement ended", "protocol ended")


def sent(agency: Agency) -> set[int]:
    """Whose rows lie before the recipient."""
    return {parent for drop in whole_drops(agency.folder / "out") for parent in parents_in(drop)}


def references(*parents: int) -> set[str]:
    """What Gent calls them."""
    return {reference(REFERENCES, GENT, parent) for parent in parents}


@pytest.mark.parametrize("step", IN_THE_RUN)
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_while_the_run_decides(agency: Agency, what: str, step: str) -> None:
    change, gone = CHANGES[what]
    paused = Once(step, lambda: change(agency))
    ended = agency.deliver(agency.decide(paused))
    assert paused.done
    assert sent(agency) == left(gone)
    assert ended.outcome is (Outcome.PUBLISHED if is_covered(what) else Outcome.NOT_COVERED)
    assert agency.withdrawn == {}


@pytest.mark.parametrize("step", BEFORE_THE_LAST_LOOK[:-1])
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_before_the_final_check(agency: Agency, decided: Release, what: str, step: str) -> None:
    stops_the_delivery(agency, decided, CHANGES[what][0], step)


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_right_before_the_final_check_and_the_next_try(agency: Agency, decided: Release, what: str) -> None:
    """It sends who is left, wherever the change came in: the try that it stopped leaves nothing."""
    change, gone = CHANGES[what]
    stops_the_delivery(agency, decided, change, BEFORE_THE_LAST_LOOK[-1])
    ended = agency.deliver(decided)
    assert (sent(agency), ended.withdrawals) == (left(gone), 0)
    assert ended.outcome is (Outcome.PUBLISHED if is_covered(what) else Outcome.NOT_COVERED)
    assert agency.withdrawn == {}


@pytest.mark.parametrize("what", OF_A_PARENT)
def test_a_change_to_one_parent_before_the_final_check(agency: Agency, decided: Release, what: str) -> None:
    """Each alone, since one of four is enough to stop a delivery."""
    stops_the_delivery(agency, decided, OF_A_PARENT[what][0](202), BEFORE_THE_LAST_LOOK[-1])


def stops_the_delivery(agency: Agency, decided: Release, change: Callable[[Agency], None], step: str) -> None:
    paused = Once(step, lambda: change(agency))
    with pytest.raises(DeliveryTransient, match="what may be sent changed meanwhile"):
        agency.deliver(decided, paused)
    assert paused.done
    assert list((agency.folder / "out").iterdir()) == []
    assert (agency.kinds[-1], agency.withdrawn) == (Kind.ABANDONED, {})


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_between_a_slow_look_and_the_next(agency: Agency, decided: Release, what: str) -> None:
    calls = 0

    def ticks() -> float:
        """The first final check begins at 0 and ends too late; by then the registry has changed."""
        nonlocal calls
        calls += 1
        if calls == 3:
            CHANGES[what][0](agency)
            return 2.0
        return 0.0

    agency.ticks = ticks
    with pytest.raises(DeliveryTransient, match="what may be sent changed meanwhile"):
        agency.deliver(decided)
    assert calls > 3
    assert (sent(agency), agency.withdrawn) == (set(), {})


@pytest.mark.parametrize("step", TOO_LATE)
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_after_the_final_check_ends_in_a_withdrawal(
    agency: Agency, decided: Release, what: str, step: str
) -> None:
    change, gone = CHANGES[what]
    paused = Once(step, lambda: change(agency))
    ended = agency.deliver(decided, paused)
    assert paused.done and ended.outcome is Outcome.PUBLISHED
    assert sent(agency) == set(PARENTS)
    assert agency.withdrawn == gone
    assert ended.withdrawals == len(gone)
    assert agency.kinds[-1] is Kind.RECHECKED


def test_a_protocol_that_names_a_field_less_takes_it_out_of_the_rows(agency: Agency, decided: Release) -> None:
    narrow = f"update protocol set fields = 'name,phone' where kbo = '{GENT}'"
    agency.finish(decided, Once("not renamed *.GO", lambda: agency.change(narrow)))
    assert person(202)["phone"] in agency.drop.text and person(202)["email"] not in agency.drop.text
    assert agency.withdrawn == {}


# A task that is cleared a week later


@pytest.mark.parametrize("what", CHANGES)
def test_a_task_cleared_a_week_later_sends_nothing_of_it(agency: Agency, decided: Release, what: str) -> None:
    change, gone = CHANGES[what]
    change(agency)
    a_week_later(agency)
    ended = agency.deliver(decided)
    assert (sent(agency), agency.withdrawn) == (left(gone), {})
    assert ended.outcome is (Outcome.PUBLISHED if is_covered(what) else Outcome.NOT_COVERED)


@pytest.mark.parametrize("what", CHANGES)
def test_a_task_cleared_a_week_later_never_replaces_a_newer_drop(
    newer: Agency, decided: Release, tmp_path: Path, what: str
) -> None:
    agency = newer.copy(tmp_path)
    drop, before = agency.drop, agency.kinds
    CHANGES[what][0](agency)
    steps = Fuse()
    assert agency.deliver(decided, steps).outcome is Outcome.SUPERSEDED
    assert agency.drop == drop and "connect" not in steps.seen
    assert agency.kinds == [*before, Kind.SUPERSEDED]


# After the rename: killed, unreachable, repeated


def test_killed_between_any_two_steps_after_the_rename(agency: Agency, decided: Release, tmp_path: Path) -> None:
    """Once more, and there is exactly one remark that it was looked after, and one withdrawal."""
    deaths = Deaths(agency, tmp_path / "deaths")
    renamed = Once("has put *.GO", lambda: agency.says("withdrawal", 202))

    def step(what: str) -> None:
        if renamed.done:
            deaths(what)
        renamed(what)

    agency.deliver(decided, step)
    assert [step for step in deaths.steps if "record" in step] == [
        "record published",
        "has recorded published",
        "record withdrawals",
        "has recorded withdrawals",
        "record followed_up",
        "has recorded followed_up",
    ]
    for steps, world in deaths.left.items():
        with case(f"killed at {steps}"):
            assert world.deliver(decided).outcome is Outcome.ALREADY_PUBLISHED
            assert world.kinds.count(Kind.RECHECKED) == 1
            assert world.withdrawn == {202: "withdrawn"}


def test_a_killed_follow_up_sees_what_changed_since(agency: Agency, decided: Release) -> None:
    with pytest.raises(Killed):
        agency.deliver(decided, Once("has recorded published", lambda: _kill()))
    agency.says("withdrawal", 203)
    again = agency.deliver(decided)
    assert (again.outcome, again.withdrawals) == (Outcome.ALREADY_PUBLISHED, 1)
    assert agency.withdrawn == {203: "withdrawn"}


def _kill() -> None:
    raise Killed


def test_once_looked_after_a_delivery_does_nothing_more(delivered: Agency, decided: Release) -> None:
    """No connection, no look: not even an agency is needed."""
    before, steps = delivered.kinds, Fuse()
    delivered.uri = "sqlite:////nowhere/agency.db"
    assert delivered.deliver(decided, steps).outcome is Outcome.ALREADY_PUBLISHED
    assert (delivered.kinds, steps.seen) == (before, [])


def test_an_agency_that_is_gone_after_the_rename_is_tried_again(agency: Agency, decided: Release) -> None:
    there = agency.uri

    def gone() -> None:
        agency.says("withdrawal", 202)
        (agency.folder / "agency.db").rename(agency.folder / "away.db")

    with pytest.raises(AgencyUnreachable):
        agency.deliver(decided, Once("has put *.GO", gone))
    assert agency.kinds[-1] is Kind.PUBLISHED and agency.withdrawn == {}
    (agency.folder / "away.db").rename(agency.folder / "agency.db")
    assert agency.uri == there and agency.deliver(decided).withdrawals == 1
    assert agency.withdrawn == {202: "withdrawn"}


def test_whoever_is_covered_no_more_is_told_of_everyone_it_holds(delivered: Agency) -> None:
    CHANGES["protocol ended"][0](delivered)
    ended = delivered.deliver(delivered.decide(), nights=1)
    assert (ended.outcome, ended.withdrawals) == (Outcome.NOT_COVERED, len(PARENTS))
    assert delivered.withdrawn == dict.fromkeys(PARENTS, "no_protocol")
    assert delivered.deliver(delivered.decide(), nights=1).withdrawals == 0


def test_a_host_that_fails_hides_no_withdrawal(delivered: Agency) -> None:
    CHANGES["agreement ended"][0](delivered)
    again = delivered.decide()
    with pytest.raises(DeliveryTransient):
        delivered.deliver(again, Fuse(at=5, error=DeliveryTransient("cut")), nights=1)
    assert set(delivered.withdrawn) == set(PARENTS)


def test_half_a_drop_that_turns_out_to_count_is_withdrawn_too(agency: Agency, decided: Release) -> None:
    with pytest.raises(Killed):
        agency.deliver(decided, Once("has put *.GO", _kill))
    assert agency.kinds[-1] is Kind.RELEASING
    CHANGES["agreement ended"][0](agency)
    assert agency.deliver(agency.decide(), nights=1).outcome is Outcome.NOT_COVERED
    assert set(agency.withdrawn) == set(PARENTS)


def test_who_withdrew_from_a_drop_that_never_counted_can_withdraw_from_the_next_rendering(
    agency: Agency, decided: Release
) -> None:
    """It stalled where it may have counted; 202 withdrew, came back, was sent under the same number, and withdrew."""
    with pytest.raises(Killed):
        agency.deliver(decided, Once("has recorded releasing", _kill))
    agency.says("withdrawal", 202)
    with agency.ledger.delivering(GENT) as pages:
        job = agency.job(agency.seen)
        assert withdraw(job, pages, job.decide_now(agency.folder / "look")) == 1
    agency.says("grant", 202, fields="name,email")
    agency.finish(agency.decide())
    assert agency.drop.manifest["sequence"] == 1 and agency.parents == list(PARENTS)
    agency.says("withdrawal", 202)
    agency.finish(agency.decide(), nights=1)
    assert [(one.after_sequence, one.cause) for one in agency.ledger.recipient(GENT).withdrawals()] == [
        (1, "withdrawn")
    ] * 2


def test_who_is_sent_again_after_a_withdrawal_is_held_again(agency: Agency, decided: Release) -> None:
    agency.deliver(decided, Once("has put *.GO", lambda: agency.says("withdrawal", 202)))
    agency.says("grant", 202, fields="name,email")
    agency.deliver(agency.decide(), nights=1)
    assert {held.reference for held in agency.ledger.recipient(GENT).holdings()} >= {
        one.reference for one in agency.ledger.recipient(GENT).withdrawals()
    }
    agency.says("withdrawal", 202)
    agency.deliver(agency.decide(), Once("has put *.GO", lambda: agency.says("withdrawal", 203)), nights=2)
    found = sorted((one.after_sequence, one.cause) for one in agency.ledger.recipient(GENT).withdrawals())
    assert found == [(1, "withdrawn"), (2, "withdrawn"), (3, "withdrawn")]


# The lines


def test_the_ledger_knows_what_each_row_stood_on(sent_once: Agency) -> None:
    (published,) = (event for event in sent_once.ledger.recipient(GENT).events() if event.kind is Kind.PUBLISHED)
    assert published.contents
    lines = sent_once.ledger.recipient(GENT).disclosures(published.contents.manifest_sha256)
    assert len(lines) == len(PARENTS)
    assert {line.reference for line in lines} == {
        row.split(";")[0].strip('"') for row in sent_once.drop.text.splitlines()[1:]
    }
    for line in lines:
        assert (line.agreements, line.protocols) == ((f"A{GENT}",), (f"P{GENT}",))
        assert (line.key_id, line.text_version, line.fields) == ("ledger", "v1", ("address", "email", "name", "phone"))
        assert line.insz is not None and len(line.person) == len(line.insz) == 16
    assert {line.consent_event for line in lines} == set(PARENTS)
    held = sent_once.ledger.recipient(GENT).holdings()
    assert [(one.reference, one.person) for one in held] == [(line.reference, line.person) for line in lines]


def test_a_parent_without_insz_has_none_in_its_line(agency: Agency, decided: Release) -> None:
    agency.change("update parent set insz = null where parent_id = 202")
    agency.deliver(decided)
    contents = agency.ledger.recipient(GENT).delivery_state(TODAY).drops[0].contents
    lines = agency.ledger.recipient(GENT).disclosures(contents.manifest_sha256)
    assert [line.consent_event for line in lines if line.insz is None] == [202]


def test_nobody_in_an_abandoned_drop_is_held_and_who_is_in_one_that_may_count_is(
    agency: Agency, decided: Release
) -> None:
    with pytest.raises(DeliveryTransient):
        agency.deliver(decided, Once("not renamed *.GO", lambda: agency.says("withdrawal", 202)))
    assert agency.ledger.recipient(GENT).holdings() == ()
    with pytest.raises(Killed):
        agency.deliver(decided, Once("has recorded releasing", _kill))
    assert agency.kinds[-1] is Kind.RELEASING, "whether the GO file is there only the host can tell"
    assert {held.reference for held in agency.ledger.recipient(GENT).holdings()} == references(*left([202]))


def test_what_an_older_key_hashed_is_found_with_that_key(delivered: Agency) -> None:
    from pipeline.ledger.persons import LedgerKey

    delivered.key = LedgerKey("newer", bytes(31) + b"n")
    delivered.says("withdrawal", 203)
    delivered.deliver(delivered.decide(), Once("has put *.GO", lambda: delivered.says("withdrawal", 202)), nights=1)
    assert delivered.withdrawn == {202: "withdrawn", 203: "withdrawn"}
    found = sorted((one.after_sequence, one.key_id) for one in delivered.ledger.recipient(GENT).withdrawals())
    assert found == [(1, "ledger"), (2, "newer")], "203 is in the older drop alone"


# The window


def test_the_window_is_on_record_everywhere(sent_once: Agency) -> None:
    """The delivery gives it too: `sent_once`."""
    assert [event.window_ms for event in sent_once.ledger.recipient(GENT).events()] == [None, None, None, 250, None]


def slow(agency: Agency, looks: int) -> list[int]:
    """The first so many final checks take two seconds each. Gives a list with an item a look."""
    taken: list[int] = []

    def ticks() -> float:
        """Called when a look begins, and when it is over; the first look of all is the one that renders."""
        taken.append(len(taken))
        begins, number = len(taken) % 2 == 0, len(taken) // 2
        if len(taken) > 1 and not begins and number <= looks:
            agency.elapsed += 2
        return agency.elapsed

    agency.ticks = ticks
    return taken


@pytest.mark.parametrize("looks", range(1, FINAL_CHECKS))
def test_a_slow_look_makes_it_look_again(agency: Agency, decided: Release, looks: int) -> None:
    taken = slow(agency, looks)
    published = agency.deliver(decided)
    assert (published.outcome, published.window_ms) == (Outcome.PUBLISHED, 0)
    assert len(taken) == 1 + 2 * looks + 3 + 1, "first look; slow ones; a quick one, and the rename; the follow-up"


def test_looks_that_are_all_slow_send_nothing(agency: Agency, decided: Release) -> None:
    slow(agency, FINAL_CHECKS)
    with pytest.raises(
        DeliveryTransient, match=rf"^{GENT}: 5 final checks took more than 1 s each, so nothing was sent"
    ):
        agency.deliver(decided)
    assert list((agency.folder / "out").iterdir()) == []
    assert agency.kinds == [Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.INTENT, Kind.INTENT, Kind.ABANDONED]


def test_no_personal_value_is_at_rest_because_of_a_look(agency: Agency, decided: Release) -> None:
    """What a look reads stays in memory."""
    found: list[bytes] = []

    def search() -> None:
        files = [path for path in (agency.folder / "deliver" / "look").rglob("*") if path.is_file()]
        found.extend(path.read_bytes() for path in files)

    agency.deliver(decided, Once("looked *.GO", search))
    assert found == []
    assert execute(agency.uri, "select count(*) from parent") == [(len(PARENTS) + 1,)]

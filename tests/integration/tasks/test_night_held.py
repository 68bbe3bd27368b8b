"""A night that volume rules hold, task by task: nothing goes out until a named approver lets it, on the record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import FeedError, SettingsError, TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot
from pipeline.core.run import RunContext
from pipeline.core.serialize import deserialize, serialize
from pipeline.gate.approval import Reply
from pipeline.ledger.approvals import ApprovalDecision
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks import approval as held
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import end_run
from tests.support.drops import whole_drops
from tests.support.night import House, lay, run_night
from tests.support.saved_house import SavedHouse, save, saved
from tests.support.worlds.small_world import BRUGGE, GENT, execute, produce, small_world

SMALL = {"min_rows_for_shares": 1, "approvers": "ann, bert"}
LATER = datetime(2200, 6, 15, tzinfo=UTC)
"""After any snapshot of these tests."""
YES = Reply(ApprovalDecision.APPROVED, "ann", "Ann", "the agency confirmed a merger of files", LATER)
Hold = Callable[[], tuple[RunContext, HeldSnapshot]]


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """With one night on record to compare with."""
    with saved(tmp_path_factory.mktemp("held"), small_world({BRUGGE: 2, GENT: 3}), yesterday) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse) -> House:
    return house_of_the_module.anew()


def yesterday(house: House) -> None:
    night = house.night("before", datetime.now(UTC) - timedelta(days=1), **SMALL)
    tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    end_run(night)


def lose(house: House, *parents: int) -> None:
    """Rows of parents vanish from the register: each is a fifth of them."""
    for parent in parents:
        execute(house.agency, "delete from parent where parent_id = ?", parent)
    produce(house.agency, datetime.now(UTC))


def hold(house: House, run: str = "tonight", **settings: Any) -> tuple[RunContext, HeldSnapshot]:
    night = house.night(run, **SMALL | settings)
    checked = tasks.check_night(night, tasks.extract_night(night))
    assert isinstance(checked, HeldSnapshot)
    return night, checked


@dataclass(frozen=True)
class Held:
    """A night that is held for the loss of parents 201 and 202."""

    house: House
    night: RunContext
    checked: HeldSnapshot


@pytest.fixture(scope="module")
def held_of_the_module(
    house_of_the_module: SavedHouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SavedHouse, Held]:
    house = house_of_the_module.anew()
    lose(house, 201, 202)
    night, checked = hold(house)
    return save(house, tmp_path_factory.mktemp("held") / "copy"), Held(house, night, checked)


@pytest.fixture
def tonight(held_of_the_module: tuple[SavedHouse, Held]) -> Held:
    saved_house, tonight = held_of_the_module
    return replace(tonight, house=saved_house.anew())


def on_hosts(house: House) -> dict[str, Any]:
    return {kbo: house.footprint(kbo) for kbo in (BRUGGE, GENT)}


def test_a_night_without_an_answer_sends_nothing_and_says_why(house: House) -> None:
    lose(house, 201, 202)
    before, lines = on_hosts(house), house.ledger_lines()
    run = run_night(house.night("tonight", **SMALL))
    said = str(run.errors["before"])
    assert said.startswith("held: feed parent: parents went from 5 to 3 since last night, by 40.0% (at most 20.0%); ")
    assert "nobody let it go, so nothing is released" in said
    assert "nothing was published tonight" in str(run.errors["close"])
    assert (on_hosts(house), house.ledger_lines()) == (before, lines)
    assert open_ledger(house.ledger).last_accepted()[0] == "before"


def test_an_approval_lets_it_go_and_the_gate_still_judges_every_row(tonight: Held) -> None:
    house, night, checked = tonight.house, tonight.night, tonight.checked
    watermark = open_ledger(house.ledger).last_watermark()
    held.answer_night(night, checked, YES)
    assert open_ledger(house.ledger).last_watermark() == watermark, "kept only once it is released"
    released = tasks.release_night(night, checked)
    assert open_ledger(house.ledger).last_watermark() != watermark
    sent = [tasks.deliver_night(night, released.staged_release, kbo) for kbo in released.recipients]
    summary = tasks.close_night(night, released.staged_release, sent)
    assert not summary.failed
    assert [len(whole_drops(house.out(kbo))) for kbo in (BRUGGE, GENT)] == [1, 1]
    assert [one.rows for one in sent] == [2, 1], "201 and 202 are gone, whatever was approved"
    assert sorted({path.name for path in night.folder.rglob("*") if path.is_file()}) == ["at-work", "release.json"]


def test_an_approval_is_of_the_feeds_that_were_shown_and_clears_no_later_try(tonight: Held) -> None:
    """The run is cleared from `extract`: the same figures, of other feeds, and nobody was asked about those."""
    house, night, checked = tonight.house, tonight.night, tonight.checked
    held.answer_night(night, checked, replace(YES, at=datetime.now(UTC)))
    again = tasks.check_night(night, tasks.extract_night(night))
    assert isinstance(again, HeldSnapshot) and again.held == checked.held
    with pytest.raises(TerminalError, match="it was let go before these feeds were read, so nothing is released"):
        tasks.release_night(night, again)
    held.answer_night(night, again, replace(YES, at=datetime.now(UTC)))
    assert tasks.release_night(night, again).recipients == (BRUGGE, GENT)
    assert len(open_ledger(house.ledger).answers("tonight")) == 2


def test_the_answer_is_on_the_record(tonight: Held) -> None:
    house, night, checked = tonight.house, tonight.night, tonight.checked
    held.answer_night(night, checked, YES)
    (line,) = open_ledger(house.ledger).answers("tonight")
    assert (line.run, line.night, line.at) == ("tonight", night.night, YES.at)
    assert (line.decision, line.approver_id, line.approver, line.reason) == ("approved", "ann", "Ann", YES.reason)
    assert line.held == checked.held
    (rule,) = line.held
    assert (rule.feed, rule.rule, rule.last_night, rule.tonight, rule.limit) == ("parent", "parents_change", 5, 3, 0.2)


def test_the_answer_is_on_the_record_in_postgresql(postgres: Callable[[], str], tmp_path: Path) -> None:
    with lay(tmp_path / "house", small_world({BRUGGE: 2, GENT: 3}), ledger=postgres()) as house:
        yesterday(house)
        lose(house, 201, 202)
        night, checked = hold(house)
        with pytest.raises(TerminalError, match="the approver did not let it go"):
            held.answer_night(night, checked, replace(YES, decision=ApprovalDecision.REJECTED))
        held.answer_night(night, checked, YES)
        lines = open_ledger(house.ledger).answers("tonight")
        assert [line.decision for line in lines] == ["rejected", "approved"]
        assert lines[1].held == checked.held and lines[1].at == YES.at
        assert tasks.release_night(night, checked).recipients == (BRUGGE, GENT)


REFUSED = {
    "rejected": (replace(YES, decision=ApprovalDecision.REJECTED), "the approver did not let it go"),
    "unanswered": (Reply(ApprovalDecision.UNANSWERED), "nobody answered in time"),
    "no approver": (replace(YES, approver_id="carl", approver="Carl"), "not among GEGEVENSDELING_APPROVERS"),
    "no reason": (replace(YES, reason="  "), "without a reason"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_every_other_answer_is_recorded_first_and_refused_then(tonight: Held, case: str) -> None:
    house, night, checked = tonight.house, tonight.night, tonight.checked
    reply, why = REFUSED[case]
    with pytest.raises(TerminalError, match=why):
        held.answer_night(night, checked, reply)
    (line,) = open_ledger(house.ledger).answers("tonight")
    assert (line.decision, line.approver_id, line.reason) == (reply.decision, reply.approver_id, reply.reason.strip())
    before = on_hosts(house)
    with pytest.raises(TerminalError, match=why):
        tasks.release_night(night, checked)
    with pytest.raises(TerminalError, match="nothing was published tonight"):
        tasks.close_night(night, None, [])
    assert on_hosts(house) == before


def test_an_answer_counts_for_its_figures_alone(tonight: Held) -> None:
    house, night, checked = tonight.house, tonight.night, tonight.checked
    held.answer_night(night, checked, YES)
    lose(house, 203)
    again, worse = hold(house)
    with pytest.raises(TerminalError, match=r"from 5 to 2 .* nobody let it go"):
        tasks.release_night(again, worse)
    assert tasks.release_night(*hold_again(house)).recipients == (BRUGGE, GENT)


def hold_again(house: House) -> tuple[RunContext, HeldSnapshot]:
    """The same figures as the first time, read anew."""
    now = datetime.now(UTC)
    execute(
        house.agency, "insert into parent (parent_id, family_id, first_name, last_name) values (203, 203, 'a', 'b')"
    )
    produce(house.agency, now)
    return hold(house)


def test_an_answer_counts_for_its_run_alone(tonight: Held) -> None:
    held.answer_night(tonight.night, tonight.checked, YES)
    end_run(tonight.night)
    with pytest.raises(TerminalError, match="nobody let it go"):
        tasks.release_night(*hold(tonight.house, "another"))


def test_an_approver_who_is_one_no_more_lets_nothing_go(tonight: Held) -> None:
    house, night, checked = tonight.house, tonight.night, tonight.checked
    held.answer_night(night, checked, YES)
    with pytest.raises(TerminalError, match="GEGEVENSDELING_APPROVERS"):
        tasks.release_night(house.night("tonight", **SMALL | {"approvers": "bert"}), checked)


def test_what_was_edited_on_its_way_is_not_released(tonight: Held) -> None:
    """Airflow lets its users edit what travels between tasks."""
    night, checked = tonight.night, tonight.checked
    lighter = replace(checked, held=(replace(checked.held[0], tonight=4),))
    for edited in (checked.but_held, lighter, replace(checked, held=())):
        with pytest.raises(TerminalError, match="altered on its way"):
            tasks.release_night(night, edited)
    (night.folder / tasks.CHECKED).unlink()
    with pytest.raises(TerminalError, match="is gone"):
        tasks.release_night(night, checked.but_held)


def test_any_other_rule_that_fails_too_leaves_nothing_to_let_go(house: House) -> None:
    """Then everything is named, and nobody is asked."""
    execute(house.agency, "delete from consent_event where event_id = 203")
    lose(house, 201, 202)
    night = house.night("tonight", **SMALL)
    with pytest.raises(FeedError) as caught:
        tasks.check_night(night, tasks.extract_night(night))
    said = str(caught.value)
    assert "feed parent: parents went from 5 to 3" in said
    assert "feed consent_event: 1 of 5 rows of last night gone or altered" in said


def test_nobody_is_asked_on_an_ordinary_night_nor_where_nobody_may_answer(house: House) -> None:
    night = house.night("tonight", **SMALL)
    checked = tasks.check_night(night, tasks.extract_night(night))
    assert held.request_approval(night, checked) is None
    assert isinstance(checked, CheckedSnapshot) and held.require_approved(night, checked) is checked
    lose(house, 201, 202)
    with pytest.raises(SettingsError, match="GEGEVENSDELING_APPROVERS"):
        held.request_approval(*hold(house, approvers=" , "))
    question = held.request_approval(*hold(house, answer_hours=2))
    assert question and question.approvers == ("ann", "bert") and question.hours == 2
    assert "| 5 | 3 | −2 (−40 %) | 20 % |" in question.body


def test_nobody_is_asked_about_what_is_purged(tonight: Held) -> None:
    """A run that was not let go is closed, and its personal data gone: it can only begin anew."""
    night, checked = tonight.night, tonight.checked
    with pytest.raises(TerminalError, match="nothing was published"):
        tasks.close_night(night, None, [])
    with pytest.raises(TerminalError, match="is gone: clear the run from its first task"):
        held.request_approval(night, checked)


def test_both_kinds_travel_through_airflow_as_they_are(house: House) -> None:
    night = house.night("tonight", **SMALL)
    ordinary = tasks.check_night(night, tasks.extract_night(night))
    lose(house, 201, 202)
    _, checked = hold(house)
    kinds: Any = CheckedSnapshot | HeldSnapshot
    for one in (ordinary, checked):
        again = deserialize(kinds, serialize(one))
        assert again == one and type(again) is type(one)


def test_what_was_altered_on_its_way_is_neither_asked_about_nor_answered(tonight: Held) -> None:
    """Else one figure could be shown to the approver, and another be let go."""
    house, night, checked = tonight.house, tonight.night, tonight.checked
    milder = replace(checked, held=tuple(replace(rule, tonight=rule.last_night) for rule in checked.held))
    for step in (lambda: held.request_approval(night, milder), lambda: held.answer_night(night, milder, YES)):
        with pytest.raises(TerminalError, match="altered on its way"):
            step()
    with pytest.raises(TerminalError, match="altered on its way"):
        held.request_approval(night, checked.but_held)
    assert open_ledger(house.ledger).answers("tonight") == []

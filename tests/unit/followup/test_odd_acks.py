"""An acknowledgement is of something that counted before it came; whatever else has its name is told, and no more."""

from pathlib import Path

import pytest

from pipeline.core.errors import NameTaken
from pipeline.followup.folder_remarks import FolderRemark, RemarkReason
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Step
from tests.support.followup import FollowupWorld, followup_world
from tests.support.odd_entries import MISNAMED, NO_ACKS, remove
from tests.support.publishing import Killed, MemoryLedger, stopped_at

DROP = "AANMELDING_OPGROEIEN_0212214125_20260615_{:06}"
NOTICE = "INTREKKING_OPGROEIEN_0212214125_20260615_{:06}"


def reasons(made: FollowupWorld) -> dict[str, RemarkReason]:
    return {remark.name: remark.reason for remark in made.process_pickups().remarks}


def ack(made: FollowupWorld, stem: str) -> Path:
    return made.view.path / f"{stem}.ACK"


@pytest.mark.parametrize("what", NO_ACKS)
def test_what_is_no_ack_file_acknowledges_nothing_and_delays_nothing(tmp_path: Path, what: str) -> None:
    """Put after drop and notice counted: told once an hour, by name."""
    make, reason = NO_ACKS[what]
    made = followup_world(tmp_path)
    made.withdraw("R0")
    (notice,) = made.notify()
    for stem in (DROP.format(1), notice.stem):
        make(ack(made, stem))
    found = made.process_pickups()
    assert (found.acknowledged, found.notices_acknowledged, found.recalled) == (0, 0, 1)
    assert {(one.name, one.reason) for one in found.remarks} == {
        (f"{stem}.ACK", reason) for stem in (DROP.format(1), notice.stem)
    }
    assert made.deliver(1) and made.wait(15) is None
    assert made.process_pickups(nights_later=1).expired == 1, "nor is an expiry delayed"
    for stem in (DROP.format(1), notice.stem):
        remove(ack(made, stem))
        made.acknowledge(stem)
    found = made.process_pickups(nights_later=1)
    assert (found.acknowledged, found.notices_acknowledged, found.remarks) == (1, 1, ())


@pytest.mark.parametrize("what", [*NO_ACKS, "an empty file"])
def test_in_advance_it_counts_only_once_it_was_seen_gone(tmp_path: Path, what: str) -> None:
    """Of a drop, of a notice and of its repeat, whatever it was; exchanged for a file unseen, it is early still."""
    make = NO_ACKS[what][0] if what in NO_ACKS else Path.touch
    made = FollowupWorld(tmp_path, MemoryLedger())
    made.view.path.mkdir(exist_ok=True)
    repeat = "INTREKKING_OPGROEIEN_0212214125_20260616_000002_HERHAALT_000001"
    stems = (DROP.format(1), NOTICE.format(1), repeat)
    for stem in stems:
        make(ack(made, stem))
    made.deliver()
    made.withdraw("R0")
    made.notify()
    made.take_notice()
    made.process_pickups()
    made.wait(1)
    assert [one.stem for one in made.notify(nights_later=1)] == [repeat]
    assert reasons(made) == {f"{stem}.ACK": RemarkReason.EARLY_ACK for stem in stems}
    for stem in stems:
        remove(ack(made, stem))
        made.acknowledge(stem)
    assert reasons(made) == {f"{stem}.ACK": RemarkReason.EARLY_ACK for stem in stems}
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED]
    for stem in stems:
        ack(made, stem).unlink()
    assert reasons(made) == {}
    made.acknowledge(DROP.format(1))
    made.acknowledge(repeat)
    found = made.process_pickups()
    assert (found.acknowledged, found.notices_acknowledged) == (1, 1)
    assert [one.step for one in made.notices] == [Step.ACKNOWLEDGED] * 2, "one that says the same is heard for both"


def test_in_advance_of_a_replacement_likewise(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.acknowledge(DROP.format(2))
    assert reasons(made) == {f"{DROP.format(2)}.ACK": RemarkReason.ACK_OF_NOTHING}
    made.withdraw("R0")
    made.process_pickups()
    made.replace()
    assert made.delivery_state().drops[-1].facts == {Kind.EARLY_ACK}
    assert reasons(made) == {f"{DROP.format(2)}.ACK": RemarkReason.EARLY_ACK}


STOPS = ("record notice intent", "has recorded notice intent", "record notice releasing", "record notice published")


@pytest.mark.parametrize("stop", STOPS)
def test_after_a_notice_that_was_cut_off_likewise(tmp_path: Path, stop: str) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    made.acknowledge(NOTICE.format(1))
    with pytest.raises(Killed):
        made.notify(stopped_at(stop))
    made.process_pickups()
    assert [one.step for one in made.notices if one.step is Step.ACKNOWLEDGED] == []
    (notice,) = made.notify()
    assert notice.step is Step.PUBLISHED and Step.EARLY_ACK in made.notices[0].notes
    assert reasons(made) == {f"{NOTICE.format(1)}.ACK": RemarkReason.EARLY_ACK}


def test_a_ledger_that_was_put_back_forgets_that_it_counted_and_not_that_it_is_early(tmp_path: Path) -> None:
    """Its backup is of before the notice, or the drop, is known to count."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    for stem in (NOTICE.format(1), DROP.format(2)):
        made.acknowledge(stem)
    made.notify()
    made.deliver(1)
    stem = made.delivery_state().drops[-1].contents.stem
    made.acknowledge(stem)
    del made.ledger.notice_history[2:]
    while made.ledger.history[-1].kind is not Kind.RELEASING:
        made.ledger.history.pop()
    made.notify()
    found = made.process_pickups(nights_later=1)
    assert (found.acknowledged, found.notices_acknowledged) == (0, 0)
    assert Kind.EARLY_ACK in made.delivery_state().drops[-1].facts and Step.EARLY_ACK in made.notices[0].notes


@pytest.mark.parametrize("is_in_advance", [True, False])
def test_what_never_was_put_there_is_acknowledged_by_nothing(tmp_path: Path, is_in_advance: bool) -> None:
    """A notice whose name was taken after its number was settled: nobody can have read it under that number."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    if is_in_advance:
        made.acknowledge(NOTICE.format(1))

    def takes(step: str) -> None:
        if step == "has recorded notice intent":
            (made.view.path / f"{NOTICE.format(1)}.csv").mkdir(exist_ok=True)

    notices = made.notify(takes)
    assert [one.number for one in notices] == [2] and [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED]
    made.acknowledge(NOTICE.format(1))
    found = made.process_pickups()
    assert found.notices_acknowledged == 0 and made.notices[1].step is Step.PUBLISHED
    assert RemarkReason.ACK_OF_NOTHING in {one.reason for one in found.remarks}


@pytest.mark.parametrize("form", MISNAMED)
def test_an_ack_file_of_almost_the_right_name_is_told_by_the_right_one(tmp_path: Path, form: str) -> None:
    made = followup_world(tmp_path)
    (made.view.path / form.format(DROP.format(1))).touch()
    found = made.process_pickups()
    assert found.acknowledged == 0
    assert found.remarks == (FolderRemark(RemarkReason.ACK_MISNAMED, f"{DROP.format(1)}.ACK"),)


def test_one_ack_file_that_the_host_refuses_to_tell_of_holds_up_no_other(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    (notice,) = made.notify()
    made.acknowledge(DROP.format(1))
    made.acknowledge(notice.stem)

    def refuse(step: str) -> None:
        if step == f"kind {DROP.format(1)}.ACK":
            raise NameTaken("it may not be looked at")

    with pytest.raises(NameTaken):
        made.process_pickups(refuse)
    assert made.notices[0].step is Step.ACKNOWLEDGED and made.kinds == [Kind.RECALLED]
    assert Kind.ACKNOWLEDGED not in made.delivery_state().drops[-1].facts

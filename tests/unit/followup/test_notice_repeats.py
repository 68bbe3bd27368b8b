"""A notice that is gone unanswered: said again, naming the first, a few times, and then by a person."""

from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError, TerminalError
from pipeline.followup.resend import record_resend
from pipeline.ledger.notice_series import NoticeSeries, notice_series
from pipeline.ledger.notices import Step
from tests.support.followup import FollowupWorld, followup_world
from tests.support.publishing import GENT, Fuse, Killed, delivery

FIRST = "INTREKKING_OPGROEIEN_0212214125_20260615_000001"


def told(folder: Path) -> FollowupWorld:
    """Two of three parents in its drop are withdrawn, and it was told of both."""
    made = followup_world(folder)
    made.withdraw("R0", "R1")
    made.notify()
    return made


def taken(folder: Path) -> FollowupWorld:
    """It took the notice away, and said nothing."""
    made = told(folder)
    made.take_notice()
    assert made.process_pickups().notices_gone == 1
    return made


def steps(made: FollowupWorld) -> list[Step]:
    return [notice.step for notice in made.notices]


def series(made: FollowupWorld) -> NoticeSeries:
    with made.ledger.delivering(GENT) as log:
        (only,) = notice_series(log.notices(), log.resends())
    return only


def asks(made: FollowupWorld, number: int = 1) -> None:
    with delivery(made.host(Fuse()), made.ledger, clock=lambda: made.now).task() as task:
        record_resend(task, number, "anna", "she called: it is lost")


def test_one_that_is_gone_is_said_again_a_day_later_and_names_the_first(tmp_path: Path) -> None:
    made = taken(tmp_path)
    assert steps(made) == [Step.GONE] and made.notify() == ()
    made.wait(1)
    (repeat,) = made.notify(nights_later=1)
    assert repeat.stem == "INTREKKING_OPGROEIEN_0212214125_20260616_000002_HERHAALT_000001"
    assert made.references_told() == ["R0", "R0", "R1", "R1"] and len(set(made.told.values())) == 1, "the same again"
    assert steps(made) == [Step.GONE, Step.PUBLISHED] and made.notify() == ()
    made.agrees()


def test_a_client_that_removes_what_it_takes_and_answers_is_not_bothered(tmp_path: Path) -> None:
    made = told(tmp_path)
    made.take_notice(acknowledging=True)
    assert made.process_pickups().notices_acknowledged == 1 and steps(made) == [Step.ACKNOWLEDGED]
    made.wait(1)
    assert made.notify() == () and list(made.view.path.glob("INTREKKING*")) == []


def test_with_its_go_file_gone_what_is_left_goes_and_it_is_said_again(tmp_path: Path) -> None:
    made = told(tmp_path)
    (made.view.path / f"{FIRST}.GO").unlink()
    made.process_pickups()
    assert steps(made) == [Step.GONE] and list(made.view.path.glob("INTREKKING*")) == []


def test_after_three_repeats_a_person_calls(tmp_path: Path) -> None:
    made = taken(tmp_path)
    for count in range(1, 4):
        assert not series(made).must_be_called
        made.wait(1)
        assert len(made.notify(nights_later=count)) == 1
        made.take_notice()
        made.process_pickups()
    made.wait(9)
    assert made.notify() == () and series(made).must_be_called and len(made.notices) == 4


@pytest.mark.parametrize("number", [1, 2])
def test_whichever_is_acknowledged_all_are(tmp_path: Path, number: int) -> None:
    made = taken(tmp_path)
    made.wait(1)
    made.notify(nights_later=1)
    made.acknowledge(made.notices[number - 1].stem)
    assert made.process_pickups().notices_acknowledged == 1
    assert steps(made) == [Step.ACKNOWLEDGED, Step.ACKNOWLEDGED] and list(made.view.path.glob("INTREKKING*")) == []
    made.wait(1)
    assert made.notify() == ()


def test_an_unfinished_repeat_of_what_was_acknowledged_is_not_sent(tmp_path: Path) -> None:
    made = taken(tmp_path)
    made.wait(1)
    with pytest.raises(Killed):
        made.notify(stop_at("has recorded notice releasing"), nights_later=1)
    made.acknowledge(FIRST)
    made.process_pickups()
    assert steps(made) == [Step.ACKNOWLEDGED, Step.ACKNOWLEDGED] and made.notify() == ()
    assert list(made.view.path.glob("INTREKKING*")) == []


def stop_at(step: str) -> "Fuse":
    class Stop(Fuse):
        def __call__(self, found: str) -> None:
            if found == step:
                raise Killed(step)

    return Stop()


def test_one_whose_file_was_never_seen_with_its_go_file_did_not_tell(tmp_path: Path) -> None:
    """Put, and gone before its GO file came: a host that was put back, say."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    with pytest.raises(Killed):
        made.notify(stop_at("has recorded notice releasing"))
    (made.view.path / f"{FIRST}.csv").unlink()
    (repeat,) = made.notify()
    assert [one.published_at is None for one in made.notices] == [True, False] and repeat.repeats == 1
    assert made.references_told() == ["R0"] and list(made.told) == [repeat.stem]


def test_an_ack_file_of_before_it_counted_says_nothing_until_it_was_seen_gone(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    made.acknowledge(FIRST)
    made.notify()
    assert made.process_pickups().notices_acknowledged == 0 and made.notices[0].has_early_ack
    (made.view.path / f"{FIRST}.ACK").unlink()
    assert made.process_pickups().notices_acknowledged == 0 and not made.notices[0].has_early_ack
    made.acknowledge(FIRST)
    assert made.process_pickups().notices_acknowledged == 1 and steps(made) == [Step.ACKNOWLEDGED]


# By hand


def test_a_person_has_it_said_again_on_record_and_once(tmp_path: Path) -> None:
    made = told(tmp_path)
    asks(made)
    asks(made)
    (repeat,) = made.notify()
    assert repeat.repeats == 1 and made.notify() == ()
    with made.ledger.delivering(GENT) as log:
        (asked,) = log.resends()
    assert (asked.first, asked.newest, asked.who, asked.reason) == (1, 1, "anna", "she called: it is lost")
    asks(made, 2)
    assert [one.repeats for one in made.notify()] == [1], "named by the number of a repeat, it is the same notice"


def test_after_the_last_repeat_a_person_can_still_have_it_said_again(tmp_path: Path) -> None:
    made = taken(tmp_path)
    for count in range(1, 4):
        made.wait(1)
        made.notify(nights_later=count)
        made.take_notice()
        made.process_pickups()
    asks(made)
    assert not series(made).must_be_called and len(made.notify()) == 1


def test_what_is_not_open_is_not_said_again(tmp_path: Path) -> None:
    made = told(tmp_path)
    with pytest.raises(SettingsError, match="no notice has the number 7"):
        asks(made, 7)
    made.take_notice(acknowledging=True)
    made.process_pickups()
    with pytest.raises(TerminalError, match="was acknowledged"):
        asks(made)
    made.withdraw("R2")
    with pytest.raises(Killed):
        made.notify(stop_at("has recorded notice releasing"))
    with pytest.raises(TerminalError, match="was not sent yet"):
        asks(made, 2)


# What came after the ledger's backup


def test_a_number_that_was_used_is_not_used_again(tmp_path: Path) -> None:
    """The host has notices that the ledger does not know: theirs are passed over, and they stay unknown."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    first, far = (
        made.view.path / FIRST.replace("20260615_000001", each) for each in ("20260614_000001", "20260614_999999")
    )
    first.with_suffix(".csv").write_text("referentie;datum")
    assert made.process_pickups().newer_file == first.with_suffix(".csv").name
    assert made.kinds[-1].value == "recalled", "a recall waits for nobody"
    far.with_suffix(".GO").write_text("")
    (notice,) = made.notify()
    assert notice.number == 2, "somebody else's high number leads nowhere"
    assert made.process_pickups().newer_file == first.with_suffix(".csv").name, "still"
    for path in (first.with_suffix(".csv"), far.with_suffix(".GO")):
        path.rename(path.with_suffix(".ACK"))
    assert made.process_pickups().newer_file is None, "an ACK file is the recipient's own"


# Killed anywhere


def test_a_repeat_killed_anywhere_comes_once(tmp_path: Path) -> None:
    steps_of = Fuse()
    dry = taken(tmp_path / "dry")
    dry.wait(1)
    dry.notify(steps_of, nights_later=1)
    assert len(steps_of.seen) >= 15
    for at in range(1, len(steps_of.seen) + 1):
        made = taken(tmp_path / str(at))
        made.wait(1)
        with pytest.raises(Killed):
            made.notify(Fuse(at), nights_later=1)
        if at % 2:
            made.process_pickups()
        made.notify(nights_later=1)
        assert steps(made) == [Step.GONE, Step.PUBLISHED], f"killed at {steps_of.seen[at - 1]}"
        assert made.references_told() == ["R0", "R0", "R1", "R1"] and made.notify(nights_later=1) == ()
        made.agrees()


@pytest.mark.parametrize("acknowledging", [False, True])
def test_what_became_of_it_killed_anywhere_goes_on_record(tmp_path: Path, acknowledging: bool) -> None:
    def world(folder: Path) -> FollowupWorld:
        made = taken(folder)
        made.wait(1)
        made.notify(nights_later=1)
        made.take_notice(acknowledging=acknowledging)
        return made

    steps_of = Fuse()
    world(tmp_path / "dry").process_pickups(steps_of)
    for at in range(1, len(steps_of.seen) + 1):
        made = world(tmp_path / str(at))
        with pytest.raises(Killed):
            made.process_pickups(Fuse(at))
        made.process_pickups()
        assert steps(made) == ([Step.ACKNOWLEDGED] * 2 if acknowledging else [Step.GONE] * 2)
        assert list(made.view.path.glob("INTREKKING*")) == []
        made.agrees()

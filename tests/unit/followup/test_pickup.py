"""What became of a drop: fetched, read, acknowledged, reminded, expired, recalled; killed at every step as well."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.core.model import Outcome
from pipeline.followup.pickup import waiting_since
from pipeline.followup.remind import reminder_subject, reminder_text
from pipeline.ledger.events import Kind
from pipeline.ledger.notice_series import notice_series
from pipeline.ledger.notices import Step
from tests.support.followup import FollowupWorld, followup_world
from tests.support.publishing import Fuse, Killed, MemoryLedger, stopped_at


def only(made: FollowupWorld) -> str:
    (stem,) = made.view.go_files()
    return stem


def facts(made: FollowupWorld) -> frozenset[Kind]:
    return made.delivery_state().drops[-1].facts


# Picked up


def test_a_drop_that_is_gone_was_fetched_and_the_instant_it_was_noticed_is_on_record(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    assert made.process_pickups().fetched == 0 and made.kinds == [Kind.PUBLISHED]
    made.view.fetch(only(made))
    made.wait(0.5)
    assert made.process_pickups().fetched == 1
    assert made.kinds == [Kind.FETCHED]
    assert made.ledger.history[-1].at == made.now
    made.view.agrees(made.delivery_state())


def test_without_its_data_it_was_fetched_though_the_rest_still_lies_there(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.view.fetch(only(made), steps=1)
    assert made.process_pickups().fetched == 1
    assert list(made.view.path.iterdir()) == [], "nothing of it stays"
    made.view.agrees(made.delivery_state())


def test_with_one_of_two_data_files_left_it_is_being_fetched(tmp_path: Path) -> None:
    made = followup_world(tmp_path / "one")
    made = FollowupWorld(tmp_path / "two", made.ledger.__class__())
    made.deliver(parts=2)
    made.view.fetch(only(made), steps=1)
    assert made.process_pickups().fetched == 0 and made.kinds == [Kind.PUBLISHED]


def test_with_its_go_file_gone_what_is_left_of_it_goes(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    (made.view.path / f"{only(made)}.GO").unlink()
    assert made.process_pickups().fetched == 1
    assert list(made.view.path.iterdir()) == []


def test_nothing_to_look_after_connects_to_nobody(tmp_path: Path) -> None:
    made, steps = followup_world(tmp_path), Fuse()
    made.view.fetch(only(made))
    made.process_pickups()
    made.wait(30)
    made.process_pickups(steps)
    assert steps.seen == []


# Read, by the host's log


def sizes(made: FollowupWorld) -> dict[str, frozenset[int]]:
    return {path.name: frozenset({path.stat().st_size}) for path in made.view.path.iterdir()}


def test_read_whole_counts_as_taken_in_and_leaves_it_where_it_lies(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    found = made.process_pickups(reads=sizes(made))
    assert found.read == 1 and made.kinds == [Kind.PUBLISHED] and facts(made) == {Kind.READ}
    assert made.process_pickups(reads=sizes(made)).read == 0, "once"
    made.wait(5)
    assert made.remind() == ()


@pytest.mark.parametrize("less", [{}, {"size": 1}])
def test_read_in_part_is_no_evidence(tmp_path: Path, less: dict[str, int]) -> None:
    made = followup_world(tmp_path)
    reads = {name: frozenset({less["size"]}) for name in sizes(made)} if less else {}
    assert made.process_pickups(reads=reads).read == 0 and facts(made) == frozenset()


# Acknowledged


def test_an_ack_file_is_on_record_once_and_then_removed(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.acknowledge(only(made))
    assert made.process_pickups().acknowledged == 1
    assert facts(made) == {Kind.ACKNOWLEDGED} and not list(made.view.path.glob("*.ACK"))
    made.acknowledge(only(made))
    assert made.process_pickups().acknowledged == 0 and not list(made.view.path.glob("*.ACK"))
    made.wait(5)
    assert made.remind() == ()


def test_an_ack_may_come_after_the_drop_was_fetched(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    stem = only(made)
    made.view.fetch(stem)
    made.process_pickups()
    made.wait(2)
    made.acknowledge(stem)
    assert made.process_pickups().acknowledged == 1
    assert made.kinds == [Kind.FETCHED] and facts(made) == {Kind.ACKNOWLEDGED}


def test_an_ack_for_what_is_on_record_nowhere_is_left_for_a_person(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    for stem in ("AANMELDING_OPGROEIEN_0212214125_20260615_000099", "INTREKKING_OPGROEIEN_0212214125_20260615_000099"):
        made.acknowledge(stem)
    found = made.process_pickups()
    assert (found.acknowledged, found.notices_acknowledged) == (0, 0)
    assert len(list(made.view.path.glob("*.ACK"))) == 2


def test_a_notice_is_acknowledged_once_and_nothing_of_it_stays(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    (notice,) = made.notify()
    made.wait(1)
    made.acknowledge(notice.stem)
    assert made.process_pickups().notices_acknowledged == 1
    (told,) = made.notices
    assert (told.step, told.acknowledged_at) == (Step.ACKNOWLEDGED, made.now)
    assert list(made.view.path.glob("INTREKKING*")) == []
    made.acknowledge(notice.stem)
    assert made.process_pickups().notices_acknowledged == 0 and list(made.view.path.glob("INTREKKING*")) == []


def test_a_notice_is_overdue_after_the_days_and_until_it_is_acknowledged(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    (notice,) = made.notify()
    made.wait(7)
    assert overdue(made) is None
    made.wait(0.1)
    since = overdue(made)
    assert since is not None and (made.now - since).total_seconds() == pytest.approx(0.1 * 86400)
    made.acknowledge(notice.stem)
    made.process_pickups()
    assert overdue(made) is None


def overdue(made: FollowupWorld) -> datetime | None:
    (series,) = notice_series(made.notices)
    return series.overdue_since(7, made.now)


def test_an_ack_file_of_before_its_drop_counted_says_nothing_until_it_was_seen_gone(tmp_path: Path) -> None:
    """Names can be foretold: whoever puts the file there beforehand has acknowledged nothing."""
    made = FollowupWorld(tmp_path, MemoryLedger())
    stem = "AANMELDING_OPGROEIEN_0212214125_20260615_000001"
    made.acknowledge(stem)
    made.deliver()
    assert made.process_pickups().acknowledged == 0 and facts(made) == {Kind.EARLY_ACK}
    assert [path.stem for path in made.view.path.glob("*.ACK")] == [stem], "it stays for a person to see"
    (made.view.path / f"{stem}.ACK").unlink()
    assert made.process_pickups().acknowledged == 0 and facts(made) == {Kind.EARLY_ACK, Kind.EARLY_ACK_GONE}
    made.acknowledge(stem)
    assert made.process_pickups().acknowledged == 1 and not list(made.view.path.glob("*.ACK"))


def test_an_ack_file_that_is_there_when_a_drop_goes_on_record_may_be_of_before(tmp_path: Path) -> None:
    """Its task died after the rename: nobody can tell which came first. Noted once, however often it dies."""
    made = FollowupWorld(tmp_path, MemoryLedger())
    with pytest.raises(Killed):
        made.deliver(step=stopped_at("record published"))
    made.acknowledge(only(made))
    with pytest.raises(Killed):
        made.deliver(step=stopped_at("record published"))
    made.process_pickups()
    assert made.kinds == [Kind.PUBLISHED] and facts(made) == {Kind.EARLY_ACK}


def test_an_ack_file_that_cannot_be_removed_delays_nothing(tmp_path: Path) -> None:
    """It is the recipient's own: the drop with somebody who withdrew goes all the same."""
    made = followup_world(tmp_path)
    made.acknowledge(only(made))
    made.withdraw("R2")

    def refuse(step: str) -> None:
        if step.startswith("remove ") and step.endswith(".ACK"):
            raise DeliveryRefused("it is a folder")

    found = made.process_pickups(refuse)
    assert (found.acknowledged, found.recalled) == (1, 1) and len(list(made.view.path.glob("*.ACK"))) == 1


# Reminded, and expired


def test_whoever_fetched_nothing_for_the_days_is_reminded_once_a_drop(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.wait(2.9)
    assert made.remind() == ()
    made.wait(0.1)
    (waiting,) = made.remind()
    assert waiting.since == made.delivery_state().drops[0].published_at and waiting.stem == only(made)
    assert waiting.until == (waiting.since + timedelta(days=14)).date()
    assert made.remind() == () and made.mails == [waiting]
    made.deliver(1)
    (again,) = made.remind(1)
    assert again.since == waiting.since, "the drop that came in its place was not fetched either"


def test_a_new_drop_every_night_brings_one_reminder_a_period(tmp_path: Path) -> None:
    made, reminded = followup_world(tmp_path), []
    for night in range(1, 10):
        made.wait(1)
        made.deliver(night)
        reminded += [night] * len(made.remind(night))
    assert reminded == [3, 6, 9]


def test_a_reminder_that_could_not_be_sent_is_tried_again(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.wait(3)
    with pytest.raises(DeliveryTransient):
        made.remind(step=Fuse(1, DeliveryTransient("no mail server")))
    assert facts(made) == frozenset()
    with pytest.raises(Killed):
        made.remind(step=Fuse(2))
    assert len(made.mails) == 1 and facts(made) == frozenset(), "sent, and not yet on record"
    made.remind()
    assert facts(made) == {Kind.REMINDED} and len(made.mails) == 2, "rather twice than never"


def test_the_mail_is_plain_dutch_without_a_link(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.wait(3)
    (waiting,) = made.remind()
    assert reminder_subject(waiting) == "Levering van Opgroeien niet opgehaald sinds 15 juni 2026"
    said = reminder_text(waiting)
    assert waiting.stem in said and "Op 29 juni 2026 nemen wij ze weg" in said
    assert "http" not in said and "R0" not in said and max(map(len, said.splitlines())) <= 120


def test_a_new_drop_each_night_does_not_hide_that_none_is_fetched(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    first = made.delivery_state().drops[0].published_at
    made.deliver(1)
    made.deliver(2)
    assert made.kinds == [Kind.WITHDRAWN_FROM_HOST, Kind.WITHDRAWN_FROM_HOST, Kind.PUBLISHED]
    assert waiting_since(made.delivery_state()) == first
    made.view.fetch(only(made))
    made.process_pickups()
    assert waiting_since(made.delivery_state()) is None


def test_it_expires_with_its_go_file_first_and_nothing_of_it_stays(tmp_path: Path) -> None:
    made, steps = followup_world(tmp_path), Fuse()
    made.wait(13.9)
    assert made.process_pickups().expired == 0
    made.wait(0.1)
    assert made.process_pickups(steps).expired == 1
    assert made.kinds == [Kind.EXPIRED] and list(made.view.path.iterdir()) == []
    removed = [step for step in steps.seen if step.startswith("remove ")]
    assert removed[0].endswith(".GO") and steps.seen.index("has recorded expiring") < steps.seen.index(removed[0])
    made.view.agrees(made.delivery_state())
    assert made.deliver().outcome is Outcome.ALREADY_PUBLISHED, "it never comes back"
    assert made.deliver(1).outcome is Outcome.PUBLISHED


# Recalled, and replaced


def test_a_drop_with_someone_withdrawn_since_is_recalled_and_replaced_under_the_next_number(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    first = only(made)
    made.withdraw("R2")
    assert made.process_pickups().recalled == 1
    assert made.kinds == [Kind.RECALLED] and made.view.go_files() == []
    assert made.deliver().outcome is Outcome.ALREADY_PUBLISHED, "the night's own task replaces nothing"
    assert made.replace(rows=2).outcome is Outcome.PUBLISHED
    assert only(made) == first.replace("000001", "000002")
    assert made.process_pickups().recalled == 0, "the replacement is right"
    made.view.agrees(made.delivery_state())
    assert made.replace().outcome is Outcome.ALREADY_PUBLISHED


def test_the_replacement_follows_on_the_recalled_manifest_and_the_next_night_on_the_replacement(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R2")
    made.process_pickups()
    assert made.delivery_state().previous_manifest_sha256 == made.view.counted[min(made.view.counted)]
    made.replace()
    assert made.delivery_state(1).previous_manifest_sha256 == made.view.counted[max(made.view.counted)]
    assert len(made.view.counted) == 2


def test_one_that_was_fetched_is_not_recalled(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.view.fetch(only(made))
    made.withdraw("R2")
    found = made.process_pickups()
    assert (found.fetched, found.recalled) == (1, 0) and made.kinds == [Kind.FETCHED]


def test_one_that_was_read_or_acknowledged_is_recalled_all_the_same(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.acknowledge(only(made))
    made.process_pickups(reads=sizes(made))
    made.withdraw("R2")
    assert made.process_pickups().recalled == 1


def test_a_withdrawal_of_before_the_drop_recalls_nothing(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R2")
    made.deliver(1, rows=2)
    assert made.process_pickups(nights_later=1).recalled == 0


def test_a_night_that_begins_takes_the_place_of_a_replacement(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R2")
    made.process_pickups()
    made.deliver(1, rows=2)
    assert made.replace().outcome in (Outcome.SUPERSEDED, Outcome.ALREADY_PUBLISHED)
    made.view.agrees(made.delivery_state(1))


# Killed anywhere

Due = Callable[[FollowupWorld], None]


def to_expire(made: FollowupWorld) -> None:
    made.wait(14)


def to_recall(made: FollowupWorld) -> None:
    made.withdraw("R2")


def fetched(made: FollowupWorld) -> None:
    made.view.look()
    made.view.fetch(only(made))


def half_fetched(made: FollowupWorld) -> None:
    made.view.look()
    made.view.fetch(only(made), steps=1)


def acknowledged(made: FollowupWorld) -> None:
    made.acknowledge(only(made))


def notice_acknowledged(made: FollowupWorld) -> None:
    made.withdraw("R0")
    (notice,) = made.notify()
    made.acknowledge(notice.stem)


ENDS = {
    to_expire: Kind.EXPIRED,
    to_recall: Kind.RECALLED,
    fetched: Kind.FETCHED,
    half_fetched: Kind.FETCHED,
    acknowledged: Kind.PUBLISHED,
    notice_acknowledged: Kind.RECALLED,
}


def steps_of(folder: Path, due: Due) -> list[str]:
    made, steps = followup_world(folder), Fuse()
    due(made)
    made.process_pickups(steps)
    return steps.seen


@pytest.mark.parametrize("due", ENDS)
def test_killed_anywhere_it_ends_as_it_would_have(tmp_path: Path, due: Due) -> None:
    steps = steps_of(tmp_path / "dry", due)
    for at in range(1, len(steps) + 1):
        made = followup_world(tmp_path / str(at))
        due(made)
        with pytest.raises(Killed):
            made.process_pickups(Fuse(at))
        made.process_pickups()
        assert made.kinds == [ENDS[due]], f"killed at {steps[at - 1]}"
        assert not list(made.view.path.glob("*.ACK"))
        assert (Kind.ACKNOWLEDGED in facts(made)) is (due is acknowledged)
        assert {one.step for one in made.notices} == ({Step.ACKNOWLEDGED} if due is notice_acknowledged else set())
        made.agrees()


@pytest.mark.parametrize("due", [to_expire, to_recall])
def test_killed_anywhere_the_next_night_makes_good_what_was_begun(tmp_path: Path, due: Due) -> None:
    steps = steps_of(tmp_path / "dry", due)
    for at in range(1, len(steps) + 1):
        made = followup_world(tmp_path / str(at))
        due(made)
        with pytest.raises(Killed):
            made.process_pickups(Fuse(at))
        begun = f"has recorded {'expiring' if due is to_expire else 'recalling'}" in steps[:at]
        made.deliver(1, rows=2)
        assert made.kinds == [ENDS[due] if begun else Kind.WITHDRAWN_FROM_HOST, Kind.PUBLISHED]
        made.view.agrees(made.delivery_state(1))


def recalled(folder: Path) -> FollowupWorld:
    made = followup_world(folder)
    made.withdraw("R2")
    made.process_pickups()
    return made


def replaced_again(made: FollowupWorld) -> None:
    made.replace()
    assert made.kinds[0] is Kind.RECALLED and len(made.view.go_files()) == 1
    made.view.agrees(made.delivery_state())


def processed_then_replaced(made: FollowupWorld) -> None:
    made.process_pickups()
    replaced_again(made)


def replaced_with_fewer(made: FollowupWorld) -> None:
    made.replace(rows=1)
    made.view.agrees(made.delivery_state())


def fetched_then_replaced(made: FollowupWorld) -> None:
    made.view.look()
    for stem in made.view.go_files():
        made.view.fetch(stem)
    made.replace()
    made.view.agrees(made.delivery_state())
    assert len(made.view.counted) == 2


def night_again(made: FollowupWorld) -> None:
    """Its own task, cleared: it neither replaces nor undoes."""
    assert made.deliver().outcome is Outcome.ALREADY_PUBLISHED
    replaced_again(made)


def next_night(made: FollowupWorld) -> None:
    made.deliver(1, rows=2)
    made.view.agrees(made.delivery_state(1))


@pytest.mark.parametrize(
    "sequel",
    [replaced_again, processed_then_replaced, replaced_with_fewer, fetched_then_replaced, night_again, next_night],
)
def test_a_replacement_killed_anywhere(tmp_path: Path, sequel: Due) -> None:
    steps = Fuse()
    recalled(tmp_path / "dry").replace(steps)
    assert len(steps.seen) >= 20
    for at in range(1, len(steps.seen) + 1):
        made = recalled(tmp_path / str(at))
        with pytest.raises(Killed):
            made.replace(Fuse(at))
        sequel(made)
        numbers = [drop.contents.sequence for drop in made.delivery_state().drops]
        assert numbers == sorted(set(numbers))

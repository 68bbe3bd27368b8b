"""A recipient that moves: its old place is emptied first, and nothing counts as fetched where it never lay."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, SettingsError
from pipeline.core.model import Outcome
from pipeline.delivery.former_places import former_places, record_destroyed
from pipeline.delivery.session import HostSession, Task
from pipeline.followup.folder_remarks import RemarkReason
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import Kind
from pipeline.ledger.interventions import Intervention, InterventionAct
from pipeline.ledger.notices import Step as NoticeStep
from tests.support.places import OUT, Folder, Mover, backup, dying_at, local_folder, restore
from tests.support.publishing import FIRST_NIGHT, GENT, Fuse, Killed, LocalFolder, LocalHost, MemoryLedger


class DeadHost(LocalHost):
    @contextmanager
    def open(self) -> Iterator[LocalFolder]:
        raise DeliveryTransient("the host does not answer")
        yield LocalFolder(self.path, self.step)


MOVES: dict[str, DropPlace] = {
    "folder": replace(OUT, folder="/in"),
    "account": replace(OUT, account="ocmw-gent-2"),
    "connection": replace(OUT, connection=f"drop_host_{GENT}"),
    "host": replace(OUT, connection=f"drop_host_{GENT}", host_key="SHA256:two", account="opgroeien", folder="/"),
}


@pytest.fixture
def old(tmp_path: Path) -> Folder:
    return local_folder(tmp_path, OUT, "old")


@pytest.fixture
def mover(tmp_path: Path, old: Folder) -> Mover:
    """With a drop at the old place that nobody fetched."""
    made = Mover(tmp_path, MemoryLedger(), old, [old])
    assert made.deliver().outcome is Outcome.PUBLISHED
    return made


def moves(mover: Mover, place: DropPlace = MOVES["host"]) -> Folder:
    new = local_folder(mover.root, place, "new")
    mover.here, mover.known = new, [*mover.known, new]
    return new


def test_a_drop_has_its_place_on_record(mover: Mover, old: Folder) -> None:
    ledger = mover.ledger
    assert isinstance(ledger, MemoryLedger)
    assert {event.contents.place for event in ledger.history if event.contents} == {OUT}


@pytest.mark.parametrize("what", MOVES)
def test_the_old_place_is_emptied_before_anything_is_put_at_the_new_one(mover: Mover, old: Folder, what: str) -> None:
    new, seen = moves(mover, MOVES[what]), Fuse()

    def step(name: str) -> None:
        seen(name)
        assert not (old.names and new.names), "something lay at both places"

    assert mover.deliver(1, step).outcome is Outcome.PUBLISHED
    assert old.names == [] and len(new.counting) == 1
    assert mover.kinds == [Kind.MOVED, Kind.PUBLISHED] and mover.places == [OUT, MOVES[what]]


def test_killed_at_any_step_of_a_move_it_ends_as_it_would_have(
    tmp_path: Path, fresh: Callable[[Path], tuple[Mover, Folder, Folder]]
) -> None:
    for at in range(1, 200):
        mover, old, new = fresh(tmp_path / str(at))
        try:
            mover.deliver(1, Fuse(at))
        except Killed:
            assert not (old.counting and new.counting), "something counted at both places"
            mover.finish(1)
        else:
            assert at > 30
            return
        assert old.names == [] and len(new.counting) == 1
        assert mover.kinds == [Kind.MOVED, Kind.PUBLISHED], at
    raise AssertionError("it never got through")


def test_killed_at_any_step_of_an_hour_that_empties_the_old_place(
    tmp_path: Path, fresh: Callable[[Path], tuple[Mover, Folder, Folder]]
) -> None:
    for at in range(1, 200):
        mover, old, new = fresh(tmp_path / str(at))
        try:
            mover.hour(0, Fuse(at))
        except Killed:
            mover.hour()
        else:
            assert at > 15
            return
        assert old.names == [] == new.names and mover.kinds == [Kind.MOVED]
    raise AssertionError("it never got through")


@pytest.fixture
def fresh() -> Callable[[Path], tuple[Mover, Folder, Folder]]:
    def make(root: Path) -> tuple[Mover, Folder, Folder]:
        old = local_folder(root, OUT, "old")
        mover = Mover(root, MemoryLedger(), old, [old])
        mover.deliver()
        return mover, old, moves(mover)

    return make


def test_what_it_had_fetched_and_acknowledged_at_the_old_place_is_taken_in_there(mover: Mover, old: Folder) -> None:
    stem = old.counting[0].removesuffix(".GO")
    old.fetch()
    (old.path / f"{stem}.ACK").touch()
    moves(mover)
    assert mover.hour().moved == 0, "nothing was left to take away"
    (drop,) = mover.state().drops
    assert (drop.kind, drop.facts) == (Kind.FETCHED, {Kind.ACKNOWLEDGED})
    assert old.names == []


def test_an_ack_file_at_the_new_place_says_nothing_of_what_lay_at_the_old_one(mover: Mover, old: Folder) -> None:
    """It is told, each hour; the notice is said again there, and that one is acknowledged there."""
    stem = old.counting[0].removesuffix(".GO")
    mover.withdraw("R0")
    (notice,) = mover.notify()
    new = moves(mover)
    mover.hour()
    for ours in (stem, notice.stem):
        (new.path / f"{ours}.ACK").touch()
    for _ in range(2):
        found = mover.hour()
        assert (found.acknowledged, found.notices_acknowledged) == (0, 0)
        told = {(one.name, one.reason) for one in found.remarks}
        assert told == {(f"{ours}.ACK", RemarkReason.ACK_ELSEWHERE) for ours in (stem, notice.stem)}
    mover.now += timedelta(days=1)
    (repeat,) = mover.notify()
    (new.path / f"{repeat.stem}.ACK").touch()
    assert mover.hour().notices_acknowledged == 1


def test_the_new_place_says_nothing_of_a_drop_that_never_lay_there(mover: Mover, old: Folder) -> None:
    """The old place cannot be reached: the drop still lies there, by the ledger and in fact."""
    mover.known.remove(old)
    new = moves(mover)
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"lies at its former place \(folder /out of account ocmw-gent"):
            mover.hour()
        with pytest.raises(SettingsError, match=r"nothing goes to its new place.*recipients destroyed 0212214125"):
            mover.deliver(1)
    assert mover.kinds == [Kind.PUBLISHED] and mover.places == [OUT]
    assert len(old.counting) == 1 and new.names == []


def test_whoever_forgets_to_look_where_it_lies_is_refused(mover: Mover) -> None:
    new = moves(mover)
    with mover.job(Fuse()).task() as task, new.host(Fuse()).open() as folder:
        session, (drop,) = HostSession(task, folder), task.delivery_state().drops
        for act in (session.record_if_fetched, session.remove_drop, session.record_if_counted):
            with pytest.raises(DeliveryRefused, match="lies elsewhere"):
                act(drop)
    assert mover.kinds == [Kind.PUBLISHED]


def test_an_old_place_that_fails_for_a_while_is_tried_again(mover: Mover, old: Folder) -> None:
    new = moves(mover)
    with pytest.raises(DeliveryTransient, match="former place"):
        mover.deliver(1, Fuse(1, DeliveryTransient("no answer")))
    assert new.names == [] and len(old.counting) == 1
    assert mover.deliver(1).outcome is Outcome.PUBLISHED
    assert old.names == []


def test_the_hour_does_what_it_can_at_the_new_place_and_is_red_all_the_same(mover: Mover, old: Folder) -> None:
    """A drop at the new place is followed up though a place of before cannot be reached."""
    new, ledger = moves(mover), mover.ledger
    mover.deliver(1)
    assert isinstance(ledger, MemoryLedger)
    ledger.history[:] = [event for event in ledger.history if event.kind not in (Kind.MOVING, Kind.MOVED)]
    mover.known.remove(old)
    new.fetch()
    with pytest.raises(SettingsError, match="former place"):
        mover.hour(1)
    assert mover.kinds == [Kind.PUBLISHED, Kind.FETCHED]


def test_a_try_that_was_cut_off_where_nobody_gets_delays_no_visit_to_the_new_place(mover: Mover, old: Folder) -> None:
    with pytest.raises(Killed):
        mover.deliver(1, dying_at("has recorded releasing"))
    mover.known.remove(old)
    new, steps = moves(mover), Fuse()
    with pytest.raises(SettingsError, match="former place"):
        mover.hour(1, steps)
    assert "list" in steps.seen, "it looked for acknowledgements at the new place"
    assert mover.state(1).unfinished and new.names == []


def test_moving_back_before_it_was_emptied_is_no_move(mover: Mover, old: Folder) -> None:
    moves(mover)
    mover.here = old
    assert mover.deliver(1).outcome is Outcome.PUBLISHED
    assert mover.kinds == [Kind.WITHDRAWN_FROM_HOST, Kind.PUBLISHED]


def test_a_try_that_was_cut_off_at_the_old_place_ends_there(mover: Mover, old: Folder) -> None:
    for at in range(1, 60):
        with pytest.raises(Killed):
            mover.deliver(1, Fuse(at))
        if mover.state(1).unfinished and len(old.names) > 4:
            break
    new = moves(mover)
    assert mover.finish(1).outcome is Outcome.PUBLISHED
    assert old.names == [] and len(new.counting) == 1
    assert mover.kinds == [Kind.MOVED, Kind.PUBLISHED]


def test_a_drop_that_moved_is_replaced_at_the_new_place_under_the_next_number(mover: Mover) -> None:
    new = moves(mover)
    assert mover.hour().moved == 1 and new.names == []
    assert mover.deliver(0).outcome is Outcome.ALREADY_PUBLISHED, "the night's own task is over"
    assert mover.deliver(0, replacing=True).outcome is Outcome.PUBLISHED
    assert mover.kinds == [Kind.MOVED, Kind.PUBLISHED] and len(new.counting) == 1


# A place that is destroyed


def destroy(mover: Mover, place: DropPlace) -> int:
    with mover.job(Fuse()).task() as task:
        line = Intervention(GENT, InterventionAct.DESTROYED, mover.clock(), "els", "server verschroot", place)
        return record_destroyed(task, line)


def test_a_named_person_records_that_the_place_is_destroyed_and_the_night_goes_on(mover: Mover, old: Folder) -> None:
    mover.known.remove(old)
    new = moves(mover)
    with pytest.raises(SettingsError):
        mover.deliver(1)
    assert destroy(mover, OUT) == 1
    assert mover.deliver(1).outcome is Outcome.PUBLISHED and len(new.counting) == 1
    assert mover.kinds == [Kind.DESTROYED, Kind.PUBLISHED]
    (first, _) = mover.state().drops
    assert not first.was_taken_in, "nobody knows that it was fetched"
    assert isinstance(mover.ledger, MemoryLedger)
    (line,) = mover.ledger.interventions
    assert (line.who, line.reason, line.place) == ("els", "server verschroot", OUT)


@pytest.mark.parametrize(
    ("last", "ends"),
    [
        ("has recorded intent", Kind.ABANDONED),
        ("has recorded naming", Kind.ABANDONED),
        ("has recorded releasing", Kind.DESTROYED),
    ],
)
def test_a_try_at_a_destroyed_place_counts_if_it_may_have_counted(
    mover: Mover, old: Folder, last: str, ends: Kind
) -> None:
    old.fetch()
    mover.hour()
    with pytest.raises(Killed):
        mover.deliver(1, dying_at(last))
    mover.known.remove(old)
    moves(mover)
    destroy(mover, OUT)
    assert mover.kinds == [Kind.FETCHED, ends]
    assert isinstance(mover.ledger, MemoryLedger)
    is_early = any(event.kind is Kind.TAKEN_EARLY for event in mover.ledger.history)
    assert is_early is (last == "has recorded naming"), "what had its own name may have been read there"
    assert mover.finish(2).outcome is Outcome.PUBLISHED


def test_another_place_that_is_destroyed_takes_nothing_along(mover: Mover) -> None:
    assert destroy(mover, MOVES["folder"]) == 0
    assert mover.kinds == [Kind.PUBLISHED]


# The key of the host


def keyed(mover: Mover, old: Folder, path: Path | None = None) -> Folder:
    """Today's settings lead to the same account and folder of a host with another key."""
    place, found = replace(OUT, host_key="SHA256:new"), path or old.path
    host = local_folder(mover.root, place, "keyed").host if path else old.host
    mover.here = Folder(place, mover.root / "keyed" if path else found, host)
    mover.known = [mover.here]
    return mover.here


def test_a_host_that_exchanged_its_key_is_recognised_by_what_lies_there(mover: Mover, old: Folder) -> None:
    here = keyed(mover, old)
    assert mover.hour().moved == 0
    assert mover.kinds == [Kind.PUBLISHED] and mover.places == [here.place]
    here.fetch()
    assert mover.hour().fetched == 1, "it lay here"


def test_a_host_that_was_built_anew_did_not_have_it_fetched(mover: Mover, old: Folder) -> None:
    keyed(mover, old, mover.root)
    with pytest.raises(SettingsError, match="former place"):
        mover.hour()
    with pytest.raises(SettingsError, match="former place"):
        mover.deliver(1)
    assert mover.kinds == [Kind.PUBLISHED] and mover.places == [OUT]
    destroy(mover, OUT)
    assert mover.deliver(1).outcome is Outcome.PUBLISHED
    assert mover.kinds == [Kind.DESTROYED, Kind.PUBLISHED]


def test_under_another_key_half_a_drop_is_no_evidence(mover: Mover, old: Folder) -> None:
    keyed(mover, old)
    next(old.path.glob("*.csv")).write_text("another")
    with pytest.raises(SettingsError, match="former place"):
        mover.hour()
    assert mover.places == [OUT]


# A host that was put back from its backup


def test_a_drop_that_came_back_is_taken_away_and_a_newer_one_that_went_is_lost_not_fetched(
    mover: Mover, old: Folder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = backup(old, tmp_path / "backup")
    mover.deliver(1)
    assert mover.kinds == [Kind.WITHDRAWN_FROM_HOST, Kind.PUBLISHED]
    restore(old, copy)
    found = mover.hour(1)
    assert (found.returned, found.lost, found.fetched) == (1, 1, 0)
    assert old.names == []
    assert mover.kinds == [Kind.WITHDRAWN_FROM_HOST, Kind.LOST]
    first, second = mover.state().drops
    assert Kind.RETURNED in first.facts and not second.was_taken_in
    assert "is on the host again" in caplog.text and "does not count as fetched" in caplog.text
    assert mover.deliver(1, replacing=True).outcome is Outcome.PUBLISHED


@pytest.mark.parametrize("ends", ["fetched", "expired", "superseded"])
def test_whatever_way_it_went_it_may_not_lie_there_again(mover: Mover, old: Folder, tmp_path: Path, ends: str) -> None:
    copy = backup(old, tmp_path / "backup")
    if ends == "fetched":
        old.fetch()
        mover.hour()
    elif ends == "expired":
        mover.now = mover.now.replace(year=2027)
        mover.hour()
    else:
        mover.deliver(1)
    for _ in range(2):
        restore_only(old, copy)
        assert mover.deliver(2).outcome in (Outcome.PUBLISHED, Outcome.ALREADY_PUBLISHED)
        mover.hour(2)
        assert len(old.counting) == 1, "the newest alone"
    assert mover.kinds[-1] is Kind.PUBLISHED


def restore_only(folder: Folder, copy: Path) -> None:
    """What was there comes back, and nothing else goes."""
    for path in copy.iterdir():
        (folder.path / path.name).write_bytes(path.read_bytes())


def test_killed_at_any_step_of_seeing_a_restored_host(tmp_path: Path) -> None:
    for at in range(1, 200):
        root = tmp_path / str(at)
        old = local_folder(root, OUT, "old")
        mover = Mover(root, MemoryLedger(), old, [old])
        mover.deliver()
        copy = backup(old, root / "backup")
        mover.deliver(1)
        restore(old, copy)
        try:
            mover.hour(1, Fuse(at))
        except Killed:
            mover.hour(1)
        else:
            assert at > 15
            return
        assert old.names == [] and mover.kinds == [Kind.WITHDRAWN_FROM_HOST, Kind.LOST], at
    raise AssertionError("it never got through")


# Suspended

LOOKED = ["connect", "remove_temporary", "list"]
"""The steps of a visit that finds nothing of ours."""


def suspend(mover: Mover, act: InterventionAct = InterventionAct.SUSPEND) -> None:
    with mover.ledger.delivering(GENT) as log:
        log.record_intervention(Intervention(GENT, act, mover.clock(), "els", "gestolen sleutel"))


def test_a_suspended_recipient_gets_nothing_and_loses_what_lies_there(mover: Mover, old: Folder) -> None:
    suspend(mover)
    assert mover.deliver(1).outcome is Outcome.SUSPENDED
    assert old.names == [] and mover.kinds == [Kind.SUSPENDED]
    looked, later = Fuse(), Fuse()
    assert mover.deliver(1, looked).outcome is Outcome.SUSPENDED
    assert looked.seen == LOOKED, "a host that is put back may have it again"
    mover.now += timedelta(days=15)
    assert mover.deliver(1, later).outcome is Outcome.SUSPENDED
    assert later.seen == [], "its days on a host are over"
    suspend(mover, InterventionAct.RESUME)
    assert mover.deliver(1).outcome is Outcome.PUBLISHED


def test_what_a_host_has_again_of_a_suspended_recipient_is_taken_away(
    mover: Mover, old: Folder, tmp_path: Path
) -> None:
    copy = backup(old, tmp_path / "backup")
    suspend(mover)
    mover.deliver(1)
    assert old.names == []
    restore_only(old, copy)
    assert mover.deliver(1).outcome is Outcome.SUSPENDED
    assert old.names == [] and mover.kinds == [Kind.SUSPENDED]


@pytest.mark.parametrize("ends", ["suspended", "not covered"])
def test_a_host_of_today_that_does_not_answer_keeps_nothing_lying_at_a_former_place(
    mover: Mover, old: Folder, ends: str
) -> None:
    new = moves(mover)
    mover.here = replace(new, host=lambda step: DeadHost(new.path))
    if ends == "suspended":
        suspend(mover)
    with pytest.raises(DeliveryTransient, match="does not answer"):
        mover.deliver(1) if ends == "suspended" else mover.stand_down(1)
    assert old.names == [] and mover.kinds == [Kind.SUSPENDED if ends == "suspended" else Kind.MOVED]


def test_of_two_former_places_one_that_does_not_answer_keeps_nothing_lying_at_the_other(
    mover: Mover, old: Folder
) -> None:
    dead = moves(mover, MOVES["account"])
    mover.known.remove(dead)
    told = replace(mover.state().drops[0].contents, place=dead.place, stem="AANMELDING_ELDERS", sequence=2)
    with mover.ledger.delivering(GENT) as log:
        task = Task(GENT, FIRST_NIGHT + timedelta(1), log, "run", mover.clock, dead.place)
        task.record(task.night, Kind.INTENT, told)
        task.record(task.night, Kind.PUBLISHED, told)
    newest = local_folder(mover.root, MOVES["host"], "newest")
    mover.here, mover.known = newest, [*mover.known, newest]
    with pytest.raises(SettingsError, match="no connection leads there"):
        mover.deliver(2)
    assert old.names == [] and mover.kinds == [Kind.MOVED, Kind.PUBLISHED]


def test_suspended_while_a_drop_is_on_its_way_it_does_not_count(mover: Mover, old: Folder) -> None:
    """On record without the lock, as the command does while a delivery has it."""
    old.fetch()
    mover.hour()
    done = False

    def step(name: str) -> None:
        nonlocal done
        if name.startswith("not renamed") and name.endswith(".GO") and not done:
            done = True
            ledger = mover.ledger
            assert isinstance(ledger, MemoryLedger)
            ledger.record_intervention(Intervention(GENT, InterventionAct.SUSPEND, mover.clock(), "els", "x"))

    with pytest.raises(DeliveryTransient, match="suspended meanwhile"):
        mover.deliver(1, step)
    assert done and old.names == [] and mover.kinds == [Kind.FETCHED, Kind.ABANDONED]
    assert mover.deliver(1).outcome is Outcome.SUSPENDED


def test_killed_at_any_step_of_taking_away_from_a_suspended_recipient(tmp_path: Path) -> None:
    for at in range(1, 200):
        root = tmp_path / str(at)
        old = local_folder(root, OUT, "old")
        mover = Mover(root, MemoryLedger(), old, [old])
        mover.deliver()
        suspend(mover)
        try:
            mover.deliver(1, Fuse(at))
        except Killed:
            assert mover.deliver(1).outcome is Outcome.SUSPENDED
        else:
            assert at > 10
            return
        assert old.names == [] and mover.kinds == [Kind.SUSPENDED], at
    raise AssertionError("it never got through")


def test_a_drop_from_before_places_were_on_record_lies_at_the_place_of_today(tmp_path: Path) -> None:
    old = local_folder(tmp_path, OUT, "old")
    mover = Mover(tmp_path, MemoryLedger(), old, [old])
    ledger = mover.ledger
    assert isinstance(ledger, MemoryLedger)
    mover.deliver()
    ledger.history[:] = [
        replace(event, contents=replace(event.contents, place=None)) if event.contents else event
        for event in ledger.history
    ]
    with mover.ledger.delivering(GENT) as log:
        assert former_places(Task(GENT, FIRST_NIGHT, log, "run", mover.clock, OUT)) == ()
    old.fetch()
    assert mover.hour().fetched == 1


# Notices lie at a place too


def notices(folder: Folder) -> list[str]:
    return [name.removesuffix(".GO") for name in folder.counting if name.startswith("INTREKKING")]


def told_at_the_old_place(mover: Mover, old: Folder) -> str:
    """The notice that lies there, unanswered."""
    old.fetch()
    mover.hour()
    mover.withdraw("R1")
    mover.notify()
    (stem,) = notices(old)
    return stem


def steps(mover: Mover) -> list[NoticeStep]:
    with mover.ledger.delivering(GENT) as log:
        return [notice.step for notice in log.notices()]


def test_a_notice_that_nobody_answered_is_taken_from_the_old_place_and_said_at_the_new_one(
    mover: Mover, old: Folder
) -> None:
    first = told_at_the_old_place(mover, old)
    new = moves(mover)
    mover.notify()
    mover.now += timedelta(days=2)
    mover.notify()
    assert old.names == [] and steps(mover) == [NoticeStep.GONE, NoticeStep.PUBLISHED]
    (again,) = notices(new)
    assert again != first and again.endswith(f"_HERHAALT_{first[-6:]}")


def test_a_notice_answered_at_the_old_place_before_the_move_is_not_said_again(mover: Mover, old: Folder) -> None:
    stem = told_at_the_old_place(mover, old)
    mover.hour()
    (old.path / f"{stem}.ACK").touch()
    new = moves(mover)
    mover.notify()
    assert old.names == [] == new.names and steps(mover) == [NoticeStep.ACKNOWLEDGED]


def test_a_notice_at_an_old_place_that_cannot_be_reached_stays_on_record_as_lying_there(
    mover: Mover, old: Folder
) -> None:
    told_at_the_old_place(mover, old)
    mover.known.remove(old)
    new = moves(mover)
    for _ in range(2):
        mover.now += timedelta(days=2)
        with pytest.raises(SettingsError, match="former place"):
            mover.hour()
        with pytest.raises(SettingsError, match="former place"):
            mover.notify()
    assert steps(mover) == [NoticeStep.PUBLISHED] and new.names == []
    destroy(mover, OUT)
    mover.now += timedelta(days=2)
    mover.notify()
    assert steps(mover) == [NoticeStep.GONE, NoticeStep.PUBLISHED] and len(notices(new)) == 1


def test_a_notice_is_recognised_by_what_lies_there_when_its_host_exchanged_its_key(mover: Mover, old: Folder) -> None:
    stem = told_at_the_old_place(mover, old)
    mover.hour()
    here = keyed(mover, old)
    assert mover.hour().moved == 0
    with mover.ledger.delivering(GENT) as log:
        (notice,) = log.notices()
    assert (notice.step, notice.place) == (NoticeStep.PUBLISHED, here.place) and notices(old) == [stem]
    (old.path / f"{stem}.ACK").touch()
    mover.hour()
    assert steps(mover) == [NoticeStep.ACKNOWLEDGED]


@pytest.mark.parametrize("end", ["GO", "csv", "datapackage.json", "datapackage.json.sig"])
@pytest.mark.parametrize("spoils", ["altered", "gone"])
def test_under_another_key_half_a_notice_is_no_evidence(mover: Mover, old: Folder, spoils: str, end: str) -> None:
    stem = told_at_the_old_place(mover, old)
    keyed(mover, old)
    if spoils == "altered" and end != "GO":
        (old.path / f"{stem}.{end}").write_text("another")
    else:
        (old.path / f"{stem}.{end}").unlink()
    with pytest.raises(SettingsError, match="former place"):
        mover.hour()
    with mover.ledger.delivering(GENT) as log:
        assert [notice.place for notice in log.notices()] == [OUT]


def test_a_notice_that_may_have_counted_at_the_old_place_keeps_its_number_there(mover: Mover, old: Folder) -> None:
    """Its recipient may have it: what is put at the new place has another manifest, and so another number."""
    old.fetch()
    mover.hour()
    mover.withdraw("R1")
    with pytest.raises(Killed):
        mover.notify(dying_at("record notice published"))
    new = moves(mover)
    mover.notify()
    assert old.names == [] and steps(mover) == [NoticeStep.GONE, NoticeStep.PUBLISHED]
    (again,) = notices(new)
    assert again.endswith("_000002_HERHAALT_000001")


def test_killed_at_any_step_of_moving_a_notice(tmp_path: Path) -> None:
    for at in range(1, 200):
        root = tmp_path / str(at)
        old = local_folder(root, OUT, "old")
        mover = Mover(root, MemoryLedger(), old, [old])
        mover.deliver()
        told_at_the_old_place(mover, old)
        new = moves(mover)
        mover.now += timedelta(days=2)
        try:
            mover.notify(Fuse(at))
        except Killed:
            assert not (notices(old) and notices(new)), "it counted at both places"
            mover.notify()
        else:
            assert at > 15
            return
        assert old.names == [] and len(notices(new)) == 1, at
        assert steps(mover) == [NoticeStep.GONE, NoticeStep.PUBLISHED], at
    raise AssertionError("it never got through")


def test_a_suspended_recipient_loses_its_notice_and_is_told_again_once_it_is_resumed(mover: Mover, old: Folder) -> None:
    first = told_at_the_old_place(mover, old)
    suspend(mover)
    assert mover.deliver(1).outcome is Outcome.SUSPENDED
    assert old.names == [] and steps(mover) == [NoticeStep.GONE]
    copy = mover.root / "backup"
    copy.mkdir()
    for end in ("csv", "datapackage.json", "datapackage.json.sig", "GO"):
        (copy / f"{first}.{end}").write_bytes(b"")
    restore_only(old, copy)
    mover.deliver(1)
    assert old.names == [] and steps(mover) == [NoticeStep.GONE], "a host that is put back has it again"
    suspend(mover, InterventionAct.RESUME)
    mover.now += timedelta(days=2)
    mover.notify()
    (again,) = notices(old)
    assert again.endswith(f"_HERHAALT_{first[-6:]}")

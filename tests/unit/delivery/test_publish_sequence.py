"""Publication, one situation at a time, on a local folder and a ledger in memory."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, LedgerConflict, LockLost, TerminalError
from pipeline.core.model import Outcome, Publication
from pipeline.delivery.publish import Plan, cancel_coverage, plan, publish
from pipeline.ledger.events import Kind
from tests.support.publishing import (
    FIRST_NIGHT,
    GENT,
    Checked,
    Fuse,
    Killed,
    LocalHost,
    MemoryLedger,
    World,
    delivery,
    rendered,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, MemoryLedger())


def kinds(world: World) -> list[Kind]:
    assert isinstance(world.ledger, MemoryLedger)
    return [event.kind for event in world.ledger.history]


def stop() -> None:
    raise TerminalError("withdrawn a moment ago")


def test_a_first_drop_is_put_in_order_and_the_ledger_is_always_ahead(world: World) -> None:
    steps = Fuse()
    assert world.deliver(step=steps).outcome is Outcome.PUBLISHED
    stem = world.view.go_files()[0]
    acts = [step for step in steps.seen if step.startswith(("has put", "has recorded"))]
    assert acts == [
        "has recorded intent",
        "has recorded naming",
        f"has put {stem}.0.csv",
        f"has put {stem}.datapackage.json",
        f"has put {stem}.datapackage.json.sig",
        "has recorded releasing",
        f"has put {stem}.GO",
        "has recorded published",
    ]
    world.view.agrees(world.delivery_state())


def test_the_plan_gives_the_number_and_the_last_manifest_that_counted(world: World) -> None:
    first = world.deliver(0)
    manifest = world.view.counted[str(first.stem)]
    found = plan(delivery(world.host(Fuse()), world.ledger, FIRST_NIGHT + timedelta(1)))
    assert found == Plan(GENT, FIRST_NIGHT + timedelta(1), 2, manifest)


def test_a_published_night_is_not_sent_again_and_not_even_connected_to(world: World) -> None:
    first = world.deliver()
    steps = Fuse()
    again = world.deliver(step=steps, rows=7)
    assert again == Publication(GENT, Outcome.ALREADY_PUBLISHED, first.stem, 3, 0)
    assert steps.seen == []


def test_a_fetched_night_is_not_sent_again(world: World) -> None:
    world.view.fetch(str(world.deliver().stem))
    assert world.deliver().outcome is Outcome.ALREADY_PUBLISHED
    assert world.view.go_files() == []


def test_an_older_night_is_superseded_and_nothing_is_sent(world: World) -> None:
    newer = world.deliver(1)
    steps = Fuse()
    assert world.deliver(0, steps).outcome is Outcome.SUPERSEDED
    assert world.deliver(0).outcome is Outcome.SUPERSEDED
    assert "connect" not in steps.seen
    assert world.view.go_files() == [newer.stem]
    assert kinds(world).count(Kind.SUPERSEDED) == 1  # once a run


def test_a_newer_night_that_only_began_overtakes_nobody(world: World) -> None:
    """The older night counts, and the newer one after it, under a number of its own: in the order of both."""
    with pytest.raises(TerminalError):
        world.deliver(1, final_check=stop)
    older = world.deliver(0)
    newer = world.deliver(1)
    assert [older.outcome, newer.outcome] == [Outcome.PUBLISHED] * 2
    assert world.deliver(0).outcome is Outcome.ALREADY_PUBLISHED
    drops = [drop.contents.sequence for drop in world.delivery_state(1).drops if drop.kind is not Kind.ABANDONED]
    assert drops == [2, 3] and world.view.go_files() == [newer.stem]
    world.view.agrees(world.delivery_state(1))


def test_a_newer_night_cut_off_anywhere_overtakes_only_where_it_counts(world: World, tmp_path: Path) -> None:
    """Killed at each step, and then an older night is cleared, and then the newer one."""
    world.deliver(0)
    ends = []
    for at in range(1, 100):
        here = world.copy(tmp_path / str(at))
        with suppress(Killed):
            here.deliver(2, fuse := Fuse(at))
        ends.append(here.deliver(1).outcome)
        newer_counted = any("_20260617_" in stem for stem in here.view.counted)
        assert (ends[-1] is Outcome.SUPERSEDED) == newer_counted
        here.deliver(2)
        assert ["_20260617_" in stem for stem in here.view.go_files()] == [True]
        here.view.agrees(here.delivery_state(2))
        if len(fuse.seen) < at:
            break
    assert {*ends} == {Outcome.PUBLISHED, Outcome.SUPERSEDED} and at > 20


def test_who_lost_its_lock_at_the_last_rename_leaves_what_tells_that_nothing_counts(world: World) -> None:
    """It was taken for dead: its retry has the lock by then, and settles what lies there."""
    assert isinstance(world.ledger, MemoryLedger)

    def lose() -> None:
        world.ledger.held = False

    with pytest.raises(LockLost):
        world.deliver(final_check=lose)
    assert world.view.go_files() == [] and kinds(world)[-1] is Kind.RELEASING
    assert world.deliver().outcome is Outcome.PUBLISHED and Kind.FETCHED not in kinds(world)
    world.view.agrees(world.delivery_state())


def test_the_unfetched_drop_is_taken_away_once_its_successor_counts(world: World) -> None:
    old, steps = world.deliver(0), Fuse()
    new = world.deliver(1, steps)
    removed = [step.removeprefix("has removed ") for step in steps.seen if step.startswith("has removed")]
    ends = (".GO", ".0.csv", ".datapackage.json", ".datapackage.json.sig")
    assert removed == [f"{old.stem}{end}" for end in ends]
    assert steps.seen.index(f"has put {new.stem}.GO") < steps.seen.index(f"remove {old.stem}.GO")
    assert kinds(world)[-2:] == [Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST]
    world.view.agrees(world.delivery_state(1))


def test_a_drop_gone_by_itself_was_fetched(world: World) -> None:
    world.view.fetch(str(world.deliver(0).stem))
    world.deliver(1)
    assert kinds(world)[-1] is Kind.FETCHED
    assert Kind.WITHDRAWING not in kinds(world)
    world.view.agrees(world.delivery_state(1))


def test_what_a_recipient_left_of_a_fetched_drop_is_taken_away(world: World) -> None:
    stem = world.deliver(0).stem
    (world.view.path / f"{stem}.GO").unlink()
    world.deliver(1)
    assert kinds(world)[-1] is Kind.FETCHED
    assert not list(world.view.path.glob(f"{stem}*"))


def test_a_final_check_that_stops_leaves_nothing(world: World) -> None:
    with pytest.raises(TerminalError, match="withdrawn"):
        world.deliver(final_check=stop)
    assert list(world.view.path.iterdir()) == []
    assert kinds(world) == [Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.INTENT, Kind.INTENT, Kind.ABANDONED]


def test_after_a_final_check_that_stopped_the_night_goes_out_under_its_number(world: World) -> None:
    with pytest.raises(TerminalError):
        world.deliver(final_check=stop)
    assert world.deliver(rows=2).rows == 2
    assert world.delivery_state().sequence == 1
    world.view.agrees(world.delivery_state())


def test_the_final_check_comes_when_everything_is_there_and_nothing_counts(world: World) -> None:
    """The GO file too, under its temporary name: only the rename is left to do."""
    seen: list[tuple[int, int]] = []
    steps = Fuse()

    def look() -> None:
        seen.append((len(list(world.view.path.iterdir())), len(world.view.go_files())))
        steps("look")

    world.deliver(step=steps, final_check=look)
    assert seen == [(4, 0)]
    after = steps.seen[steps.seen.index("look") + 1 :]
    stem = world.view.go_files()[0]
    acts = ["sizes", f"looked {stem}.GO", f"has put {stem}.GO", f"kind {stem}.ACK", "record published"]
    assert after[:5] == acts, "but for one look at the files, nothing between look and rename"


def test_how_long_ago_the_final_check_was_is_on_record(world: World) -> None:
    assert world.deliver().window_ms == 7
    assert isinstance(world.ledger, MemoryLedger)
    assert [event.window_ms for event in world.ledger.history] == [None, None, None, 7]


def test_files_that_are_there_already_are_not_sent_again(world: World) -> None:
    with pytest.raises(DeliveryTransient):
        world.deliver(step=Fuse(error=DeliveryTransient("cut"), at=_step_of("record releasing", world)))
    steps = Fuse()
    world.deliver(step=steps)
    assert [step for step in steps.seen if step.startswith("has put")] == [f"has put {world.view.go_files()[0]}.GO"]


def _step_of(what: str, world: World) -> int:
    steps = Fuse()
    World(world.root / "dry", MemoryLedger()).deliver(step=steps)
    return steps.seen.index(what) + 1


def test_a_new_rendering_with_fewer_files_leaves_none_of_the_old(world: World) -> None:
    with pytest.raises(DeliveryTransient):
        world.deliver(parts=3, step=Fuse(error=DeliveryTransient("cut"), at=_step_of("record releasing", world) + 10))
    assert len(list(world.view.path.glob("*.csv"))) == 3
    world.deliver(rows=1)
    world.view.agrees(world.delivery_state())


def test_remains_of_a_night_that_failed_go_with_the_next(world: World) -> None:
    with pytest.raises(DeliveryTransient):
        world.deliver(0, step=Fuse(error=DeliveryTransient("cut"), at=_step_of("record releasing", world)))
    assert world.deliver(1).outcome is Outcome.PUBLISHED
    assert kinds(world)[:4] == [Kind.INTENT, Kind.NAMING, Kind.INTENT, Kind.ABANDONED]
    world.view.agrees(world.delivery_state(1))


def test_a_drop_fetched_before_it_was_confirmed_was_delivered(world: World) -> None:
    with pytest.raises(DeliveryTransient):
        world.deliver(step=Fuse(error=DeliveryTransient("cut"), at=_step_of("record published", world)))
    world.view.look()
    world.view.fetch(world.view.go_files()[0])
    assert world.deliver().outcome is Outcome.ALREADY_PUBLISHED
    assert kinds(world) == [Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.PUBLISHED, Kind.FETCHED]


def test_a_drop_half_fetched_before_it_was_confirmed_was_delivered(world: World) -> None:
    """Even with its GO file gone: all files were there when `releasing` was written, and we removed none."""
    with pytest.raises(DeliveryTransient):
        world.deliver(step=Fuse(error=DeliveryTransient("cut"), at=_step_of("record published", world)))
    stem = world.view.go_files()[0]
    world.view.look()
    (world.view.path / f"{stem}.GO").unlink()
    (world.view.path / f"{stem}.0.csv").unlink()
    assert world.deliver().outcome is Outcome.ALREADY_PUBLISHED
    assert world.deliver(1).outcome is Outcome.PUBLISHED
    assert not list(world.view.path.glob(f"{stem}*"))


def test_a_drop_that_counts_with_other_bytes_stops_the_recipient(world: World) -> None:
    with pytest.raises(DeliveryTransient):
        world.deliver(step=Fuse(error=DeliveryTransient("cut"), at=_step_of("record published", world)))
    (world.view.path / f"{world.view.go_files()[0]}.0.csv").write_text("changed")
    with pytest.raises(DeliveryRefused, match="1 of its files differ"):
        plan(delivery(LocalHost(world.view.path), world.ledger))


def test_a_go_file_that_the_ledger_does_not_know_of_stops_the_recipient(world: World) -> None:
    stem = world.deliver().stem
    lost = World(world.root, MemoryLedger())
    with pytest.raises(DeliveryRefused, match="ledger does not know"):
        lost.deliver(rows=9)
    assert lost.view.go_files() == [stem]
    assert kinds(lost) == []


def test_a_drop_rendered_by_an_outdated_plan_is_not_sent(world: World) -> None:
    """Two runs planned; the older night went out in between, so that this manifest names the wrong predecessor."""
    job = delivery(world.host(Fuse()), world.ledger, FIRST_NIGHT + timedelta(1))
    planned = plan(job)
    assert isinstance(planned, Plan)
    drop = rendered(world.root / "other", planned, 3)
    world.deliver(0)
    with pytest.raises(LedgerConflict, match="render again"):
        publish(job, drop, planned, Checked())
    assert len(world.view.go_files()) == 1


def test_staging_that_changed_after_rendering_is_not_sent(world: World) -> None:
    job = delivery(world.host(Fuse()), world.ledger)
    planned = plan(job)
    assert isinstance(planned, Plan)
    drop = rendered(world.root / "staging", planned, 3)
    Path(drop.data[0].path).write_text("other", encoding="utf-8")
    with pytest.raises(DeliveryTransient, match="render again"):
        publish(job, drop, planned, Checked())
    Path(drop.data[0].path).unlink()
    with pytest.raises(DeliveryTransient, match="render again"):
        publish(job, drop, planned, Checked())
    assert world.view.go_files() == []


def test_an_old_drop_that_could_not_be_taken_away_goes_in_the_next_try(world: World) -> None:
    old = world.deliver(0)
    steps = Fuse()
    World(world.root / "dry", MemoryLedger()).deliver(step=steps)
    error = DeliveryTransient("cut after the drop was out")
    with pytest.raises(DeliveryTransient, match="after the drop was out"):
        world.deliver(1, Fuse(error=error, at=len(steps.seen) + 1))
    assert len(world.view.go_files()) == 2
    again = Fuse()
    assert world.deliver(1, again).outcome is Outcome.ALREADY_PUBLISHED
    assert f"has removed {old.stem}.GO" in again.seen
    world.view.agrees(world.delivery_state(1))


def test_a_recipient_no_longer_covered_loses_what_it_did_not_fetch(world: World) -> None:
    world.deliver(0)
    ended = cancel_coverage(delivery(world.host(Fuse()), world.ledger, FIRST_NIGHT + timedelta(1)))
    assert ended == Publication(GENT, Outcome.NOT_COVERED, None, 0, 0)
    assert list(world.view.path.iterdir()) == []
    assert kinds(world)[-3:] == [Kind.NOT_COVERED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST]


def test_cancelling_coverage_with_nothing_out_does_not_connect_and_is_noted_once_a_run(world: World) -> None:
    host = world.host(Fuse())
    for run in ("run", "run", "other"):
        cancel_coverage(delivery(host, world.ledger, run=run))
    assert host.opened == 0
    assert kinds(world) == [Kind.NOT_COVERED, Kind.NOT_COVERED]


def test_cancelling_coverage_removes_what_was_begun(world: World) -> None:
    with pytest.raises(DeliveryTransient):
        world.deliver(step=Fuse(error=DeliveryTransient("cut"), at=12))
    cancel_coverage(delivery(world.host(Fuse()), world.ledger))
    assert list(world.view.path.iterdir()) == []
    assert world.delivery_state().unfinished == ()


def test_a_recipient_covered_again_goes_on_with_the_next_number(world: World) -> None:
    world.deliver(0)
    cancel_coverage(delivery(world.host(Fuse()), world.ledger, FIRST_NIGHT + timedelta(1)))
    assert world.deliver(2).outcome is Outcome.PUBLISHED
    assert world.delivery_state(2).sequence == 2
    world.view.agrees(world.delivery_state(2))


def test_a_header_only_drop_is_a_drop(world: World) -> None:
    assert world.deliver(rows=0).rows == 0
    assert len(world.view.go_files()) == 1

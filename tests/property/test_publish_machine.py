"""Nights, deaths, pick-ups, stops and all that housekeeping does, in any order.

The recipient never sees what it must not, and is told of every withdrawal once.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, LedgerUnavailable, TerminalError
from pipeline.core.model import Outcome
from pipeline.delivery.publish import cancel_coverage
from pipeline.ledger.events import DISCLOSED, Kind
from pipeline.ledger.notice_series import REPEATS, notice_series
from pipeline.ledger.notices import Step
from tests.support.followup import FollowupWorld
from tests.support.publishing import Fuse, Killed, MemoryLedger, delivery

STEPS = st.integers(1, 60)
FAILURES = st.sampled_from([None, DeliveryTransient("cut"), LedgerUnavailable("gone"), DeliveryRefused("key")])


class Nights(RuleBasedStateMachine):
    """`night` is the agency's calendar; a delivery is of this night, or an old one that somebody cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.ledger = MemoryLedger()
        self.world = FollowupWorld(self.folder, self.ledger)
        self.night = 0

    @rule()
    def night_falls(self) -> None:
        self.night += 1

    @rule(back=st.integers(0, 2), rows=st.integers(0, 3), parts=st.integers(1, 2))
    def deliver(self, back: int, rows: int, parts: int) -> None:
        night = self.night - back
        outcome = self.world.deliver(night, rows=rows, parts=parts).outcome
        standing = self.world.delivery_state(night)
        assert (outcome is Outcome.SUPERSEDED) == (not standing.published)
        assert not standing.unfinished and not standing.outdated

    @rule(back=st.integers(0, 1), rows=st.integers(0, 3), parts=st.integers(1, 2), at=STEPS, error=FAILURES)
    def deliver_and_fail(self, back: int, rows: int, parts: int, at: int, error: Exception | None) -> None:
        try:
            self.world.deliver(self.night - back, Fuse(at, error), rows, parts)
        except (Killed, DeliveryTransient, LedgerUnavailable, DeliveryRefused) as stopped:
            assert stopped is error or isinstance(stopped, Killed)

    @rule(rows=st.integers(0, 3), at=STEPS)
    def stopped_by_the_final_check(self, rows: int, at: int) -> None:
        def stop() -> None:
            raise TerminalError("withdrawn")

        before = set(self.world.view.counted)
        with suppress(Killed, TerminalError):
            self.world.deliver(self.night, Fuse(at), rows, final_check=stop)
        self.world.view.look()
        assert set(self.world.view.counted) == before

    @rule(at=STEPS)
    def no_longer_covered(self, at: int) -> None:
        fuse = Fuse(at)
        try:
            cancel_coverage(delivery(self.world.host(fuse), self.world.ledger))
        except Killed:
            return
        assert self.world.delivery_state().on_host == ()

    @precondition(lambda self: self.world.view.go_files())
    @rule(data=st.data(), steps=st.integers(1, 4))
    def fetched(self, data: st.DataObject, steps: int) -> None:
        self.world.view.look()
        self.world.view.fetch(data.draw(st.sampled_from(self.world.view.go_files())), steps)

    @precondition(lambda self: self.world.view.go_files())
    @rule(data=st.data())
    def its_go_file_taken(self, data: st.DataObject) -> None:
        self.world.view.look()
        self.world.view.take_go(data.draw(st.sampled_from(self.world.view.go_files())))

    @rule(names=st.sampled_from([".", ".csv", ".0.csv", ".datapackage.json"]))
    def taken_before_it_counted(self, names: str) -> None:
        """By an eager recipient, or a clean-up job."""
        self.world.view.look()
        self.world.view.take_early(lambda name: names in name)

    @rule(back=st.integers(0, 1), at=STEPS)
    def looked_after(self, back: int, at: int) -> None:
        """As a delivery does once its drop counts: whoever is to be withdrawn first, then the remark, and that once."""
        night = self.night - back
        before = self.world.delivery_state(night)
        if not before.published:
            return
        with suppress(Killed):
            self.world.follow_up(night, Fuse(at), withdrawn={"R0"})
        self.world.follow_up(night, withdrawn={"R0"})
        remarks = [event.night for event in self.ledger.history if event.kind is Kind.RECHECKED]
        counted = [drop.night for drop in self.world.delivery_state(night).drops if drop.kind in DISCLOSED]
        assert all(remarks.count(each) <= counted.count(each) for each in remarks), "once a drop"
        if not before.rechecked:
            assert "R0" not in {held.reference for held in self.ledger.holdings()}

    @rule(days=st.sampled_from([1, 3, 14]))
    def time_passes(self, days: int) -> None:
        self.world.wait(days)

    @rule(reference=st.sampled_from(["R0", "R1", "R2"]))
    def withdrawn(self, reference: str) -> None:
        self.world.withdraw(reference)

    @rule(at=STEPS)
    def pickups_processed(self, at: int) -> None:
        """Dead or not: after one more turn nobody who was withdrawn since lies before the recipient."""
        with suppress(Killed):
            self.world.process_pickups(Fuse(at), nights_later=self.night)
        self.world.process_pickups(nights_later=self.night)
        standing = self.world.delivery_state(self.night)
        assert not standing.outdated
        assert not [drop for drop in standing.on_host if self.ledger.withdrawn_from(drop.contents)]

    @rule(at=STEPS, rows=st.integers(0, 2), back=st.integers(0, 1))
    def replaced(self, at: int, rows: int, back: int) -> None:
        night = self.night - back
        before = self.world.delivery_state(night)
        with suppress(Killed):
            self.world.replace(Fuse(at), rows, night)
        if before.to_replace is None or before.overtaken:
            return
        drops = self.world.delivery_state(night).drops
        assert len(drops) - len(before.drops) in (0, 1)

    @rule(at=STEPS, error=FAILURES)
    def told(self, at: int, error: Exception | None) -> None:
        try:
            self.world.notify(Fuse(at, error), nights_later=self.night)
        except (Killed, DeliveryTransient, LedgerUnavailable, DeliveryRefused) as stopped:
            assert stopped is error or isinstance(stopped, Killed)

    @rule(acknowledging=st.booleans())
    def took_its_notices(self, acknowledging: bool) -> None:
        self.world.take_notice(acknowledging=acknowledging)

    @precondition(lambda self: self.world.view.counted)
    @rule(data=st.data())
    def acknowledged(self, data: st.DataObject) -> None:
        self.world.acknowledge(data.draw(st.sampled_from(sorted(self.world.view.counted))))

    @invariant()
    def is_told_of_a_withdrawal_once_at_most(self) -> None:
        self.world.agrees()
        told = [line.withdrawal for lines in self.ledger.notice_lines.values() for line in lines]
        assert len(set(told)) == len(told), "but for repeats, which have no lines of their own"
        for series in notice_series(self.world.notices):
            assert len(series.notices) <= 1 + REPEATS
            assert not series.is_acknowledged or {one.step for one in series.notices} == {Step.ACKNOWLEDGED}

    @invariant()
    def no_number_is_used_twice(self) -> None:
        stems = [drop.contents.stem for drop in self.world.delivery_state(self.night).drops]
        assert len(set(stems)) == len(stems)
        drops = self.world.delivery_state(self.night).drops
        numbers = [drop.contents.sequence for drop in drops if drop.kind in DISCLOSED]
        assert numbers == sorted(set(numbers)), "in the order of the nights"

    @invariant()
    def sees_whole_drops_only(self) -> None:
        self.world.view.look()

    @invariant()
    def holds_whoever_was_in_a_drop_that_counted_and_was_not_withdrawn_since(self) -> None:
        """A withdrawal is about what was meant before it, and about no rendering since."""
        told = {one.reference: at for one, at in zip(self.ledger.withdrawals, self.ledger.before, strict=True)}
        newest: dict[str, tuple[int, int]] = {}
        intents = [(event.contents, at) for at, event in enumerate(self.ledger.history) if event.kind is Kind.INTENT]
        drops = self.world.delivery_state(self.night).drops
        held = [drop.contents for drop in drops if drop.kind in DISCLOSED or drop.kind is Kind.RELEASING]
        held += [event.contents for event in self.ledger.history if event.kind is Kind.TAKEN_EARLY and event.contents]
        meant = {contents.manifest_sha256: [at for each, at in intents if each == contents] for contents in held}
        for contents in sorted(held, key=lambda one: (one.sequence, meant[one.manifest_sha256][0])):
            last = meant[contents.manifest_sha256][-1]
            newest |= {f"R{row}": (contents.sequence, last) for row in range(contents.rows)}
        expected = {name: number for name, (number, meant) in newest.items() if told.get(name, 0) <= meant}
        assert {held.reference: held.sequence for held in self.ledger.holdings()} == expected

    @invariant()
    def no_withdrawal_is_there_twice(self) -> None:
        since: dict[tuple[str, int], int] = {}
        for one, at in zip(self.ledger.withdrawals, self.ledger.before, strict=True):
            key = one.reference, one.after_sequence
            meant = [event for event in self.ledger.history[since.get(key, at) : at] if event.kind is Kind.INTENT]
            assert key not in since or one.after_sequence in {e.contents.sequence for e in meant if e.contents}
            since[key] = at

    def teardown(self) -> None:
        self.world.finish(self.night)
        self.world.process_pickups(nights_later=self.night)
        self.world.view.agrees(self.world.delivery_state(self.night))
        self.world.notify(nights_later=self.night)
        self.world.process_pickups(nights_later=self.night)
        self.world.view.agrees(self.world.delivery_state(self.night))
        assert {one.step for one in self.world.notices} <= {Step.PUBLISHED, Step.GONE, Step.ACKNOWLEDGED}
        due = [(one.reference, one.after_sequence) for one in self.ledger.withdrawals]
        assert sum(one.rows for one in self.world.notices if one.repeats is None) == len(due)
        shutil.rmtree(self.folder)


TestNights = Nights.TestCase
TestNights.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)


def test_who_was_withdrawn_from_a_drop_that_never_came_to_count_is_not_told_again_of_an_earlier_one(
    tmp_path: Path,
) -> None:
    """What the machine found once: the withdrawal names the later drop, and is of the earlier one too."""
    ledger = MemoryLedger()
    world = FollowupWorld(tmp_path, ledger)

    def dies(step: str) -> None:
        if step == f"has recorded {Kind.RELEASING}":
            raise Killed

    world.deliver(0, rows=1)
    with suppress(Killed):
        world.deliver(1, dies, rows=1)
    world.withdraw("R0")
    world.deliver(2, rows=0)
    assert [one.after_sequence for one in ledger.withdrawals] == [2]
    assert [drop.kind for drop in world.delivery_state(2).drops][1] is Kind.ABANDONED
    assert ledger.holdings() == []

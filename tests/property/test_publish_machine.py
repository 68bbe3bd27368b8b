"""Nights, deaths, pick-ups and stops in any order: the recipient never sees what it must not."""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.errors import DeliveryRefused, DeliveryTransient, LedgerUnavailable, TerminalError
from pipeline.ledger import DISCLOSED, Kind
from pipeline.model import Outcome
from pipeline.publish import stand_down
from tests.publishing import FIRST_NIGHT, GENT, Fuse, Killed, MemoryLedger, World, clock

STEPS = st.integers(1, 60)
FAILURES = st.sampled_from([None, DeliveryTransient("cut"), LedgerUnavailable("gone"), DeliveryRefused("key")])


class Nights(RuleBasedStateMachine):
    """`night` is the agency's calendar; a delivery is of this night, or an old one that somebody cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.ledger = MemoryLedger()
        self.world = World(self.folder, self.ledger)
        self.night = 0

    @rule()
    def night_falls(self) -> None:
        self.night += 1

    @rule(back=st.integers(0, 2), rows=st.integers(0, 3), parts=st.integers(1, 2))
    def deliver(self, back: int, rows: int, parts: int) -> None:
        night = self.night - back
        outcome = self.world.deliver(night, rows=rows, parts=parts).outcome
        standing = self.world.standing(night)
        assert (outcome is Outcome.SUPERSEDED) == (not standing.published)
        assert not standing.unfinished and not standing.outdated

    @rule(back=st.integers(0, 1), rows=st.integers(0, 3), parts=st.integers(1, 2), at=STEPS, error=FAILURES)
    def deliver_and_fail(self, back: int, rows: int, parts: int, at: int, error: Exception | None) -> None:
        try:
            self.world.deliver(self.night - back, Fuse(at, error), rows, parts)
        except (Killed, DeliveryTransient, LedgerUnavailable, DeliveryRefused) as stopped:
            assert stopped is error or isinstance(stopped, Killed)

    @rule(rows=st.integers(0, 3), at=STEPS)
    def stopped_by_the_last_look(self, rows: int, at: int) -> None:
        def stop() -> None:
            raise TerminalError("withdrawn")

        before = set(self.world.view.counted)
        with suppress(Killed, TerminalError):
            self.world.deliver(self.night, Fuse(at), rows, last_look=stop)
        self.world.view.look()
        assert set(self.world.view.counted) == before

    @rule(at=STEPS)
    def no_longer_covered(self, at: int) -> None:
        fuse = Fuse(at)
        try:
            stand_down(GENT, FIRST_NIGHT, self.world.host(fuse), self.world.ledger, "run", clock)
        except Killed:
            return
        assert self.world.standing().on_host == ()

    @precondition(lambda self: self.world.view.go_files())
    @rule(data=st.data(), steps=st.integers(1, 4))
    def fetched(self, data: st.DataObject, steps: int) -> None:
        self.world.view.look()
        self.world.view.fetch(data.draw(st.sampled_from(self.world.view.go_files())), steps)

    @rule(back=st.integers(0, 1), at=STEPS)
    def looked_after(self, back: int, at: int) -> None:
        """As a delivery does once its drop counts: whoever is to be withdrawn first, then the remark, and that once."""
        night = self.night - back
        before = self.world.standing(night)
        if not before.published:
            return
        with suppress(Killed):
            self.world.follow_up(night, Fuse(at), withdrawn={"R0"})
        self.world.follow_up(night, withdrawn={"R0"})
        remarks = [event for event in self.ledger.history if event.kind is Kind.FOLLOWED_UP]
        assert len({event.night for event in remarks}) == len(remarks)
        if not before.followed_up:
            assert "R0" not in {held.reference for held in self.ledger.holdings()}

    @invariant()
    def sees_whole_drops_only(self) -> None:
        self.world.view.look()

    @invariant()
    def holds_whoever_was_in_a_drop_that_counted_and_was_not_withdrawn_since(self) -> None:
        told = {one.reference: one.after_sequence for one in self.ledger.withdrawals}
        newest: dict[str, int] = {}
        for drop in self.world.standing(self.night).drops:
            if drop.kind in DISCLOSED:
                newest |= {f"R{row}": drop.contents.sequence for row in range(drop.contents.rows)}
        expected = {name: number for name, number in newest.items() if told.get(name, 0) < number}
        assert {held.reference: held.sequence for held in self.ledger.holdings()} == expected

    @invariant()
    def no_withdrawal_is_there_twice(self) -> None:
        keys = [(one.reference, one.after_sequence) for one in self.ledger.withdrawals]
        assert len(set(keys)) == len(keys)

    def teardown(self) -> None:
        self.world.finish(self.night)
        self.world.view.agrees(self.world.standing(self.night))
        shutil.rmtree(self.folder)


TestNights = Nights.TestCase
TestNights.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)

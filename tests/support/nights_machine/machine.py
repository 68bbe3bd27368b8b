"""The state machine: what happens at the agency, before the recipients and to the runs, in any order, over nights.

A night falls by itself once so many other things happened since the last. At the end everything is mended, and one more
night and an hour have to bring all in order.
"""

from datetime import date, timedelta

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.support.nights_machine.agency import MERGER, RECIPIENTS
from tests.support.nights_machine.agency_steps import AgencySteps
from tests.support.nights_machine.compare import at_the_end, compare
from tests.support.nights_machine.driven import LEAST_NIGHTS, MEANWHILE, PARENTS, STEPS, Beginning, Drawn
from tests.support.nights_machine.persons_acts import resume
from tests.support.nights_machine.recipient_steps import RecipientSteps
from tests.support.nights_machine.run_steps import RunSteps

DAYS = st.sampled_from([MERGER - timedelta(days=2), date(2025, 6, 16)])
"""The first night: two days before a merger, or long after."""
PACES = st.integers(3, 5)
WORLDS = st.tuples(DAYS, st.booleans(), st.sampled_from([True] * 11 + [False]))
TROUBLES: st.SearchStrategy[list[Drawn]] = st.lists(st.tuples(MEANWHILE, STEPS, PARENTS), min_size=4, max_size=4)
IS_DRAWN = st.sampled_from([False] + [True] * 15)
"""Hypothesis begins with the least of all histories, in which nothing happens: it is left out."""
COUNTED = ("withdrawn_from_host", "recalled", "fetched", "acknowledged", "moved", "returned", "suspended", "superseded")


class NightsMachine(AgencySteps, RecipientSteps, RunSteps):
    """All of them, in any order."""

    least_nights = LEAST_NIGHTS

    @initialize(is_drawn=IS_DRAWN, world=WORLDS, pace=PACES, ahead=st.integers(-4, 4), troubles=TROUBLES)
    def begins(self, is_drawn: bool, world: Beginning, pace: int, ahead: int, troubles: list[Drawn]) -> None:
        if not is_drawn:
            reject()
        self.pace, self.troubles = pace, troubles
        self.lay(world, timedelta(minutes=ahead))
        self.carry_out(self.one_night)

    def ends(self) -> None:
        """All is mended: the night after is green, and nothing is left to do."""
        while self.fallen < self.least_nights - 1:
            self.falls_by_itself()
        history = self.history
        history.agency.mend()
        history.places.unreachable.clear()
        for kbo in sorted(history.book.suspended):
            resume(history, kbo)
        history.next_night()
        run = history.night()
        hour = history.hour()
        self.agree([*compare(history), *at_the_end(history, run, hour)])
        self._count()

    def _count(self) -> None:
        """What this history met, so that a proof can say what it is worth."""
        history, met = self.history, type(self).met
        kinds = [kind for kbo in RECIPIENTS for kind in history.nights.kinds(kbo)]
        met.update(histories=1, nights=self.fallen + 1, hours=history.nights.hours, kills=history.kills)
        met["ledgers on PostgreSQL"] += history.ledger_uri.startswith("postgresql")
        met["runs"] += len(history.nights.runs)
        met["runs held"] += history.nights.held
        met["noes lifted"] += len(history.book.noes.lifted)
        met["noes returned"] += history.book.noes.taken_in
        met["drops that counted"] += sum(one.is_drop for one in history.watcher.seen.values())
        met["notices that counted"] += sum(not one.is_drop for one in history.watcher.seen.values())
        for kind in COUNTED:
            met[f"drops {kind}"] += kinds.count(kind)

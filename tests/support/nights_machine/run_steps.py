"""The runs, and what operators do to them in any order."""

from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from pipeline.core.model import Kbo
from pipeline.ledger.approvals import ApprovalDecision
from tests.support.nights_machine.driven import KBOS, MEANWHILE, PARENTS, STEPS, Difference, Drawn, DrivenHistory
from tests.support.nights_machine.nights import TASKS
from tests.support.nights_machine.older_ledger import is_older, older_ledger


class RunSteps(DrivenHistory):
    @rule(meanwhile=MEANWHILE, at=STEPS, parent=PARENTS, is_strict=st.sampled_from([False, False, True]))
    def night(self, meanwhile: str, at: int, parent: int, is_strict: bool) -> None:
        self.do(lambda: self.one_night(self.trouble(meanwhile, at, parent), is_strict), falls=True)

    @rule(meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
    def hour(self, meanwhile: str, at: int, parent: int) -> None:
        self.do(lambda: self.one_hour(self.trouble(meanwhile, at, parent)))

    @rule(back=st.integers(0, 3), first=st.sampled_from(TASKS), meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
    def clears(self, back: int, first: str, meanwhile: str, at: int, parent: int) -> None:
        self._clears(back, first, None, (meanwhile, at, parent))

    @rule(back=st.integers(0, 3), kbo=KBOS, meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
    def clears_a_delivery(self, back: int, kbo: Kbo, meanwhile: str, at: int, parent: int) -> None:
        self._clears(back, "deliver", kbo, (meanwhile, at, parent))

    def _clears(self, back: int, first: str, only: Kbo | None, drawn: Drawn) -> None:
        def cleared() -> None:
            runs = self.history.nights.runs
            run = runs[-1 - back % len(runs)]
            act = partial(self.history.nights.clear, run, first, only)
            self.run_tasks(run, act, self.trouble(*drawn, run), only)

        self.do(cleared)

    @rule(back=st.integers(0, 2), meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
    def backfills(self, back: int, meanwhile: str, at: int, parent: int) -> None:
        """A missed night, or a second run of one."""

        def fills() -> None:
            run = self.history.nights.begin(self.history.today - timedelta(days=back), "backfill")
            trouble = self.trouble(meanwhile, at, parent, run)
            self.run_tasks(run, lambda: self.history.nights.clear(run, "extract"), trouble)

        self.do(fills)

    @rule(decision=st.sampled_from([ApprovalDecision.APPROVED, ApprovalDecision.REJECTED]))
    def answers(self, decision: ApprovalDecision) -> None:
        held = [run for run in self.history.nights.runs if run.is_held]
        if held:
            self.do(lambda: self.run_tasks(held[-1], lambda: self.history.nights.answer(held[-1], decision)))

    @rule()
    def older_ledger_is_put_back(self) -> None:
        """Until the newer one is found again: a night and an hour are red meanwhile, and nothing moves anywhere."""
        if is_older(self.history):
            self.do(self._works_on_an_older_ledger)

    def _works_on_an_older_ledger(self) -> None:
        history, before = self.history, self.history.places.copy()
        with older_ledger(history), history.troubled(None):
            run, hour = history.night(name="manual"), history.hour()
        history.nights.runs.remove(run)
        if history.places.copy() != before:
            raise Difference("an older ledger was put back, and something before a recipient is another")
        if not (run.errors and hour.errors):
            raise Difference("an older ledger was put back, and the night or the hour is green")

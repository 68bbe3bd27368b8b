"""How a step of a history is done: carried out, compared, and a night that falls by itself once so many were done."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from pipeline.core.model import Kbo
from tests.support.nights_machine import agency as told
from tests.support.nights_machine.agency import ELSEWHERE, HOMES, RECIPIENTS
from tests.support.nights_machine.compare import after_hour, after_night, compare
from tests.support.nights_machine.history import History, Trouble
from tests.support.nights_machine.nights import HourRun, NightRun, wired
from tests.support.nights_machine.opened_once import opened_once
from tests.support.nights_machine.quicker import quicker
from tests.support.nights_machine.returns import WayBack, returning

LEAST_NIGHTS, MOST_NIGHTS = 4, 8
"""Of a history, its last one among them."""
STEPS = st.integers(1, 45)
"""At which step of a night, a task or an hour something happens."""
PARENTS, KBOS = st.sampled_from(sorted(HOMES)), st.sampled_from(sorted(RECIPIENTS))
MEANWHILE = st.sampled_from([
    "nothing", "nothing", "killed", "killed at GO", "killed before GO", "taken before GO", "says no", "moves",
    "an hour", "the same task", "another run", "returns a no",
])  # fmt: skip
Drawn = tuple[str, int, int]
"""What happens meanwhile, at which step, and of which parent."""
Beginning = tuple[date, bool, bool]
"""The first day, whether the ledger is on PostgreSQL, and whether decisions are made quicker."""


class Difference(AssertionError):
    """Pipeline and bookkeeping differ."""


class DrivenHistory(RuleBasedStateMachine):
    """`fresh` gives the address of an empty PostgreSQL database, where there is a server; `met` counts events."""

    fresh: ClassVar[Callable[[], str] | None] = None
    met: ClassVar[Counter[str]] = Counter()
    history: History
    way_back: WayBack
    pace: int
    """After how many other things a night falls by itself."""
    troubles: list[Drawn]
    """Of the nights that fall by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.folder, self.stack = Path(mkdtemp()), ExitStack()
        self.quiet = self.fallen = 0
        self.is_broken = False
        """Whether the last night found the agency half loaded, or without what it had."""
        self.failed = True
        """Unless what was done last ended well."""

    def lay(self, world: Beginning, ahead: timedelta) -> None:
        first_day, on_postgresql, is_quicker = world
        fresh = type(self).fresh if on_postgresql else None
        uri = fresh() if fresh else f"sqlite:///{self.folder / 'ledger.db'}"
        opened = self.stack.enter_context(opened_once())
        self.history = History(self.folder, uri, first_day, opened, ahead)
        self.stack.enter_context(wired(self.history.places))
        self.way_back = WayBack(self.history)
        self.stack.enter_context(returning(self.way_back))
        if is_quicker:
            self.stack.enter_context(quicker(self.history.agency))

    # How a step is done

    def do(self, act: Callable[[], object], falls: bool = False) -> None:
        if self.fallen >= MOST_NIGHTS - 1:
            return
        self.quiet = 0 if falls else self.quiet + 1
        self.history.wait(minutes=2)
        self.carry_out(act)
        if self.quiet >= self.pace:
            self.falls_by_itself()

    def falls_by_itself(self) -> None:
        self.quiet = 0
        trouble = self.troubles[self.fallen % len(self.troubles)]
        self.carry_out(lambda: self.one_night(self.trouble(*trouble)))

    def carry_out(self, act: Callable[[], object]) -> None:
        self.failed = True  # unless it ends
        act()
        self.agree(self.history.watcher.told())
        self.failed = False

    def changes(self, act: Callable[[], object]) -> None:
        """Something at the agency, which it loads."""

        def changed() -> None:
            act()
            self.history.changed()

        self.do(changed)

    def one_night(self, trouble: Trouble | None = None, is_strict: bool = False) -> None:
        self.fallen += 1
        self._agency_mends_in_time()
        if self.history.nights.runs:
            self.history.next_night()
        bounds = {"min_rows_for_shares": 1} if is_strict else {}
        run = self.history.nights.begin(self.history.today, "scheduled", **bounds)
        self.run_tasks(run, lambda: self.history.nights.clear(run, "extract"), trouble)
        self.one_hour()  # as each night sets off one

    def _agency_mends_in_time(self) -> None:
        """By the second night: else nothing goes out for the rest of most histories."""
        if self.is_broken:
            self.history.agency.mend()
        self.is_broken = not self.history.agency.is_whole

    def run_tasks(
        self, run: NightRun, act: Callable[[], object], trouble: Trouble | None = None, only: Kbo | None = None
    ) -> None:
        run.summary, before = None, dict(run.publications)
        with self.history.troubled(trouble):
            act()
        self.history.unsettled |= RECIPIENTS.keys() & run.errors.keys()
        self.agree(compare(self.history))
        done = {kbo for kbo, made in run.publications.items() if before.get(kbo) is not made}
        self.agree(line for kbo in sorted(done) if only in (None, kbo) for line in after_night(self.history, run, kbo))

    def one_hour(self, trouble: Trouble | None = None) -> None:
        with self.history.troubled(trouble):
            hour = self.history.hour()
            self.history.unsettled |= RECIPIENTS.keys() & hour.errors.keys()
            self.agree(after_hour(self.history, hour))
            self.agree(self._not_taken_in(hour))
        self.agree(compare(self.history))

    def _not_taken_in(self, hour: HourRun) -> Iterable[str]:
        """ "Every visit to its folder takes in first"."""
        for kbo in () if self.history.touched else hour.results:
            for stem in self.way_back.waiting(kbo):
                yield f"{stem} lies there after an hour, and has no receipt"

    def trouble(self, meanwhile: str, at: int, parent: int, run: NightRun | None = None) -> Trouble | None:
        """What happens at a step of a task; `run`: of which another try may begin beside it."""
        history, kbo = self.history, HOMES[parent]
        acts: dict[str, tuple[Callable[[], object], bool]] = {
            "killed": (history.killed, False),
            "says no": (lambda: told.says_no(history.agency, parent, kbo, "plain", history.now), True),
            "moves": (lambda: history.agency.lives(parent, ELSEWHERE, history.now), True),
            "an hour": (history.hour, False),
            "the same task": (lambda: self._again(run, kbo), False),
            "another run": (lambda: history.night(name="manual"), False),
            "returns a no": (lambda: self.way_back.says_no(kbo, parent), False),
        }
        at_go = {"killed at GO": "has put", "killed before GO": "not renamed"}
        if meanwhile in at_go:
            return Trouble(at, history.killed, at_go=at_go[meanwhile])
        if meanwhile == "taken before GO":
            return Trouble(at, lambda: history.takes_early(*RECIPIENTS), at_go="put")
        if meanwhile not in acts:
            return None
        act, at_clock = acts[meanwhile]
        return Trouble(at, lambda: self._meanwhile(act, is_of_agency=at_clock), at_clock)

    def _meanwhile(self, act: Callable[[], object], is_of_agency: bool) -> None:
        act()
        if is_of_agency:
            self.history.changed()

    def _again(self, run: NightRun | None, kbo: Kbo) -> None:
        """Another try beside one that goes on: of the newest run, unless told."""
        run = run or self.history.nights.runs[-1]
        if run.released:
            self.history.nights.clear(run, "deliver", kbo)

    def agree(self, differences: Iterable[str]) -> None:
        found = list(differences)
        if found:
            raise Difference("\n".join(found))

    def teardown(self) -> None:
        try:
            if not self.failed:
                self.ends()
        finally:
            self.stack.close()
            shutil.rmtree(self.folder)

    def ends(self) -> None:
        raise NotImplementedError

"""The state machine: what happens at the agency, before the recipients and to the runs, in any order, over nights.

A night falls by itself once so many other things happened since the last. At the end everything is mended, and one more
night and an hour have to bring all in order.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipeline.core.model import Kbo
from pipeline.ledger.approvals import ApprovalDecision
from tests.support.nights_machine import agency as told
from tests.support.nights_machine.agency import ELSEWHERE, HOMES, MERGER, NOES, RECIPIENTS
from tests.support.nights_machine.compare import after_hour, after_night, at_the_end, compare
from tests.support.nights_machine.history import History, Trouble
from tests.support.nights_machine.nights import TASKS, NightRun, wired
from tests.support.nights_machine.pending import PENDING
from tests.support.nights_machine.quicker import quicker

MOST_NIGHTS = 8
STEPS = st.integers(1, 45)
"""At which step of a night, a task or an hour something happens."""
PARENTS, KBOS = st.sampled_from(sorted(HOMES)), st.sampled_from(sorted(RECIPIENTS))
DAYS = st.sampled_from([MERGER - timedelta(days=2), date(2025, 6, 16)])
"""The first night: two days before a merger, or long after."""
PACES = st.integers(3, 6)
"""After how many other things a night falls by itself."""
WORLDS = st.tuples(DAYS, st.booleans(), st.sampled_from([True] * 9 + [False]))
"""The first day, whether the ledger is on PostgreSQL, and whether decisions are made quicker."""
FEEDS = st.sampled_from(["consent_event", "residence", "parent", "agreement", "protocol"])
ACTS = ["nothing", "nothing", "killed", "killed at GO", "says no", "moves", "an hour", "the same task", "another run"]
MEANWHILE = st.sampled_from(ACTS[: -2 if "clearing" in PENDING else None])
LATER = ("moved", "returned", "superseded", "not_covered")
Drawn = tuple[str, int, int]
TROUBLES: st.SearchStrategy[list[Drawn]] = st.lists(st.tuples(MEANWHILE, STEPS, PARENTS), min_size=4, max_size=4)
Rule = Callable[..., None]
BEGUN = st.sampled_from(TASKS)


def known(*parts: str) -> Callable[[Rule], Rule]:
    """A rule that is left out while one of these is pending."""
    return precondition(lambda _: not PENDING & {*parts})


class Difference(AssertionError):
    """Pipeline and bookkeeping differ."""


class NightsMachine(RuleBasedStateMachine):
    """`fresh` gives the address of an empty PostgreSQL database, where there is a server; `met` counts events."""

    fresh: ClassVar[Callable[[], str] | None] = None
    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder, self.stack = Path(mkdtemp()), ExitStack()
        self.quiet = self.fallen = 0
        self.failed = True
        """Unless what was done last ended well."""

    @initialize(world=WORLDS, pace=PACES, ahead=st.integers(-4, 4), troubles=TROUBLES)
    def begins(self, world: tuple[date, bool, bool], pace: int, ahead: int, troubles: list[Drawn]) -> None:
        """`troubles`: of the nights that fall by themselves."""
        first_day, on_postgresql, is_quicker = world
        fresh = type(self).fresh if on_postgresql else None
        uri = fresh() if fresh else f"sqlite:///{self.folder / 'ledger.db'}"
        self.pace, self.troubles = pace, troubles
        self.history = History(self.folder, uri, first_day, timedelta(minutes=ahead))
        self.stack.enter_context(wired(self.history.places))
        if is_quicker:
            self.stack.enter_context(quicker(self.history.agency))
        self._carry_out(self._night)

    # At the agency

    @rule(parent=PARENTS, kbo=KBOS, how=st.sampled_from(sorted(NOES)))
    def says_no(self, parent: int, kbo: Kbo, how: str) -> None:
        self._changes(lambda: told.says_no(self.history.agency, parent, kbo, how, self.history.now))

    @rule(parent=PARENTS, ahead=st.integers(0, 1))
    def says_yes(self, parent: int, ahead: int) -> None:
        later = timedelta(minutes=ahead)
        self._changes(lambda: told.says_yes(self.history.agency, parent, HOMES[parent], self.history.now, later))

    @rule(parent=PARENTS, code=st.sampled_from(["44021", "44043", "44088", ELSEWHERE]), confidential=st.booleans())
    def moves(self, parent: int, code: str, confidential: bool) -> None:
        self._changes(lambda: self.history.agency.lives(parent, code, self.history.now, confidential))

    @rule(parent=PARENTS)
    def dies(self, parent: int) -> None:
        today = self.history.today
        self._changes(lambda: self.history.agency.update("parent", "parent_id", parent, deceased_on=today))

    @rule(kbo=KBOS, what=st.sampled_from(["agreement ends", "protocol ends", "narrowed", "renewed", "renewed"]))
    def papers_change(self, kbo: Kbo, what: str) -> None:
        agency, now, yesterday = self.history.agency, self.history.now, self.history.today - timedelta(days=1)
        self._changes({
            "agreement ends": lambda: agency.version("agreement", kbo, now, ended_on=yesterday),
            "protocol ends": lambda: agency.version("protocol", kbo, now, ended_on=yesterday),
            "narrowed": lambda: agency.version("protocol", kbo, now, fields="name,phone"),
            "renewed": lambda: told.renewed(agency, kbo, now),
        }[what])  # fmt: skip

    @known("look")
    @rule(feed=FEEDS, rows=st.integers(0, 5))
    def load_fails(self, feed: str, rows: int) -> None:
        def fails() -> None:
            agency = self.history.agency
            agency.short = (feed, min(rows, len(agency.truth[feed]) - 1))

        self._changes(fails)

    @known("look")
    @rule(back=st.integers(0, 2))
    def backup_of_the_agency(self, back: int) -> None:
        """Is put back, where a night knows of something that is gone then: else nobody can tell."""
        agency, book = self.history.agency, self.history.book
        self._changes(lambda: agency.restore(back, book.known))

    @known("look")
    @rule()
    def agency_mends(self) -> None:
        self._changes(self.history.agency.mend)

    @rule(slower=st.booleans())
    def clock_drifts(self, slower: bool) -> None:
        """The agency's, by a minute: one that is set back by more writes into the past, which stops the nights."""
        agency, most = self.history.agency, timedelta(minutes=4)
        agency.ahead = min(most, max(-most, agency.ahead + timedelta(minutes=-1 if slower else 1)))

    # Before the recipients

    @rule(kbo=KBOS, names=st.integers(1, 5))
    def takes(self, kbo: Kbo, names: int) -> None:
        self._do(lambda: self.history.takes(kbo, names))

    @rule(kbo=KBOS)
    def takes_the_go_file(self, kbo: Kbo) -> None:
        self._do(lambda: self.history.takes_the_go_file(kbo))

    @rule(kbo=KBOS, drops=st.booleans())
    def acknowledges(self, kbo: Kbo, drops: bool) -> None:
        self._do(lambda: self.history.acknowledges(kbo, drops))

    @rule(kbo=KBOS)
    def host_goes_or_comes_back(self, kbo: Kbo) -> None:
        self._do(
            lambda: self.history.places.unreachable.symmetric_difference_update({self.history.nights.at_home(kbo)})
        )

    @rule(kbo=KBOS, folder=st.sampled_from(["/out", "/in", "/drops"]))
    def recipient_moves(self, kbo: Kbo, folder: str) -> None:
        self._do(lambda: self.history.nights.moves(kbo, folder))

    @rule(kbo=KBOS)
    def host_is_put_back(self, kbo: Kbo) -> None:
        self._do(lambda: self.history.host_is_put_back(kbo))

    # The runs

    @rule(meanwhile=MEANWHILE, at=STEPS, parent=PARENTS, is_strict=st.sampled_from([False, False, True]))
    def night(self, meanwhile: str, at: int, parent: int, is_strict: bool) -> None:
        self._do(lambda: self._night(self._trouble(meanwhile, at, parent), is_strict), falls=True)

    @rule(meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
    def hour(self, meanwhile: str, at: int, parent: int) -> None:
        self._do(lambda: self._hour(self._trouble(meanwhile, at, parent)))

    @rule(back=st.integers(0, 3), first=BEGUN, meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
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
            self._run(run, act, self._trouble(*drawn, run), only)

        self._do(cleared)

    @rule(back=st.integers(0, 2), meanwhile=MEANWHILE, at=STEPS, parent=PARENTS)
    def backfills(self, back: int, meanwhile: str, at: int, parent: int) -> None:
        """A missed night, or a second run of one."""

        def fills() -> None:
            run = self.history.nights.begin(self.history.today - timedelta(days=back), "backfill")
            trouble = self._trouble(meanwhile, at, parent, run)
            self._run(run, lambda: self.history.nights.clear(run, "extract"), trouble)

        self._do(fills)

    @rule(decision=st.sampled_from([ApprovalDecision.APPROVED, ApprovalDecision.REJECTED]))
    def answers(self, decision: ApprovalDecision) -> None:
        held = [run for run in self.history.nights.runs if run.is_held]
        if held:
            self._do(lambda: self._run(held[-1], lambda: self.history.nights.answer(held[-1], decision), None))

    # How each of these is done

    def _do(self, act: Callable[[], object], falls: bool = False) -> None:
        if self.fallen >= MOST_NIGHTS:
            return
        self.quiet = 0 if falls else self.quiet + 1
        self.history.wait(minutes=2)
        self._carry_out(act)
        if self.quiet >= self.pace:
            self.quiet = 0
            self._carry_out(lambda: self._night(self._trouble(*self.troubles[self.fallen % len(self.troubles)])))

    def _carry_out(self, act: Callable[[], object]) -> None:
        self.failed = True  # unless it ends
        act()
        self._agree(self.history.watcher.told())
        self.failed = False

    def _changes(self, act: Callable[[], object]) -> None:
        def changed() -> None:
            act()
            self.history.changed()

        self._do(changed)

    def _night(self, trouble: Trouble | None = None, is_strict: bool = False) -> None:
        self.fallen += 1
        if self.history.nights.runs:
            self.history.next_night()
        bounds = {"min_rows_for_shares": 1} if is_strict else {}
        run = self.history.nights.begin(self.history.today, "scheduled", **bounds)
        self._run(run, lambda: self.history.nights.clear(run, "extract"), trouble)
        self._hour()  # as each night sets off one

    def _run(
        self, run: NightRun, act: Callable[[], object], trouble: Trouble | None = None, only: Kbo | None = None
    ) -> None:
        run.summary, before = None, dict(run.publications)
        with self.history.troubled(trouble):
            act()
        self.history.unsettled |= RECIPIENTS.keys() & run.errors.keys()
        self._agree(compare(self.history))
        done = {kbo for kbo, made in run.publications.items() if before.get(kbo) is not made}
        self._agree(line for kbo in sorted(done) if only in (None, kbo) for line in after_night(self.history, run, kbo))

    def _hour(self, trouble: Trouble | None = None) -> None:
        with self.history.troubled(trouble):
            hour = self.history.hour()
            self.history.unsettled |= RECIPIENTS.keys() & hour.errors.keys()
            self._agree(after_hour(self.history, hour))
        self._agree(compare(self.history))

    def _trouble(self, meanwhile: str, at: int, parent: int, run: NightRun | None = None) -> Trouble | None:
        history = self.history

        def changes(act: Callable[[], object]) -> Callable[[], None]:
            def changed() -> None:
                act()
                history.changed()

            return changed

        kbo = HOMES[parent]
        acts: dict[str, tuple[Callable[[], object], bool]] = {
            "killed": (history.killed, False),
            "says no": (changes(lambda: told.says_no(history.agency, parent, kbo, "plain", history.now)), True),
            "moves": (changes(lambda: history.agency.lives(parent, ELSEWHERE, history.now)), True),
            "an hour": (history.hour, False),
            "the same task": (lambda: self._again(run, kbo), False),
            "another run": (lambda: history.night(name="manual"), False),
        }
        if meanwhile == "killed at GO":
            return Trouble(at, history.killed, at_go=True)
        if meanwhile not in acts:
            return None
        act, at_clock = acts[meanwhile]
        return Trouble(at, lambda: _ignored(act()), at_clock)

    def _again(self, run: NightRun | None, kbo: Kbo) -> None:
        """Another try beside one that goes on: of the newest run, unless told."""
        run = run or self.history.nights.runs[-1]
        if run.released:
            self.history.nights.clear(run, "deliver", kbo)

    def _agree(self, differences: Iterable[str]) -> None:
        found = list(differences)
        if found:
            raise Difference("\n".join(found))

    def teardown(self) -> None:
        try:
            if not self.failed:
                self._ends()
        finally:
            self.stack.close()
            shutil.rmtree(self.folder)

    def _ends(self) -> None:
        """All is mended: the night after is green, and nothing is left to do."""
        history = self.history
        history.agency.mend()
        history.places.unreachable.clear()
        history.next_night()
        run = history.night()
        hour = history.hour()
        self._agree([*compare(history), *at_the_end(history, run, hour)])
        self._count()

    def _count(self) -> None:
        """What this history met, so that a proof can say what it is worth."""
        history, met = self.history, type(self).met
        kinds = [kind for kbo in RECIPIENTS for kind in history.nights.kinds(kbo)]
        met.update(histories=1, nights=self.fallen + 1, hours=history.nights.hours, kills=history.kills)
        met["ledgers on PostgreSQL"] += history.ledger_uri.startswith("postgresql")
        met["runs"] += len(history.nights.runs)
        met["runs held"] += history.nights.held
        met["drops that counted"] += sum(one.is_drop for one in history.watcher.seen.values())
        met["notices that counted"] += sum(not one.is_drop for one in history.watcher.seen.values())
        for kind in ("withdrawn_from_host", "recalled", "fetched", "acknowledged", *LATER):
            met[f"drops {kind}"] += kinds.count(kind)


def _ignored(_: object) -> None:
    """What an act gives back is of no use to a trouble."""

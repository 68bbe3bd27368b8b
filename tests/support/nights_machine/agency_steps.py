"""What happens at the agency between two nights."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from pipeline.core.model import Kbo
from tests.support.nights_machine import agency as told
from tests.support.nights_machine.agency import ELSEWHERE, HOMES, NOES
from tests.support.nights_machine.driven import KBOS, PARENTS, DrivenHistory

FEEDS = st.sampled_from(["consent_event", "residence", "parent", "agreement", "protocol", "child", "family"])
CODES = st.sampled_from(["44021", "44043", "44088", ELSEWHERE])


class AgencySteps(DrivenHistory):
    """Each is loaded at once."""

    @rule(parent=PARENTS, kbo=KBOS, how=st.sampled_from(sorted(NOES)))
    def says_no(self, parent: int, kbo: Kbo, how: str) -> None:
        self.changes(lambda: told.says_no(self.history.agency, parent, kbo, how, self.history.now))

    @rule(parent=PARENTS, minutes=st.integers(0, 4))
    def says_yes(self, parent: int, minutes: int) -> None:
        """Recorded so much later."""
        later = timedelta(minutes=minutes)
        self.changes(lambda: told.says_yes(self.history.agency, parent, HOMES[parent], self.history.now, later))

    @rule(parent=PARENTS, code=CODES, confidential=st.booleans())
    def moves(self, parent: int, code: str, confidential: bool) -> None:
        self.changes(lambda: self.history.agency.lives(parent, code, self.history.now, confidential))

    @rule(parent=PARENTS)
    def dies(self, parent: int) -> None:
        today = self.history.today
        self.changes(lambda: self.history.agency.update("parent", "parent_id", parent, deceased_on=today))

    @rule(kbo=KBOS, what=st.sampled_from(["agreement ends", "protocol ends", "narrowed", "renewed", "renewed"]))
    def papers_change(self, kbo: Kbo, what: str) -> None:
        agency, now, yesterday = self.history.agency, self.history.now, self.history.today - timedelta(days=1)
        self.changes({
            "agreement ends": lambda: agency.version("agreement", kbo, now, ended_on=yesterday),
            "protocol ends": lambda: agency.version("protocol", kbo, now, ended_on=yesterday),
            "narrowed": lambda: agency.version("protocol", kbo, now, fields="name,phone"),
            "renewed": lambda: told.renewed(agency, kbo, now),
        }[what])  # fmt: skip

    @rule()
    def recipient_is_registered_later(self) -> None:
        """Noes to it were noes to everyone, and bind as such."""
        if self.history.book.brugge_may_register:
            self.changes(self.history.agency.registers_brugge)

    @rule()
    def insz_is_corrected_later(self) -> None:
        """Two rows were taken for one person: the noes of both bind both."""
        if self.history.book.insz_may_change:
            self.changes(lambda: told.corrects_insz(self.history.agency))

    @rule(feed=FEEDS, rows=st.integers(0, 5))
    def load_fails(self, feed: str, rows: int) -> None:
        def fails() -> None:
            agency = self.history.agency
            agency.short = (feed, min(rows, len(agency.truth[feed]) - 1))

        self.changes(fails)

    @rule(back=st.integers(0, 2))
    def backup_of_the_agency(self, back: int) -> None:
        """Is put back, where a night knows of something that is gone then: else nobody can tell."""
        agency, book = self.history.agency, self.history.book
        self.changes(lambda: agency.restore(back, book.known))

    @rule()
    def agency_mends(self) -> None:
        if not self.history.agency.is_whole:
            self.changes(self.history.agency.mend)

    @rule(slower=st.booleans())
    def clock_drifts(self, slower: bool) -> None:
        """The agency's, by a minute: one that is set back by more writes into the past, which stops the nights."""
        agency, most = self.history.agency, timedelta(minutes=4)
        agency.ahead = min(most, max(-most, agency.ahead + timedelta(minutes=-1 if slower else 1)))

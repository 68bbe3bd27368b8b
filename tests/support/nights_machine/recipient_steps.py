"""What happens before the recipients, and what a named person does about one."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from pipeline.core.model import Kbo
from tests.support.nights_machine.agency import HOMES, RECIPIENTS
from tests.support.nights_machine.driven import KBOS, PARENTS, DrivenHistory
from tests.support.nights_machine.persons_acts import lift, resume, suspend


class RecipientSteps(DrivenHistory):
    @rule(kbo=KBOS, names=st.integers(1, 5))
    def takes(self, kbo: Kbo, names: int) -> None:
        self.do(lambda: self.history.takes(kbo, names))

    @rule(kbo=KBOS)
    def takes_the_go_file(self, kbo: Kbo) -> None:
        self.do(lambda: self.history.takes_the_go_file(kbo))

    @rule(kbo=KBOS)
    def clears_its_folder(self, kbo: Kbo) -> None:
        self.do(lambda: self.history.clears_its_folder(kbo))

    @rule(kbo=KBOS)
    def takes_early(self, kbo: Kbo) -> None:
        self.do(lambda: self.history.takes_early(kbo))

    @rule(kbo=KBOS, drops=st.booleans())
    def acknowledges(self, kbo: Kbo, drops: bool) -> None:
        self.do(lambda: self.history.acknowledges(kbo, drops))

    @rule(kbo=KBOS)
    def puts_an_early_ack(self, kbo: Kbo) -> None:
        self.do(lambda: self.history.puts_an_early_ack(kbo))

    @rule(kbo=KBOS)
    def host_goes_or_comes_back(self, kbo: Kbo) -> None:
        unreachable = self.history.places.unreachable
        self.do(lambda: unreachable.symmetric_difference_update({self.history.nights.at_home(kbo)}))

    @rule(kbo=KBOS, folder=st.sampled_from(["/out", "/uit", "/drops"]))
    def recipient_moves(self, kbo: Kbo, folder: str) -> None:
        self.do(lambda: self.history.nights.moves(kbo, folder))

    @rule(kbo=KBOS)
    def host_is_put_back(self, kbo: Kbo) -> None:
        self.do(lambda: self.history.host_is_put_back(kbo))

    # The way back

    @rule(parent=PARENTS, kbo=st.sampled_from([None, None, None, *sorted(RECIPIENTS)]))
    def returns_a_no(self, parent: int, kbo: Kbo | None = None) -> None:
        """That of its home, unless told: one that never had the parent may have to."""
        self.do(lambda: self.way_back.says_no(kbo or HOMES[parent], parent))

    @rule(kbo=KBOS, parent=PARENTS)
    def returns_a_no_of_anothers(self, kbo: Kbo, parent: int) -> None:
        """With a reference that another recipient has."""
        (other,) = RECIPIENTS.keys() - {kbo}
        self.do(lambda: self.way_back.says_no(kbo, parent, other))

    @rule(back=st.integers(0, 2), to=st.sampled_from([None, *sorted(RECIPIENTS)]))
    def returns_a_file_again(self, back: int, to: Kbo | None) -> None:
        self.do(lambda: self.way_back.says_again(back, to))

    @rule(kbo=KBOS)
    def clears_the_way_back(self, kbo: Kbo) -> None:
        self.do(lambda: self.way_back.clears(kbo))

    # By a named person

    @rule(kbo=KBOS, parent=PARENTS)
    def returned_no_is_lifted(self, kbo: Kbo, parent: int) -> None:
        self.do(lambda: self.way_back.lift(kbo, parent))

    @rule(back=st.integers(0, 2))
    def returned_file_is_undone(self, back: int) -> None:
        self.do(lambda: self.way_back.undo(back))

    @rule(kbo=KBOS)
    def is_suspended_or_resumed(self, kbo: Kbo) -> None:
        act = resume if kbo in self.history.book.suspended else suspend
        self.do(lambda: act(self.history, kbo))

    @rule(parent=PARENTS)
    def no_is_lifted(self, parent: int) -> None:
        if self.history.book.may_be_lifted(parent, self.history.now) and self.history.agency.is_whole:
            self.do(lambda: lift(self.history, parent))

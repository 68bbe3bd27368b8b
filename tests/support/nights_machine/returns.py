"""The way back: what a recipient says of parents whom it had, twice if it likes, and a named person who undoes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.core.model import Kbo
from pipeline.delivery.references import reference
from pipeline.ledger.persons import ledger_key
from tests.support.nights_machine.history import History
from tests.support.nights_machine.watcher import KEY
from tests.support.returns import NO, returned


@dataclass(frozen=True)
class ReturnedNoes:
    """One file: the recipient whose folder it lay in, and whom it is about."""

    kbo: Kbo
    number: int
    parents: tuple[int, ...]


@dataclass
class WayBack:
    """`files`: every one that was taken in; whoever puts one again changes nothing."""

    history: History
    files: list[ReturnedNoes] = field(default_factory=list)

    def says_no(self, kbo: Kbo, parents: Iterable[int]) -> None:
        """Of the parents whom the recipient really had; a file about nobody else is none."""
        known = tuple(sorted(parent for parent in parents if (kbo, parent) in self.history.book.had))
        if known:
            self.files.append(ReturnedNoes(kbo, len(self.files) + 1, known))
            self._put(self.files[-1], is_new=True)

    def says_again(self, back: int) -> None:
        """A file of before, byte for byte."""
        if self.files:
            self._put(self.files[-1 - back % len(self.files)], is_new=False)

    def _put(self, file: ReturnedNoes, is_new: bool) -> None:
        history = self.history
        context, at = history.nights.context("returns", history.today), history.clock()
        key = ledger_key(context.connections)
        said = {reference(KEY, file.kbo, parent): NO for parent in file.parents}
        first = at if is_new else self._taken[file.number]
        engine = history.nights.ledger.engine
        assert returned(engine, file.kbo, first, said, {key.id: key}.__getitem__, file.number) is is_new
        if is_new:
            self._taken[file.number] = at
            for parent in file.parents:
                history.book.takes_in(history.watcher.step, at, self._name(file), (file.kbo, parent))

    _taken: dict[int, object] = field(default_factory=dict)

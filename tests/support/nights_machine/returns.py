"""The way back: files that a recipient puts into its folder `in`, any of them twice, and a named person who undoes one.

Nothing is taken from what the pipeline makes of a file but the instant at which it took the file in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipeline.core.model import Kbo
from pipeline.delivery.references import reference
from pipeline.ledger.db.engine import transaction
from pipeline.ledger.db.log import RecipientLog
from pipeline.ledger.db.returned_noes import lines_of_file, lines_of_parent
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.persons import ledger_key, person_hashes
from pipeline.ledger.returns import ReturnedFile
from pipeline.ledger.suppression import Lift
from pipeline.tasks import wiring
from tests.support.nights_machine.bookkeeping import Pair
from tests.support.nights_machine.history import History
from tests.support.nights_machine.nights import APPROVER, way_back_of
from tests.support.nights_machine.persons_acts import REASON
from tests.support.nights_machine.places import WAY_BACK, Files
from tests.support.nights_machine.watcher import KEY

HEADER = "referentie;soort"


@dataclass
class WayBack:
    """`said`: by the name of each file that was ever put, whom it is about, of those whom its recipient had then."""

    history: History
    said: dict[str, Sequence[Pair]] = field(default_factory=dict)
    files: list[tuple[Kbo, str, bytes]] = field(default_factory=list)

    def folder(self, kbo: Kbo) -> Files:
        connection, account, _ = self.history.nights.at_home(kbo)
        return self.history.places.files((connection, account, WAY_BACK))

    def says_no(self, kbo: Kbo, parent: int, of: Kbo | None = None) -> None:
        """With the reference that the recipient `of` has of that parent: another's is none of its own."""
        number = len(self.files) + 1
        name = f"TERUG_OPGROEIEN_{kbo}_{self.history.today:%Y%m%d}_{number:06}"
        line = f"{reference(KEY, of or kbo, parent)};geen_contact"
        is_its_own = of in (None, kbo) and (kbo, parent) in self.history.book.had
        self.said[f"{name}.csv"] = [(kbo, parent)] if is_its_own else []
        self.files.append((kbo, name, f"{HEADER}\r\n{line}\r\n".encode()))
        self._put(*self.files[-1])

    def says_again(self, back: int, to: Kbo | None = None) -> None:
        """A file of before, byte for byte; `to`: in the folder of that recipient."""
        if self.files:
            kbo, name, content = self.files[-1 - back % len(self.files)]
            self._put(to or kbo, name, content)

    def _put(self, kbo: Kbo, name: str, content: bytes) -> None:
        self.folder(kbo).update({f"{name}.csv": content, f"{name}.GO": b""})

    def clears(self, kbo: Kbo) -> None:
        """The recipient takes away what it put there, and each receipt."""
        self.folder(kbo).clear()

    def taken_in(self, taken: ReturnedFile) -> None:
        for pair in self.said[taken.name]:
            self.history.book.takes_in(self.history.watcher.step, taken.at, taken.name, pair)

    def lift(self, kbo: Kbo, parent: int) -> None:
        """By a named person, of one parent."""
        key = self._key
        self._lift(lambda it: lines_of_parent(it, kbo, {(key.id, person_hashes(key, [parent])[0])}))
        self._undone(lambda no: (no.kbo, no.parent_id) == (kbo, parent))

    def undo(self, back: int) -> None:
        """Of a whole file."""
        if self.files:
            kbo, name, _ = self.files[-1 - back % len(self.files)]
            self._lift(lambda it: lines_of_file(it, kbo, f"{name}.csv"))
            self._undone(lambda no: no.file == f"{name}.csv")

    @property
    def _key(self) -> Any:
        return ledger_key(self.history.nights.context("returns", self.history.today).connections)

    def _lift(self, find: Any) -> None:
        history = self.history
        engine, connections = history.nights.ledger.engine, history.nights.context("lift", history.today).connections
        with transaction(engine) as connection:
            lines = find(connection)
        at = history.clock()
        suppression_records(engine, connections).lift([Lift(line, None, at, APPROVER, REASON) for line in lines])

    def _undone(self, is_meant: Any) -> None:
        self.history.book.undo(self.history.watcher.step, self.history.now, is_meant)

    def waiting(self, kbo: Kbo) -> list[str]:
        """The files of its own that nobody gave a receipt for."""
        files = self.folder(kbo)
        own = [name[:-3] for name in files if name.startswith(f"TERUG_OPGROEIEN_{kbo}_") and name.endswith(".GO")]
        return [stem for stem in own if not files.keys() & {f"{stem}.OK", f"{stem}.FOUT"}]


@contextmanager
def returning(way: WayBack) -> Iterator[None]:
    """Each recipient has a way back, and the bookkeeping hears when a file is taken in."""
    record, places = RecipientLog.record_returned, way.history.places

    def recorded(log: RecipientLog, taken: ReturnedFile, *others: Any) -> bool:
        is_new = record(log, taken, *others)
        if is_new:
            way.taken_in(taken)
        return is_new

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecipientLog, "record_returned", recorded)
        patch.setattr(wiring, "way_back_host_of", lambda recipient, _: places.host(way_back_of(recipient)))
        yield

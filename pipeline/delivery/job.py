"""One recipient's delivery as its tasks have it: who, which night and run, and the ways to the outside."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.errors import SettingsError
from pipeline.core.loads import AgencySource, FeedMemory
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.delivery.manifest import Enclosure
from pipeline.delivery.ports import Host, KnownNoes, Ledger
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.session import HostSession, Task
from pipeline.delivery.signature import NO_SIGNING_KEY, SigningKey
from pipeline.gate.again import Decisions
from pipeline.gate.current import Clocks, CurrentDecision, Question
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import DeliveryState, NightDrop
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.withdrawals import Keys


@dataclass(frozen=True)
class Delivery:
    """`pipeline/tasks/wiring.py` builds it.

    `persons` is the ledger's key in use, `keys` finds the keys of older lines; `suppression`: the noes that the ledger
    knows; `ticks` is a monotonic clock in seconds.
    `replacing`: a drop of that night that was recalled (pipeline/followup/replace.py).
    `within`: of the parents whom the run released, those whom the newest accepted run released too.
    `memory`: what is known of the agency's feeds, which the ledger keeps.
    `enclosures`: what accompanies the drop, by the recipient's state in the ledger (the indicator sheets that are due).
    `place`: where `host` leads; `host_at`: the host of a place at which something still lies; `take_in` records what
    the recipient said there, before that place is emptied. `nobody_came`, `intake`: as of Task.
    `decisions`: its last one.
    `signing_key` gives the key that signs what is put, `signer_of` the one with a fingerprint: both raise SettingsError
    where the secrets backend does not hold it.
    """

    kbo: Kbo
    night: date
    run: str
    agency: str
    ledger: Ledger
    host: Host
    recipient: RecipientSettings
    key: ReferenceKey
    persons: LedgerKey
    keys: Keys
    suppression: KnownNoes
    settings: Settings
    clock: Callable[[], datetime]
    ticks: Callable[[], float] = time.monotonic
    replacing: bool = False
    within: Callable[[pa.Array], pa.Array] = lambda parents: parents
    memory: FeedMemory | None = None
    enclosures: Callable[[DeliveryState], Sequence[Enclosure]] = lambda _: ()
    place: DropPlace | None = None
    host_at: Callable[[DropPlace], Host] = lambda place: _no_host(place)
    take_in: Callable[[HostSession], object] = lambda _: None
    nobody_came: Callable[[NightDrop], bool] = lambda _: False
    intake: Callable[[Task], object] | None = None
    signing_key: Callable[[], SigningKey] = lambda: _no_signing_key()
    signer_of: Callable[[str], SigningKey] = lambda _: _no_signing_key()
    decisions: Decisions = field(default_factory=Decisions)

    @contextmanager
    def task(self) -> Iterator[Task]:
        """The recipient's task, with the recipient's records locked. Raises LedgerConflict when another holds them."""
        with self.ledger.delivering(self.kbo) as log:
            yield Task(self.kbo, self.night, log, self.run, self.clock, self.place, self.nobody_came, self.intake)

    def take_in_first(self) -> object:
        """What the recipient returned, before anything is decided; what `intake` gives, None without a way back."""
        if not self.intake:
            return None
        with self.task() as task:
            return self.intake(task)

    @property
    def source(self) -> AgencySource:
        return AgencySource(self.agency, self.memory)

    def decide_now(self, folder: Path) -> CurrentDecision:
        """The decision of this moment for this recipient; the noes that it finds are kept on the suppression list.

        Raises as `pipeline.gate.current.decide_now`.
        """
        question = Question(self.kbo, self.source, self.suppression.read(), self.settings)
        decision = self.decisions.now(question, Clocks(self.clock, self.ticks), folder)
        self.suppression.keep(decision.new_noes, self.night, decision.at)
        return decision


def _no_host(place: DropPlace) -> Host:
    raise SettingsError(f"no host is known for {place}")


def _no_signing_key() -> SigningKey:
    raise SettingsError(f"no signing key is known, so nothing is sent: {NO_SIGNING_KEY}")

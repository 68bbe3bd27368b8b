"""The ports of a delivery: `pipeline/delivery/sftp/` implements the host, `pipeline/ledger/db/` the ledger."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Protocol

from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import Contents, Event, Standing
from pipeline.ledger.notices import Notice, NoticeEvent, NoticeLine


class RemoteFolder(Protocol):
    """One recipient's folder on its host, open for the length of one delivery."""

    def stat(self, name: str) -> int | None:
        """Size in bytes, or None when there is no such file."""

    def sha256(self, name: str) -> str | None:
        """The hash of what the host gives back, or None when there is no such file."""

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        """Make `name` appear whole, or not at all: temporary name, checked write, read back, rename.

        `before_rename` is called with nothing but the rename still to do; when it raises, `name` does not appear and
        nothing is left. Replaces a file of that name. Raises DeliveryTransient or DeliveryRefused, and what it raises.
        """

    def remove(self, name: str) -> bool:
        """True when it was there."""

    def remove_temporary(self) -> int:
        """Remove temporary files of our own pattern left by earlier tries; how many."""

    def matching(self, pattern: re.Pattern[str]) -> Sequence[str]:
        """The names there that a pattern of ASCII matches in full."""


class Host(Protocol):
    """Where one recipient's drops go."""

    def open(self) -> AbstractContextManager[RemoteFolder]:
        """Connect, authenticate and enter the folder, every phase bounded in time."""


class PublicationLog(Protocol):
    """One recipient's pages of the ledger, held by one task at a time; see pipeline/ledger/events.py."""

    def standing(self, night: date) -> Standing:
        """What is on record about this recipient, seen from one night. Raises LedgerUnavailable."""

    def record(self, event: Event, lines: Sequence[Disclosure] = ()) -> None:
        """Append one event, and with an intent the lines per person of its drop.

        Raises LedgerUnavailable, or LedgerConflict when the event does not follow from the last.
        """

    def holdings(self) -> Sequence[Holding]:
        """What the recipient has of whom, and was not told to drop. Raises LedgerUnavailable."""

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        """Append what is not on record yet; how many. Raises LedgerUnavailable."""

    def disclosures(self, manifest_sha256: str) -> Sequence[Disclosure]:
        """Whom the drop with that manifest is about. Raises LedgerUnavailable."""

    def withdrawn_from(self, contents: Contents) -> int:
        """How many withdrawals are on record of parents who are in this drop, and in no newer one.

        Raises LedgerUnavailable.
        """

    def notices(self) -> Sequence[Notice]:
        """Every notice that was ever begun, by number. Raises LedgerUnavailable."""

    def not_notified(self) -> Sequence[NoticeLine]:
        """The withdrawals on record that are in no notice. Raises LedgerUnavailable."""

    def notified(self, number: int) -> Sequence[NoticeLine]:
        """The withdrawals in a notice. Raises LedgerUnavailable."""

    def record_notice(self, event: NoticeEvent, lines: Sequence[NoticeLine] = ()) -> None:
        """Append one step of a notice, and with its first intent its lines.

        Raises LedgerUnavailable, or LedgerConflict when the step does not follow, or a line is in another notice.
        """


class Ledger(Protocol):
    """What was sent to whom. No ledger, no drop."""

    def delivering(self, kbo: Kbo) -> AbstractContextManager[PublicationLog]:
        """Hold one recipient's pages; a dead process lets go of them. Raises LedgerConflict when they are held."""

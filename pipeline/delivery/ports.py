"""The ports of a delivery: `pipeline/delivery/sftp/` implements the host, `pipeline/ledger/db/` the ledger."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import Contents, DeliveryState, Event
from pipeline.ledger.interventions import Intervention
from pipeline.ledger.notice_series import NoticeResend
from pipeline.ledger.notices import Notice, NoticeEvent, NoticeLine
from pipeline.ledger.restoration import Restoration
from pipeline.ledger.returns import KnownParent, ReturnedFile, ReturnedRow
from pipeline.ledger.suppression import SuppressionList
from pipeline.ledger.withdrawals import Keys


class EntryKind(StrEnum):
    """What has a name in a folder. We put files alone: whatever else has a name of ours is somebody else's."""

    FILE = "a file"
    FOLDER = "a folder"
    LINK = "a link"
    OTHER = "something that is no file"


ANOTHER_SIZE = "another size"
"""Instead of the SHA-256 of a file that was not read."""


class RemoteFolder(Protocol):
    """One recipient's folder on its host, open for the length of one delivery.

    A link is no file, wherever it leads: what it leads to is not what we put, and is never read or written as ours.
    """

    def stat(self, name: str) -> int | None:
        """Size in bytes, or None when there is no such file."""

    def sizes(self, names: Collection[str]) -> Mapping[str, int | None]:
        """As `stat`, of each of these names; asked for together."""

    def kind(self, name: str) -> EntryKind | None:
        """What has that name, or None when nothing has."""

    def names(self) -> Sequence[str]:
        """Every name in the folder, whoever put it there: to be counted, and shown only where it is one of ours."""

    def sha256(self, name: str, size: int | None = None) -> str | None:
        """SHA-256 (hex) of the file as the host gives it back, or None when there is no such file.

        `size`: the bytes that it must have. One that has others is not read, and gives ANOTHER_SIZE; of one that has
        them, at most one block more is read.
        """

    def read(self, name: str, size: int | None = None) -> bytes | None:
        """The whole file, or None when there is no such file, or one that has other bytes than `size`."""

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        """Put a file whole, or not at all: temporary name, checked write, read back, rename; an older file is replaced.
        Its own name is looked at after the rename, whatever the host says.

        `before_rename` is called when only the rename is left to do; when it raises, nothing stays on the host. But for
        LockLost and LedgerUnavailable: the temporary name stays, and tells the next visit that nothing counts.
        Raises DeliveryTransient or DeliveryRefused, and what `before_rename` raises; FileTaken when the file was
        renamed and is gone already.
        """

    def remove(self, name: str) -> bool:
        """Whether the file existed. Raises DeliveryTransient when it is there still, whatever the host says."""

    def is_begun(self, name: str) -> bool:
        """Whether the file lies there under its temporary name: a `put` was cut off before its rename."""

    def remove_temporary(self) -> int:
        """Remove the temporary files of earlier tries; how many."""

    def matching(self, pattern: re.Pattern[str]) -> Sequence[str]:
        """The names in the folder that a pattern of ASCII matches in full."""


class Host(Protocol):
    """Where one recipient's drops go."""

    def open(self) -> AbstractContextManager[RemoteFolder]:
        """Connect, authenticate and enter the folder, every phase bounded in time."""


class PublicationLog(Protocol):
    """One recipient's records in the ledger, locked by one task (pipeline/ledger/events.py).

    Every method raises LedgerUnavailable.
    """

    def delivery_state(self, night: date) -> DeliveryState:
        """What is on record about this recipient, seen from one night."""

    def record(self, event: Event, lines: Sequence[Disclosure] = ()) -> None:
        """Append one event, and with an intent the lines per person of its drop.

        Raises LedgerConflict when the event does not follow from the last.
        """

    def require_lock(self) -> None:
        """Raises LockLost when the recipient's records are not locked by this task any more."""

    def known_parents(self) -> Sequence[KnownParent]:
        """Whom the recipient ever had in a drop that counted or may have, and nobody that was redacted."""

    def returned_files(self) -> Sequence[ReturnedFile]:
        """Every file of the way back that is on record, in the order of writing."""

    def returned_noes_since(self, since: datetime) -> frozenset[str]:
        """The references of which the recipient returned `geen_contact`, in files taken in from then on."""

    def record_returned(self, taken: ReturnedFile, rows: Sequence[ReturnedRow], keys: Keys, ahead: timedelta) -> bool:
        """Append a file of the way back, its rows, and its noes on the suppression list, at once or not at all; False,
        and nothing, when that very file is on record. Raises SettingsError for a key that is not kept."""

    def holdings(self) -> Sequence[Holding]:
        """What the recipient has of whom, and was not told to drop."""

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        """Append what is not on record yet; how many."""

    def disclosures(self, manifest_sha256: str) -> Sequence[Disclosure]:
        """Whom the drop with that manifest is about."""

    def withdrawn_from(self, contents: Contents) -> int:
        """How many withdrawals are on record of parents who are in this drop, and in no newer one."""

    def returned_since(self, contents: Contents) -> int:
        """How many parents in this drop have a no that the recipient itself returned since it was meant to be sent."""

    def suspension(self) -> Intervention | None:
        """The suspension of this recipient that is in force."""

    def require_usable_key(self, fingerprint: str) -> None:
        """Raises SettingsError when the agency's signing key with that fingerprint was ended or revoked."""

    def record_intervention(self, line: Intervention) -> None:
        """Append what a named person recorded of this recipient."""

    def notices(self) -> Sequence[Notice]:
        """Every notice that was ever begun, by number."""

    def resends(self) -> Sequence[NoticeResend]:
        """Every repeat of a notice that a person asked for."""

    def record_resend(self, asked: NoticeResend) -> None:
        """Append that a person asks for one more repeat of a notice. Raises LedgerConflict when one was asked for."""

    def next_notice_number(self) -> int:
        """The least that the next notice may have."""

    def restorations(self) -> Sequence[Restoration]:
        """Each time that a backup of the ledger was put back."""

    def not_notified(self) -> Sequence[NoticeLine]:
        """The withdrawals on record that are in no notice."""

    def notified(self, number: int) -> Sequence[NoticeLine]:
        """The withdrawals in a notice."""

    def record_notice(self, event: NoticeEvent, lines: Sequence[NoticeLine] = ()) -> None:
        """Append one step of a notice, and with its first intent its lines; a repeat has those of the first notice.

        Raises LedgerConflict when the step does not follow, or a line is in another notice.
        """


class KnownNoes(Protocol):
    """The ledger's suppression list (pipeline/ledger/suppression.py). Every method raises LedgerUnavailable."""

    def read(self) -> SuppressionList:
        """As it stands now."""

    def keep(self, noes: pa.Table, night: date, at: datetime) -> int:
        """Append the noes (as of NEW_NO) that are not on the list yet; how many."""


class Ledger(Protocol):
    """The record of disclosures. No ledger, no drop."""

    def delivering(self, kbo: Kbo) -> AbstractContextManager[PublicationLog]:
        """Lock one recipient's records; the lock ends with its process. Raises LedgerConflict when they are locked."""
